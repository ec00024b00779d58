"""What may be used only so often: pre-authorisations and PINs with a number of uses."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from portero.registry.tables import claims


def claim(
    connection: Connection, tenant: str, subject: str, uses: int | None, key: str, now: datetime
) -> bool:
    """Use `subject` once for the order `key`; False when it is used up.

    The same key claims once, however often it is asked for. `uses` None: it may always be used.
    Of two daemons that claim the same use, the database lets one in; the other tries the next.
    """
    if uses is None or _has(connection, tenant, subject, key):
        return True
    taken = connection.execute(select(claims.c.number).where(*_of(tenant, subject)))
    numbers = set(taken.scalars())
    for number in range(uses):
        if number in numbers:
            continue
        row = {"tenant": tenant, "subject": subject, "number": number, "key": key}
        try:
            with connection.begin_nested():
                connection.execute(insert(claims).values(id=str(uuid4()), created_at=now, **row))
        except IntegrityError:
            if _has(connection, tenant, subject, key):
                return True
        else:
            return True
    return False


def release(connection: Connection, tenant: str, subject: str, key: str) -> None:
    """Give back what `key` has claimed: its order was surely not carried out."""
    connection.execute(delete(claims).where(*_of(tenant, subject), claims.c.key == key))


def used(connection: Connection, tenant: str, subject: str) -> int:
    """How often `subject` has been used."""
    query = select(func.count()).select_from(claims).where(*_of(tenant, subject))
    return connection.execute(query).scalar_one()


def _has(connection: Connection, tenant: str, subject: str, key: str) -> bool:
    query = select(claims.c.id).where(*_of(tenant, subject), claims.c.key == key)
    return connection.execute(query).first() is not None


def _of(tenant: str, subject: str) -> tuple[ColumnElement[bool], ...]:
    return claims.c.tenant == tenant, claims.c.subject == subject
