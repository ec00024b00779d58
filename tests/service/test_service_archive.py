"""Records on their way into the registry, and the money of a day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from twisted.internet.defer import Deferred, execute, fail
from twisted.logger import LogLevel, capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from portero.config.operations import RecordSettings
from portero.config.settings import TenantSettings
from portero.errors import NoRoom, PorteroError
from portero.limits import RECORDS_WAITING
from portero.records import CallRecord
from portero.registry import Registry, RegistryError, records
from portero.registry.store import RegistryAway
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


class Away:
    """The registry is away for as long as a test says."""

    def __init__(self, bench: Bench, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
        self._undo = monkeypatch.undo
        self.asked = 0

        def run(*_: Any, **__: Any) -> Any:
            self.asked += 1
            if isinstance(error, NoRoom):
                raise error
            return fail(error)

        monkeypatch.setattr(bench.house, "run", run)

    def is_over(self) -> None:
        self._undo()


def kept(bench: Bench) -> list[str]:
    return [it.call_id for it in bench.house.work(records.find, limit=1000)]


@pytest.mark.parametrize(
    "error", [NoRoom("the registry is busy"), RegistryAway("registry_away", why="locked")]
)
def test_records_wait_for_a_registry_that_is_away_and_what_they_cost_counts(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: PorteroError
) -> None:
    away = Away(bench, monkeypatch, error)
    with capturedLogs() as logs:
        bench.archive.keep(a_call("c1", NOW, 2))
        bench.archive.keep(a_call("c2", NOW + HOUR, 1))
        bench.archive.save()
    assert [event["log_level"] for event in logs] == [LogLevel.warn]  # once, not each time
    assert bench.archive.trouble == str(error)
    assert bench.today() == 3
    away.is_over()
    with capturedLogs() as logs:
        bench.archive.save()
    assert "is back" in logs[0]["log_format"]
    assert bench.archive.trouble == ""
    assert kept(bench) == ["c2", "c1"]
    assert bench.spent() == bench.today() == 3
    bench.archive.save()
    assert kept(bench) == ["c2", "c1"]


def test_no_more_records_wait_than_there_is_room_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Away(bench, monkeypatch, RegistryAway("registry_away", why="locked"))
    with capturedLogs() as logs:
        for number in range(RECORDS_WAITING + 1):
            bench.archive.keep(a_call(f"c{number:04d}", NOW, 1))
    (lost,) = (event for event in logs if event["log_level"] is LogLevel.error)
    assert (lost["call"], lost["tenant"], "locked" in lost["why"]) == ("c0000", "robles", True)
    away.is_over()
    bench.archive.save()
    assert len(kept(bench)) == RECORDS_WAITING


def test_what_still_waits_at_the_end_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    Away(bench, monkeypatch, RegistryAway("registry_away", why="locked"))
    bench.archive.keep(a_call("c1", NOW, 2))
    with capturedLogs() as logs:
        bench.archive.close()
    assert [(event["log_level"], event["call"]) for event in logs] == [(LogLevel.error, "c1")]


@pytest.mark.parametrize("error", [RegistryError("registry_refused", why="no"), ValueError("no")])
def test_a_record_that_the_registry_refuses_keeps_no_other_waiting(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    away = Away(bench, monkeypatch, error)
    with capturedLogs() as logs:
        bench.archive.keep(a_call("c1", NOW, 2))
    assert [event["call"] for event in logs] == ["c1"]
    assert bench.archive.trouble == ""
    away.is_over()
    bench.archive.keep(a_call("c2", NOW, 2))
    assert kept(bench) == ["c2"]


def test_who_stops_waits_for_the_record_that_is_being_saved(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    saving: Deferred[None] = Deferred()
    monkeypatch.setattr(bench.house, "run", lambda *_, **__: saving)
    bench.archive.keep(a_call("c1", NOW, 2))
    waiting = bench.archive.save()
    assert not waiting.called
    saving.callback(None)
    assert waiting.called
    bench.archive.close()


def test_a_registry_that_never_answers_is_told_as_such(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.house, "run", lambda *_, **__: Deferred())
    bench.archive.keep(a_call("c1", NOW, 2))
    with capturedLogs() as logs:
        bench.archive.close()
    assert [(event["call"], event["why"]) for event in logs] == [
        ("c1", "the registry did not answer")
    ]


def test_a_call_that_ends_while_the_registry_counts_is_not_left_out(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting: Deferred[float] = Deferred()
    bench.standing = [a_call("c1", NOW, 2, over=False)]
    monkeypatch.setattr(bench.house, "run", lambda *_, **__: counting)
    asked = Deferred.fromCoroutine(bench.archive.spent(ROBLES))
    bench.standing = []
    monkeypatch.setattr(bench.house, "run", lambda *_, **__: Deferred())
    bench.archive.keep(a_call("c1", NOW, 2))
    counting.callback(0.0)
    assert SynchronousTestCase().successResultOf(asked) == 2


class Thread(Registry):
    """A registry with a thread: jobs are done in their order, and heard of later."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked: list[tuple[Callable[[], Any], Deferred[Any]]] = []
        self.done: list[tuple[Any, Deferred[Any]]] = []

    def run(self, job: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]:
        told: Deferred[Any] = Deferred()
        self.asked.append((partial(self.work, job, *args, **kwargs), told))
        return told

    def step(self, step: str) -> None:
        """`work` on the next job, or `hear` of the one that was done first."""
        if step == "work" and self.asked:
            job, told = self.asked.pop(0)
            self.done.append((job(), told))
        elif step == "hear" and self.done:
            result, told = self.done.pop(0)
            told.callback(result)


