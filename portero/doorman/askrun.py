"""One asking, carried out: messages and calls to residents, progress for the visitor."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from portero.config.settings import TenantSettings
from portero.doorman.actions import CallActions, ResidentCall
from portero.doorman.asking import (
    NOBODY,
    Asking,
    AskStep,
    CallResident,
    Contact,
    Decided,
    Order,
    Progress,
    SendWhatsApp,
    total_seconds,
)
from portero.doorman.askrecord import FAULTS, AskRecord
from portero.doorman.askways import AskResult, Ways
from portero.doorman.contacts import find_contacts
from portero.doorman.record import CallRecord
from portero.doorman.webhook import digest
from portero.doorman.whatsapp import NotSent, Question
from portero.errors import PorteroError
from portero.limits import ASK_POLL_SECONDS
from portero.messages import text
from portero.registry import questions


@dataclass(slots=True)
class _Sent:
    """A message of a step."""

    step: int
    contact: Contact
    question: Question
    status: str | None = None
    again: bool = False  # in the number's other form


class AskRun:
    """One asking, from its first step to its decision."""

    log = Logger()

    def __init__(
        self,
        tenant: TenantSettings,
        record: CallRecord,
        ways: Ways,
        actions: CallActions,
        resident_id: str,
        visitor_name: str,
        language: str,
    ) -> None:
        self._tenant = tenant
        self._record = record
        self._ways = ways
        self._actions = actions
        self._resident_id = resident_id
        self._visitor = visitor_name
        self._language = language
        self._kept = AskRecord(record, resident_id, visitor_name)
        self._asking: Asking | None = None
        self._sent: dict[str, _Sent] = {}
        self._calls: list[Deferred[None]] = []
        self._timer: IDelayedCall | None = None
        self._looking = False
        self._look_again = False
        self._left = False
        self._decided: Deferred[Decided] = Deferred()
        self._waiting: list[Deferred[AskResult]] = []
        self._question_of: dict[int, str] = {}

    async def wait(self) -> AskResult:
        """The result of what runs already."""
        waiting: Deferred[AskResult] = Deferred()
        self._waiting.append(waiting)
        return await waiting

    def finish(self, result: AskResult) -> AskResult:
        """Tell those who wait."""
        self._stop()
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.callback(result)
        return result

    async def go(self) -> AskResult:
        """Ask, and wait for the decision."""
        contacts = await find_contacts(self._ways.backend, self._record.tenant, self._resident_id)
        notify = self._tenant.notify
        steps = [
            AskStep(step.by, step.contact, step.wait)
            for step in notify.chain
            if (self._ways.whatsapp if step.by == "whatsapp" else self._ways.phone) is not None
        ]
        self._asking = Asking(steps, contacts, notify.otherwise)
        self._seconds = total_seconds(steps)
        self._carry_out(
            self._asking.visitor_left() if self._left else self._asking.start(self._time())
        )
        decided = await self._decided
        return self.finish(await self._conclude(decided))

    def leave(self) -> None:
        """The visitor is gone."""
        self._left = True
        if self._asking is not None:
            self._carry_out(self._asking.visitor_left())

    # -- orders

    def _carry_out(self, orders: list[Order]) -> None:
        for order in orders:
            match order:
                case SendWhatsApp():
                    self._start(self._write(order))
                case CallResident():
                    self._start(self._call(order))
                case Progress():
                    said = text(order.word, self._language)
                    exactly = text("say_exactly", self._language, text=said)
                    self._actions.say(exactly, "progress")
                case Decided():
                    # Later: what has been decided here may be in the middle of what it stops.
                    self._ways.clock.callLater(0, self._decided.callback, order)
        self._set_timer()

    def _start(self, work: Any) -> None:
        running = Deferred.fromCoroutine(work)
        self._calls.append(running)
        running.addErrback(self._broke)

    def _broke(self, failure: Any) -> None:
        if not failure.check(CancelledError):
            self.log.failure("[{call}] asking a resident", failure, call=self._record.call_id)

    async def _write(self, order: SendWhatsApp) -> None:
        assert self._asking is not None
        assert self._ways.whatsapp is not None
        key = order.contact.whatsapp or ""
        question_id, token = secrets.token_hex(16), secrets.token_urlsafe(32)
        place = self._tenant.name or self._tenant.id
        sent = _Sent(order.step, order.contact, Question(self._visitor, place, token, question_id))
        try:
            await self._kept.put(question_id, key, digest(token), self._seconds)
            self._sent[question_id] = sent
            self._question_of[order.step] = question_id
            self._ways.board.watch(question_id, self._look)
            message_id = await self._ways.whatsapp.ask(key, sent.question)
            await self._kept.sent(question_id, message_id)
        except NotSent as failure:
            maybe = failure.maybe_sent
            self._kept.note(
                order.contact, "whatsapp", "unsure" if maybe else "not_sent", question_id
            )
            self._carry_out(self._asking.refused(order.step, self._time(), maybe_sent=maybe))
        except FAULTS as fault:
            self._kept.lost(fault)
            self._carry_out(self._asking.refused(order.step, self._time()))
        else:
            self._kept.note(order.contact, "whatsapp", "sent", question_id)
            self._carry_out(self._asking.sent(order.step, self._time()))

    async def _call(self, order: CallResident) -> None:
        assert self._asking is not None
        assert self._ways.phone is not None
        question_id = secrets.token_hex(16)
        self._question_of[order.step] = question_id
        notify = self._tenant.notify
        call = ResidentCall(
            question_id=question_id,
            tenant=self._record.tenant,
            extension=order.contact.extension or "",
            context=notify.context,
            caller_id=notify.caller_id or self._record.caller,
            ring_seconds=order.ring_seconds,
            visitor_name=self._visitor,
            language=self._language,
        )
        self._kept.note(order.contact, "call", "called", question_id)
        try:
            answer = await self._ways.phone.ask(call, _Talking(self._actions, self, order.step))
        except PorteroError as fault:
            self._kept.lost(fault)
            answer = None
        self._kept.note(order.contact, "call", answer or "no_answer", question_id)
        self._carry_out(self._asking.call_result(order.step, answer, self._time()))

    def talking(self, step: int) -> None:
        """A resident talks to the visitor."""
        assert self._asking is not None
        self._carry_out(self._asking.talking(step, self._time()))

    # -- what comes back

    def _look(self) -> None:
        """Read what our questions have come to; once more if something came meanwhile."""
        if self._looking or self._asking is None or self._asking.decided:
            self._look_again = True
            return
        self._looking, self._look_again = True, False
        Deferred.fromCoroutine(self._read()).addBoth(self._looked)

    def _looked(self, failure: Any) -> None:
        self._looking = False
        if failure is not None:
            self._broke(failure)
        if self._look_again:
            self._look()
        else:
            self._set_timer()

    async def _read(self) -> None:
        assert self._asking is not None
        for one in await self._kept.look(list(self._sent)):
            sent = self._sent[one.question_id]
            if one.answer in ("approve", "refuse"):
                self._carry_out(self._asking.answer(sent.step, one.answer))
            elif one.status is not None and one.status != sent.status:
                sent.status = one.status
                self._status(sent)

    def _status(self, sent: _Sent) -> None:
        assert self._asking is not None
        assert sent.status is not None
        if sent.status == "undeliverable" and not sent.again:
            sent.again = True
            self._start(self._write_again(sent))
        else:
            self._carry_out(self._asking.status(sent.step, sent.status, self._time()))

    async def _write_again(self, sent: _Sent) -> None:
        """Once more, in the number's other form: the same question, the same buttons."""
        assert self._asking is not None
        assert self._ways.whatsapp is not None
        try:
            key = sent.contact.whatsapp or ""
            message_id = await self._ways.whatsapp.ask_other_form(key, sent.question)
            await self._kept.sent(sent.question.callback, message_id)
        except FAULTS:
            self._carry_out(self._asking.status(sent.step, "failed", self._time()))
        else:
            self._carry_out(self._asking.sent(sent.step, self._time()))

    # -- time

    def _time(self) -> float:
        return float(self._ways.clock.seconds())

    def _set_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        if self._asking is None or (due := self._asking.next_time()) is None:
            return
        wait = max(0.0, due - self._time())
        if self._sent:
            wait = min(wait, ASK_POLL_SECONDS)
        self._timer = self._ways.clock.callLater(wait, self._tick)

    def _tick(self) -> None:
        assert self._asking is not None
        if self._sent:
            self._look()  # before the deadline: an answer in time counts
        self._carry_out(self._asking.tick(self._time()))

    # -- the end

    async def _conclude(self, decided: Decided) -> AskResult:
        self._stop()
        left = decided.outcome == "left"
        await self._kept.close(list(self._sent), questions.LEFT if left else questions.DECIDED)
        if left:
            return AskResult("no_answer", (), text("ask_left", self._language))
        decided = await self._last_word(decided)
        if decided.outcome in ("approved", "refused"):
            return await self._answered(decided)
        said = text(NOBODY[decided.then or self._tenant.notify.otherwise], self._language)
        unreachable = decided.outcome == "unreachable"
        return AskResult("unreachable" if unreachable else "no_answer", (), said)

    async def _last_word(self, decided: Decided) -> Decided:
        """What was tapped in time, and not read when it was decided: a refusal always counts."""
        for one in await self._kept.look(list(self._sent)):
            sent = self._sent[one.question_id]
            if one.answer == "refuse":
                return Decided("refused", sent.step, sent.contact)
            if one.answer == "approve" and decided.outcome != "refused":
                decided = Decided("approved", sent.step, sent.contact)
        return decided

    async def _answered(self, decided: Decided) -> AskResult:
        approved = decided.outcome == "approved"
        assert decided.by is not None
        assert decided.step is not None
        approval = await self._kept.answered(
            self._question_of[decided.step], decided.by, approved=approved
        )
        said = text("ask_approved" if approved else "ask_refused", self._language)
        return AskResult("approved" if approved else "refused", (approval,), said)

    def _stop(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        for question_id in self._sent:
            self._ways.board.forget(question_id)
        calls, self._calls = self._calls, []
        for call in calls:
            call.cancel()


class _Talking:
    """The visitor's call, as a resident's call acts on it: a talk holds the chain up."""

    def __init__(self, actions: CallActions, run: AskRun, step: int) -> None:
        self._actions = actions
        self._run = run
        self._step = step

    def __getattr__(self, name: str) -> Any:
        return getattr(self._actions, name)

    async def talk_with(self, channel: str) -> bool:
        """See CallActions."""
        self._run.talking(self._step)
        return await self._actions.talk_with(channel)
