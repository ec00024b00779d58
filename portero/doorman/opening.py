"""Opening a gate, in the only order there is: judge, write down, give the order, write down.

What can't be written down does not open: an opening that nobody can ask about later is worse than
a visitor who is handed to the guard, and the guard has a key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from portero.config.settings import TenantSettings
from portero.doorman.accesslog import AccessLog
from portero.doorman.deciding import Case, decide, give_back
from portero.doorman.facts import ExpectedPlate, Facts, Plate, Request, Verdict
from portero.doorman.failures import RequestFailed
from portero.doorman.gates import Acknowledgement, Gate, GateOrder, Outcome
from portero.doorman.memory import CallMemory
from portero.doorman.record import CallRecord
from portero.errors import PorteroError
from portero.messages import text


@dataclass(frozen=True, slots=True)
class Opened:
    """How a request to open ended; `outcome` is None when no order was given."""

    verdict: Verdict
    state: str
    sentence: str
    outcome: Outcome | None = None

    @property
    def ordered(self) -> bool:
        """Whether the gate has, or a moment ago had, an order to open."""
        if self.state == "already_ordered":
            return True
        return self.outcome not in (None, Outcome.FAILED)


class PlateSource(Protocol):
    """Plates that cameras saw, and which of them belong to authorised visits."""

    async def seen(self, seconds: float) -> list[Plate]:
        """Those of the last `seconds`."""

    async def expected(self, plates: list[Plate]) -> list[ExpectedPlate]:
        """Those of `plates` whose visit is authorised now."""


class GateKeeper:
    """Opens one tenant's gates during one call.

    `now`: the wall clock, seconds of the epoch, which authorisations are valid by.
    """

    log = Logger()

    def __init__(
        self,
        tenant: TenantSettings,
        gates: Mapping[str, Gate],
        access_log: AccessLog,
        record: CallRecord,
        plates: PlateSource,
        *,
        now: Callable[[], float],
        language: str,
    ) -> None:
        self._tenant = tenant
        self._gates = gates
        self._log = access_log
        self._record = record
        self._plates = plates
        self._now = now
        self._language = language
        self._gone = False
        self.when_opened: Callable[[str], None] = _nobody

    def close(self) -> None:
        """The visitor has left: from now on no gate gets an order, whoever says yes."""
        self._gone = True

    @property
    def main_gate(self) -> str | None:
        """The gate of who names none (a PIN, a resident's 1): set, or plain."""
        gates = self._tenant.gates
        if self._tenant.keypad.gate in gates:
            return self._tenant.keypad.gate
        if "main_gate" in gates:
            return "main_gate"
        return next(iter(gates)) if len(gates) == 1 else None

    async def open(self, request: Request, memory: CallMemory) -> Opened:
        """Judge `request` by the call's facts and, where it is allowed, carry it out.

        Who is cancelled waits no longer, and stops nothing in its middle: what was claimed is
        ordered, or given back.
        """
        opening = Deferred.fromCoroutine(self._open(request, memory))
        answer: Deferred[Opened] = Deferred()
        opening.chainDeferred(answer)
        return await answer

    async def _open(self, request: Request, memory: CallMemory) -> Opened:
        if self._gone:
            return self._refused("left", "ask_left")
        gate = self._tenant.gates.get(request.gate_id)
        policy = (gate.policy if gate else None) or self._tenant.policy
        case = Case(
            request,
            await self._facts(memory, max((r.plate_within or 0 for r in policy.rules), default=0)),
            policy,
            self._language,
            self._tenant.timezone,
            self._tenant.duress.open,
        )
        try:
            verdict = await self._record.store.run(decide, case)
        except PorteroError as error:
            return self._not_recorded(error)
        if not verdict.allowed:
            state = "already_ordered" if verdict.rule == "too_soon" else "refused"
            return Opened(verdict, state, verdict.sentence)
        return await self._carry_out(request, verdict, memory)

    async def _facts(self, memory: CallMemory, plates_within: float) -> Facts:
        """The facts as they are now; cameras are only asked where a rule wants to know."""
        seen: list[Plate] = []
        expected: list[ExpectedPlate] = []
        if plates_within:
            try:
                seen = await self._plates.seen(plates_within)
                expected = await self._plates.expected(seen)
            except RequestFailed as failure:
                self.log.warn("No plates to judge by: the backend {error}", error=failure)
        return memory.facts(self._now(), self._gates, seen, expected)

    async def _carry_out(self, request: Request, verdict: Verdict, memory: CallMemory) -> Opened:
        order = GateOrder(
            tenant_id=request.tenant,
            gate_id=request.gate_id,
            visitor_name=request.visitor_name or verdict.evidence.visitor or "",
            resident_id=verdict.evidence.resident_id,
            reason=f"portero {request.call_id}",
            key=request.key,
        )
        entry = ""
        try:
            authorization = verdict.evidence.details.get("authorization")
            entry = await self._log.ordered(order, str(authorization) if authorization else None)
            await self._record.write("command", self._entry(order, rule=verdict.rule))
        except PorteroError as error:
            await self._not_ordered(request, verdict, order, entry, "not recorded")
            return self._not_recorded(error)
        if stopped := self._stop(memory):
            detail = f"not ordered: {stopped.verdict.rule}"
            failed = self._entry(order, outcome=Outcome.FAILED.value, detail=detail)
            self._record.note("acknowledgement", failed)
            await self._not_ordered(request, verdict, order, entry, "stopped")
            return stopped
        said = await self._order(order)
        if said.outcome is not Outcome.FAILED:
            self.when_opened(order.gate_id)
        await self._acknowledged(request, verdict, order, said)
        await self._log.answered(entry, order, said)
        state = said.outcome.value
        return Opened(verdict, state, text(state, self._language), said.outcome)

    async def _order(self, order: GateOrder) -> Acknowledgement:
        try:
            return await self._gates[order.gate_id].open(order)
        except Exception:  # whatever broke in a driver: the device may have taken the order
            self.log.failure(
                "Gate {gate} of {tenant}: its driver broke",
                gate=order.gate_id,
                tenant=order.tenant_id,
            )
            return Acknowledgement(Outcome.UNCONFIRMED, "a fault of portero's own: see its log")

    async def _not_ordered(
        self, request: Request, verdict: Verdict, order: GateOrder, entry: str, why: str
    ) -> None:
        """Give back what was claimed; `entry` of the access log says that it was ordered."""
        await self._give_back(request, verdict)
        if entry:
            detail = f"{why}, so not ordered"
            await self._log.answered(entry, order, Acknowledgement(Outcome.FAILED, detail))

    def _stop(self, memory: CallMemory) -> Opened | None:
        """What has happened since it was judged, so that no order may be given any more."""
        if self._gone:
            return self._refused("left", "ask_left")
        if memory.duress and not self._tenant.duress.open:
            return self._refused("duress", "gate_stuck")
        return None

    def _refused(self, rule: str, word: str) -> Opened:
        verdict = Verdict(False, rule, text(word, self._language))
        return Opened(verdict, "refused", verdict.sentence)

    async def _acknowledged(
        self, request: Request, verdict: Verdict, order: GateOrder, said: Acknowledgement
    ) -> None:
        if said.outcome is not Outcome.ACKNOWLEDGED:
            self.log.warn(
                "Gate {gate} of {tenant}: the order to open is {outcome} ({detail})",
                gate=order.gate_id,
                tenant=order.tenant_id,
                outcome=said.outcome.value,
                detail=said.detail or "no reason given",
            )
        self._record.note(
            "acknowledgement", self._entry(order, outcome=said.outcome.value, detail=said.detail)
        )
        if said.outcome is Outcome.FAILED:
            await self._give_back(request, verdict)

    async def _give_back(self, request: Request, verdict: Verdict) -> None:
        try:
            await self._record.store.run(give_back, request, verdict)
        except PorteroError as error:
            self.log.error(
                "Gate {gate} of {tenant}: an opening that did not happen still counts: {error}",
                gate=request.gate_id,
                tenant=request.tenant,
                error=error,
            )

    def _entry(self, order: GateOrder, **more: str) -> dict[str, object]:
        return {
            "gate": order.gate_id,
            "visitor": order.visitor_name,
            "resident_id": order.resident_id,
            "key": order.key,
            **more,
        }

    def _not_recorded(self, error: PorteroError) -> Opened:
        self.log.error(
            "[{call}] the gate of {tenant} stays shut, because it can't be written down: {error}",
            call=self._record.call_id,
            tenant=self._record.tenant,
            error=error,
        )
        return self._refused("not_recorded", "not_recorded")


def _nobody(gate_id: str) -> None:
    """Who is told of openings, where nobody asked to be."""
