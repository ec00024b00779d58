"""Whether a permission that was found earlier in a call has been taken back since."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Table, and_, or_, select

from portero.registry.tables import authorizations, pins, residents


def authorization_taken_back(
    connection: Connection, tenant: str, authorization_id: str, now: datetime
) -> bool:
    """Whether this authorisation is over; False for one that only the Backend API knows."""
    return _taken_back(connection, authorizations, tenant, authorization_id, now)


def pin_taken_back(connection: Connection, tenant: str, pin_id: str, now: datetime) -> bool:
    """Whether this PIN is over; False for one that is not known here."""
    return _taken_back(connection, pins, tenant, pin_id, now)


def _taken_back(
    connection: Connection, table: Table, tenant: str, row_id: str, now: datetime
) -> bool:
    """It was switched off, its time is up, or whose it is has moved out."""
    query = (
        select(table.c.id)
        .outerjoin(
            residents,
            and_(residents.c.tenant == table.c.tenant, residents.c.id == table.c.resident_id),
        )
        .where(table.c.tenant == tenant, table.c.id == row_id)
        .where(
            or_(
                table.c.active.is_(False),
                table.c.valid_until <= now,
                residents.c.active.is_(False),
            )
        )
    )
    return connection.execute(query).first() is not None
