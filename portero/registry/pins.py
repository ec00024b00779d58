"""PINs: made, listed, taken back, and checked when a visitor has typed one.

A salted hash can't be looked up, so what was typed is tried on every PIN that it may be, and a try
is slow on purpose. So a PIN of a resident is typed with its unit, `101*471190#`, which leaves those
of one unit; a PIN of the house, of which there are few, is typed alone. In a community with at most
PINS_TRIED PINs in all, those of residents may be typed alone too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, Literal
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from portero.errors import PorteroError
from portero.limits import (
    EVIDENCE_SECONDS_MAX,
    PIN_LANES,
    PIN_LOCKED_CALLERS,
    PIN_MEMORY_KIB,
    PIN_PASSES,
    PINS_KEPT,
    PINS_TRIED,
    PINS_TRIED_MIN,
)
from portero.messages import text
from portero.registry.names import unit_key
from portero.registry.pinrules import is_weak
from portero.registry.tables import claims, pin_failures, pins, residents, units

_HASHER: Final = PasswordHasher(PIN_PASSES, PIN_MEMORY_KIB, PIN_LANES)


class PinRefused(PorteroError):
    """A PIN can't be kept; `word` is a key of `portero.messages`."""

    def __init__(self, word: Literal["pin_weak", "pin_taken", "pin_too_many"]) -> None:
        super().__init__(text(word, "en"))
        self.word = word


@dataclass(frozen=True, slots=True)
class PinFound:
    """The PIN that was typed; whether it may still be used is for the opening to claim."""

    pin_id: str
    label: str
    resident_id: str | None
    gates: tuple[str, ...] | None
    uses: int | None


