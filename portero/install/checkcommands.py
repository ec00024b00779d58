"""`portero check` and `portero schema`: settings looked at without starting anything."""

from __future__ import annotations

import json
import os
from typing import Any, Final

import click

from portero.config import find_config
from portero.config.loader import Examined, examine
from portero.config.problems import Problem, dotted
from portero.config.report import entries
from portero.config.schema import json_schema
from portero.messages import text

_COLOURS: Final = {"error": "red", "warning": "yellow"}


@click.command()
@click.option(
    "-c",
    "--config",
    type=click.Path(),
    help="Settings file; else $PORTERO_CONFIG, ./config.yaml, /etc/portero/config.yaml.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object.")
def check(config: str | None, as_json: bool) -> None:
    """Check the settings: `portero check`; all mistakes at once.

    Each mistake comes with file and line, each value with where it came from.

    \b
    The exit status is 0 if portero can run with them, else 1. Secrets are
    never shown.
    Examples:
      portero check
      portero check -c /etc/portero/config.yaml
      portero check --json
    """
    found = examine(find_config(config, os.environ), os.environ)
    if as_json:
        click.echo(json.dumps(_document(found), ensure_ascii=False, indent=2))
    else:
        _tell(found)
    raise SystemExit(0 if found.loaded else 1)


def _tell(found: Examined) -> None:
    language = found.language
    if found.loaded is not None:
        for path, value, origin in entries(found.loaded):
            click.echo(f"{path} = {value}  {click.style(f'({origin})', dim=True)}")
    for kind, problems in (("warning", found.warnings), ("error", found.errors)):
        for problem in problems:
            head = click.style(text(kind, language), fg=_COLOURS[kind], bold=True)
            click.echo(f"{head}: {problem.line(language)}", err=True)
    if found.loaded is not None:
        click.secho(text("check_passed", language), fg="green", err=True)
    else:
        count = len(found.errors)
        click.secho(text("check_failed", language, count=count), fg="red", err=True)


def _document(found: Examined) -> dict[str, Any]:
    """Whether it is right, what is wrong, and each setting in effect (none where it is wrong)."""
    settings = entries(found.loaded) if found.loaded is not None else ()
    return {
        "ok": found.loaded is not None,
        "errors": [_problem(problem, found.language) for problem in found.errors],
        "warnings": [_problem(problem, found.language) for problem in found.warnings],
        "settings": [entry._asdict() for entry in settings],
    }


def _problem(problem: Problem, language: str) -> dict[str, Any]:
    """`kind` is the same in every language and version; lines count from 1, 0 is unknown."""
    return {
        "kind": problem.key,
        "file": problem.place.source,
        "line": problem.place.line,
        "column": problem.place.column,
        "setting": dotted(problem.path),
        "text": problem.sentence(language),
    }


@click.command()
def schema() -> None:
    """For your editor: `portero schema > portero.schema.json`.

    Editors complete and check from it; `portero init` puts it beside the settings.

    \b
    Example:
      portero schema > portero.schema.json
    """
    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
