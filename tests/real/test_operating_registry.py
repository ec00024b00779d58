"""A registry that goes away in the middle of a visit and comes back, on a real Asterisk."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_twisted
from databases import empty_database
from sqlalchemy import create_engine, make_url, text

from portero.limits import REGISTRY_BUSY_SECONDS, STATUS_SECONDS
from portero.registry import tables

from .ami_probe import AmiProbe
from .asterisk_server import AsteriskServer
from .gatehouse import AGENT_AGAIN_HERTZ, Gatehouse, agent, said, seconds_of_tone, tool

pytestmark = pytest.mark.real

VISIT = (
    agent(),
    said(),
    tool("check_visitor", None, name="Juan Pérez García"),
    agent(hertz=AGENT_AGAIN_HERTZ),
    said(),
    agent(),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty_database(request.param, tmp_path) as url:
        yield url


@pytest_twisted.async_yield_fixture
async def house(
    asterisk: AsteriskServer, tmp_path: Path, database: str
) -> AsyncIterator[Gatehouse]:
    asterisk.complaints()
    made = Gatehouse(asterisk, tmp_path)
    made.config["registry"]["url"] = database
    made.import_registry()
    yield made
    print(made.daemon.log)  # pytest shows it when the test has failed
    await made.close()


@contextmanager
def away(url: str) -> Iterator[None]:
    """SQLite's file is locked by somebody; PostgreSQL cuts everybody off, and lets nobody in."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        assert address.database is not None
        locking = sqlite3.connect(address.database, isolation_level=None)
        locking.execute("BEGIN IMMEDIATE")
        yield
        locking.execute("ROLLBACK")
        locking.close()
        return
    name = address.database
    engine = create_engine(address.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as server:
        server.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        server.execute(text(cut), {"name": name})
        yield
        server.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    engine.dispose()


@pytest_twisted.ensureDeferred
async def test_the_visit_goes_on_and_its_record_is_kept_when_the_registry_is_back(
    house: Gatehouse, ami: AmiProbe, database: str
) -> None:
    await house.start()
    house.agent_does(*VISIT)
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    with away(database):
        patience = 4 * REGISTRY_BUSY_SECONDS
        await house.until(lambda: seconds_of_tone(visit.heard(), AGENT_AGAIN_HERTZ) > 0.2, patience)
        await visit.hang_up(ami)
        assert (await house.ended(ami, visit))["Status"] == "HANGUP"
        await house.daemon.logged("the registry is away, records of calls wait", patience=patience)
    await house.daemon.logged("the registry is back", patience=STATUS_SECONDS + 10)

    (row,) = house.rows(tables.calls)
    assert row["status"] == "HANGUP"
    house.agent_does(*VISIT)
    visit = await house.visit(ami)
    await house.greeted(ami, visit)
    await house.until(lambda: seconds_of_tone(visit.heard(), AGENT_AGAIN_HERTZ) > 0.2)
    await visit.hang_up(ami)
    await house.until(lambda: len(house.rows(tables.calls)) == 2)
    await house.nothing_is_left(ami)
