"""The records of calls that are over, and what a tenant has spent today."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from portero.call.day import midnight
from portero.config.operations import RecordSettings
from portero.config.settings import TenantSettings
from portero.console.house import Spending
from portero.errors import NoRoom, PorteroError
from portero.limits import RECORDS_WAITING
from portero.records import CallRecord
from portero.registry import records
from portero.registry.store import Registry, RegistryAway
from portero.waiting import Waiters


@dataclass(frozen=True, slots=True)
class _Counted:
    """What a tenant's saved calls cost which began from `since` on."""

    since: datetime
    usd: float


class Archive:
    """Writes records into the registry, and reads them there.

    `settings`: those of now. `standing`: the calls that are not over yet. `now`: seconds of the
    epoch. While the registry is away, RECORDS_WAITING records wait for it, and `trouble` says why.
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
        self._unsaved: deque[CallRecord] = deque()
        self._saving: Waiters | None = None
        self.trouble = ""

    def keep(self, record: CallRecord) -> None:
        """Save the record of a call that is over; what fails is logged, the call has ended well."""
        if len(self._unsaved) >= RECORDS_WAITING:
            self._lost(self._unsaved.popleft(), self.trouble)
        self._unsaved.append(record)
        self.save()

    def save(self) -> Deferred[None]:
        """Save what waits for a registry that was away; fires when it is done, or still away."""
        if self._saving is None:
            self._saving = Waiters()
            Deferred.fromCoroutine(self._save_all()).addBoth(self._done)
        return succeed(None) if self._saving is None else self._saving.wait()

    def close(self) -> None:
        """Nothing is saved any more: tell what could not be."""
        while self._unsaved:
            self._lost(self._unsaved.popleft(), self.trouble or "the registry did not answer")

    async def _save_all(self) -> None:
        late = bool(self.trouble)
        while self._unsaved:
            record = self._unsaved[0]
            try:
                await self._registry.run(records.save, record, self._settings())
            except (RegistryAway, NoRoom) as error:
                self._wait(str(error))
                return
            except PorteroError as error:
                self._lost(record, str(error))
            except Exception:
                self._log.failure("the record of call {call} was lost", call=record.call_id)
            else:
                self._count(record)
            if self._unsaved and self._unsaved[0] is record:  # else it had to make room meanwhile
                self._unsaved.popleft()
        self.trouble = ""
        if late:
            self._log.info("the registry is back, and no record waits any more")

    def _done(self, result: object) -> object:
        saving, self._saving = self._saving, None
        if saving is not None:
            saving.fire()
        return result

    def _wait(self, why: str) -> None:
        if not self.trouble:
            self._log.warn("the registry is away, records of calls wait for it: {why}", why=why)
        self.trouble = why

    def _lost(self, record: CallRecord, why: str) -> None:
        self._log.error(
            "the record of call {call} of {tenant} was lost: {why}",
            call=record.call_id,
            tenant=record.tenant,
            why=why,
        )

    def _count(self, record: CallRecord) -> None:
        counted = self._counted.get(record.tenant)
        if counted is not None and record.started_at >= counted.since:
            usd = counted.usd + (record.cost_usd or 0.0)
            self._counted[record.tenant] = replace(counted, usd=usd)

    async def spent(self, tenant: TenantSettings) -> float:
        """USD of this tenant's calls since its midnight, of those too that still stand.

        Raises PorteroError when the registry is away.
        """
        since = self.midnight(tenant)
        saved = await self._registry.run(records.spent, tenant.id, since)
        self._counted[tenant.id] = _Counted(since, saved)
        return saved + self._unsaved_usd(tenant.id, since)

    def spending(self, tenant: TenantSettings) -> Spending:
        """As far as this daemon knows, without waiting for the registry.

        On the first asking of a day it is counted, for the next; calls that end are added.
        """
        since = self.midnight(tenant)
        counted = self._counted.get(tenant.id)
        if counted is None or counted.since != since:
            counted = self._counted[tenant.id] = _Counted(since, 0.0)
            counting = Deferred.fromCoroutine(self.spent(tenant))
            counting.addErrback(self._not_counted, tenant.id)
        return Spending(
            calls=sum(record.tenant == tenant.id for record in self._standing()),
            today_usd=self._counted.get(tenant.id, counted).usd
            + self._unsaved_usd(tenant.id, since),
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

    def _unsaved_usd(self, tenant_id: str, since: datetime) -> float:
        """Of calls that stand, and of those that are over but not saved yet."""
        standing = (it for it in self._standing() if not it.ended_at)
        waiting = (it for it in self._unsaved if it.started_at >= since)
        found = (it for it in (*standing, *waiting) if it.tenant == tenant_id)
        return sum(it.cost_usd or 0.0 for it in found)
