"""A database that is locked, goes away, or never answers: one line, and the next call works."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from databases import empty_database
from sqlalchemy import Connection, make_url, text

from portero.limits import (
    REGISTRY_CONNECT_SECONDS,
    REGISTRY_CUT_SECONDS,
    REGISTRY_LONG_SECONDS,
    REGISTRY_STATEMENT_SECONDS,
)
from portero.registry import Registry, RegistryError, claims
from portero.registry.store import RegistryAway

PATIENCE = 0.3


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a database on a PostgreSQL server; a statement may not take long there."""
    monkeypatch.setattr("portero.registry.engine.REGISTRY_STATEMENT_SECONDS", PATIENCE)
    with empty_database("postgresql", tmp_path) as url:
        yield url


@pytest.fixture
def soon_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor may a transaction, whatever the server does."""
    monkeypatch.setattr("portero.registry.engine.REGISTRY_CUT_SECONDS", 4 * PATIENCE)


def ask(connection: Connection, statement: str = "SELECT 1") -> Any:
    return connection.execute(text(statement)).scalar()


def do(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


def test_a_plain_address_is_psycopgs_too(server: str) -> None:
    plain = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    registry = Registry(plain)
    assert registry.work(ask, "SELECT 42") == 42
    registry.close()


def test_a_connection_that_was_closed_is_opened_again(server: str) -> None:
    registry, other = Registry(server), Registry(server)
    pid = registry.work(ask, "SELECT pg_backend_pid()")
    other.work(ask, f"SELECT pg_terminate_backend({pid})")
    assert registry.work(ask) == 1  # it was idle: nobody notices

    def cut_off(connection: Connection) -> None:
        pid = ask(connection, "SELECT pg_backend_pid()")
        other.work(ask, f"SELECT pg_terminate_backend({pid})")
        ask(connection)

    with pytest.raises(
        RegistryAway, match=r"registry\.url: the database does not answer: "
    ) as told:
        registry.work(cut_off)
    assert "\n" not in str(told.value)
    assert registry.work(ask) == 1
    registry.close()
    other.close()


def test_a_statement_that_takes_too_long_is_given_up(server: str) -> None:
    registry = Registry(server)
    began = monotonic()
    with pytest.raises(RegistryAway, match="statement timeout"):
        registry.work(ask, "SELECT pg_sleep(20)")
    assert monotonic() - began < 10
    assert registry.work(ask) == 1
    registry.close()


def test_a_lock_that_is_never_given_back_is_waited_for_no_longer(server: str) -> None:
    registry, other = Registry(server), Registry(server)
    registry.upgrade()
    lock = "SELECT pg_advisory_xact_lock(7)"

    def meanwhile(connection: Connection) -> None:
        ask(connection, lock)
        with pytest.raises(RegistryAway, match="timeout"):
            other.work(ask, lock)

    registry.work(meanwhile)
    other.work(ask, lock)
    registry.close()
    other.close()


def test_a_report_may_take_long_but_not_for_ever(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = Registry(server)
    slow = f"SELECT 1 FROM pg_sleep({2 * PATIENCE})"
    assert REGISTRY_LONG_SECONDS > REGISTRY_CUT_SECONDS > REGISTRY_STATEMENT_SECONDS
    with pytest.raises(RegistryAway, match="statement timeout"):
        registry.work(ask, slow)
    assert registry.read(ask, slow) == 1
    monkeypatch.setattr("portero.registry.store.REGISTRY_LONG_SECONDS", PATIENCE)
    with pytest.raises(RegistryAway):
        registry.read(ask, slow)
    assert registry.read(ask) == 1
    registry.close()


def test_a_server_that_takes_the_connection_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        registry = Registry(f"postgresql://u:p@127.0.0.1:{silent.getsockname()[1]}/portero")
        began = monotonic()
        with pytest.raises(RegistryAway):
            registry.work(ask)
        assert REGISTRY_CONNECT_SECONDS - 0.5 < monotonic() - began < REGISTRY_CUT_SECONDS
    registry.close()


@pytest.mark.usefixtures("soon_cut")
def test_a_server_that_stops_without_a_word_is_cut_off(server: str) -> None:
    registry = Registry(server)
    stopped: list[int] = []

    def stop(connection: Connection) -> None:
        stopped.append(ask(connection, "SELECT pg_backend_pid()"))
        connection.execute(text("CREATE TABLE half (done int)"))
        os.kill(stopped[0], signal.SIGSTOP)
        ask(connection)

    try:
        with pytest.raises(RegistryAway):
            registry.work(stop)
        assert registry.work(ask) == 1
    finally:
        os.kill(stopped[0], signal.SIGCONT)
    assert registry.work(ask, "SELECT to_regclass('half')") is None
    registry.close()


@pytest.mark.usefixtures("soon_cut")
def test_one_that_has_stopped_while_nobody_asked_is_asked_again(server: str) -> None:
    registry = Registry(server)
    pid = registry.work(ask, "SELECT pg_backend_pid()")
    os.kill(pid, signal.SIGSTOP)
    try:
        assert registry.work(ask, "SELECT pg_backend_pid()") != pid
    finally:
        os.kill(pid, signal.SIGCONT)
    registry.close()


def test_nobody_at_the_address_is_told_without_it() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, but nobody listens
        port = nobody.getsockname()[1]
        registry = Registry(f"postgresql://portero:s3cret@127.0.0.1:{port}/portero")
        with pytest.raises(RegistryError) as starting:
            registry.upgrade()
        with pytest.raises(RegistryAway) as working:
            registry.work(ask)
    for error in (starting, working):
        assert "s3cret" not in str(error.value)
        assert "\n" not in str(error.value)
        assert error.value.__cause__ is None
    assert "s3cret" not in repr(registry)
    registry.close()


def test_a_missing_driver_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(RegistryError, match=r"pip install 'portero\[postgresql\]'"):
        Registry("postgresql://u:p@h/d")


def test_a_row_that_is_there_already_is_refused_without_its_values(database: str) -> None:
    registry = Registry(database)
    registry.upgrade()

    def twice(connection: Connection) -> None:
        row = {"id": "s3cret", "tenant": "t", "unit": "5", "unit_key": "5"}
        for _ in range(2):
            connection.execute(
                text("INSERT INTO units (id, tenant, unit, unit_key) VALUES (:id, :tenant, :unit, "
                     ":unit_key)"), row)  # fmt: skip

    with pytest.raises(RegistryError, match="the database refused") as told:
        registry.work(twice)
    assert "s3cret" not in str(told.value)
    assert registry.work(ask, "SELECT count(*) FROM units") == 0
    registry.close()


def test_reading_keeps_nobody_waiting_and_sees_one_moment(database: str) -> None:
    registry, other = Registry(database), Registry(database)
    registry.upgrade()

    def count(connection: Connection) -> tuple[int, int]:
        before = ask(connection, "SELECT count(*) FROM claims")
        assert other.work(claims.claim, "t", "pin:1", 1, "k", other.now())
        return before, ask(connection, "SELECT count(*) FROM claims")

    assert registry.read(count) == (0, 0)
    assert registry.work(ask, "SELECT count(*) FROM claims") == 1
    registry.close()
    other.close()


def test_a_file_that_was_removed_takes_nothing_more_until_it_is_back(tmp_path: Path) -> None:
    file, aside = tmp_path / "portero.db", tmp_path / "aside.db"
    registry = Registry(f"sqlite:///{file}")
    registry.upgrade()
    registry.work(do, "CREATE TABLE kept AS SELECT 1 AS number")
    file.rename(aside)
    for _ in range(2):
        with pytest.raises(
            RegistryAway, match=re.escape(f"the file {file} is not the one any more")
        ):
            registry.work(do, "INSERT INTO kept VALUES (2)")
    assert not file.exists()  # an empty one would look as if all were well
    aside.rename(file)
    registry.work(do, "INSERT INTO kept VALUES (3)")
    assert registry.work(ask, "SELECT sum(number) FROM kept") == 4
    registry.close()


def test_another_file_in_its_place_is_left_alone(tmp_path: Path) -> None:
    file, backup, aside = (tmp_path / name for name in ("portero.db", "backup.db", "aside.db"))
    for place, number in ((backup, 7), (file, 1)):
        registry = Registry(f"sqlite:///{place}")
        registry.upgrade()
        registry.work(do, f"CREATE TABLE kept AS SELECT {number} AS number")
        if place is backup:
            registry.close()
    before = backup.read_bytes()
    file.rename(aside)
    backup.rename(file)
    with pytest.raises(RegistryAway, match=re.escape(f"remove {file}-wal and {file}-shm")):
        registry.work(do, "INSERT INTO kept VALUES (2)")
    assert file.read_bytes() == before
    aside.replace(file)
    assert registry.work(ask, "SELECT number FROM kept") == 1
    registry.close()


def test_a_registry_in_memory_has_no_file_to_lose() -> None:
    registry = Registry("sqlite://")
    registry.work(do, "CREATE TABLE kept AS SELECT 1 AS number")
    assert registry.work(ask, "SELECT number FROM kept") == 1
    registry.close()
