"""What the registry asks its database: each function is one transaction's work on a connection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from portero.limits import PLATES_MINUTES, REGISTRY_CANDIDATES, REGISTRY_ROWS
from portero.registry.authorization import Decision, Said, decide
from portero.registry.names import name_words, plate_key, unit_key
from portero.registry.tables import (
    access_log,
    authorizations,
    claims,
    notifications,
    plates_seen,
    residents,
    units,
    vehicles,
    visitors,
)


class UnknownResident(LookupError):
    """No such resident in this tenant."""


def find_residents(
    connection: Connection,
    tenant: str,
    *,
    unit: str | None = None,
    name: str | None = None,
    resident_id: str | None = None,
) -> list[dict[str, Any]]:
    """The active residents of a unit, with all words of a name, with an id, or all of these."""
    query = (
        select(residents, units.c.unit, units.c.building)
        .join(units, and_(units.c.tenant == residents.c.tenant, units.c.id == residents.c.unit_id))
        .where(residents.c.tenant == tenant, residents.c.active.is_(True))
        .order_by(residents.c.name)
        .limit(REGISTRY_ROWS)
    )
    if resident_id:
        query = query.where(residents.c.id == resident_id)
    if unit:
        query = query.where(units.c.unit_key == unit_key(unit))
    if name:
        query = query.where(*_has_words(residents.c.name_key, name))
    shown = ("id", "name", "unit", "building", "phone", "whatsapp", "extension")
    return [{field: row._mapping[field] for field in shown} for row in connection.execute(query)]


def check_visitor(connection: Connection, tenant: str, said: Said, now: datetime) -> Decision:
    """Whether a resident of `tenant` expects this visitor at this time.

    An authorisation that has been used as often as it may be authorises nobody.
    """
    query = (
        _authorized(tenant)
        .where(*_may_be(said))
        # Those that are valid now come first, so that the limit can't hide them.
        .order_by(_is_over(now), authorizations.c.valid_until.desc().nulls_first())
        .limit(REGISTRY_CANDIDATES)
    )
    return decide([_dict(row) for row in connection.execute(query)], said, now)


def _authorized(tenant: str) -> Select[Any]:
    """The authorisations of a tenant that are neither taken back nor used up, at any time."""
    used = (
        select(func.count())
        .select_from(claims)
        .where(claims.c.tenant == authorizations.c.tenant)
        .where(claims.c.subject == literal("authorization:") + authorizations.c.id)
        .correlate(authorizations)
        .scalar_subquery()
    )
    return (
        select(authorizations)
        .join(
            residents,
            and_(
                residents.c.tenant == authorizations.c.tenant,
                residents.c.id == authorizations.c.resident_id,
            ),
        )
        .where(authorizations.c.tenant == tenant, authorizations.c.active.is_(True))
        .where(residents.c.active.is_(True))
        .where(or_(authorizations.c.uses.is_(None), used < authorizations.c.uses))
    )


def _may_be(said: Said) -> list[ColumnElement[bool]]:
    """Conditions that every authorisation of this visitor fulfils; `decide` has the last word."""
    keys = [
        (authorizations.c.plate_key, plate_key(said.plate or "")),
        (authorizations.c.id_key, plate_key(said.id_number or "")),
    ]
    given = [(column, key) for column, key in keys if key]
    conditions = [or_(column == key, column.is_(None)) for column, key in given]
    if said.resident_id:
        conditions.append(authorizations.c.resident_id == said.resident_id)
    if said.name:
        return conditions + _has_words(authorizations.c.name_key, said.name)
    return [*conditions, or_(false(), *(column == key for column, key in given))]


def add_visitor(
    connection: Connection, tenant: str, visitor: Mapping[str, Any], key: str | None, now: datetime
) -> dict[str, Any]:
    """Register a visit; it is pending, whatever was asked for."""
    _require_resident(connection, tenant, visitor["resident_id"])
    row = {**visitor, "status": "pending", "created_at": now}
    return _add_once(connection, visitors, tenant, row, key)


def add_notification(
    connection: Connection, tenant: str, notice: Mapping[str, Any], key: str | None, now: datetime
) -> dict[str, Any]:
    """Record that a resident is to be told of a visitor."""
    _require_resident(connection, tenant, notice["resident_id"])
    row = {**notice, "status": "pending", "created_at": now}
    return _add_once(connection, notifications, tenant, row, key)


def add_plate(
    connection: Connection, tenant: str, plate: Mapping[str, Any], key: str | None, now: datetime
) -> dict[str, Any]:
    """Record a plate that a camera sees now."""
    row = {**plate, "plate_key": plate_key(plate["plate"]), "seen_at": now}
    return _add_once(connection, plates_seen, tenant, row, key)


def recent_plates(
    connection: Connection, tenant: str, minutes: int, now: datetime
) -> list[dict[str, Any]]:
    """The plates seen in the last `minutes`, newest first, with the resident they belong to."""
    since = now - timedelta(minutes=min(minutes, PLATES_MINUTES))
    query = (
        select(plates_seen, vehicles.c.resident_id.label("matched_resident_id"))
        .outerjoin(
            vehicles,
            and_(
                vehicles.c.tenant == plates_seen.c.tenant,
                vehicles.c.plate_key == plates_seen.c.plate_key,
            ),
        )
        .where(plates_seen.c.tenant == tenant, plates_seen.c.seen_at >= since)
        .order_by(plates_seen.c.seen_at.desc())
        .limit(REGISTRY_ROWS)
    )
    return [_dict(row) for row in connection.execute(query)]


def add_access(
    connection: Connection, tenant: str, entry: Mapping[str, Any], key: str | None, now: datetime
) -> dict[str, Any]:
    """Write an entry of the access log."""
    return _add_once(connection, access_log, tenant, {**entry, "created_at": now}, key)


def amend_access(
    connection: Connection, tenant: str, entry_id: str, metadata: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Add `metadata` to an entry; what the entry says of the past can't be rewritten.

    None when the tenant has no such entry.
    """
    entry = _find(connection, access_log, tenant, entry_id)
    if entry is None:
        return None
    merged = {**entry["metadata"], **metadata}
    connection.execute(
        update(access_log)
        .where(access_log.c.tenant == tenant, access_log.c.id == entry_id)
        .values(metadata=merged)
    )
    return {**entry, "metadata": merged}


