"""The registry's database, its thread and its port."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_twisted
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from house import TOKEN
from sqlalchemy import insert, select, text

from treq.client import HTTPClient
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, gatherResults
from twisted.internet.error import ConnectionLost
from twisted.web.client import Agent, RequestTransmissionFailed, ResponseFailed

from portero.doorman.backend import BackendClient
from portero.errors import NoRoom
from portero.limits import REGISTRY_BODY_BYTES, REGISTRY_BUSY_SECONDS, REGISTRY_WAITING
from portero.registry import Registry, RegistryError
from portero.registry.site import make_site
from portero.registry.store import RegistryAway
from portero.registry.tables import metadata, webhook_messages


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/registry.db"


def test_the_migrations_make_the_tables_as_they_are_declared(database: str) -> None:
    registry = Registry(database)
    registry.upgrade()
    context = lambda connection: MigrationContext.configure(connection)  # noqa: E731
    assert registry.work(lambda c: compare_metadata(context(c), metadata)) == []
    registry.upgrade()
    registry.close()


def test_a_moment_comes_back_as_it_went_in(database: str) -> None:
    registry = Registry(database)
    registry.upgrade()
    moment = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=ZoneInfo("America/Mexico_City"))
    row = {"id": "m", "received_at": moment}
    registry.work(lambda c: c.execute(insert(webhook_messages).values(row)))
    (found,) = registry.work(lambda c: c.execute(select(webhook_messages.c.received_at)).scalars())
    assert (found, found.tzinfo) == (moment, UTC)
    registry.close()


def test_a_database_in_a_file_has_a_write_ahead_log_and_foreign_keys(url: str) -> None:
    registry = Registry(url)
    pragma = lambda c, name: c.execute(text(f"PRAGMA {name}")).scalar()  # noqa: E731
    assert registry.work(pragma, "journal_mode") == "wal"
    assert registry.work(pragma, "foreign_keys") == 1
    registry.close()


def test_another_process_that_writes_is_waited_for(url: str) -> None:
    registry = Registry(url)
    patience = registry.work(lambda c: c.execute(text("PRAGMA busy_timeout")).scalar())
    assert patience == REGISTRY_BUSY_SECONDS * 1000  # ms
    registry.close()


def test_one_that_never_stops_writing_is_waited_for_no_longer(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portero.registry.engine.REGISTRY_BUSY_SECONDS", 0.01)
    registry = Registry(url)
    other = Registry(url)
    write = text("CREATE TABLE t (n)")
    other.work(lambda c: (c.execute(write), None))

    def late(connection: Any) -> None:
        connection.execute(text("INSERT INTO t VALUES (1)"))
        with pytest.raises(RegistryAway, match="locked"):
            registry.work(lambda c: c.execute(text("INSERT INTO t VALUES (2)")))

    other.work(late)
    assert registry.work(lambda c: c.execute(text("SELECT n FROM t")).scalars().all()) == [1]
    other.close()
    registry.close()


@pytest.mark.parametrize("url", ["nosuchdb://u:s3cret@h/d", "sqlite", ""])
def test_an_address_that_can_not_be_used_is_told_without_secrets(url: str) -> None:
    with pytest.raises(RegistryError, match=r"registry\.url") as caught:
        Registry(url)
    assert "s3cret" not in str(caught.value)


def test_a_database_that_can_not_be_opened_is_told(tmp_path: Path) -> None:
    registry = Registry(f"sqlite:///{tmp_path}/no/such/folder/r.db")
    with pytest.raises(RegistryError, match=r"registry\.url"):
        registry.upgrade()
    file = tmp_path / "text.db"
    file.write_text("this is no database at all, but a text of some length" * 20)
    with pytest.raises(RegistryError, match="not a database"):
        Registry(f"sqlite:///{file}").upgrade()


@pytest_twisted.ensureDeferred
async def test_work_is_done_in_one_thread_that_ends_with_the_registry(url: str) -> None:
    before = set(threading.enumerate())
    registry = Registry(url)
    registry.start(reactor)
    names = await gatherResults(
        [registry.run(lambda _: threading.current_thread()) for _ in range(5)]
    )
    assert len(set(names)) == 1
    assert names[0] is not threading.current_thread()
    registry.close()
    assert set(threading.enumerate()) <= before
    with pytest.raises(RegistryError):
        registry.run(lambda _: None)


@pytest_twisted.ensureDeferred
async def test_too_much_waiting_work_is_refused_at_once(url: str) -> None:
    registry = Registry(url)
    registry.start(reactor)
    gate = threading.Event()
    waiting = [registry.run(lambda _: gate.wait()) for _ in range(REGISTRY_WAITING)]
    with pytest.raises(NoRoom):
        registry.run(lambda _: None)
    gate.set()
    await gatherResults(waiting)
    await registry.run(lambda _: None)
    registry.close()


@pytest_twisted.ensureDeferred
async def test_work_that_nobody_wants_any_more_still_waits_for_the_thread(url: str) -> None:
    registry = Registry(url)
    registry.start(reactor)
    gate = threading.Event()
    waiting = [registry.run(lambda _: gate.wait()) for _ in range(REGISTRY_WAITING)]
    for unwanted in waiting:
        unwanted.addErrback(lambda failure: failure.trap(CancelledError))
        unwanted.cancel()
    with pytest.raises(NoRoom):
        registry.run(lambda _: None)
    gate.set()
    registry.close()


class Served:
    """A registry on a port of this machine."""

    def __init__(self, url: str) -> None:
        self.registry = Registry(url)

    async def __aenter__(self) -> str:
        self.registry.start(reactor)
        listen: Any = reactor.listenTCP  # type: ignore[attr-defined]
        self.port = listen(0, make_site(self.registry, TOKEN), interface="127.0.0.1")
        return f"http://127.0.0.1:{self.port.getHost().port}"

    async def __aexit__(self, *_: object) -> None:
        await self.port.stopListening()
        self.registry.close()


@pytest_twisted.ensureDeferred
async def test_our_client_and_our_backend_understand_each_other(url: str) -> None:
    async with Served(url) as address:
        client = BackendClient(address, TOKEN, reactor=reactor)
        entry = await client.request(
            "POST", "/access/logs", tenant="t", json={"event_type": "entry"}, key="k"
        )
        rows = await client.request("GET", "/access/logs", tenant="t", query={"limit": 5})
        assert [row["id"] for row in rows] == [entry["id"]]
        await client.close()


@pytest_twisted.ensureDeferred
async def test_a_body_without_end_is_cut_off(url: str) -> None:
    async with Served(url) as address:
        http = HTTPClient(Agent(reactor))
        with pytest.raises((ResponseFailed, RequestTransmissionFailed, ConnectionLost)):
            await http.post(f"{address}/api/v1/visitors/", data=b"x" * REGISTRY_BODY_BYTES * 40)


def test_a_database_that_cannot_be_opened_is_told_with_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    registry = Registry("sqlite:///missing/portero.db")
    with pytest.raises(RegistryError, match=f"{tmp_path}/missing/portero.db"):
        registry.upgrade()
    registry.close()


def test_a_process_that_ends_without_closing_the_registry_ends() -> None:
    program = (
        "from twisted.internet import reactor\n"
        "from portero.registry import Registry\n"
        "Registry('sqlite://').start(reactor)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0
