"""Records of calls that are over: kept as far as the settings let them, looked for, and counted."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, select

from portero.limits import REGISTRY_FIELD_CHARS
from portero.records import CallRecord, as_json, from_json
from portero.registry.redaction import Callers, Transcript, redacted
from portero.registry.tables import calls

_BATCH: Final = 200  # rows in memory at one time; an hour's transcript is 200 kB


class Kept(Protocol):
    """How much of a record is kept (`records` of the settings)."""

    @property
    def transcript(self) -> Transcript:
        """What was said."""

    @property
    def callers(self) -> Callers:
        """Who called."""


def save(connection: Connection, record: CallRecord, kept: Kept) -> None:
    """Keep a call that is over. What must not stay is taken out before it is written.

    Saving it again changes nothing: of a COMMIT whose answer got lost nobody knows.
    """
    saved = select(calls.c.tenant).where(calls.c.id == record.call_id)
    if connection.execute(saved).scalar() == record.tenant:
        return
    record = redacted(record, kept.transcript, kept.callers)
    connection.execute(
        insert(calls).values(
            id=record.call_id,
            tenant=record.tenant,
            started_at=record.started_at,
            ended_at=record.ended_at,
            status=record.status,
            reason=_column(record.reason),
            caller_number=_column(record.caller_number),
            seconds=record.seconds,
            cost_usd=record.cost_usd,
            body=as_json(record),
        )
    )


def find(
    connection: Connection,
    *,
    tenant: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int,
) -> list[CallRecord]:
    """The calls that began from `since` on and before `until`, the newest first."""
    query = _chosen(tenant, since, until)
    query = query.order_by(calls.c.started_at.desc(), calls.c.id.desc()).limit(limit)
    return [from_json(body) for body in connection.execute(query).scalars()]


def read(
    connection: Connection,
    *,
    tenant: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[CallRecord]:
    """Likewise, the oldest first and however many: for exports (`Registry.read`)."""
    query = _chosen(tenant, since, until).order_by(calls.c.started_at, calls.c.id)
    rows = connection.execute(query, execution_options={"yield_per": _BATCH})
    for body in rows.scalars():
        yield from_json(body)


def get(connection: Connection, call_id: str) -> CallRecord | None:
    """A call by its id, or by a beginning of it that only one has."""
    if not call_id:
        return None
    wanted = call_id.lower()
    query = select(calls.c.id, calls.c.body).where(calls.c.id.startswith(wanted, autoescape=True))
    found = connection.execute(query.order_by(calls.c.id).limit(2)).all()
    if not found or (len(found) > 1 and found[0].id != wanted):
        return None
    return from_json(found[0].body)


def spent(connection: Connection, tenant: str, since: datetime) -> float:
    """USD that a tenant's calls have cost which began from `since` on, as far as it is known."""
    query = select(func.coalesce(func.sum(calls.c.cost_usd), 0.0)).where(
        calls.c.tenant == tenant, calls.c.started_at >= since
    )
    return float(connection.execute(query).scalar_one())


def forget_strangers(connection: Connection, known: Collection[str], before: datetime) -> int:
    """Forget the calls of tenants that are in nobody's settings any more: who prunes them else?"""
    query = delete(calls).where(calls.c.tenant.not_in(known), calls.c.started_at < before)
    return connection.execute(query).rowcount


def _chosen(tenant: str | None, since: datetime | None, until: datetime | None) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = []
    if tenant is not None:
        conditions.append(calls.c.tenant == tenant)
    if since is not None:
        conditions.append(calls.c.started_at >= since)
    if until is not None:
        conditions.append(calls.c.started_at < until)
    return select(calls.c.body).where(*conditions)


def _column(text: str) -> str:
    """As a column takes it: what others' phones send has any length, a NUL, bytes of no UTF-8."""
    clean = text.replace("\0", "").encode("utf-8", "replace").decode()
    return clean[:REGISTRY_FIELD_CHARS]
