"""`portero ledger`: whether what is written down is still what was written, and taking it along."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import IO, Any, Final, NoReturn
from zoneinfo import ZoneInfo

import click
from sqlalchemy import Connection

from portero.config import find_config, load
from portero.config.settings import Settings
from portero.errors import PorteroError
from portero.messages import text
from portero.registry import ledger as book
from portero.registry import retention
from portero.registry.chain import Head, Row
from portero.registry.opening import opened
from portero.registry.store import Registry

_CONFIG: Final = click.option("-c", "--config", type=click.Path(), help="Settings file.")
_TENANT: Final = click.option("-t", "--tenant", help="Only this tenant's ledger.")
_FORMAT: Final = click.option(
    "--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True
)


@dataclass(frozen=True)
class _Desk:
    """The registry, its settings, and the language of who sits before the screen."""

    registry: Registry
    settings: Settings
    language: str

    def say(self, word: str, *, err: bool = False, **values: Any) -> None:
        click.echo(text(word, self.language, **values), err=err)

    def refuse(self, word: str, **values: Any) -> NoReturn:
        raise click.ClickException(text(word, self.language, **values))

    def tenants(self, asked: str | None) -> list[str]:
        """The one that was asked for, else all: also those who are no longer in the settings."""
        known = {tenant.id for tenant in self.settings.tenants}
        known.update(self.registry.read(book.tenants))
        if asked is None:
            return sorted(known)
        if asked not in known:
            self.refuse("tenant_one_of", choices=", ".join(sorted(known)) or "-")
        return [asked]

    def zone(self, tenant: str) -> tzinfo:
        """Where the days of this tenant begin."""
        zones = {known.id: known.timezone for known in self.settings.tenants}
        return ZoneInfo(zones[tenant]) if tenant in zones else UTC


@click.group()
def ledger() -> None:
    """Proof of what the gates did: `portero ledger verify`."""


@ledger.command()
@_CONFIG
@_TENANT
@click.option("--head", "anchor", help="NUMBER:HASH that `portero ledger head` printed before.")
def verify(config: str | None, tenant: str | None, anchor: str | None) -> None:
    """Look for rows that were changed, removed, put in or moved.

    \b
    The exit status is 1 if there are any.
    Who can write to the database can write the whole ledger anew. Only a head
    that was kept elsewhere (on paper, in an e-mail) shows that.
    Examples:
      portero ledger verify
      portero ledger verify --tenant robles --head 1204:5f1c…
    """
    with _open(config) as desk:
        chosen = desk.tenants(tenant)
        known = None if anchor is None else _anchor(desk, anchor, chosen)
        whole = [_verify(desk, one, known) for one in chosen]
        if not all(whole):
            desk.refuse("ledger_flawed")


def _verify(desk: _Desk, tenant: str, anchor: tuple[int, str] | None) -> bool:
    def look(connection: Connection) -> tuple[list[Any], Head]:
        return book.verify(connection, tenant, anchor), book.head_of(connection, tenant)

    flaws, head = desk.registry.read(look)
    for flaw in flaws:
        words = text(flaw.word, desk.language)
        desk.say("ledger_flaw", err=True, tenant=tenant, number=flaw.number, words=words)
    if not flaws:
        desk.say("ledger_whole", tenant=tenant, head=_shown(head))
    return not flaws


@ledger.command()
@_CONFIG
@_TENANT
def head(config: str | None, tenant: str | None) -> None:
    """Print where each ledger ends, to be kept elsewhere.

    \b
    Example:
      portero ledger head | mail -s portero administracion@example.mx
    """
    with _open(config) as desk:
        for one in desk.tenants(tenant):
            click.echo(f"{one} {_shown(desk.registry.read(book.head_of, one))}")


@ledger.command()
@_CONFIG
@click.option("-t", "--tenant", required=True, help="Whose ledger.")
@click.option("--from", "first", help="First day, such as 2026-12-24, by the tenant's clock.")
@click.option("--until", "last", help="Last day.")
@_FORMAT
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=False), default="-")
def export(
    config: str | None,
    tenant: str,
    first: str | None,
    last: str | None,
    form: str,
    file: IO[str],
) -> None:
    """Write a tenant's rows to FILE, or to the screen.

    \b
    Example:
      portero ledger export -t robles --from 2026-12-01 --format csv dec.csv
    """
    with _open(config) as desk:
        (chosen,) = desk.tenants(tenant)
        since, until = _day(desk, chosen, first), _day(desk, chosen, last, days=1)
        write = {"jsonl": _json_lines, "csv": _csv}[form]
        desk.registry.read(lambda c: write(file, book.read(c, chosen, since, until)))


@ledger.command()
@_CONFIG
@_TENANT
def prune(config: str | None, tenant: str | None) -> None:
    """Forget what is older than registry.keep_days.

    Records of calls have their own time, records.keep_days. What is left can
    still be verified.

    \b
    Example:
      portero ledger prune --tenant robles
    """
    with _open(config) as desk:
        for one in desk.tenants(tenant):
            gone: Counter[str] = Counter()
            while counts := desk.registry.work(
                retention.prune,
                one,
                desk.registry.now(),
                desk.settings.registry.keep_days,
                records_days=desk.settings.records.keep_days,
            ):
                gone.update(counts)
            listed = ", ".join(f"{table} {count}" for table, count in gone.items())
            desk.say(
                "ledger_pruned" if gone else "ledger_nothing_pruned", tenant=one, counts=listed
            )


def _json_lines(file: IO[str], rows: Iterator[Row]) -> None:
    for row in rows:
        line = asdict(row) | {"body": json.loads(row.body)}
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _csv(file: IO[str], rows: Iterator[Row]) -> None:
    writer = csv.DictWriter(file, [field.name for field in fields(Row)])
    writer.writeheader()
    for row in rows:
        writer.writerow(asdict(row))


def _shown(head: Head) -> str:
    return f"{head.number}:{head.hash}"


def _anchor(desk: _Desk, given: str, chosen: list[str]) -> tuple[int, str]:
    number, _, digest = given.strip().partition(":")
    if not number.isdecimal() or len(digest) != len(Head().hash) or len(chosen) != 1:
        desk.refuse("ledger_anchor_form")
    return int(number), digest.lower()


def _day(desk: _Desk, tenant: str, given: str | None, days: int = 0) -> datetime | None:
    """Midnight at the start of that day, or `days` later."""
    if given is None:
        return None
    try:
        day = date.fromisoformat(given) + timedelta(days=days)
    except (ValueError, OverflowError):
        desk.refuse("ledger_day", value=given)
    return datetime.combine(day, time(), desk.zone(tenant))


@contextmanager
def _open(config: str | None) -> Iterator[_Desk]:
    """The registry of the settings, brought up to date; what fails is one line."""
    try:
        loaded = load(find_config(config, os.environ), os.environ)
        with opened(loaded.settings.registry.url, loaded.language) as registry:
            yield _Desk(registry, loaded.settings, loaded.language)
    except PorteroError as error:
        raise click.ClickException(str(error)) from None
