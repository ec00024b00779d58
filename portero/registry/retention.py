"""Forgetting: what is no longer needed, and what the community does not want to keep."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Column, Connection, delete

from portero.limits import PLATES_MINUTES, REGISTRY_COUNTED_SECONDS, WEBHOOK_KEPT_SECONDS
from portero.registry import ledger
from portero.registry.tables import (
    access_log,
    calls,
    guesses,
    notifications,
    openings,
    pin_failures,
    plates_seen,
    questions,
    visitors,
    webhook_messages,
)

# What is counted or looked at for a while only. Claims are never forgotten: a one-time PIN would
# open once more.
_SHORT: Final = (
    (guesses.c.created_at, timedelta(seconds=REGISTRY_COUNTED_SECONDS)),
    (openings.c.created_at, timedelta(seconds=REGISTRY_COUNTED_SECONDS)),
    (pin_failures.c.created_at, timedelta(seconds=REGISTRY_COUNTED_SECONDS)),
    (plates_seen.c.seen_at, timedelta(minutes=PLATES_MINUTES)),
    (questions.c.asked_at, timedelta(seconds=WEBHOOK_KEPT_SECONDS)),
    (webhook_messages.c.received_at, timedelta(seconds=WEBHOOK_KEPT_SECONDS)),
)
_LOGS: Final = (access_log.c.created_at, visitors.c.created_at, notifications.c.created_at)


def prune(
    connection: Connection,
    tenant: str,
    now: datetime,
    keep_days: int,
    *,
    records_days: int | None = None,
) -> Mapping[str, int]:
    """Forget a tenant's old rows; how many of each table, without those that had none.

    records_days: for the records of calls, where that is another time.
    Of the ledger LEDGER_CUT_ROWS at most: call it again until it returns nothing, or tomorrow.
    """
    kept = timedelta(days=keep_days)
    records_kept = timedelta(days=keep_days if records_days is None else records_days)
    gone = {"ledger": ledger.cut(connection, tenant, now - kept, now)}
    for column, age in (*_SHORT, *((column, kept) for column in _LOGS)):
        gone[column.table.name] = _forget(connection, tenant, column, now - age)
    gone["calls"] = _forget(connection, tenant, calls.c.started_at, now - records_kept)
    return {table: count for table, count in gone.items() if count}


def _forget(connection: Connection, tenant: str, column: Column[datetime], before: datetime) -> int:
    query = delete(column.table).where(column < before)
    if "tenant" in column.table.c:
        query = query.where(column.table.c.tenant == tenant)
    return connection.execute(query).rowcount
