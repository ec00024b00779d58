"""Residents are asked whether a visitor may come in: who they are, the ways to them, the answer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal, Protocol

from sqlalchemy.exc import SQLAlchemyError

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from portero.config.settings import TenantSettings
from portero.doorman.actions import CallActions, Phone, ResidentCall
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
from portero.doorman.facts import Approval
from portero.doorman.failures import RequestFailed
from portero.doorman.record import CallRecord
from portero.doorman.webhook import digest
from portero.doorman.whatsapp import NotSent, Question, WhatsAppClient
from portero.doorman.whatsappmessages import number_key
from portero.errors import PorteroError
from portero.limits import ASK_POLL_SECONDS, ASKS_PER_CALL, CONTACTS_MAX
from portero.messages import text
from portero.registry import questions

_EXTENSION: Final = re.compile(r"[0-9]{2,6}")
_EMERGENCY: Final = frozenset({"060", "065", "066", "068", "088", "089", "911"})
_FAULTS: Final = (PorteroError, SQLAlchemyError)


class Backend(Protocol):
    """What is asked of `portero.doorman.backend.BackendClient`."""

    async def request(
        self, method: str, path: str, *, tenant: str, query: Mapping[str, Any] | None = None
    ) -> Any:
        """The decoded answer, or RequestFailed."""


@dataclass(frozen=True, slots=True)
class AskResult:
    """What asking came to. sentence: what the model is told; approvals: what policy judges by."""

    outcome: Literal["approved", "refused", "no_answer", "unreachable"]
    approvals: tuple[Approval, ...]
    sentence: str


class AnswerBoard:
    """Tells who asked that there is something to look at; one for the whole daemon."""

    def __init__(self) -> None:
        self._watchers: dict[str, Callable[[], None]] = {}

    def watch(self, question_id: str, look: Callable[[], None]) -> None:
        """Have `look` called when something comes for this question."""
        self._watchers[question_id] = look

    def forget(self, question_id: str) -> None:
        """It is over."""
        self._watchers.pop(question_id, None)

    def told(self, question_id: str) -> None:
        """Something is in the registry; of a question of another daemon, nothing happens here."""
        if look := self._watchers.get(question_id):
            look()


@dataclass(frozen=True, slots=True)
class Ways:
    """How residents are reached; None: not that way. One for the whole daemon."""

    backend: Backend
    board: AnswerBoard
    whatsapp: WhatsAppClient | None
    phone: Phone | None
    clock: IReactorTime


class ResidentAsker:
    """Asks the residents whom one call's visitor names; call `leave` when the visitor is gone."""

    log = Logger()

    def __init__(
        self,
        tenant: TenantSettings,
        record: CallRecord,
        ways: Ways,
        actions: CallActions,
        *,
        language: str,
    ) -> None:
        self._tenant = tenant
        self._record = record
        self._ways = ways
        self._actions = actions
        self._language = language
        self._running: dict[str, _Run] = {}
        self._left = ASKS_PER_CALL
        self._gone = False

    async def ask(self, resident_id: str, visitor_name: str) -> AskResult:
        """Ask about a visitor; who asks the same resident meanwhile waits for the same answer.

        Never raises: what fails is logged, and nobody has approved.
        """
        if self._gone:
            return self._result("no_answer", "ask_left")
        if run := self._running.get(resident_id):
            return await run.wait()
        if self._left == 0:
            return self._result("unreachable", "ask_too_often")
        self._left -= 1
        run = self._running[resident_id] = _Run(
            self._tenant, self._record, self._ways, self._actions, resident_id, visitor_name,
            self._language,
        )  # fmt: skip
        try:
            return await run.go()
        except (RequestFailed, *_FAULTS) as fault:
            self.log.error(
                "[{call}] a resident could not be asked: {fault}",
                call=self._record.call_id,
                fault=type(fault).__name__ if isinstance(fault, SQLAlchemyError) else fault,
            )
            return self._result("unreachable", NOBODY[self._otherwise])
        finally:
            del self._running[resident_id]
            # Who waits for a result that did not come hears this, and not nothing.
            run.finish(self._result("unreachable", NOBODY[self._otherwise]))

    def leave(self) -> None:
        """The visitor is gone: open questions expire, calls to residents end."""
        self._gone = True
        for run in list(self._running.values()):
            run.leave()

    @property
    def _otherwise(self) -> str:
        return self._tenant.notify.otherwise

    def _result(self, outcome: Literal["no_answer", "unreachable"], sentence: str) -> AskResult:
        return AskResult(outcome, (), text(sentence, self._language))


