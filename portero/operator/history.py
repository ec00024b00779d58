"""Records of calls that are over, straight from the registry: also while no daemon runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from portero.errors import PorteroError
from portero.operator.desk import Desk
from portero.records import CallRecord
from portero.registry import Registry, records
from portero.registry.opening import opened

T = TypeVar("T")


class History:
    """What the registry keeps of calls."""

    def __init__(self, desk: Desk, registry: Registry) -> None:
        self._desk = desk
        self._tenants = {tenant.id for tenant in desk.loaded.settings.tenants}
        self._registry = registry

    @classmethod
    @contextmanager
    def of(cls, desk: Desk) -> Iterator[History]:
        """For as long as a command needs it.

        Raises:
            PorteroError: the settings (ConfigError) or the registry can't be used.
        """
        loaded = desk.loaded
        with opened(loaded.settings.registry.url, loaded.language) as registry:
            yield cls(desk, registry)

    def find(
        self,
        *,
        tenant: str | None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int,
    ) -> list[CallRecord]:
        """The newest first."""
        self._check(tenant)
        return self._registry.read(
            lambda c: records.find(c, tenant=tenant, since=since, until=until, limit=limit)
        )

    def get(self, call_id: str) -> CallRecord | None:
        """One call, by a beginning of its id that only it has."""
        return self._registry.read(records.get, call_id)

    def export(
        self,
        write: Callable[[Iterator[CallRecord]], T],
        *,
        tenant: str | None,
        since: datetime | None,
        until: datetime | None,
    ) -> T:
        """What `write` makes of all of them, the oldest first, few in memory at one time."""
        self._check(tenant)
        return self._registry.read(
            lambda c: write(records.read(c, tenant=tenant, since=since, until=until))
        )

    def _check(self, tenant: str | None) -> None:
        if tenant is not None and tenant not in self._tenants:
            choices = ", ".join(sorted(self._tenants)) or "-"
            raise PorteroError(
                self._desk.text("operator_no_such_tenant", tenant=tenant, choices=choices)
            )
