"""Residents are asked, and what they say opens the gate: the model is only told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from portero.config.settings import TenantSettings
from portero.doorman.actions import CallActions
from portero.doorman.asking import NOBODY, Asking, AskStep, Contact, Progress
from portero.doorman.backend import BackendClient
from portero.doorman.checking import same_person
from portero.doorman.facts import Approval, Request
from portero.doorman.failures import RequestFailed
from portero.doorman.memory import CallMemory
from portero.doorman.opening import GateKeeper, Opened
from portero.doorman.record import CallRecord
from portero.doorman.residents import ResidentAsker
from portero.limits import RESIDENTS_ASKED
from portero.messages import text
from portero.registry.names import unit_key
from portero.registry.pins import unit_digits

Asked = Literal["opened", "refused", "failed", "no_answer"]


class Notices:
    """The residents' part of one call."""

    log = Logger()

    def __init__(
        self,
        tenant: TenantSettings,
        asker: ResidentAsker,
        gatekeeper: GateKeeper,
        memory: CallMemory,
        record: CallRecord,
        backend: BackendClient,
        actions: CallActions,
        clock: IReactorTime,
        *,
        language: str,
    ) -> None:
        self._tenant = tenant
        self._asker = asker
        self._gatekeeper = gatekeeper
        self._memory = memory
        self._record = record
        self._backend = backend
        self._actions = actions
        self._clock = clock
        self._language = language
        self._pretending: set[Deferred[None]] = set()
        self._opened_for: set[str] = set()  # questions that were answered with yes
        self._refused: set[str] = set()  # residents who said no: nobody talks them round
        self._gone = False

    @property
    def asks_people(self) -> bool:
        """Whether portero asks itself; else the Backend API sends a notice."""
        return bool(self._tenant.notify.chain)

    def close(self) -> None:
        """The visitor has left."""
        self._gone = True
        self._asker.leave()
        for waiting in list(self._pretending):
            waiting.cancel()

    async def ask(
        self, residents: Sequence[str], values: Mapping[str, Any], make_key: Callable[[], str]
    ) -> dict[str, Any]:
        """Ask whom the visitor names, and open if they say so; what the model is told.

        residents: none where nobody of that name or unit lives here. Then the visitor waits as
        long as for somebody who does not answer, or the wait would tell who lives here.
        """
        visitor = values["visitor_name"]
        if not residents:
            return {"answer": "no_answer", "message": await self._nobody()}
        if self._refused.intersection(residents):
            return {"answer": "refused", "message": text("ask_refused", self._language)}
        asked = await self._asker.ask(residents[0], visitor)
        if asked.outcome == "refused":
            self._refused.update(residents)
        if asked.outcome == "unreachable":
            return {"answer": "no_answer", "message": await self._nobody()}
        about = [it for it in asked.approvals if same_person(visitor, it.visitor_name)]
        if asked.approvals and not about:  # they were asked about somebody else meanwhile
            unanswered = text(f"ask_nobody_{self._tenant.notify.otherwise}", self._language)
            return {"answer": "no_answer", "message": unanswered}
        self._memory.approvals.extend(about)
        told: dict[str, Any] = {"answer": asked.outcome, "message": asked.sentence}
        opened = await self._open(about, visitor, make_key)
        if opened is not None:
            told |= {"gate_ordered": opened.ordered, "message": opened.sentence}
        return told

    async def ask_unit(self, unit: str, make_key: Callable[[], str]) -> Asked:
        """Ask the residents of a unit whose number was typed, and open if they say so."""
        try:
            known = await self._living_in(unit)
        except RequestFailed:
            return "failed"
        if not known:
            await self._nobody()
            return "no_answer"
        if self._refused.intersection(known):
            return "refused"
        visitor = text("unnamed_visitor", self._language)
        asked = await self._asker.ask(known[0], visitor)
        self._memory.approvals.extend(asked.approvals)
        if asked.outcome == "refused":
            self._refused.update(known)
            return "refused"
        if asked.outcome == "unreachable":
            await self._nobody()
            return "no_answer"
        opened = await self._open(asked.approvals, visitor, make_key)
        if opened is None:
            return "no_answer"
        if opened.ordered:
            return "opened"
        return "failed" if opened.verdict.allowed else "refused"

    async def _living_in(self, unit: str) -> list[str]:
        """The residents of a unit that was typed; nobody where it may be one of several.

        A keypad has no letters: 101 is A-101 as well, where there is no other 101.
        """
        rows = [row for row in await self._residents(unit=unit) if _is_unit(row, unit)]
        if not rows:
            everybody = await self._residents(limit=RESIDENTS_ASKED)
            rows = [row for row in everybody if _has_digits(row, unit)]
        units = {(unit_key(str(row["unit"])), row.get("building")) for row in rows}
        return [str(row["id"]) for row in rows] if len(units) == 1 else []

    async def _residents(self, **query: str | int) -> list[Mapping[str, Any]]:
        found = await self._backend.request(
            "GET", "/residents/", tenant=self._record.tenant, query=query
        )
        rows = found if isinstance(found, list) else []
        return [row for row in rows if _lives_here(row)]

    async def _open(
        self, approvals: Sequence[Approval], visitor: str, make_key: Callable[[], str]
    ) -> Opened | None:
        """Ask policy for the main gate on a resident's word; None where there is no such word.

        Who asked the same meanwhile gets the same word, and it opens once. With several gates and
        no main one, the model asks for the right one by open_gate.
        """
        gate = self._gatekeeper.main_gate
        approval = next((one for one in approvals if one.approved), None)
        if approval is None or gate is None or approval.question_id in self._opened_for:
            return None
        self._opened_for.add(approval.question_id)
        request = Request(
            tenant=self._record.tenant,
            gate_id=gate,
            call_id=self._record.call_id,
            caller=self._record.caller,
            key=make_key(),
            visitor_name=visitor,
            resident_id=approval.resident_id,
            by="resident",
        )
        return await self._gatekeeper.open(request, self._memory)

    async def _nobody(self) -> str:
        """Wait as if somebody were asked who does not answer; what is said then.

        The same chain, with its progress and its deadlines, but nobody at the other end.
        """
        notify = self._tenant.notify
        steps = [AskStep(step.by, step.contact, step.wait) for step in notify.chain]
        anybody = {step.contact: Contact("", "0", "0") for step in steps}
        asking = Asking(steps, anybody, notify.otherwise)
        orders = asking.start(self._clock.seconds())
        while asking.decided is None:
            if self._gone:
                return text("ask_left", self._language)
            for order in orders:
                if isinstance(order, Progress):
                    said = text(order.word, self._language)
                    exactly = text("say_exactly", self._language, text=said)
                    self._actions.say(exactly, "progress")
            due = asking.next_time()
            assert due is not None, "what is not decided waits for something"
            await self._wait(due - self._clock.seconds())
            orders = asking.tick(self._clock.seconds())
        return text(NOBODY[notify.otherwise], self._language)

    async def _wait(self, seconds: float) -> None:
        waiting: Deferred[None] = deferLater(self._clock, max(0.0, seconds))
        self._pretending.add(waiting)
        try:
            await waiting
        except CancelledError:
            pass  # the visitor has left
        finally:
            self._pretending.discard(waiting)


def _lives_here(row: Any) -> bool:
    if not isinstance(row, Mapping) or row.get("is_active") is False:
        return False
    return row.get("id") is not None and row.get("unit") is not None


def _is_unit(row: Mapping[str, Any], unit: str) -> bool:
    return unit_key(str(row["unit"])) == unit_key(unit)


def _has_digits(row: Mapping[str, Any], typed: str) -> bool:
    return unit_digits(str(row["unit"])) == unit_digits(typed) != ""
