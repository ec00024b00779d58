"""`portero records`: taking the records of calls along."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import IO, Any, Final

import click
from rich.progress import track

from portero.operator.commands import day
from portero.operator.desk import CONFIG, command_of_operator, desk_of
from portero.operator.history import History
from portero.operator.words import clean
from portero.records import CallRecord, Quality, as_json

_COLUMNS: Final = (
    "call_id",
    "tenant",
    "started_at",
    "ended_at",
    "seconds",
    "caller_number",
    "caller_name",
    "did",
    "extension",
    "channel",
    "unique_id",
    "status",
    "reason",
    "opened",
    "guard_answered",
    "cost_usd",
    "recording",
)
# Also behind a semicolon, where spreadsheets of many countries begin a new cell, and as Japanese
# keyboards write them (OWASP, "CSV injection").
_FORMULA: Final = re.compile(r"(^|;)(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")


@click.group()
def records() -> None:
    """Records of calls: `portero records export`."""


@records.command()
@CONFIG
@click.option("-t", "--tenant", help="Only this tenant's calls.")
@click.option("--from", "first", metavar="DAY", help="First day, such as 2026-12-24.")
@click.option("--until", "last", metavar="DAY", help="Last day.")
@click.option(
    "--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True
)
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=False), default="-")
@command_of_operator
def export(
    config: str | None,
    tenant: str | None,
    first: str | None,
    last: str | None,
    form: str,
    file: IO[str],
) -> None:
    """Write the records of calls to FILE, or to the screen.

    A row for each call in CSV; JSON has what was said, too. What the settings
    forget (records.transcript, records.callers) was never kept.

    \b
    Examples:
      portero records export --from 2026-12-01 --until 2026-12-31 dec.csv
      portero records export -t robles --format json robles.json
    """
    desk = desk_of(config, None)
    write = {"csv": _csv, "json": _json}[form]
    since, until = day(desk, first), day(desk, last, days=1)

    def watched(found: Iterator[CallRecord]) -> int:
        if file.name == "<stdout>" or not desk.screen.is_terminal:
            return write(file, found)
        words = desk.text("operator_exporting")
        return write(file, track(found, words, console=desk.screen, transient=True))

    with History.of(desk) as history:
        count = history.export(watched, tenant=tenant, since=since, until=until)
    if file.name != "<stdout>":
        click.echo(desk.text("operator_exported", count=count, file=file.name), err=True)


def _csv(file: IO[str], found: Iterable[CallRecord]) -> int:
    quality = [field.name for field in fields(Quality)]
    writer = csv.writer(file)
    writer.writerow([*_COLUMNS, *quality])
    count = 0
    for record in found:
        count += 1
        told = as_json(record) | {"opened": " ".join(record.opened)}
        cells = [told[name] for name in _COLUMNS]
        writer.writerow([*map(_harmless, cells), *(told["quality"][name] for name in quality)])
    return count


def _json(file: IO[str], found: Iterable[CallRecord]) -> int:
    """An array, an object a line: it is never whole in memory."""
    count = 0
    file.write("[")
    for record in found:
        file.write(",\n" if count else "\n")
        count += 1
        file.write(json.dumps(as_json(record), ensure_ascii=False))
    file.write("\n]\n")
    return count


def _harmless(cell: Any) -> Any:
    """A caller's name is no formula to a spreadsheet, no second row, no order to a terminal."""
    return _FORMULA.sub(r"\1'", clean(cell)) if isinstance(cell, str) else cell
