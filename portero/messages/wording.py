"""One text in the languages that portero speaks."""

from __future__ import annotations

from typing import NamedTuple


class Wording(NamedTuple):
    """One text in each language; both have the same `{placeholders}`."""

    es: str
    en: str
