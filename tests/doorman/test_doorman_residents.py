"""Residents who are asked: by message and by call, in time, too late, twice, and not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from registry.house import House
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from whatsapp_bench import WhatsAppBench
from wire import Running

from twisted.internet.defer import CancelledError, Deferred, fail

from portero.config.residents import AskSettings, NotifySettings
from portero.config.settings import TenantSettings
from portero.doorman.actions import ResidentCall
from portero.doorman.askways import AnswerBoard, AskResult, Ways
from portero.doorman.facts import Approval
from portero.doorman.failures import RequestFailed, Trouble
from portero.doorman.record import CallRecord
from portero.doorman.residents import ResidentAsker
from portero.errors import PorteroError
from portero.limits import (
    ASK_DELIVERED_SECONDS,
    ASK_POLL_SECONDS,
    ASKED_IN_VAIN,
    ASKED_IN_VAIN_SECONDS,
    ASKS_PER_CALL,
    CONTACTS_MAX,
)
from portero.registry import ledger
from portero.registry.tables import questions
from portero.simulator.whatsapp import WhatsAppMood

PEOPLE = {
    "r1": {"id": "r1", "name": "Ana", "unit": "5", "whatsapp": "5512345678", "extension": "2001"},
    "r2": {"id": "r2", "name": "Luis", "unit": "5", "whatsapp": "5587654321", "extension": "2002"},
}
WRITE, CALL = AskSettings(by="whatsapp", wait=45), AskSettings(by="call", wait=30)
CALL_LUIS = AskSettings(by="call", contact=2, wait=30)


class People:
    """The Backend API."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {key: dict(row) for key, row in PEOPLE.items()}
        self.down = False

    async def request(self, method: str, path: str, *, tenant: str, query: Any = None) -> Any:
        if self.down:
            raise RequestFailed(Trouble.UNREACHABLE)
        if query:
            return [row for row in self.rows.values() if row["unit"] == query["unit"]]
        row = self.rows.get(path.removeprefix("/residents/"))
        if row is None:
            raise RequestFailed(Trouble.MISSING, status=404)
        return row


class Phones:
    """Residents' phones; `answer` what was rung, in order."""

    def __init__(self) -> None:
        self.rung: list[tuple[ResidentCall, Any]] = []
        self._answers: list[Deferred[Any]] = []
        self.hung_up = 0

    async def ask(self, call: ResidentCall, actions: Any) -> Any:
        self.rung.append((call, actions))
        answer: Deferred[Any] = Deferred(self._cancelled)
        self._answers.append(answer)
        return await answer

    def answer(self, number: int, word: str | None) -> None:
        self._answers[number].callback(word)

    def _cancelled(self, _: Any) -> None:
        self.hung_up += 1


class Visitor:
    """What the visitor hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.talks: list[str] = []

    def say(self, instructions: str, purpose: str) -> None:
        self.heard.append(instructions)

    async def talk_with(self, channel: str) -> bool:
        self.talks.append(channel)
        return True


class Stage:
    """One call's asker, and everybody around it."""

    def __init__(self, *chain: AskSettings, bench: WhatsAppBench | None = None) -> None:
        self.bench = bench or WhatsAppBench()
        self.people, self.phones, self.visitor = People(), Phones(), Visitor()
        self.board = AnswerBoard()
        self.house: House = self.bench.house
        self.record = CallRecord(self.house, "robles", "c1", "100", now=self.bench.now)
        notify = NotifySettings(chain=chain)
        tenant = TenantSettings(id="robles", name="Los Robles", notify=notify)
        phone: Any = self.phones
        ways = Ways(self.people, self.board, self.bench.client, phone, self.bench.clock)
        visitor: Any = self.visitor
        self._make = lambda: ResidentAsker(tenant, self.record, ways, visitor, language="es")
        self.bench.told_to = self.board.told
        self.asker = self._make()

    def next_call(self) -> None:
        """Another visitor, another call, the same daemon."""
        self.asker = self._make()

    def ask(self, resident_id: str = "r1", visitor: str = "Juan Pérez") -> Running:
        return self.bench.start(self.asker.ask(resident_id, visitor))

    def tap(self, button: int = 0, message: int = -1, **more: Any) -> None:
        self.bench.post(self.bench.server.tap(self.bench.server.messages[message], button, **more))
        self.bench.pass_time(0.25)

    def entries(self, kind: str) -> list[dict[str, Any]]:
        found = self.house.work(ledger.for_call, "robles", "c1")
        return [json.loads(it.body) if isinstance(it.body, str) else dict(it.body)
                for it in found if it.kind == kind]  # fmt: skip


