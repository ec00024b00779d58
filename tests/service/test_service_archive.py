"""Records on their way into the registry, and the money of a day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from twisted.internet.defer import Deferred, execute, fail
from twisted.trial.unittest import SynchronousTestCase

from portero.config.operations import RecordSettings
from portero.config.settings import TenantSettings
from portero.errors import NoRoom
from portero.records import CallRecord
from portero.registry import Registry, RegistryError
from portero.service.archive import Archive

ROBLES = TenantSettings(id="robles", timezone="America/Mexico_City", daily_limit_usd=5)
HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)


class Inline(Registry):
    """A registry that does its work at once."""

    def run(self, job: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]:
        return execute(self.work, job, *args, **kwargs)


class Bench:
    """An archive in memory, its clock, and the calls that stand."""

    def __init__(self) -> None:
        self.house = Inline("sqlite://")
        self.house.upgrade()
        self.now = NOW  # 12:00 in Mexico
        self.standing: list[CallRecord] = []
        self.archive = Archive(
            self.house,
            settings=RecordSettings,
            standing=lambda: self.standing,
            now=lambda: self.now.timestamp(),
        )

    def spent(self) -> float:
        asked: Deferred[float] = Deferred.fromCoroutine(self.archive.spent(ROBLES))
        return SynchronousTestCase().successResultOf(asked)

    def today(self) -> float:
        return self.archive.spending(ROBLES).today_usd


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.house.close()


def a_call(call_id: str, began: datetime, usd: float, *, over: bool = True) -> CallRecord:
    ended = began + timedelta(minutes=1) if over else None
    return CallRecord(call_id, "robles", began, ended_at=ended, cost_usd=usd)


def test_calls_of_today_count_those_that_stand_too(bench: Bench) -> None:
    bench.archive.keep(a_call("yesterday", NOW - 13 * HOUR, 100))
    bench.archive.keep(a_call("today", NOW - 12 * HOUR, 1))
    bench.standing = [a_call("now", NOW, 0.5, over=False)]
    assert bench.spent() == bench.today() == 1.5


def test_a_call_that_has_just_ended_counts_once(bench: Bench) -> None:
    bench.standing = [a_call("c1", NOW, 2)]
    bench.archive.keep(bench.standing[0])
    assert bench.spent() == bench.today() == 2


def test_what_was_spent_before_a_restart_is_counted_on_the_first_asking(bench: Bench) -> None:
    bench.archive.keep(a_call("c1", NOW, 2))
    assert bench.archive.spending(ROBLES).today_usd == 2
    bench.archive.keep(a_call("c2", NOW, 1))
    assert bench.today() == 3


def test_a_new_day_begins_at_nothing(bench: Bench) -> None:
    bench.archive.keep(a_call("c1", NOW, 2))
    assert bench.today() == 2
    bench.now = NOW + 12 * HOUR  # midnight in Mexico
    assert bench.spent() == bench.today() == 0
    bench.archive.keep(a_call("late", NOW + 11 * HOUR, 7))  # it began yesterday
    assert bench.spent() == bench.today() == 0


@pytest.mark.parametrize("raised", [True, False])
def test_a_record_that_can_not_be_saved_ends_no_call(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, raised: bool
) -> None:
    def away(*_: Any, **__: Any) -> Any:
        if raised:
            raise NoRoom("the registry is busy")
        return fail(RegistryError("the database is away"))

    monkeypatch.setattr(bench.house, "run", away)
    bench.archive.keep(a_call("c1", NOW, 2))
    assert bench.archive.trouble
    assert bench.today() == 0
    monkeypatch.undo()
    bench.archive.keep(a_call("c2", NOW, 2))
    assert bench.archive.trouble == ""
    assert bench.today() == 2
