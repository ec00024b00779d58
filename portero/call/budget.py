"""What a tenant's calls may cost in a day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as PatienceLost
from twisted.internet.interfaces import IReactorTime

from portero.call.calllog import CallLog
from portero.call.day import day_of
from portero.config.settings import TenantSettings
from portero.errors import PorteroError
from portero.limits import SPENT_SECONDS

Spent = Callable[[TenantSettings], Awaitable[float]]
"""USD of a tenant's calls since its midnight; raises PorteroError when nobody knows."""


async def nothing_spent(tenant: TenantSettings) -> float:
    """For who keeps no records."""
    return 0.0


async def is_spent(
    tenant: TenantSettings,
    spent: Spent,
    told: dict[str, date],
    *,
    clock: IReactorTime,
    now: float,
    log: CallLog,
) -> bool:
    """Whether the tenant's limit of the day is reached; `told` is on which day that was logged.

    While nobody knows what has been spent, the calls go on: a gate is worth more than the money.
    """
    limit = tenant.daily_limit_usd
    if limit is None:
        return False
    asking = Deferred.fromCoroutine(_ask(spent, tenant)).addTimeout(SPENT_SECONDS, clock)
    try:
        usd = await asking
    except (PorteroError, PatienceLost) as error:
        why = str(error) or f"no answer within {SPENT_SECONDS:g} s"
        log.warn("what {tenant} spent today is not known: {why}", why=why)
        return False
    if usd < limit:
        return False
    today = day_of(now, tenant.timezone)
    if told.get(tenant.id) != today:
        told[tenant.id] = today
        log.warn(
            "{tenant} has spent {usd:.2f} USD today, of {limit:.2f} (daily_limit_usd): until "
            "midnight its visitors go to the guard",
            usd=usd,
            limit=limit,
        )
    return True


async def _ask(spent: Spent, tenant: TenantSettings) -> float:
    return await spent(tenant)