def settle(stage: Stage, asked: Running) -> AskResult:
    stage.bench.pass_time(0.25)
    result: AskResult = asked.result
    assert not [it for it in stage.bench.clock.getDelayedCalls() if it.active()]
    return result


@pytest.mark.parametrize(("button", "approved"), [(0, True), (1, False)])
def test_a_tap_decides_and_is_written_down(button: int, approved: bool) -> None:
    stage = Stage(WRITE, CALL)
    asked = stage.ask()
    assert not asked.done
    assert "Ya le escribí" in stage.visitor.heard[0]
    stage.tap(button)
    result = settle(stage, asked)
    assert result.outcome == ("approved" if approved else "refused")
    (approval,) = result.approvals
    at = stage.bench.now() - 0.5
    assert approval == Approval(approval.question_id, "r1", "Juan Pérez", approved, approval.at)
    assert at <= approval.at <= stage.bench.now()
    (entry,) = stage.entries("approval")
    assert (entry["approved"], entry["by"]) == (approved, "r1")
    assert [it["state"] for it in stage.entries("notice")] == ["sent"]


def test_an_answer_that_another_daemon_was_told_of_is_found() -> None:
    stage = Stage(WRITE, CALL)
    asked = stage.ask()
    stage.house.work(
        lambda connection: connection.execute(update(questions).values(answer="approve"))
    )
    assert not asked.done
    stage.bench.pass_time(ASK_POLL_SECONDS)
    assert settle(stage, asked).outcome == "approved"


def test_an_answer_at_the_last_moment_counts() -> None:
    stage = Stage(WRITE)
    asked = stage.ask()
    stage.bench.pass_time(44.75)
    stage.bench.told_to = lambda question: None
    stage.tap(0)
    assert settle(stage, asked).outcome == "approved"


@pytest.mark.parametrize(
    ("word", "outcome"), [("approve", "approved"), ("refuse", "refused"), ("talk", "no_answer")]
)
def test_a_key_on_the_residents_phone_decides(word: str, outcome: str) -> None:
    stage = Stage(CALL)
    asked = stage.ask()
    ((call, _),) = stage.phones.rung
    assert (call.extension, call.visitor_name, call.ring_seconds) == ("2001", "Juan Pérez", 30)
    assert call.caller_id == "100"
    stage.phones.answer(0, word)
    assert settle(stage, asked).outcome == outcome


def test_the_chain_goes_from_message_to_call_to_the_next_of_the_unit_and_then_the_guard() -> None:
    stage = Stage(WRITE, CALL, CALL_LUIS)
    asked = stage.ask()
    stage.bench.pass_time(ASK_DELIVERED_SECONDS)
    assert [call.extension for call, _ in stage.phones.rung] == ["2001"]
    stage.phones.answer(0, None)
    stage.bench.pass_time(0.25)
    assert [call.extension for call, _ in stage.phones.rung] == ["2001", "2002"]
    stage.phones.answer(1, None)
    result = settle(stage, asked)
    assert (result.outcome, result.approvals) == ("no_answer", ())
    assert "guardia" in result.sentence
    assert len(stage.visitor.heard) >= 3


