"""What a terminal shows."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from console.standin import AT, RECORD, STANDING, STATUS
from rich.console import Console, RenderableType

from portero.operator.quality import Grade, grade_of, remarks
from portero.operator.showing import call_shown, calls_shown, status_shown
from portero.operator.tailing import line
from portero.operator.words import clean, ending, length
from portero.records import Quality

NOW = AT + timedelta(hours=1, seconds=2)


def drawn(shown: RenderableType, width: int = 80, *, terminal: bool = False) -> str:
    file = io.StringIO()
    Console(file=file, width=width, force_terminal=terminal, markup=False).print(shown)
    return file.getvalue()


def test_the_age_of_a_daemon_and_a_spent_limit_are_seen() -> None:
    spent = {"lomas": replace(STATUS.tenants["lomas"], today_usd=5.0)}
    shown = drawn(status_shown(replace(STATUS, tenants=spent), NOW, "en"), terminal=True)
    assert "1:00:02" in shown
    assert re.search(r"\x1b\[31m +5.00", shown)


@pytest.mark.parametrize("width", [40, 60, 72, 80, 100, 130, 200])
def test_a_list_of_calls_fits_the_terminal(width: int) -> None:
    shown = drawn(calls_shown([RECORD, STANDING], NOW, "es", width), width)
    assert max(map(len, shown.splitlines())) <= width
    assert (width < 60) or RECORD.call_id in shown


def test_what_strangers_send_is_no_markup_and_no_control_code() -> None:
    record = replace(RECORD, caller_name="[red]\x1b[2J\x07Ana", caller_number="1\r2")
    shown = drawn(call_shown(record, NOW, "en"))
    assert "[red] [2J Ana" in shown
    assert "\x1b" not in shown
    assert clean("a\x9b2J\u202eb") == "a 2J b"


@pytest.mark.parametrize(
    ("number", "who", "shown"),
    [
        ({"did": "5550", "extension": "s"}, "525512345678", "525512345678 called 5550 and was not"),
        ({"did": "", "extension": "9999"}, "", "number withheld called 9999 and was not"),
        ({"did": "", "extension": ""}, "1\x1b[2J", "1 [2J called - and was not"),
    ],
)
def test_a_call_that_was_not_taken_is_told_to_who_watches(
    number: dict[str, str], who: str, shown: str
) -> None:
    told = {"event": "refused", "call": "5f2c00", "tenant": "", "at": AT.isoformat(), "who": who}
    ended = {"status": "UNKNOWN_TENANT", "reason": "unknown_tenant", "channel": "PJSIP/1-01"}
    seen = line({**told, **ended, **number}, "en").plain
    assert f"{shown} taken: UNKNOWN_TENANT: no tenant has that number" in seen


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "-"),
        (0.4, "0 s"),
        (59, "59 s"),
        (61, "1:01"),
        (3661, "1:01:01"),
        (90061, "1 d 1:01:01"),
    ],
)
def test_lengths(seconds: float | None, said: str) -> None:
    assert length(seconds) == said


def test_a_reason_without_words_stays_as_it_is() -> None:
    assert ending("FAILED", "weather", "en") == "FAILED: weather"
    assert ending("", "", "en") == ""


@pytest.mark.parametrize(
    ("name", "fair", "bad"),
    [
        ("lost", 10, 60),
        ("late", 10, 60),
        ("jitter_ms", 30.0, 60.0),
        ("underruns", 1, 4),
        ("response_ms", 2000, 4000),
        ("first_sound_ms", 3000, 6000),
        ("reconnects", 1, 3),
    ],
)
def test_each_figure_of_a_call_has_its_bounds(name: str, fair: float, bad: float) -> None:
    good = Quality(frames_in=990)
    assert grade_of(good) is Grade.GOOD
    assert grade_of(replace(good, **{name: fair})) is Grade.FAIR
    assert grade_of(replace(good, **{name: bad})) is Grade.BAD


def test_a_quality_says_what_was_wrong_the_worst_first() -> None:
    first, second = remarks(Quality(frames_in=100, underruns=1, reconnects=3), "en")
    assert first == (Grade.BAD, "connections to the model lost: 3")
    assert second == (Grade.FAIR, "times the agent's voice broke off: 1")
