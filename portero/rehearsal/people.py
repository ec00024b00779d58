"""Who and what a visit meets, as the script has it: residents, phones, gates, the call itself."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from portero.config.settings import GateSettings
from portero.doorman.actions import Answer, CallActions, ResidentCall
from portero.doorman.askways import AnswerBoard
from portero.doorman.gates import Acknowledgement, Gate, GateOrder, Outcome
from portero.doorman.webhook import digest
from portero.doorman.whatsapp import Question
from portero.doorman.whatsappmessages import number_key
from portero.limits import REHEARSAL_ANSWER_SECONDS, REHEARSAL_LATE_SECONDS
from portero.registry import questions
from portero.rehearsal.house import House

_KEYS: Final[Mapping[str, Answer | None]] = {
    "approve": "approve",
    "approve_after_talk": "approve",
    "refuse": "refuse",
    "talk": "talk",
    "late": "approve",
}


class Residents:
    """How residents answer; `asked` has the names of those who were."""

    def __init__(
        self, answers: Mapping[str, Sequence[str]], house: House, clock: IReactorTime
    ) -> None:
        self._answers = answers
        self._house = house
        self._clock = clock
        self.asked: list[str] = []

    def ask(self, name: str) -> str:
        """The answer that the script has for a resident; the last one stays."""
        before = self.asked.count(name)
        self.asked.append(name)
        answers = self._answers.get(name, ("silence",))
        return answers[min(before, len(answers) - 1)]

    def after(self, answer: str, do: Callable[[], object]) -> None:
        """Do what a resident does, when they do it; nothing for one who stays silent."""
        if answer != "silence":
            late = answer == "late"
            self._clock.callLater(REHEARSAL_LATE_SECONDS if late else REHEARSAL_ANSWER_SECONDS, do)


class RehearsalPhone:
    """Asterisk's part: calls to residents, and to the guard."""

    def __init__(self, residents: Residents, house: House, clock: IReactorTime) -> None:
        self._residents = residents
        self._house = house
        self._clock = clock
        self.alerted = False

    async def originate(
        self, extension: str, context: str, *, ring_seconds: float, caller_id: str = ""
    ) -> bool:
        """See Phone."""
        return True

    async def ask(self, call: ResidentCall, actions: CallActions) -> Answer | None:
        """See Phone."""
        answer = self._residents.ask(self._house.extensions().get(call.extension, call.extension))
        if answer in ("silence", "late"):
            await deferLater(self._clock, call.ring_seconds)
            return None
        await deferLater(self._clock, REHEARSAL_ANSWER_SECONDS)
        if "talk" in answer:
            await actions.talk_with(f"PJSIP/{call.extension}-rehearsal")
        return _KEYS[answer]

    async def alert(self, extension: str, context: str, *, language: str) -> bool:
        """See Phone."""
        self.alerted = True
        return True


class RehearsalWhatsApp:
    """WhatsApp's part: a tap goes into the registry as the webhook writes it."""

    def __init__(
        self, residents: Residents, house: House, board: AnswerBoard, now: Callable[[], float]
    ) -> None:
        self._residents = residents
        self._house = house
        self._board = board
        self._now = now

    async def ask(self, to: str, question: Question) -> str:
        """See WhatsAppClient."""
        answer = self._residents.ask(self._whose(to))
        word = _KEYS.get(answer)
        if word in ("approve", "refuse"):
            self._residents.after(answer, lambda: self._tap(to, question, word))
        return f"wamid.{question.callback}"

    async def ask_other_form(self, to: str, question: Question) -> str:
        """See WhatsAppClient: every number is reached here at once."""
        return f"wamid.{question.callback}"

    def _tap(self, to: str, question: Question, answer: str) -> None:
        moment = datetime.fromtimestamp(self._now(), UTC)
        message = f"tap.{secrets.token_hex(8)}"
        tap = questions.Tap(message, digest(question.token), answer, frozenset({to}), moment)
        taken = self._house.registry.work(questions.take_tap, tap, moment)
        self._board.told(taken.question_id)

    def _whose(self, to: str) -> str:
        for name, number in self._house.numbers():
            if number_key(number) == to:
                return name
        return to


class RehearsalGates:
    """Gates that note their orders, and answer as the script says."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = answers
        self.orders: list[GateOrder] = []

    def make(self, gate_id: str, settings: GateSettings, actions: CallActions) -> Gate:
        """See GateMaker."""
        return _RehearsalGate(self.orders, Outcome(self._answers.get(gate_id, "acknowledged")))


class _RehearsalGate:
    def __init__(self, orders: list[GateOrder], outcome: Outcome) -> None:
        self._orders = orders
        self._outcome = outcome

    async def open(self, order: GateOrder) -> Acknowledgement:
        self._orders.append(order)
        return Acknowledgement(self._outcome)


class RehearsalCall:
    """The visitor's own call. `heard`: what the agent was told to say meanwhile."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.guard = False
        self.over = False

    async def transfer_to_guard(self, reason: str) -> str:
        """See CallActions."""
        self.guard = self.over = True
        return json.dumps({"transferred": True})

    async def transfer(self, extension: str, context: str, ring_seconds: float) -> str:
        """See CallActions."""
        self.over = True
        return json.dumps({"transferred": True})

    async def hang_up(self, reason: str) -> str:
        """See CallActions."""
        self.over = True
        return json.dumps({"ended": True})

    async def send_digits(self, digits: str, tone_ms: int, gap_ms: int) -> bool:
        """See CallActions."""
        return True

    def say(self, instructions: str, purpose: str) -> None:
        """See CallActions."""
        self.heard.append(instructions)

    async def talk_with(self, channel: str) -> bool:
        """See CallActions."""
        return True