def test_a_delivered_message_is_waited_for() -> None:
    stage = Stage(WRITE, CALL)
    stage.ask()
    stage.bench.post(stage.bench.server.status(stage.bench.last, "delivered"))
    stage.bench.pass_time(44)
    assert stage.phones.rung == []


def test_a_tap_while_the_phone_rings_ends_the_call() -> None:
    stage = Stage(WRITE, CALL)
    asked = stage.ask()
    stage.bench.pass_time(ASK_DELIVERED_SECONDS)
    stage.tap(1)
    assert settle(stage, asked).outcome == "refused"
    assert stage.phones.hung_up == 1


def test_a_refusal_that_was_tapped_outweighs_an_approval_by_phone_that_was_read_first() -> None:
    stage = Stage(WRITE, CALL)
    asked = stage.ask()
    stage.bench.pass_time(ASK_DELIVERED_SECONDS)
    stage.bench.told_to = lambda question: None
    stage.bench.post(stage.bench.server.tap(stage.bench.last, 1))
    stage.phones.answer(0, "approve")
    assert settle(stage, asked).outcome == "refused"


def test_what_comes_after_the_visitor_has_left_opens_nothing_and_the_resident_is_told() -> None:
    stage = Stage(WRITE, CALL)
    asked = stage.ask()
    stage.asker.leave()
    assert settle(stage, asked).approvals == ()
    stage.tap(0, message=0)
    assert "retirado" in stage.bench.last.checked.texts[0]
    assert settle(stage, stage.ask()).approvals == ()
    assert stage.entries("approval") == []


def test_leaving_ends_a_call_to_a_resident() -> None:
    stage = Stage(CALL)
    asked = stage.ask()
    stage.asker.leave()
    assert settle(stage, asked).outcome == "no_answer"
    assert stage.phones.hung_up == 1


def test_whatsapp_that_is_down_or_refuses_is_followed_by_the_phone() -> None:
    for mood in (WhatsAppMood.EXPIRED, WhatsAppMood.UNDELIVERABLE, WhatsAppMood.HTML):
        stage = Stage(WRITE, CALL)
        stage.bench.server.mood = mood
        stage.ask()
        assert [call.extension for call, _ in stage.phones.rung] == ["2001"], mood


def test_a_message_that_was_not_delivered_goes_to_the_other_form_once() -> None:
    stage = Stage(WRITE, CALL)
    asked = stage.ask()
    for _ in range(2):
        failed = stage.bench.server.status(stage.bench.last, "failed", 131026)
        stage.bench.post(failed)
        stage.bench.pass_time(ASK_POLL_SECONDS)
    assert [it.checked.to for it in stage.bench.server.messages] == [
        "525512345678",
        "5215512345678",
    ]
    stage.tap(0)
    assert settle(stage, asked).outcome == "approved"


def test_who_asks_again_meanwhile_joins_and_gets_the_same_answer() -> None:
    stage = Stage(WRITE)
    first, second = stage.ask(), stage.ask(visitor="Otro Nombre")
    assert len(stage.bench.server.messages) == 1
    stage.tap(0)
    assert settle(stage, first) == settle(stage, second)
    assert first.result.approvals[0].visitor_name == "Juan Pérez"


def test_residents_are_not_pestered() -> None:
    stage = Stage(CALL)
    for number in range(ASKS_PER_CALL):
        asked = stage.ask()
        stage.phones.answer(number, "refuse")
        assert settle(stage, asked).outcome == "refused"
    assert settle(stage, stage.ask()).outcome == "unreachable"
    assert len(stage.phones.rung) == ASKS_PER_CALL


def test_a_resident_is_not_worn_down_by_one_call_after_another() -> None:
    stage = Stage(CALL)
    for number in range(ASKED_IN_VAIN):
        asked = stage.ask()
        stage.phones.answer(number, "refuse")
        settle(stage, asked)
        stage.next_call()
    assert settle(stage, stage.ask()).outcome == "unreachable"
    assert len(stage.phones.rung) == ASKED_IN_VAIN
    stage.bench.pass_time(ASKED_IN_VAIN_SECONDS)
    asked = stage.ask()
    stage.phones.answer(ASKED_IN_VAIN, "approve")
    assert settle(stage, asked).outcome == "approved"


