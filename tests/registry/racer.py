"""A daemon in a process of its own that wants what another one wants too (see the race test)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection

from portero.registry import Registry, claims, ledger, openings
from portero.registry.failures import RegistryAway

TRIES = 9
NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)


def judge(connection: Connection, subject: str, key: str) -> bool:
    """As an opening does it: lock, claim, count, write down."""
    openings.lock(connection, "t", "main_gate")
    won = claims.claim(connection, "t", subject, 1, key, NOW)
    if won:
        row = {"gate_id": "main_gate", "call_id": key, "caller": "1", "rule": "r", "key": key}
        openings.add(connection, "t", row, NOW)
    ledger.append(connection, "t", "verdict", key, {"allowed": won}, NOW)
    return won


def grab(connection: Connection, subject: str, key: str) -> bool:
    """Without a lock: the database's own rules must be enough."""
    return claims.claim(connection, "t", subject, 1, key, NOW)


def insist(registry: Registry, job: Callable[..., bool], *args: object) -> bool:
    """SQLite lets in who comes, not who has waited longest: on a slow disk one may wait in vain."""
    for _ in range(TRIES):
        try:
            return registry.work(job, *args)
        except RegistryAway:
            continue
    return registry.work(job, *args)


def main(url: str, name: str, rounds: int) -> None:
    registry = Registry(url)
    registry.upgrade()  # both at once
    print("ready", flush=True)
    for race in sys.stdin.readline().split()[:rounds]:
        for job in (judge, grab):
            subject, key = f"{job.__name__}:{race}", f"{job.__name__}-{race}-{name}"
            won = insist(registry, job, subject, key)
            again = insist(registry, claims.claim, "t", subject, 1, key, NOW)
            assert again == won, "the same key claims the same"
            if won:
                print(subject, flush=True)
    registry.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
