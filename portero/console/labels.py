"""What may stand in a metric's label (pure): names of the settings, and few words of our own.

Each new word is a new series that Prometheus keeps for weeks; what a visitor or a model says must
never become one.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final

from portero.limits import METRIC_WORD_CHARS, METRIC_WORDS

OTHER: Final = "other"
_WORD: Final = re.compile(rf"[A-Za-z][A-Za-z_]{{0,{METRIC_WORD_CHARS - 1}}}", re.ASCII)


def name(given: object, known: Container[str]) -> str:
    """A name of the settings as it is, any other as "other"."""
    return given if isinstance(given, str) and given in known else OTHER


class Words:
    """The words of one label: the first `METRIC_WORDS` that look like ours, the rest is "other"."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def take(self, given: object) -> str:
        """The word before any detail in brackets: `refused (quiet_hours)` is `refused`."""
        word = str(given).partition(" (")[0]
        if word in self._seen:
            return word
        if len(self._seen) >= METRIC_WORDS or not _WORD.fullmatch(word):
            return OTHER
        self._seen.add(word)
        return word
