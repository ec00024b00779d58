"""Whether a rule's schedule applies at a moment (pure)."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from portero.config.rules import WEEKDAYS, ScheduleSettings


def applies(schedule: ScheduleSettings, moment: datetime, zone: ZoneInfo) -> bool:
    """Whether `moment` (aware) lies in the schedule's hours, by the clock on the wall in `zone`.

    Hours past midnight belong to the day on which they begin: 22:00-06:00 of a Friday ends on
    Saturday. When clocks go back, an hour comes twice, and both count; the hour that they leave out
    in spring never comes.
    """
    local = moment.astimezone(zone)
    first, after = schedule.hours
    minute = local.hour * 60 + local.minute
    if first < after:
        return first <= minute < after and _is_day(schedule, local)
    if minute >= first:
        return _is_day(schedule, local)
    return minute < after and _is_day(schedule, local - timedelta(days=1))


def _is_day(schedule: ScheduleSettings, local: datetime) -> bool:
    """A day back or forth in local time is a day of the calendar, whatever its length."""
    return WEEKDAYS[local.weekday()] in schedule.days
