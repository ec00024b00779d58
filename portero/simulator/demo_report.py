"""The end of the demo: what was opened, for whom and why, as the registry has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select

from portero.registry import Registry
from portero.registry.queries import list_access
from portero.registry.tables import residents


def opened(url: str, tenant: str) -> list[str]:
    """A sentence for each entry of the access log; it blocks."""
    registry = Registry(url)
    try:
        return registry.work(lambda connection: list(_sentences(connection, tenant)))
    finally:
        registry.close()


def _sentences(connection: Connection, tenant: str) -> Iterator[str]:
    names = select(residents.c.id, residents.c.name).where(residents.c.tenant == tenant)
    known = {row.id: row.name for row in connection.execute(names)}
    for entry in list_access(connection, tenant, skip=0, limit=10, event_type=None):
        yield _sentence(entry, known.get(entry["resident_id"], "nobody"))


def _sentence(entry: Mapping[str, Any], resident: str) -> str:
    metadata = entry["metadata"]
    return (
        f"{entry['gate_id']} for {entry['visitor_name']}, because {resident} expects this visitor "
        f"(authorisation {str(metadata.get('authorization_id'))[:8]}, gate: {metadata['state']})"
    )