def test_guests_whom_a_resident_lets_in_are_not_counted() -> None:
    stage = Stage(CALL)
    for number in range(ASKED_IN_VAIN + 1):
        asked = stage.ask()
        stage.phones.answer(number, "approve")
        assert settle(stage, asked).outcome == "approved"
        stage.next_call()


@pytest.mark.parametrize("resident", ["r9", "", "../r1", "r1/x", "x" * 65])
def test_a_resident_who_is_not_there_is_unreachable(resident: str) -> None:
    stage = Stage(WRITE, CALL)
    assert settle(stage, stage.ask(resident)).outcome == "unreachable"
    assert stage.phones.rung == stage.bench.server.messages == []


def test_a_phone_number_is_never_dialled() -> None:
    for number in ("5512345678", "2001@evil", "1", "1234567", "20 01", "٢٠٠١"):
        stage = Stage(CALL)
        stage.people.rows["r1"] |= {"extension": None, "phone": number}
        assert settle(stage, stage.ask()).outcome == "unreachable"
        assert stage.phones.rung == []


def test_contacts_are_those_of_the_unit_and_no_more_than_the_chain_may_name() -> None:
    stage = Stage(AskSettings(by="call", contact=2), AskSettings(by="call", contact=CONTACTS_MAX))
    stage.people.rows["r2"] |= {"unit": "6"}
    for number in range(3, 13):
        row = {**PEOPLE["r2"], "id": f"r{number}", "extension": f"20{number:02}"}
        stage.people.rows[f"r{number}"] = row
    stage.ask()
    assert [call.extension for call, _ in stage.phones.rung] == ["2003"]
    stage.phones.answer(0, None)
    stage.bench.pass_time(0.25)
    assert stage.phones.rung[1][0].extension == "2006"


def test_a_backend_that_is_away_leaves_the_gate_shut() -> None:
    stage = Stage(WRITE)
    stage.people.down = True
    result = settle(stage, stage.ask())
    assert (result.outcome, result.approvals) == ("unreachable", ())


def test_a_database_that_is_away_sends_no_question_and_approves_nothing() -> None:
    broken = OperationalError("SELECT", {}, Exception("gone"))
    for fault in (PorteroError("the registry is busy"), broken):
        stage = Stage(WRITE, CALL)
        stage.house.run = lambda *_, fault=fault, **__: fail(fault)  # type: ignore[method-assign]
        asked = stage.ask()
        assert stage.bench.server.messages == []
        stage.phones.answer(0, "approve")  # and nobody could ask later who said so
        assert settle(stage, asked).approvals == ()


def test_while_they_talk_nobody_else_is_called() -> None:
    stage = Stage(CALL, CALL_LUIS)
    asked = stage.ask()
    ((_, actions),) = stage.phones.rung
    assert stage.bench.start(actions.talk_with("PJSIP/2001-1")).result is True
    stage.bench.pass_time(60)
    assert len(stage.phones.rung) == 1
    stage.phones.answer(0, "approve")
    assert settle(stage, asked).outcome == "approved"


def test_who_hangs_up_while_they_wait_leaves_no_question_that_can_be_answered() -> None:
    stage = Stage(WRITE, CALL)
    waiting = Deferred.fromCoroutine(stage.asker.ask("r1", "Juan Pérez"))
    stage.bench.pass_time(0.25)
    waiting.addErrback(lambda failure: failure.trap(CancelledError))
    waiting.cancel()  # as the keypad's menu does when the visitor is gone
    stage.asker.leave()
    stage.bench.pass_time(0.25)
    stage.tap(0, message=0)
    assert "retirado" in stage.bench.last.checked.texts[0]
    assert stage.entries("approval") == []
    assert not [it for it in stage.bench.clock.getDelayedCalls() if it.active()]
