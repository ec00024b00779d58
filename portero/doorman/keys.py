"""Keys that a visitor presses, gathered into what he typed (pure).

`#` ends it, `*` stands between unit and PIN, `**` and a long pause clear it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Final, Literal

from portero.limits import KEY_TWICE_SECONDS, KEYS_MAX

_KEYS: Final = frozenset("0123456789*#")


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed before #: digits, and * between them; a secret, which no repr shows."""

    digits: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cleared:
    """What was typed so far is forgotten."""

    why: Literal["stars", "pause", "too_long"]


class Keys:
    """Gathers one visitor's keys. `pause_seconds`: between two keys until all is forgotten."""

    def __init__(self, pause_seconds: float) -> None:
        self._pause = pause_seconds
        self._typed = ""
        self._spoilt = False  # too long: the rest of it is no PIN either
        self._last = ("", -inf)

    def press(self, key: str, at: float) -> list[Typed | Cleared]:
        """What `key`, released at `at` (seconds of any clock that only goes on), brings about.

        The same key within KEY_TWICE_SECONDS is one press that came by two ways: intercoms send
        keys as RFC 4733 events, as tones and as SIP INFO, and some send them in two of these.
        """
        if key not in _KEYS:
            return []
        before, when = self._last
        if key == before and at - when < KEY_TWICE_SECONDS:
            return []
        self._last = (key, at)
        happened: list[Typed | Cleared] = []
        if at - when > self._pause and self._forget():
            happened.append(Cleared("pause"))
        return happened + self._take(key)

    def _take(self, key: str) -> list[Typed | Cleared]:
        if key == "#":
            typed = "" if self._spoilt else self._typed
            self._forget()
            return [Typed(typed)] if typed else []
        if key == "*" and (self._spoilt or self._typed.endswith("*")):
            self._forget()
            return [Cleared("stars")]
        if self._spoilt:
            return []
        if len(self._typed) == KEYS_MAX:
            self._forget()
            self._spoilt = True
            return [Cleared("too_long")]
        self._typed += key
        return []

    def _forget(self) -> bool:
        """Whether there was anything to forget."""
        had = bool(self._typed) or self._spoilt
        self._typed, self._spoilt = "", False
        return had
