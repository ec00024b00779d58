"""The orders to open that policy has allowed: what its limits and cool-downs are counted by."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, func, insert, select, update

from portero.registry.tables import openings


def lock(connection: Connection, tenant: str, gate_id: str) -> None:
    """Let nobody else judge openings of this tenant until the transaction ends.

    All its gates at once, because limits count across them. On SQLite a transaction that writes is
    alone anyway (portero.registry.store begins it so).
    """
    if connection.dialect.name != "postgresql":
        return
    digest = hashlib.sha256(f"portero openings {tenant}".encode()).digest()
    key = int.from_bytes(digest[:8], "big", signed=True)
    connection.execute(select(func.pg_advisory_xact_lock(key)))


def recent(connection: Connection, tenant: str, since: datetime) -> list[dict[str, Any]]:
    """The openings after `since`, oldest first, without those that were undone."""
    query = (
        select(openings)
        .where(openings.c.tenant == tenant, openings.c.created_at > since)
        .where(openings.c.undone.is_(False))
        .order_by(openings.c.created_at)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def add(connection: Connection, tenant: str, row: Mapping[str, Any], now: datetime) -> None:
    """Count an opening: `row` has gate_id, call_id, caller, rule and key."""
    values = {**row, "id": str(uuid4()), "tenant": tenant, "undone": False, "created_at": now}
    connection.execute(insert(openings).values(values))


def undo(connection: Connection, tenant: str, key: str) -> None:
    """The order `key` surely moved nothing: it counts no longer."""
    connection.execute(
        update(openings)
        .where(openings.c.tenant == tenant, openings.c.key == key)
        .values(undone=True)
    )
