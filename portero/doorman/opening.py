"""Opening a gate, in the only order there is: judge, log, give the order, log what came of it.

When the log can't be written the gate stays shut: an opening that nobody can ask about later is
worse than a visitor who is handed to the guard, and the guard has a key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from portero.doorman.accesslog import AccessLog
from portero.doorman.failures import RequestFailed
from portero.doorman.gates import Gate, GateOrder, Outcome
from portero.doorman.policy import Check, Opening, Verdict, find_check, judge_opening
from portero.limits import GATE_REPEAT_SECONDS
from portero.messages import text


@dataclass(frozen=True, slots=True)
class Opened:
    """How a request to open ended; `outcome` is None when no order was given."""

    verdict: Verdict
    state: str
    sentence: str
    outcome: Outcome | None = None


class GateKeeper:
    """Opens one tenant's gates during one call, each at most once in GATE_REPEAT_SECONDS.

    `now`: the wall clock, seconds of the epoch, which authorisations are valid by.
    """

    log = Logger()

    def __init__(
        self,
        gates: Mapping[str, Gate],
        access_log: AccessLog,
        *,
        clock: IReactorTime,
        now: Callable[[], float],
        language: str,
    ) -> None:
        self._gates = gates
        self._log = access_log
        self._clock = clock
        self._now = now
        self._language = language
        self._ordered_at: dict[str, float] = {}

    async def open(self, order: GateOrder, checks: Sequence[Check]) -> Opened:
        """Judge `order` by the call's `checks` and, where it is allowed, carry it out."""
        opening = Opening(
            order.visitor_name, order.resident_id, order.gate_id, set(self._gates), self._now()
        )
        verdict = judge_opening(opening, checks, self._language)
        if not verdict.allowed:
            return Opened(verdict, "refused", verdict.sentence)
        at = self._clock.seconds()
        if at - self._ordered_at.get(order.gate_id, float("-inf")) < GATE_REPEAT_SECONDS:
            return self._opened(verdict, "already_ordered")
        self._ordered_at[order.gate_id] = at
        opened = await self._carry_out(order, verdict, checks)
        given = opened.outcome not in (None, Outcome.FAILED)
        if not given and self._ordered_at[order.gate_id] == at:  # no later order stands
            del self._ordered_at[order.gate_id]
        return opened

    async def _carry_out(
        self, order: GateOrder, verdict: Verdict, checks: Sequence[Check]
    ) -> Opened:
        check = find_check(order.visitor_name, checks)
        assert check is not None, "policy allows nobody who was not checked"
        order = replace(order, resident_id=check.resident_id)
        try:
            entry = await self._log.ordered(order, check.authorization_id)
        except RequestFailed:
            verdict = Verdict(False, "not_recorded", text("not_recorded", self._language))
            return Opened(verdict, "refused", verdict.sentence)
        said = await self._gates[order.gate_id].open(order)
        if said.outcome is not Outcome.ACKNOWLEDGED:
            self.log.warn(
                "Gate {gate} of {tenant}: the order to open is {outcome} ({detail})",
                gate=order.gate_id,
                tenant=order.tenant_id,
                outcome=said.outcome.value,
                detail=said.detail or "no reason given",
            )
        await self._log.answered(entry, order, said)
        return self._opened(verdict, said.outcome.value, said.outcome)

    def _opened(self, verdict: Verdict, state: str, outcome: Outcome | None = None) -> Opened:
        return Opened(verdict, state, text(state, self._language), outcome)
