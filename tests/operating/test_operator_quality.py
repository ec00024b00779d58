"""How a call sounded: good, fair or bad, and what could be heard to be wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portero import limits
from portero.operator.quality import Grade, grade_of, remarks
from portero.records import Quality

WELL = Quality(frames_in=1000, frames_out=800, first_sound_ms=500, response_ms=700, jitter_ms=2.0)
BOUNDS = [
    ("jitter_ms", limits.QUALITY_JITTER_MS),
    ("underruns", limits.QUALITY_UNDERRUNS),
    ("response_ms", limits.QUALITY_RESPONSE_MS),
    ("first_sound_ms", limits.QUALITY_FIRST_SOUND_MS),
    ("reconnects", limits.QUALITY_RECONNECTS),
]


def test_a_call_that_sounded_well() -> None:
    assert grade_of(WELL) is Grade.GOOD
    assert remarks(WELL, "es") == ()


@pytest.mark.parametrize(("figure", "bounds"), BOUNDS)
def test_each_figure_is_fair_from_its_first_bound_and_bad_from_its_second(
    figure: str, bounds: tuple[float, float]
) -> None:
    fair, bad = bounds
    assert grade_of(replace(WELL, **{figure: fair - 1})) is Grade.GOOD
    assert grade_of(replace(WELL, **{figure: fair})) is Grade.FAIR
    assert grade_of(replace(WELL, **{figure: bad - 1})) in (Grade.FAIR, Grade.GOOD)
    assert grade_of(replace(WELL, **{figure: bad})) is Grade.BAD


def test_lost_and_late_packets_are_a_share_of_all() -> None:
    fair, bad = limits.QUALITY_LOST_SHARE
    for share, grade in ((fair * 0.9, Grade.GOOD), (fair, Grade.FAIR), (bad, Grade.BAD)):
        lost = round(10_000 * share)
        heard = replace(WELL, frames_in=10_000 - lost // 2, lost=lost // 2, late=lost - lost // 2)
        assert grade_of(heard) is grade


def test_a_visitor_who_was_not_heard_at_all_is_told_first() -> None:
    unheard = replace(WELL, frames_in=0, underruns=1)
    assert grade_of(unheard) is Grade.BAD
    assert remarks(unheard, "en")[0].words == "no sound at all came from the visitor"


def test_a_call_without_a_leg_says_nothing_of_sound() -> None:
    assert remarks(Quality(), "en") == ()
