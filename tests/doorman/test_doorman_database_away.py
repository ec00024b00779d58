"""A database that goes away in the middle of an opening: the gate stays shut, and it is said."""

from __future__ import annotations

import json
import os
import sqlite3
from typing import Any

import pytest
from doorway import FOUND, Shelf, Visit, logged, output
from sqlalchemy import create_engine, make_url, text

from portero.registry import Registry

ONCE = {"authorized": True, "visitor": {**FOUND["visitor"], "uses": 1}}  # type: ignore[dict-item]


class Outage:
    """Takes a database away from whoever uses it (SQLite: locks it), and gives it back."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._holder: sqlite3.Connection | None = None

    def begin(self) -> None:
        if self._url.get_backend_name() == "postgresql":
            self._allow(False)
            return
        self._holder = sqlite3.connect(str(self._url.database), isolation_level=None)
        self._holder.execute("BEGIN EXCLUSIVE")

    def end(self) -> None:
        if self._url.get_backend_name() == "postgresql":
            self._allow(True)
        elif self._holder is not None:
            self._holder.close()

    def _allow(self, allowed: bool) -> None:
        server = make_url(os.environ["PORTERO_TEST_POSTGRESQL"])
        engine = create_engine(
            server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
        )
        name = self._url.database
        with engine.connect() as connection:
            connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}"))
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :it"),
                {"it": name},
            )
        engine.dispose()


@pytest.fixture
def visit(database: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("portero.registry.engine.REGISTRY_BUSY_SECONDS", 0.05)
    visit = Visit(shelf=Shelf(Registry(database)))
    yield visit
    visit.shelf.registry.close()
    visit.wire.assert_nothing_left()


@pytest.fixture
def outage(database: str) -> Any:
    outage = Outage(database)
    yield outage
    outage.end()


def shut(lines: list[str]) -> list[str]:
    return [line for line in lines if "the gate of robles stays shut" in line]


def test_before_it_is_judged(visit: Visit, outage: Outage) -> None:
    visit.check(ONCE)
    outage.begin()
    with logged() as lines:
        told = output(visit.open())
    assert (told["ordered"], "guardia" in told["message"]) == (False, True)
    assert visit.wire.waiting == 0
    assert len(shut(lines)) == 1


def test_between_the_verdict_and_the_command(visit: Visit, outage: Outage) -> None:
    visit.check(ONCE)
    opening = visit.open()
    log = visit.wire.accept()
    outage.begin()
    with logged() as lines:
        log.answer(201, b'{"id": "e1"}')
        patch = visit.wire.accept()  # and not the gate
        assert json.loads(patch.body)["metadata"]["state"] == "failed"
        patch.answer(200, b"{}")
    told = output(opening)
    assert (told["ordered"], "guardia" in told["message"]) == (False, True)
    assert len(shut(lines)) == 1


def test_after_the_order_the_visitor_is_told_what_the_gate_said(
    visit: Visit, outage: Outage
) -> None:
    visit.check(ONCE)
    opening = visit.open()
    visit.log_written()
    gate = visit.wire.accept()
    outage.begin()
    with logged() as lines:
        gate.answer(200, b'{"success": true}')
        visit.outcome_written()
    assert output(opening)["state"] == "acknowledged"
    assert [line for line in lines if "lost an entry (acknowledgement)" in line]


def test_once_it_is_back_the_gate_opens_again(visit: Visit, outage: Outage) -> None:
    visit.check(ONCE)
    outage.begin()
    assert output(visit.open())["ordered"] is False
    outage.end()
    again = visit.open()
    visit.opens()
    assert output(again)["ordered"] is True
    assert visit.shelf.kinds() == ["request", "verdict", "command", "acknowledgement"]
