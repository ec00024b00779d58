"""When a rule counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portero.config.rules import WEEKDAYS, ScheduleSettings
from portero.doorman.schedule import applies

MEXICO = ZoneInfo("America/Mexico_City")  # UTC-6, without summer time since 2022
TIJUANA = ZoneInfo("America/Tijuana")  # with that of California


def schedule(hours: str = "00:00-24:00", *days: str) -> ScheduleSettings:
    return ScheduleSettings.model_validate({"hours": hours, "days": days or WEEKDAYS})


def holds(plan: ScheduleSettings, written: str, zone: ZoneInfo = MEXICO, fold: int = 0) -> bool:
    """At a time of the clock on the wall."""
    local = datetime.fromisoformat(written).replace(tzinfo=zone, fold=fold)
    return applies(plan, local.astimezone(UTC), zone)


@pytest.mark.parametrize(
    ("hours", "days", "at", "expected"),
    [
        ("07:00-22:00", (), "2026-11-20T07:00:00", True),
        ("07:00-22:00", (), "2026-11-20T06:59:59", False),
        ("07:00-22:00", (), "2026-11-20T21:59:59", True),
        ("07:00-22:00", (), "2026-11-20T22:00:00", False),
        ("00:00-24:00", ("fri",), "2026-11-20T00:00:00", True),
        ("00:00-24:00", ("fri",), "2026-11-20T23:59:59", True),
        ("00:00-24:00", ("fri",), "2026-11-21T00:00:00", False),
        ("22:00-06:00", ("fri",), "2026-11-20T21:59:59", False),
        ("22:00-06:00", ("fri",), "2026-11-20T22:00:00", True),
        ("22:00-06:00", ("fri",), "2026-11-21T05:59:59", True),  # Friday's night
        ("22:00-06:00", ("fri",), "2026-11-21T06:00:00", False),
        ("22:00-06:00", ("fri",), "2026-11-20T05:59:59", False),  # Thursday's night
        ("22:00-06:00", ("sun",), "2026-11-23T01:00:00", True),  # into the next week
        ("22:00-24:00", ("fri",), "2026-11-21T00:00:00", False),
    ],
)
def test_hours_belong_to_the_day_on_which_they_begin(
    hours: str, days: tuple[str, ...], at: str, expected: bool
) -> None:
    assert holds(schedule(hours, *days), at) is expected


def test_clocks_go_by_the_zone() -> None:
    noon = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
    assert applies(schedule("12:00-12:01"), noon, MEXICO)
    assert applies(schedule("10:00-10:01"), noon, TIJUANA)


def test_the_hour_that_comes_twice_counts_twice() -> None:
    plan = schedule("01:00-02:00")
    assert holds(plan, "2026-11-01T01:30:00", TIJUANA, fold=0)
    assert holds(plan, "2026-11-01T01:30:00", TIJUANA, fold=1)


def test_the_night_in_which_clocks_change_is_one_night() -> None:
    plan = schedule("22:00-06:00", "sat")
    for written in ("2026-03-07T22:00:00", "2026-03-08T01:59:00", "2026-03-08T03:00:00"):
        assert holds(plan, written, TIJUANA)
    assert not holds(plan, "2026-03-08T06:00:00", TIJUANA)


minutes = st.integers(0, 1439)


@given(minutes, minutes, st.integers(0, 7 * 24 * 60 - 1))
def test_hours_and_those_from_their_end_to_their_begin_make_up_the_day(
    first: int, after: int, minute: int
) -> None:
    if first == after:
        return
    moment = datetime(2026, 11, 16, 6, 0, tzinfo=UTC) + timedelta(minutes=minute)
    one = ScheduleSettings(hours=(first, after))
    other = ScheduleSettings(hours=(after, first))
    assert applies(one, moment, MEXICO) != applies(other, moment, MEXICO)
