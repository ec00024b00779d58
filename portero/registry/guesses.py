"""Names, units and plates that were asked for in vain."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from portero.limits import GUESSES_COUNTED_SECONDS
from portero.registry.tables import guesses


def count(
    connection: Connection, tenant: str, call_id: str, caller: str, digest: str, now: datetime
) -> int:
    """Add a guess, the same one of a call only once; how many there are as `recent` counts."""
    row = {"tenant": tenant, "call_id": call_id, "caller": caller, "digest": digest}
    row_id = str(uuid5(NAMESPACE_URL, f"{tenant}/{call_id}/{digest}"))
    try:
        with connection.begin_nested():
            connection.execute(insert(guesses).values(id=row_id, created_at=now, **row))
    except IntegrityError:
        pass  # asked before in this call
    return recent(connection, tenant, caller, now)


def recent(connection: Connection, tenant: str, caller: str, now: datetime) -> int:
    """How many there were from this caller number in the last hour."""
    since = now - timedelta(seconds=GUESSES_COUNTED_SECONDS)
    query = (
        select(func.count())
        .select_from(guesses)
        .where(guesses.c.tenant == tenant, guesses.c.caller == caller)
        .where(guesses.c.created_at > since)
    )
    return connection.execute(query).scalar_one()