def add(
    connection: Connection,
    tenant: str,
    *,
    label: str,
    digits: str,
    now: datetime,
    resident_id: str | None = None,
    gates: Sequence[str] | None = None,
    uses: int | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> str:
    """Keep a PIN and return its id; `uses` 1 is a one-time PIN, `gates` None all gates.

    Raises PinRefused: too easy to guess, the same as another that it would be tried along with, or
    more than can be tried.
    """
    if is_weak(digits):
        raise PinRefused("pin_weak")
    _lock(connection, tenant, now)
    kept = _kept(connection, tenant, now)
    unit = _unit_of(connection, tenant, resident_id) if resident_id else ""
    rivals = [row for row in kept if row["unit_digits"] == unit]
    if len(kept) >= PINS_KEPT or len(rivals) >= PINS_TRIED:
        raise PinRefused("pin_too_many")
    tried = kept if len(kept) < PINS_TRIED else rivals
    if _matches(tried, digits):
        raise PinRefused("pin_taken")
    pin_id = str(uuid4())
    connection.execute(
        insert(pins).values(
            id=pin_id,
            tenant=tenant,
            resident_id=resident_id,
            label=label,
            secret=_HASHER.hash(digits),
            gates=None if gates is None else list(gates),
            uses=uses,
            valid_from=valid_from,
            valid_until=valid_until,
            active=True,
            created_at=now,
        )
    )
    return pin_id


def listed(connection: Connection, tenant: str, now: datetime) -> list[dict[str, Any]]:
    """The PINs that can be typed now or later, oldest first: without what tells their digits."""
    rows = _kept(connection, tenant, now)
    return [{name: row[name] for name in row if name != "secret"} for row in rows]


def revoke(connection: Connection, tenant: str, pin_id: str) -> bool:
    """Take a PIN back; False if there is no such PIN in use."""
    mine = and_(pins.c.tenant == tenant, pins.c.id == pin_id, pins.c.active.is_(True))
    return connection.execute(update(pins).where(mine).values(active=False)).rowcount > 0


def check(
    connection: Connection,
    tenant: str,
    caller: str,
    call_id: str,
    digits: str,
    attempts: int,
    lockout_seconds: float,
    now: datetime,
) -> PinFound | Literal["wrong", "locked"]:
    """Which PIN `digits` is (`471190`, or with its unit `101*471190`), if any; takes up to 0.7 s.

    After `attempts` wrong ones from one caller number within `lockout_seconds` nothing is tried
    any more, nor after ten times as many by the whole tenant's callers: a number can be made up.
    A right one takes no wrong one back: who knows one PIN must not get to guess another.
    """
    _lock(connection, tenant, now)
    since = now - timedelta(seconds=lockout_seconds)
    by_caller, by_all = _failures(connection, tenant, caller, since)
    if by_caller >= attempts or by_all >= attempts * PIN_LOCKED_CALLERS:
        return "locked"
    unit, star, pin = digits.rpartition("*")
    tried = _candidates(_kept(connection, tenant, now), unit if star else None)
    found = [row for row in _matches(tried, pin) if _begun(row, now)]
    if found:
        row = found[0]
        gates = None if row["gates"] is None else tuple(row["gates"])
        return PinFound(row["id"], row["label"], row["resident_id"], gates, row["uses"])
    connection.execute(
        insert(pin_failures).values(
            id=str(uuid4()), tenant=tenant, caller=caller, call_id=call_id, created_at=now
        )
    )
    return "wrong"


def needs_unit(connection: Connection, tenant: str, now: datetime) -> bool:
    """Whether residents' PINs must be typed with their unit by now."""
    return len(_kept(connection, tenant, now)) > PINS_TRIED


def unit_digits(unit: str) -> str:
    """What can be typed of a unit: 'Depto. A-101' -> '101'."""
    return re.sub(r"\D", "", unit_key(unit)).lstrip("0")


def _candidates(kept: list[dict[str, Any]], unit: str | None) -> list[dict[str, Any]]:
    """Those that are tried; `add` and the cut see to it that they are at most PINS_TRIED."""
    if unit is not None:
        asked = unit.lstrip("0")
        fitting = [row for row in kept if asked and row["unit_digits"] == asked]
    elif len(kept) <= PINS_TRIED:
        fitting = kept
    else:
        fitting = [row for row in kept if row["unit_digits"] == ""]
    return fitting[:PINS_TRIED]


def _matches(rows: Iterable[dict[str, Any]], digits: str) -> list[dict[str, Any]]:
    """The rows whose PIN this is; all are tried, and some for nothing: time tells little."""
    tried = [(_is(row["secret"], digits), row) for row in rows]
    for _ in range(len(tried), PINS_TRIED_MIN):
        _is(_nobodys(), digits)
    return [row for right, row in tried if right]


def _is(secret: str, digits: str) -> bool:
    try:
        return _HASHER.verify(secret, digits)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    """A hash that no digits have: it is of no digits."""
    return _HASHER.hash("nobody's")


def _lock(connection: Connection, tenant: str, now: datetime) -> None:
    """Make checks and additions of one tenant wait for each other, in every daemon.

    SQLite waits at the first statement that writes, PostgreSQL for the first of the PINs.
    """
    old = now - timedelta(seconds=EVIDENCE_SECONDS_MAX)  # no lockout lasts longer
    connection.execute(
        delete(pin_failures).where(pin_failures.c.tenant == tenant, pin_failures.c.created_at < old)
    )
    rows = select(pins.c.id).where(pins.c.tenant == tenant, pins.c.active.is_(True))
    connection.execute(rows.order_by(pins.c.id).limit(1).with_for_update()).all()


def _failures(connection: Connection, tenant: str, caller: str, since: datetime) -> tuple[int, int]:
    """Wrong PINs since then: by this caller number, and by all."""
    recent = select(func.count()).where(
        pin_failures.c.tenant == tenant, pin_failures.c.created_at > since
    )
    by_caller = connection.execute(recent.where(pin_failures.c.caller == caller)).scalar_one()
    return by_caller, connection.execute(recent).scalar_one()


def _kept(connection: Connection, tenant: str, now: datetime) -> list[dict[str, Any]]:
    """PINs that are neither taken back, nor over, nor used up.

    `unit_digits`: what is typed before the PIN; "" where it is typed alone, as it is of the house,
    of a unit that has no digit, or of a resident whose unit is not known here.
    """
    query = (
        select(pins, units.c.unit)
        .outerjoin(
            residents,
            and_(residents.c.tenant == pins.c.tenant, residents.c.id == pins.c.resident_id),
        )
        .outerjoin(
            units, and_(units.c.tenant == residents.c.tenant, units.c.id == residents.c.unit_id)
        )
        .where(pins.c.tenant == tenant, pins.c.active.is_(True))
        .where(or_(pins.c.valid_until.is_(None), pins.c.valid_until > now))
        .where(or_(pins.c.uses.is_(None), pins.c.uses > _used()))
        # Who has moved out lets nobody in; whom only the Backend API knows is not known here.
        .where(or_(residents.c.id.is_(None), residents.c.active.is_(True)))
        .order_by(pins.c.created_at, pins.c.id)
    )
    rows = [dict(row._mapping) for row in connection.execute(query)]
    return [row | {"unit_digits": unit_digits(row["unit"] or "")} for row in rows]


def _used() -> ColumnElement[int]:
    return (
        select(func.count())
        .where(claims.c.tenant == pins.c.tenant, claims.c.subject == "pin:" + pins.c.id)
        .scalar_subquery()
    )


def _unit_of(connection: Connection, tenant: str, resident_id: str) -> str:
    """What is typed of a resident's unit; "" when it is not known here."""
    unit = connection.execute(
        select(units.c.unit)
        .join(
            residents, and_(residents.c.tenant == units.c.tenant, residents.c.unit_id == units.c.id)
        )
        .where(residents.c.tenant == tenant, residents.c.id == resident_id)
    ).scalar_one_or_none()
    return unit_digits(unit or "")


def _begun(row: dict[str, Any], now: datetime) -> bool:
    return row["valid_from"] is None or row["valid_from"] <= now
