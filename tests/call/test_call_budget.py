"""The limit of a day: after it visitors go to the guard, until midnight by the tenant's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from stage import TENANT, Stage

from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import LogLevel, globalLogPublisher

from portero.call.day import day_of, midnight
from portero.config.keypad import FallbackSettings
from portero.errors import PorteroError
from portero.limits import SPENT_SECONDS

LIMITED = TENANT.model_copy(update={"daily_limit_usd": 5.0})


@pytest.fixture
def warnings() -> Any:
    seen: list[str] = []

    def observe(event: Any) -> None:
        if event["log_level"] is LogLevel.warn:
            seen.append(event["log_format"].format(**event))

    globalLogPublisher.addObserver(observe)
    yield seen
    globalLogPublisher.removeObserver(observe)


def visit(stage: Stage) -> None:
    """Comes in, and leaves again; the agent's stage is clean."""
    stage.start()
    stage.channel.hang_up_by_visitor()


@pytest.mark.parametrize(
    ("usd", "by_agent"), [(0.0, True), (4.99, True), (5.0, False), (9.0, False)]
)
def test_from_the_limit_on_the_guard_is_rung_at_once(usd: float, by_agent: bool) -> None:
    stage = Stage(tenant=LIMITED)
    stage.spent = succeed(usd)
    stage.start()
    (dialled,) = stage.channel.dials
    assert dialled.destination.startswith("UnicastRTP/" if by_agent else "Local/100@guards")
    assert stage.connects == by_agent
    stage.channel.hang_up_by_visitor()
    stage.close()


@pytest.mark.parametrize(("answer", "status"), [("ANSWER", "TRANSFERRED"), ("NOANSWER", "FAILED")])
def test_the_dialplan_and_the_record_learn_why(answer: str, status: str) -> None:
    stage = Stage(tenant=LIMITED)
    stage.spent = succeed(5.0)
    stage.start()
    stage.channel.set["DIALSTATUS"] = answer
    stage.channel.dials[-1].ended.callback("0")
    assert stage.channel.set["PORTERO_STATUS"] == status
    assert stage.channel.set["PORTERO_REASON"] == "daily_limit"
    (record,) = stage.kept
    assert (record.status, record.reason, record.cost_usd) == (status, "daily_limit", 0.0)
    assert record.guard_answered == (answer == "ANSWER")
    stage.close()


def test_the_keypad_is_for_a_model_that_is_away_not_for_one_that_is_too_dear() -> None:
    tenant = LIMITED.model_copy(update={"fallback": FallbackSettings(mode="keypad")})
    stage = Stage(tenant=tenant)
    stage.spent = succeed(5.0)
    stage.start()
    assert stage.channel.dials[-1].destination == "Local/100@guards/n"
    assert stage.channel.heard == []
    stage.channel.hang_up_by_visitor()
    stage.close()


def test_without_a_guard_the_dialplan_goes_on() -> None:
    stage = Stage(tenant=LIMITED.model_copy(update={"guard": None}))
    stage.spent = succeed(5.0)
    stage.start()
    assert stage.channel.set["PORTERO_STATUS"] == "FAILED"
    assert stage.channel.dials == []
    stage.close()


def test_without_a_limit_nobody_asks_what_was_spent() -> None:
    stage = Stage()
    stage.spent = fail(AssertionError("asked"))
    visit(stage)
    stage.close()
    stage.spent.addErrback(lambda _: None)


def test_a_registry_that_is_away_costs_no_visitor_his_agent(warnings: list[str]) -> None:
    stage = Stage(tenant=LIMITED)
    stage.spent = fail(PorteroError("the registry is away"))
    visit(stage)
    assert stage.connects
    assert warnings == ["[c1] what lomas spent today is not known: the registry is away"]
    stage.close()


def test_a_registry_that_is_slow_is_not_waited_for(warnings: list[str]) -> None:
    stage = Stage(tenant=LIMITED)
    stage.spent = Deferred()
    stage.start()
    stage.clock.advance(SPENT_SECONDS - 0.01)
    assert (stage.connects, stage.channel.dials) == (False, [])
    stage.clock.advance(0.01)
    assert stage.connects
    assert len(stage.channel.dials) == 1
    assert len(warnings) == 1
    stage.channel.hang_up_by_visitor()
    stage.close()


def test_a_daemon_that_stops_meanwhile_connects_nobody() -> None:
    stage = Stage(tenant=LIMITED)
    stage.spent = spent = Deferred()
    stage.start()
    stage.call.stop()
    spent.callback(0.0)
    assert not stage.connects
    assert stage.channel.set["PORTERO_REASON"] == "shutdown"
    stage.close()


def test_it_is_logged_once_a_day(warnings: list[str]) -> None:
    told: dict[str, date] = {}
    for days in (0, 0, 0.2, 1, 1):  # noon in Mexico, twice; five hours later; the next noon
        stage = Stage(tenant=LIMITED)
        stage.call._parts.limits_told.update(told)
        stage.spent = succeed(5.0)
        stage.clock.advance(days * 24 * 3600)
        visit(stage)
        told = stage.call._parts.limits_told
        stage.close()
    assert len(warnings) == 2
    assert "5.00 USD today, of 5.00 (daily_limit_usd)" in warnings[0]


def at(text: str, zone: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("zone", "now", "began"),
    [
        ("America/Mexico_City", "2026-11-22T00:00:00", "2026-11-22T06:00:00"),
        ("America/Mexico_City", "2026-11-22T23:59:59", "2026-11-22T06:00:00"),
        ("America/Tijuana", "2026-03-08T12:00:00", "2026-03-08T08:00:00"),  # spring, at 2:00
        ("America/Tijuana", "2026-03-09T12:00:00", "2026-03-09T07:00:00"),
        ("America/Tijuana", "2026-11-01T12:00:00", "2026-11-01T07:00:00"),  # autumn
        ("America/Havana", "2026-03-08T12:00:00", "2026-03-08T05:00:00"),  # no 0:00 on that day
        ("America/Havana", "2026-11-01T12:00:00", "2026-11-01T04:00:00"),  # two of them
        ("Asia/Kolkata", "2026-11-22T01:00:00", "2026-11-21T18:30:00"),
        ("UTC", "2026-11-22T01:00:00", "2026-11-22T00:00:00"),
    ],
)
def test_a_day_begins_at_midnight_on_the_wall(zone: str, now: str, began: str) -> None:
    assert midnight(at(now, zone), zone) == datetime.fromisoformat(began).replace(tzinfo=UTC)


def test_the_second_time_of_a_midnight_belongs_to_the_same_day() -> None:
    zone = ZoneInfo("America/Havana")
    second = datetime(2026, 11, 1, 0, 30, tzinfo=zone, fold=1).timestamp()
    assert midnight(second, zone.key) == datetime(2026, 11, 1, 4, tzinfo=UTC)
    assert day_of(second, zone.key) == date(2026, 11, 1)
