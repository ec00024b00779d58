"""The records of calls that are over, and what a tenant has spent today."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from portero.call.day import midnight
from portero.config.operations import RecordSettings
from portero.config.settings import TenantSettings
from portero.console.house import Spending
from portero.errors import PorteroError
from portero.records import CallRecord
from portero.registry import records
from portero.registry.store import Registry


@dataclass(frozen=True, slots=True)
class _Counted:
    """What a tenant's saved calls cost which began from `since` on."""

    since: datetime
    usd: float


class Archive:
    """Writes records into the registry, and reads them there.

    `settings`: those of now. `standing`: the calls that are not over yet. `now`: seconds of the
    epoch. `trouble` is what went wrong with the last record, "" when it was saved.
    """

    _log = Logger()

    def __init__(
        self,
        registry: Registry,
        *,
        settings: Callable[[], RecordSettings],
        standing: Callable[[], Iterable[CallRecord]],
        now: Callable[[], float],
    ) -> None:
        self._registry = registry
        self._settings = settings
        self._standing = standing
        self._now = now
        self._counted: dict[str, _Counted] = {}
        self.trouble = ""

    def keep(self, record: CallRecord) -> None:
        """Save the record of a call that is over; what fails is logged, the call has ended well."""
        settings = self._settings()
        saving = maybeDeferred(self._registry.run, records.save, record, settings)
        saving.addCallbacks(self._saved, self._not_saved, callbackArgs=(record,))

    def _saved(self, _: None, record: CallRecord) -> None:
        self.trouble = ""
        counted = self._counted.get(record.tenant)
        if counted is not None and record.started_at >= counted.since:
            usd = counted.usd + (record.cost_usd or 0.0)
            self._counted[record.tenant] = replace(counted, usd=usd)

    def _not_saved(self, failure: Failure) -> None:
        self.trouble = str(failure.value) or type(failure.value).__name__
        if failure.check(PorteroError):
            self._log.error("the record of a call was lost: {why}", why=failure.value)
        else:
            self._log.failure("the record of a call was lost", failure)

    async def spent(self, tenant: TenantSettings) -> float:
        """USD of this tenant's calls since its midnight, of those too that still stand.

        Raises PorteroError when the registry is away.
        """
        since = self.midnight(tenant)
        saved = await self._registry.run(records.spent, tenant.id, since)
        self._counted[tenant.id] = _Counted(since, saved)
        return saved + self._standing_usd(tenant.id)

    def spending(self, tenant: TenantSettings) -> Spending:
        """As far as this daemon knows, without waiting for the registry.

        On the first asking of a day it is counted, for the next; calls that end are added.
        """
        counted = self._counted.get(tenant.id)
        if counted is None or counted.since != self.midnight(tenant):
            counted = self._counted[tenant.id] = _Counted(self.midnight(tenant), 0.0)
            counting = Deferred.fromCoroutine(self.spent(tenant))
            counting.addErrback(self._not_counted, tenant.id)
        return Spending(
            calls=sum(record.tenant == tenant.id for record in self._standing()),
            today_usd=self._counted.get(tenant.id, counted).usd + self._standing_usd(tenant.id),
            limit_usd=tenant.daily_limit_usd,
        )

    def _not_counted(self, failure: Failure, tenant_id: str) -> None:
        failure.trap(PorteroError)
        self._counted.pop(tenant_id, None)  # asked again with the next asking

    def midnight(self, tenant: TenantSettings) -> datetime:
        """The beginning of this day by the tenant's clock, in UTC."""
        return midnight(self._now(), tenant.timezone)

    def ended(self, *, tenant: str | None, limit: int) -> Deferred[Sequence[CallRecord]]:
        """The calls that are over, the newest first."""
        return self._registry.run(records.find, tenant=tenant, limit=limit)

    def record(self, call_id: str) -> Deferred[CallRecord | None]:
        """One call that is over, by the beginning of its id."""
        return self._registry.run(records.get, call_id)

    def _standing_usd(self, tenant_id: str) -> float:
        """Of calls that are not saved: one that has just ended is still inside for a moment."""
        standing = (it for it in self._standing() if it.tenant == tenant_id and not it.ended_at)
        return sum(it.cost_usd or 0.0 for it in standing)
