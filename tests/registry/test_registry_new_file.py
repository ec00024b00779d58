"""A SQLite file that is new, while somebody else is at it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from portero.limits import REGISTRY_BUSY_SECONDS, REGISTRY_WAL_SECONDS
from portero.registry import Registry, RegistryError, engine


@pytest.fixture
def other(tmp_path: Path) -> sqlite3.Connection:
    """Another daemon that has just made the file and is busy with it."""
    connection = sqlite3.connect(tmp_path / "new.db", isolation_level=None)
    connection.execute("CREATE TABLE t (n)")
    connection.execute("BEGIN IMMEDIATE")
    return connection


def test_who_starts_at_the_same_time_waits_for_the_other(
    other: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            other.rollback()

    monkeypatch.setattr(engine.time, "sleep", pause)
    monkeypatch.setattr(engine, "REGISTRY_BUSY_SECONDS", 0.4)
    registry = Registry(f"sqlite:///{tmp_path}/new.db")
    registry.upgrade()
    registry.close()
    assert waited == [REGISTRY_WAL_SECONDS] * 3


def test_but_not_for_ever(
    other: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(engine.time, "sleep", waited.append)
    monkeypatch.setattr(engine, "REGISTRY_BUSY_SECONDS", 0.4)
    with pytest.raises(RegistryError, match="locked"):
        Registry(f"sqlite:///{tmp_path}/new.db").upgrade()
    assert sum(waited) == pytest.approx(0.4)
    assert REGISTRY_BUSY_SECONDS > REGISTRY_WAL_SECONDS
    other.rollback()
