"""Records of calls that are over, straight from the registry: also while no daemon runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from types import TracebackType
from typing import TypeVar

from portero.errors import PorteroError
from portero.operator.desk import Desk
from portero.records import CallRecord
from portero.registry import Registry, records

T = TypeVar("T")


class History:
    """The registry of the settings, for as long as a command needs it.

    Raises ConfigError where the settings can't be used, and PorteroError where the registry can't.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tenants = {tenant.id for tenant in desk.loaded.settings.tenants}
        self._registry = Registry(desk.loaded.settings.registry.url)

    def __enter__(self) -> History:
        self._registry.upgrade()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._registry.close()

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
