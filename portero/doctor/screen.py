"""What the installer sees of the doctor's findings, as text or as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from typing import Any, Final, TextIO

import click

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from portero.doctor.findings import Finding, Level
from portero.limits import DOCTOR_PROGRESS_SECONDS
from portero.messages import text

_MARKS: Final = {
    Level.GREEN: ("✔", "green"),
    Level.YELLOW: ("!", "yellow"),
    Level.RED: ("✘", "red"),
    Level.SKIPPED: ("-", "bright_black"),
}
_ORDER: Final = (Level.RED, Level.YELLOW)
_WIDTH: Final = 98


class Screen:
    """Writes a finding as soon as it is known, and what is looked at while that takes long."""

    def __init__(
        self, language: str, clock: IReactorTime | None, out: TextIO, progress: TextIO
    ) -> None:
        """`clock` None: nothing is going to take long."""
        self._language = language
        self._out = out
        self._progress = progress if clock is not None and progress.isatty() else None
        self._looking_at = ""
        self._seconds = 0
        self._shown = False
        self._ticking = LoopingCall(self._tick)
        if clock is not None:
            self._ticking.clock = clock

    def begin(self, step: str) -> None:
        """A step begins."""
        self._looking_at, self._seconds = step, 0
        if self._progress is not None and not self._ticking.running:
            self._ticking.start(1.0, now=False)

    def tell(self, finding: Finding) -> None:
        """A finding, and its cure below it."""
        self._wipe()
        mark, colour = _MARKS[finding.level]
        name = click.style(finding.step, bold=True)
        click.echo(f"{click.style(mark, fg=colour)} {name}", file=self._out, nl=False)
        said = text(finding.word, self._language, **finding.values)
        click.echo(f"  {said}", file=self._out)
        if finding.cure:
            cure = text(finding.cure, self._language, **finding.values)
            wrapped = textwrap.fill(
                cure,
                _WIDTH,
                initial_indent="    → ",
                subsequent_indent="      ",
                break_long_words=False,
                break_on_hyphens=False,
            )
            click.echo(wrapped, file=self._out)

    def end(self, findings: Sequence[Finding]) -> None:
        """How many of what kind, and what to do first."""
        self.stop()
        counts = {level.value: _count(findings, level) for level in Level}
        click.echo("", file=self._out)
        click.echo(text("doctor_summary", self._language, **counts), file=self._out)
        first = worst(findings)
        key = "doctor_all_well" if first is None else "doctor_first"
        values = {} if first is None else {"step": first.step}
        click.echo(text(key, self._language, **values), file=self._out)

    def stop(self) -> None:
        """Show no progress any more."""
        if self._ticking.running:
            self._ticking.stop()
        self._wipe()

    def _tick(self) -> None:
        self._seconds += 1
        if self._progress is None or self._seconds < DOCTOR_PROGRESS_SECONDS:
            return
        values = {"step": self._looking_at, "seconds": self._seconds}
        line = text("doctor_looking", self._language, **values)
        self._progress.write(f"\r\033[K{line}")
        self._progress.flush()
        self._shown = True

    def _wipe(self) -> None:
        if self._shown and self._progress is not None:
            self._progress.write("\r\033[K")
            self._progress.flush()
            self._shown = False


def worst(findings: Sequence[Finding]) -> Finding | None:
    """What to do first: the first red finding, else the first yellow one."""
    return next(
        (finding for level in _ORDER for finding in findings if finding.level is level), None
    )


def as_json(findings: Sequence[Finding], language: str) -> str:
    """A list of step, level, text, cure and values."""
    told: list[dict[str, Any]] = [
        {
            "step": finding.step,
            "level": finding.level.value,
            "text": text(finding.word, language, **finding.values),
            "cure": text(finding.cure, language, **finding.values) if finding.cure else "",
            "values": dict(finding.values),
        }
        for finding in findings
    ]
    return json.dumps(told, ensure_ascii=False, indent=2, default=str)


def _count(findings: Sequence[Finding], level: Level) -> int:
    return sum(finding.level is level for finding in findings)
