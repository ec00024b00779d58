"""What would be written is shown, and written only where the installer (or an option) agrees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NoReturn

import click

from portero.install import planning
from portero.install.asking import confirm
from portero.install.planning import FileChange
from portero.messages import text

_COLOURS: Final = {"+": "green", "-": "red", "@": "cyan"}


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is to go about: below which root, asking or not, writing or not."""

    language: Literal["es", "en"]
    root: Path
    ask: bool
    dry_run: bool
    overwrite: bool
    apply: bool | None


def fail(*sentences: str) -> NoReturn:
    """Ends the command: in red, why."""
    for sentence in sentences:
        click.secho(sentence, fg="red", err=True)
    raise SystemExit(1)


def show(changes: Iterable[FileChange], language: str) -> None:
    """All that would be written; secrets are not shown."""
    for change in changes:
        if not change.changes:
            click.echo(text("init_kept", language, file=change.path))
            continue
        _head(change, language)
        _body(change, language)


def _head(change: FileChange, language: str) -> None:
    key = "init_creates" if change.before is None else "init_changes"
    count = change.text.count("\n")
    click.secho(text(key, language, file=change.path, count=count), bold=True)


def _body(change: FileChange, language: str) -> None:
    if change.secret:
        click.echo(text("init_hidden", language))
    elif not change.generated:
        for line in planning.difference(change):
            click.secho(line, fg=_COLOURS.get(line[:1]))


def agreed(changes: Iterable[FileChange], manner: Manner) -> list[FileChange]:
    """Those that may be written: all of them, or those that the installer agreed to."""
    wanted = [change for change in changes if change.changes]
    losing = [change for change in wanted if change.loses]
    if not manner.ask:
        if losing and not manner.overwrite:
            for change in losing:
                _head(change, manner.language)
                _body(change, manner.language)
            told = (text("init_would_lose", manner.language, file=it.path) for it in losing)
            fail(*told, text("init_nothing_written", manner.language))
        return wanted
    return _asked(wanted, manner.language)


def _asked(wanted: list[FileChange], language: str) -> list[FileChange]:
    new = [change for change in wanted if change.before is None]
    agreed = []
    for change in wanted:
        _head(change, language)
        if change.before is None:
            continue
        _body(change, language)
        question = text("init_ask_write", language, file=change.path)
        if confirm(question, language, usual=not change.loses):
            agreed.append(change)
    if new and confirm(text("init_ask_write_all", language), language, usual=True):
        agreed += new
    if wanted and not agreed:
        fail(text("init_nothing_written", language))
    return [change for change in wanted if change in agreed]
