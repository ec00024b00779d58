"""The doctor's look at this machine's clock, against all who told it the time (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from portero.doctor.findings import Finding, Level
from portero.limits import DOCTOR_CLOCK_RED_SECONDS, DOCTOR_CLOCK_YELLOW_SECONDS

CLOCK: Final = "host.clock"


def look_at_clock(aheads: Mapping[str, float | None]) -> list[Finding]:
    """`aheads`: how far each clock is ahead of ours, in seconds; None: it told nothing.

    One finding for each that differs, else one for all.
    """
    told = {name: ahead for name, ahead in aheads.items() if ahead is not None}
    if not told:
        return [Finding(CLOCK, Level.SKIPPED, "doctor_clock_untold")]
    findings = [
        Finding(
            CLOCK,
            offset_level(ahead),
            "doctor_clock_wrong",
            {"name": name, "seconds": round(abs(ahead)), "direction": "<" if ahead > 0 else ">"},
            "doctor_cure_clock",
        )
        for name, ahead in told.items()
        if offset_level(ahead) is not Level.GREEN
    ]
    names = ", ".join(told)
    return findings or [Finding(CLOCK, Level.GREEN, "doctor_clock_ok", {"names": names})]


def offset_level(ahead: float) -> Level:
    """How bad it is that another clock is ahead of ours by so many seconds, or behind."""
    if abs(ahead) > DOCTOR_CLOCK_RED_SECONDS:
        return Level.RED
    return Level.YELLOW if abs(ahead) > DOCTOR_CLOCK_YELLOW_SECONDS else Level.GREEN


def ahead_of(head: bytes, now: float) -> float | None:
    """From the Date header (RFC 9110, 6.6.1) of an answer that came at our time `now`."""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"date":
            try:
                told = parsedate_to_datetime(value.strip().decode("latin-1"))
            except ValueError:
                return None
            return told.replace(tzinfo=told.tzinfo or UTC).timestamp() - now
    return None


def moment(seconds: float) -> str:
    """A time of the epoch as people read it, in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