@dataclass(slots=True)
class _Sent:
    """A message of a step."""

    step: int
    contact: Contact
    question: Question
    status: str | None = None
    again: bool = False  # in the number's other form


class _Run:
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
        contacts = await self._contacts()
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

    # -- who can be asked

    async def _contacts(self) -> dict[int, Contact]:
        """The resident, and the others of the same unit."""
        first = await self._resident()
        if first is None:
            return {}
        found = [first]
        if unit := first.get("unit"):
            others = await self._request("/residents/", {"unit": unit})
            rows = others if isinstance(others, list) else []
            found += [row for row in rows if isinstance(row, Mapping) and _lives(row, first)]
        return {number: _contact(row) for number, row in enumerate(found[:CONTACTS_MAX], 1)}

    async def _resident(self) -> Mapping[str, Any] | None:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", self._resident_id):
            return None
        try:
            found = await self._request(f"/residents/{self._resident_id}")
        except RequestFailed as failure:
            if failure.status == 404:
                return None
            raise
        right = isinstance(found, Mapping) and str(found.get("id")) == self._resident_id
        return found if right and found.get("is_active") is not False else None

    async def _request(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        backend = self._ways.backend
        return await backend.request("GET", path, tenant=self._record.tenant, query=query)

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
            await self._put(question_id, order.contact, "whatsapp", key, digest(token))
            self._sent[question_id] = sent
            self._question_of[order.step] = question_id
            self._ways.board.watch(question_id, self._look)
            message_id = await self._ways.whatsapp.ask(key, sent.question)
            await self._note_sent(question_id, message_id)
        except NotSent as failure:
            maybe = failure.maybe_sent
            self._note(order.contact, "whatsapp", "unsure" if maybe else "not_sent", question_id)
            self._carry_out(self._asking.refused(order.step, self._time(), maybe_sent=maybe))
        except _FAULTS as fault:
            self._lost(fault)
            self._carry_out(self._asking.refused(order.step, self._time()))
        else:
            self._note(order.contact, "whatsapp", "sent", question_id)
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
        self._note(order.contact, "call", "called", question_id)
        try:
            answer = await self._ways.phone.ask(call, _Talking(self._actions, self, order.step))
        except PorteroError as fault:
            self._lost(fault)
            answer = None
        self._note(order.contact, "call", answer or "no_answer", question_id)
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
        for one in await self._seen():
            sent = self._sent[one.question_id]
            if one.answer in ("approve", "refuse"):
                self._carry_out(self._asking.answer(sent.step, one.answer))
            elif one.status is not None and one.status != sent.status:
                sent.status = one.status
                self._status(sent)

    async def _seen(self) -> list[questions.Seen]:
        if not self._sent:
            return []
        try:
            seen: list[questions.Seen] = await self._run(questions.look, list(self._sent))
        except _FAULTS as fault:
            self._lost(fault)
            return []
        return seen

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
            await self._note_sent(sent.question.callback, message_id)
        except _FAULTS:
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
        await self._close(questions.LEFT if left else questions.DECIDED)
        if left:
            return AskResult("no_answer", (), text("ask_left", self._language))
        decided = await self._last_word(decided)
        if decided.outcome in ("approved", "refused"):
            return await self._answered(decided)
        said = text(f"ask_nobody_{decided.then}", self._language)
        unreachable = decided.outcome == "unreachable"
        return AskResult("unreachable" if unreachable else "no_answer", (), said)

    async def _close(self, why: str) -> None:
        try:
            await self._run(questions.close, list(self._sent), why, self._record.moment())
        except _FAULTS as fault:
            self._lost(fault)

    async def _last_word(self, decided: Decided) -> Decided:
        """What was tapped in time, and not read when it was decided: a refusal always counts."""
        for one in await self._seen():
            sent = self._sent[one.question_id]
            if one.answer == "refuse":
                return Decided("refused", sent.step, sent.contact)
            if one.answer == "approve" and decided.outcome != "refused":
                decided = Decided("approved", sent.step, sent.contact)
        return decided

    async def _answered(self, decided: Decided) -> AskResult:
        """Into the ledger first: an approval that nobody can ask about later opens nothing."""
        approved = decided.outcome == "approved"
        assert decided.by is not None
        assert decided.step is not None
        at = self._record.moment().timestamp()
        question_id = self._question_of[decided.step]
        body = {
            "question": question_id,
            "resident_id": self._resident_id,
            "by": decided.by.resident_id,
            "visitor": self._visitor,
            "approved": approved,
        }
        await self._record.write("approval", body)
        approval = Approval(question_id, self._resident_id, self._visitor, approved, at)
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

    # -- the registry

    async def _put(
        self, question_id: str, contact: Contact, channel: str, key: str, token_digest: str
    ) -> None:
        asked = questions.Asked(
            id=question_id,
            call_id=self._record.call_id,
            resident_id=self._resident_id,
            contact=key,
            channel=channel,
            visitor_name=self._visitor,
            token_digest=token_digest,
        )
        now = self._record.moment()
        await self._run(questions.ask, asked, now, now + timedelta(seconds=self._seconds))

    async def _note_sent(self, question_id: str, message_id: str) -> None:
        await self._run(questions.sent, question_id, message_id)

    async def _run(self, job: Callable[..., Any], *args: Any) -> Any:
        return await self._record.store.run(job, self._record.tenant, *args)

    def _note(self, contact: Contact, channel: str, state: str, question_id: str) -> None:
        body = {
            "question": question_id,
            "resident_id": self._resident_id,
            "to": contact.resident_id,
            "visitor": self._visitor,
            "channel": channel,
            "state": state,
        }
        self._record.note("notice", body)

    def _lost(self, fault: Exception) -> None:
        self.log.error(
            "[{call}] asking a resident: {fault}",
            call=self._record.call_id,
            fault=type(fault).__name__ if isinstance(fault, SQLAlchemyError) else fault,
        )


class _Talking:
    """The visitor's call, as a resident's call acts on it: a talk holds the chain up."""

    def __init__(self, actions: CallActions, run: _Run, step: int) -> None:
        self._actions = actions
        self._run = run
        self._step = step

    def __getattr__(self, name: str) -> Any:
        return getattr(self._actions, name)

    async def talk_with(self, channel: str) -> bool:
        """See CallActions."""
        self._run.talking(self._step)
        return await self._actions.talk_with(channel)


def _contact(row: Mapping[str, Any]) -> Contact:
    """What the Backend API says of a resident: a phone is only rung if it is an extension."""
    numbers = [row.get(key) for key in ("extension", "phone")]
    extension = next((it for it in numbers if isinstance(it, str) and _is_extension(it)), None)
    whatsapp = row.get("whatsapp") or row.get("phone")
    key = number_key(whatsapp) if isinstance(whatsapp, str) else None
    return Contact(str(row["id"]), key, extension)


def _lives(row: Mapping[str, Any], first: Mapping[str, Any]) -> bool:
    """Whether `row` is somebody else of the same unit, here and now."""
    others = row.get("id") not in (None, first.get("id"))
    same = (row.get("unit"), row.get("building")) == (first.get("unit"), first.get("building"))
    return others and same and row.get("is_active") is not False


def _is_extension(number: str) -> bool:
    """Whether it may be rung: a resident's row that says 911 must not call the police."""
    return bool(_EXTENSION.fullmatch(number)) and number not in _EMERGENCY
