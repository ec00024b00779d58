"""How a call sounded, in words (pure)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

from portero.limits import (
    QUALITY_FIRST_SOUND_MS,
    QUALITY_JITTER_MS,
    QUALITY_LOST_SHARE,
    QUALITY_RECONNECTS,
    QUALITY_RESPONSE_MS,
    QUALITY_UNDERRUNS,
)
from portero.messages import text
from portero.records import Quality


class Grade(IntEnum):
    """How good something is; the greatest is the worst."""

    GOOD = 0
    FAIR = 1
    BAD = 2


GRADES: Final = ("quality_good", "quality_fair", "quality_bad")
"""Each grade's word in `portero.messages`."""


class Remark(NamedTuple):
    """What is not good, and how much."""

    grade: Grade
    words: str


def grade_of(quality: Quality) -> Grade:
    """The worst of all that was measured."""
    return max((remark.grade for remark in remarks(quality, "en")), default=Grade.GOOD)


def remarks(quality: Quality, language: str) -> tuple[Remark, ...]:
    """What could be heard to be wrong, the worst first; nothing for a call that sounded well."""
    frames = quality.frames_in + quality.lost
    lost = (quality.lost + quality.late) / frames if frames else 0.0
    measured: tuple[tuple[str, float | None, tuple[float, float]], ...] = (
        ("quality_lost", lost, QUALITY_LOST_SHARE),
        ("quality_jitter", quality.jitter_ms, QUALITY_JITTER_MS),
        ("quality_underruns", quality.underruns, QUALITY_UNDERRUNS),
        ("quality_response", quality.response_ms, QUALITY_RESPONSE_MS),
        ("quality_first_sound", quality.first_sound_ms, QUALITY_FIRST_SOUND_MS),
        ("quality_reconnects", quality.reconnects, QUALITY_RECONNECTS),
    )
    found = [
        Remark(_grade(value, bounds), text(name, language, value=value))
        for name, value, bounds in measured
        if value is not None and value >= bounds[0]
    ]
    if quality.frames_out and not quality.frames_in:
        found.append(Remark(Grade.BAD, text("quality_unheard", language)))
    return tuple(sorted(found, key=lambda remark: -remark.grade))


def _grade(value: float, bounds: tuple[float, float]) -> Grade:
    return Grade.BAD if value >= bounds[1] else Grade.FAIR
