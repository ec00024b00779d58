"""Keys that a visitor presses."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from portero.doorman.keys import Cleared, Keys, Typed
from portero.limits import KEY_TWICE_SECONDS, KEYS_MAX

PAUSE = 6.0


def press(keys: str | Iterable[tuple[str, float]]) -> list[Typed | Cleared]:
    """Keys one second apart, or each at its own time."""
    gathering = Keys(PAUSE)
    timed = [(key, float(at)) for at, key in enumerate(keys)] if isinstance(keys, str) else keys
    return [happened for key, at in timed for happened in gathering.press(key, at)]


@pytest.mark.parametrize("digits", ["4711", "101*4711", "*4711", "0", "1*2*3"])
def test_hash_ends_what_was_typed(digits: str) -> None:
    assert press(digits + "#") == [Typed(digits)]
    assert press(digits) == []


def test_one_after_the_other_is_typed() -> None:
    assert press("12#34#") == [Typed("12"), Typed("34")]


def test_hash_alone_is_nothing() -> None:
    assert press("##") == []


def test_two_stars_clear() -> None:
    assert press("101*4**47#") == [Cleared("stars"), Typed("47")]


def test_keys_that_intercoms_do_not_have_are_nothing() -> None:
    assert press([("4", 0), ("A", 1), ("", 2), ("44", 3), ("٤", 4), ("7", 5), ("#", 6)]) == [
        Typed("47")
    ]


def test_a_pause_forgets() -> None:
    assert press([("4", 0), ("7", PAUSE), ("#", 2 * PAUSE)]) == [Typed("47")]
    late = PAUSE + 0.001
    assert press([("4", 0), ("7", late), ("#", late + 1)]) == [Cleared("pause"), Typed("7")]


def test_a_pause_before_the_first_key_is_none() -> None:
    assert press([("#", 0), ("4", 100), ("#", 101)]) == [Typed("4")]


def test_the_same_key_twice_at_once_is_one_press() -> None:
    twin = KEY_TWICE_SECONDS * 0.99
    assert press([("4", 1), ("4", 1 + twin), ("7", 2), ("#", 3), ("#", 3 + twin)]) == [Typed("47")]


def test_the_same_key_pressed_again_counts_again() -> None:
    assert press([("4", 1), ("4", 1 + 1.01 * KEY_TWICE_SECONDS), ("#", 2)]) == [Typed("44")]


def test_another_key_at_once_counts() -> None:
    assert press([("4", 1), ("7", 1), ("#", 1)]) == [Typed("47")]


def test_what_is_too_long_is_no_pin_and_neither_is_its_end() -> None:
    assert press("1" * KEYS_MAX + "#") == [Typed("1" * KEYS_MAX)]
    assert press("1" * KEYS_MAX + "24711#") == [Cleared("too_long")]
    assert press("1" * KEYS_MAX + "2#4711#") == [Cleared("too_long"), Typed("4711")]
    assert press("1" * KEYS_MAX + "2*4711#") == [Cleared("too_long"), Cleared("stars"),
                                                Typed("4711")]  # fmt: skip


def test_what_was_typed_is_never_shown() -> None:
    typed = Typed("471190")
    assert "471190" not in f"{typed} {typed!r} {[typed]} {Keys(PAUSE)!r}"
