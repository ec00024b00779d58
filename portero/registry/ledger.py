"""The ledger: what was asked, judged, ordered, answered; rows are only ever added.

Each tenant has a chain of its own (`portero.registry.chain`). What writes holds the row of its
head, so that rows have numbers without gaps, whichever daemon writes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from portero.limits import LEDGER_CUT_ROWS, LEDGER_FLAWS
from portero.registry.chain import Flaw, Head, Row, check, link
from portero.registry.tables import ledger, ledger_heads

_BATCH: Final = 1_000  # rows in memory at one time


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the ledger, read."""

    number: int
    at: datetime
    kind: str
    call_id: str
    body: Mapping[str, Any]


def append(
    connection: Connection,
    tenant: str,
    kind: str,
    call_id: str,
    body: Mapping[str, Any],
    now: datetime,
) -> Entry:
    """Add a row. body: plain JSON values, never a secret."""
    head = _locked_head(connection, tenant)
    at = _stamp(now)
    row = link(head, tenant=tenant, at=at, kind=kind, call_id=call_id, body=body)
    connection.execute(insert(ledger).values(asdict(row)))
    connection.execute(
        update(ledger_heads)
        .where(ledger_heads.c.tenant == tenant)
        .values(number=row.number, hash=row.hash)
    )
    return _entry(row)


def for_call(connection: Connection, tenant: str, call_id: str) -> list[Entry]:
    """What is written of one call, in its order."""
    return [_entry(row) for row in _rows(connection, tenant, ledger.c.call_id == call_id)]


def read(
    connection: Connection,
    tenant: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[Row]:
    """The rows from `since` on and before `until`."""
    conditions = []
    if since is not None:
        conditions.append(ledger.c.at >= _stamp(since))
    if until is not None:
        conditions.append(ledger.c.at < _stamp(until))
    return _rows(connection, tenant, *conditions)


def tenants(connection: Connection) -> list[str]:
    """Those who have a ledger."""
    found = connection.execute(select(ledger_heads.c.tenant)).scalars()
    kept = connection.execute(select(ledger.c.tenant).distinct()).scalars()
    return sorted({*found, *kept})


def head_of(connection: Connection, tenant: str) -> Head:
    """Where the chain ends; that of an empty one where there is none."""
    query = select(ledger_heads).where(ledger_heads.c.tenant == tenant)
    return _head(connection.execute(query).one_or_none())


def verify(
    connection: Connection, tenant: str, anchor: tuple[int, str] | None = None
) -> list[Flaw]:
    """What is wrong with a tenant's chain: the first LEDGER_FLAWS of it, none if it is whole.

    Give it one snapshot (`Registry.read`), or a row that is added meanwhile looks wrong.
    anchor: number and hash of a row, kept elsewhere. Without one, a chain that somebody with the
    database's password has written anew from end to end looks whole.
    """
    found = check(_rows(connection, tenant), head_of(connection, tenant))
    flaws = list(islice(found, LEDGER_FLAWS))
    flaws += _cut_flaws(connection, tenant)
    if anchor is not None and not _holds(connection, tenant, anchor):
        flaws.append(Flaw(anchor[0], "ledger_not_anchor"))
    return flaws


def cut(connection: Connection, tenant: str, before: datetime, now: datetime) -> int:
    """Forget the rows before that moment, LEDGER_CUT_ROWS at a time; how many.

    The last of them is named in a new row, and in the head: the rest can be checked from there.
    """
    head = _locked_head(connection, tenant)
    # Up to the first that is to stay: a clock that was wrong for an hour takes nothing along.
    query = select(func.min(ledger.c.number)).where(
        ledger.c.tenant == tenant, ledger.c.at >= _stamp(before)
    )
    kept = connection.execute(query).scalar_one()
    last = min(head.number if kept is None else kept - 1, head.cut_number + LEDGER_CUT_ROWS)
    if last <= head.cut_number:
        return 0
    gone = next(_rows(connection, tenant, ledger.c.number == last))
    append(connection, tenant, "cut", "", {"until": last}, now)
    connection.execute(
        update(ledger_heads)
        .where(ledger_heads.c.tenant == tenant)
        .values(cut_number=gone.number, cut_hash=gone.hash)
    )
    deleted = connection.execute(
        delete(ledger).where(ledger.c.tenant == tenant, ledger.c.number <= last)
    )
    return deleted.rowcount


def _locked_head(connection: Connection, tenant: str) -> Head:
    query = select(ledger_heads).where(ledger_heads.c.tenant == tenant).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        try:
            with connection.begin_nested():
                connection.execute(insert(ledger_heads).values(tenant=tenant, **asdict(Head())))
        except IntegrityError:
            pass  # another daemon has just begun this chain
        row = connection.execute(query).one()
    return _head(row)


def _head(row: Any) -> Head:
    if row is None:
        return Head()
    return Head(row.number, row.hash, row.cut_number, row.cut_hash)


def _rows(connection: Connection, tenant: str, *conditions: ColumnElement[bool]) -> Iterator[Row]:
    query = select(ledger).where(ledger.c.tenant == tenant, *conditions).order_by(ledger.c.number)
    for row in connection.execute(query, execution_options={"yield_per": _BATCH}):
        yield Row(**row._mapping)


def _cut_flaws(connection: Connection, tenant: str) -> Iterator[Flaw]:
    """Rows that are gone must have been cut by `cut`, which says so in the chain itself."""
    told = max(map(_cut_until, _rows(connection, tenant, ledger.c.kind == "cut")), default=0)
    gone = head_of(connection, tenant).cut_number
    if gone != told:
        yield Flaw(max(gone, told), "ledger_not_cut_by_us")


def _cut_until(row: Row) -> int:
    try:
        return int(json.loads(row.body)["until"])
    except (ValueError, TypeError, LookupError):
        return 0  # somebody has changed it, which `check` tells


def _holds(connection: Connection, tenant: str, anchor: tuple[int, str]) -> bool:
    number, digest = anchor
    head = head_of(connection, tenant)
    if number == head.cut_number:
        return digest == head.cut_hash
    row = next(_rows(connection, tenant, ledger.c.number == number), None)
    # An anchor older than what retention has left says nothing any more.
    return number < head.cut_number if row is None else row.hash == digest


def _entry(row: Row) -> Entry:
    at = datetime.fromisoformat(row.at)
    return Entry(row.number, at, row.kind, row.call_id, json.loads(row.body))


def _stamp(moment: datetime) -> str:
    """A moment as text that sorts by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
