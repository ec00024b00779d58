"""A tenant's day, by the clock on its wall (pure)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def day_of(now: float, timezone: str) -> date:
    """The day that it is there; `now`: seconds of the epoch."""
    return datetime.fromtimestamp(now, ZoneInfo(timezone)).date()


def midnight(now: float, timezone: str) -> datetime:
    """When that day began, in UTC.

    A midnight that comes twice, where clocks go back, is the first; one that never was, where they
    go forward, is the moment of the change.
    """
    began = datetime.combine(day_of(now, timezone), time(), ZoneInfo(timezone))
    return began.astimezone(UTC)
