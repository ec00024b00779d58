"""The doctor's look at this machine's clock, against all who told him the time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from portero.doctor.findings import Finding, Level
from portero.doctor.reach import offset_level

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