@pytest.mark.parametrize("order", sorted(set(permutations(["work", "hear"] * 2 + ["ask", "ask"]))))
def test_of_two_calls_that_end_at_once_each_counts_once_whenever_one_asks(
    bench: Bench, order: tuple[str, ...]
) -> None:
    bench.house.close()
    thread = bench.house = bench.archive._registry = Thread("sqlite://")  # type: ignore[assignment]
    thread.upgrade()
    bench.standing = [a_call(name, NOW, usd, over=False) for name, usd in (("a", 2), ("b", 3))]
    for call in tuple(bench.standing):
        bench.standing.remove(call)
        bench.archive.keep(replace(call, ended_at=NOW + HOUR))
    asked: list[Deferred[float]] = []
    for step in order:
        if step == "ask":
            asked.append(Deferred.fromCoroutine(bench.archive.spent(ROBLES)))
        else:
            thread.step(step)
    while thread.asked or thread.done:
        thread.step("work")
        thread.step("hear")
    assert [SynchronousTestCase().successResultOf(it) for it in asked] == [5, 5]
    assert bench.today() == 5


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_jumps_an_hour_forgets_no_money(bench: Bench, hours: int) -> None:
    bench.archive.keep(a_call("c1", NOW, 2))
    bench.standing = [a_call("c2", NOW, 1, over=False)]
    assert bench.today() == 3
    bench.now += hours * HOUR
    assert bench.spent() == bench.today() == 3


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-08", 23), ("2026-07-01", 24), ("2026-11-01", 25)],
)
def test_a_day_of_money_is_as_long_as_on_the_wall(bench: Bench, day: str, hours: int) -> None:
    """Tijuana goes by California's clock: an hour less in March, one more in autumn."""
    tijuana = ROBLES.model_copy(update={"timezone": "America/Tijuana"})
    began = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("America/Tijuana")).astimezone(UTC)
    second = timedelta(seconds=1)
    bench.archive.keep(a_call("yesterday", began - second, 100))
    bench.archive.keep(a_call("first", began, 2))
    bench.archive.keep(a_call("last", began + hours * HOUR - second, 3))
    bench.now = began + hours * HOUR - second
    assert bench.archive.spending(tijuana).today_usd == 5
    bench.now += second
    assert bench.archive.spending(tijuana).today_usd == 0


def test_calls_without_a_known_price_leave_the_others_counted(bench: Bench) -> None:
    bench.archive.keep(replace(a_call("c1", NOW, 0), cost_usd=None))
    assert bench.spent() == bench.today() == 0
    bench.archive.keep(a_call("c2", NOW, 1))
    bench.standing = [replace(a_call("c3", NOW, 0, over=False), cost_usd=None)]
    assert bench.spent() == bench.today() == 1
