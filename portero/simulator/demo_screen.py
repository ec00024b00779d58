"""What the demo prints: the daemon's own log and what the stand-ins saw, as a conversation."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from portero.simulator.demo_daemon import LogLine

WIDTH: Final = 9
RESET: Final = "\x1b[0m"
COLOURS: Final = {
    "visitor": "\x1b[36m",
    "agent": "\x1b[32m",
    "tool": "\x1b[33m",
    "verdict": "\x1b[33m",
    "gate": "\x1b[1;35m",
    "guard": "\x1b[1;35m",
    "heard": "\x1b[2m",
    "call": "\x1b[2m",
    "problem": "\x1b[31m",
}
# The start of a line of a call's log, and who it is about (DESIGN.md, "Logs").
SPEAKERS: Final = (
    (re.compile(r"User said: (?P<what>.*)"), "heard"),
    (re.compile(r"AI said: (?P<what>.*)"), "agent"),
    (re.compile(r"Function call: (?P<what>.*)"), "tool"),
    (re.compile(r"(?P<what>(?:new call|Realtime connected|end:|to the guard).*)"), "call"),
    (re.compile(r"(?P<what>[a-z_]+: (?:allowed|refused|failed).*)"), "verdict"),
)


class Screen:
    """Writes lines with the time since ``start`` and a colour for each speaker."""

    def __init__(
        self, write: Callable[[str], None], seconds: Callable[[], float], *, colours: bool
    ) -> None:
        self._write = write
        self._seconds = seconds
        self._start = seconds()
        self._colours = colours

    def start(self) -> None:
        """Times count from here."""
        self._start = self._seconds()

    def plain(self, text: str = "") -> None:
        """A line of its own."""
        self._write(text)

    def tell(self, who: str, text: str) -> None:
        """Somebody said or did something, now."""
        label = f"{who:>{WIDTH}}"
        if self._colours:
            label = f"{COLOURS[who]}{label}{RESET}"
        self._write(f"{self._seconds() - self._start:5.1f}  {label}  {text}")

    def log(self, line: LogLine) -> None:
        """A line of the daemon's log, where it is a step of the call or a problem."""
        if line.error:
            self.tell("problem", line.text)
        elif line.call:
            self._step(line.text)

    def _step(self, text: str) -> None:
        for pattern, who in SPEAKERS:
            match = pattern.match(text)
            if match is not None:
                self.tell(who, match["what"])
                return
