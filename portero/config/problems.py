"""What can be wrong with settings: a message key, its values, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portero.messages import text

KeyPath = tuple[str | int, ...]
"""The way to a value: `("tenants", 0, "id")`."""


@dataclass(frozen=True)
class Place:
    """Where something was written; lines and columns count from 1, 0 is unknown."""

    source: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        numbers = [str(number) for number in (self.line, self.column) if number]
        return ":".join([self.source, *numbers])


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong (or, as a warning, doubtful); `values` never hold a secret.

    `origin`: where the value itself stands, if not at its place: a file, or a variable's name.
    """

    key: str
    values: Mapping[str, Any]
    place: Place
    path: KeyPath = ()
    warning: bool = False
    origin: str = ""

    def line(self, language: str) -> str:
        """`config.yaml:3:5: media.ports: what is wrong and what to do`."""
        origin = f" ({self.origin})" if self.origin else ""
        parts = [str(self.place), f"{dotted(self.path)}{origin}", self.sentence(language)]
        return ": ".join(part for part in parts if part)

    def sentence(self, language: str) -> str:
        """What is wrong and what to do, without the place."""
        shown = {name: printable(value) for name, value in self.values.items()}
        return text(self.key, language, **shown)


def dotted(path: KeyPath) -> str:
    """A path as people write it: `tenants[0].id`."""
    written = ""
    for step in path:
        if isinstance(step, int):
            written += f"[{step}]"
        else:
            written += f".{printable(step)}" if written else printable(step)
    return written


def printable(value: Any, most: int = 200) -> str:
    """A value on one line, without anything that moves a terminal's cursor."""
    line = "".join(char if char.isprintable() else "�" for char in str(value))
    return line if len(line) <= most else f"{line[:most]}…"