def list_access(
    connection: Connection, tenant: str, *, skip: int, limit: int, event_type: str | None
) -> list[dict[str, Any]]:
    """The access log, newest first."""
    query = (
        select(access_log)
        .where(access_log.c.tenant == tenant)
        .order_by(access_log.c.created_at.desc(), access_log.c.id)
        .offset(skip)
        .limit(min(limit, REGISTRY_ROWS))
    )
    if event_type:
        query = query.where(access_log.c.event_type == event_type)
    return [_dict(row) for row in connection.execute(query)]


def _add_once(
    connection: Connection, table: Table, tenant: str, row: Mapping[str, Any], key: str | None
) -> dict[str, Any]:
    """Insert `row`; with a key (Idempotency-Key) that was used before, give back what it made."""
    row_id = str(uuid4() if key is None else uuid5(NAMESPACE_URL, f"{tenant}/{table.name}/{key}"))
    known = _find(connection, table, tenant, row_id)
    if known is not None:
        return known
    new = {column.name: row.get(column.name) for column in table.columns}
    new.update(id=row_id, tenant=tenant)
    try:
        with connection.begin_nested():
            connection.execute(insert(table).values(new))
    except IntegrityError:
        known = _find(connection, table, tenant, row_id)  # another daemon was as quick
        if known is None:
            raise
        return known
    return new


def _find(connection: Connection, table: Table, tenant: str, row_id: str) -> dict[str, Any] | None:
    row = connection.execute(
        select(table).where(table.c.tenant == tenant, table.c.id == row_id)
    ).one_or_none()
    return None if row is None else _dict(row)


def _require_resident(connection: Connection, tenant: str, resident_id: str) -> None:
    found = _find(connection, residents, tenant, resident_id)
    if found is None or not found["active"]:
        raise UnknownResident(resident_id)


def _has_words(column: ColumnElement[str], name: str) -> list[ColumnElement[bool]]:
    """Conditions on a `name_key`; words hold letters and digits only, so LIKE needs no escape."""
    words = sorted(name_words(name))
    return [column.like(f"% {word} %") for word in words] or [false()]


def _is_over(now: datetime) -> ColumnElement[bool]:
    start, end = authorizations.c.valid_from, authorizations.c.valid_until
    return or_(and_(end.is_not(None), end <= now), and_(start.is_not(None), start > now))


def _dict(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return dict(row._mapping)
