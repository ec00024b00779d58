"""Takes every call that Asterisk hands over: which tenant, is there room, and who is inside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from portero.asterisk.error import AGICommandFailure
from portero.asterisk.fastagi import FastAGIProtocol
from portero.call.arrival import Arrival, read_arrival
from portero.call.call import Call
from portero.call.calllog import CallLog
from portero.call.outcome import Outcome, Status
from portero.call.parts import Parts
from portero.call.recorder import begun
from portero.config.settings import TenantSettings
from portero.config.tenants import find_tenant
from portero.records import CallRecord
from portero.waiting import Waiters

_ADVICE: Final = {
    Status.UNKNOWN_TENANT: "; check the tenants' dids and extensions in config.yaml, and the "
    "tenant of the Custom Destination, portero,s,1(TENANT)"
}


class FrontDesk:
    """Answers AGI sessions with calls, and keeps count of them.

    A call that can't be taken is not answered: ``PORTERO_STATUS`` is set and the dialplan goes on.
    """

    _log = Logger()

    def __init__(
        self,
        parts: Parts,
        make_call_id: Callable[[], str],
        *,
        on_left: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_left` is told whenever a visitor has left."""
        self._parts = parts
        self._on_left = on_left
        self._lent: dict[str, Parts] = {}
        self._make_call_id = make_call_id
        self._calls: dict[str, Call] = {}
        self._of_tenant: Counter[str] = Counter()
        self._empty = Waiters()
        self._closing = False

    @property
    def inside(self) -> list[Call]:
        """The calls that stand, the oldest first."""
        return list(self._calls.values())

    @property
    def calls(self) -> int:
        """How many visitors are inside."""
        return len(self._calls)

    async def answer(self, agi: FastAGIProtocol) -> None:
        """One AGI session, from its environment to its end (FastAGIFactory's mainFunction)."""
        arrival = read_arrival(agi.variables)
        call_id = self._make_call_id()
        if arrival.no_way_back:
            self._warn_of_the_dialplan(call_id, arrival)
        tenant = await self._tenant_of(agi, arrival)
        if tenant is None:
            outcome = Outcome(Status.UNKNOWN_TENANT, "unknown_tenant")
            self._tell_refused(call_id, arrival, "", outcome)
            await self._refuse(agi, call_id, outcome)
            return
        refusal = self._no_room(tenant)
        if refusal is not None:
            self._parts.keep(self._tell_refused(call_id, arrival, tenant.id, refusal))
            await self._refuse(agi, call_id, refusal)
            return
        await self._take(agi, call_id, arrival, tenant)

    def renew(self, parts: Parts) -> None:
        """Serve the calls that come from now on with these."""
        self._parts = parts

    def uses(self, parts: Parts) -> bool:
        """Whether calls that stand, or those to come, are served with these."""
        return parts is self._parts or any(lent is parts for lent in self._lent.values())

    def turn_away(self) -> Deferred[None]:
        """Take no more calls; fires when the last of those inside is out."""
        self._closing = True
        empty = self._empty.wait()
        self._tell_empty()
        return empty

    def close(self) -> Deferred[None]:
        """Take no more calls and end those inside; fires when the last one is out."""
        for call in self.inside:
            call.stop()
        return self.turn_away()

    async def _take(
        self, agi: FastAGIProtocol, call_id: str, arrival: Arrival, tenant: TenantSettings
    ) -> None:
        parts = self._parts
        log = CallLog(call_id, tenant.id, debugging=parts.settings.debug)
        call = Call(call_id, agi, arrival, tenant, parts, log)
        self._calls[call_id] = call
        self._lent[call_id] = parts
        self._of_tenant[tenant.id] += 1
        try:
            await call.run()
        finally:
            del self._calls[call_id], self._lent[call_id]
            self._of_tenant[tenant.id] -= 1
            self._tell_empty()
            self._on_left()

    async def _tenant_of(self, agi: FastAGIProtocol, arrival: Arrival) -> TenantSettings | None:
        try:
            variable = await agi.getVariable("PORTERO_TENANT")
        except AGICommandFailure:  # not set: the URL, the DID or the extension says it
            variable = ""
        return find_tenant(
            self._parts.settings,
            variable=variable,
            url_tenant=arrival.url_tenant,
            did=arrival.did,
            extension=arrival.extension,
        )

    def _no_room(self, tenant: TenantSettings) -> Outcome | None:
        if self._closing:
            return Outcome(Status.BUSY, "stopping")
        if len(self._calls) >= self._parts.settings.asterisk.max_calls:
            return Outcome(Status.BUSY, "max_calls")
        if self._of_tenant[tenant.id] >= tenant.max_calls:
            return Outcome(Status.BUSY, "tenant_max_calls")
        if not self._parts.manager.connected:
            return Outcome(Status.FAILED, "ami_down")
        return None

    def _tell_refused(
        self, call_id: str, arrival: Arrival, tenant: str, outcome: Outcome
    ) -> CallRecord:
        """Somebody rang whom we could not take: people will ask why.

        A call of no tenant is told but not kept: it may be anybody's, and there may be any number.
        """
        now = datetime.fromtimestamp(self._parts.now(), UTC)
        record = replace(
            begun(call_id, tenant, arrival, now),
            ended_at=now,
            status=outcome.status.value,
            reason=outcome.reason,
        )
        named = {"call": call_id, "tenant": tenant, "at": now.isoformat()}
        told = {"status": record.status, "reason": record.reason, "channel": record.channel}
        asked = {"did": record.did, "extension": record.extension}
        self._parts.feed.publish(
            {"event": "refused", **named, **told, **asked, "who": record.caller_number}
        )
        return record

    def _warn_of_the_dialplan(self, call_id: str, arrival: Arrival) -> None:
        self._log.warn(
            "[{call}] {channel} came by Goto: nobody gets this call where portero can't help. In "
            "FreePBX, set Return = Yes and the guard as Destination in the Custom Destination; in "
            "a dialplan of your own, Gosub(portero,s,1) and the guard after it",
            call=call_id,
            channel=arrival.channel,
        )

    async def _refuse(self, agi: FastAGIProtocol, call_id: str, outcome: Outcome) -> None:
        arrival = read_arrival(agi.variables)
        self._log.warn(
            "[{call}] not taken: {status} ({reason}): {channel}, DID {did!r}, "
            "extension {extension!r}, tenant in the URL {url!r}{advice}",
            call=call_id,
            status=outcome.status,
            reason=outcome.reason,
            channel=arrival.channel,
            did=arrival.did,
            extension=arrival.extension,
            url=arrival.url_tenant,
            advice=_ADVICE.get(outcome.status, ""),
        )
        await agi.setVariable("PORTERO_CALL_ID", call_id)
        await agi.setVariable("PORTERO_STATUS", outcome.status.value)
        await agi.setVariable("PORTERO_REASON", outcome.reason)
        agi.finish()

    def _tell_empty(self) -> None:
        if not self._calls:
            self._empty.fire()
