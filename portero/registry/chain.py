"""The ledger's chain: each row's hash covers all of it and the hash before (pure)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

START: Final = "0" * 64
"""What the first row of a tenant follows."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it is kept. at: ISO 8601 in UTC; body: canonical JSON; hashes: 64 hex digits."""

    tenant: str
    number: int
    at: str
    kind: str
    call_id: str
    body: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends, and the last row that retention has taken away (number 0: none)."""

    number: int = 0
    hash: str = START
    cut_number: int = 0
    cut_hash: str = START


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong at row `number`; `word` is a key of `portero.messages`."""

    number: int
    word: str


def canonical(body: Mapping[str, Any]) -> str:
    """The one text of a body: sorted keys, no spaces, ASCII. Raises ValueError for a NaN."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)


def row_hash(
    tenant: str, number: int, at: str, kind: str, call_id: str, body: str, previous: str
) -> str:
    """SHA-256 over all of a row; as a JSON list, so that no field can run into the next."""
    fields = json.dumps([tenant, number, at, kind, call_id, body, previous])
    return hashlib.sha256(fields.encode()).hexdigest()


def link(
    head: Head, *, tenant: str, at: str, kind: str, call_id: str, body: Mapping[str, Any]
) -> Row:
    """The row that comes after `head`."""
    number, text = head.number + 1, canonical(body)
    digest = row_hash(tenant, number, at, kind, call_id, text, head.hash)
    return Row(tenant, number, at, kind, call_id, text, head.hash, digest)


def check(rows: Iterable[Row], head: Head) -> Iterator[Flaw]:
    """What is wrong with a tenant's rows, given by rising number, and with where they end.

    A row that was changed, left out, put in or moved breaks the chain where it stands; rows that
    were cut off at the end are missed by the head.
    """
    number, previous = head.cut_number, head.cut_hash
    for row in rows:
        number += 1
        if row.number != number:
            yield Flaw(number, "ledger_missing")
        elif row.previous != previous:
            yield Flaw(row.number, "ledger_broken")
        if row.hash != _hash_of(row):
            yield Flaw(row.number, "ledger_changed")
        number, previous = row.number, row.hash
    if number < head.number:
        yield Flaw(number + 1, "ledger_cut_off")
    elif (number, previous) != (head.number, head.hash):
        yield Flaw(number, "ledger_not_head")


def _hash_of(row: Row) -> str:
    return row_hash(row.tenant, row.number, row.at, row.kind, row.call_id, row.body, row.previous)
