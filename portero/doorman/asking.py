"""Residents are asked about a visitor, one after another, until one answers (pure).

The first answer decides, also one to an earlier step that was not waited for any longer; a refusal
ends the chain: no next contact may overrule it. What comes after the decision changes nothing.
Times are any clock's seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import count
from math import inf
from typing import Final, Literal

from portero.limits import ASK_DELIVERED_SECONDS, ASK_PROGRESS_SECONDS, ASK_TALK_SECONDS

Outcome = Literal["approved", "refused", "talked", "no_answer", "unreachable", "left"]
NOBODY: Final = {"guard": "ask_nobody_guard", "refuse": "ask_nobody_refuse"}
"""What is said when nobody has answered, by where the visitor is left."""
_STILL: Final = ("asking_still_1", "asking_still_2", "asking_still_3")
_ANSWERS: dict[str, Outcome] = {"approve": "approved", "refuse": "refused", "talk": "talked"}


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who can be asked, by what we have of them. whatsapp: a key (`number_key`)."""

    resident_id: str
    whatsapp: str | None = None
    extension: str | None = None


@dataclass(frozen=True, slots=True)
class AskStep:
    """One step of the chain. contact: from 1; wait: seconds until the next step."""

    by: str
    contact: int
    wait: float


@dataclass(frozen=True, slots=True)
class SendWhatsApp:
    """Send `contact` the message of this step; tell `sent` or `refused`."""

    step: int
    contact: Contact


@dataclass(frozen=True, slots=True)
class CallResident:
    """Ring `contact`'s extension; tell `call_result`."""

    step: int
    contact: Contact
    ring_seconds: float


@dataclass(frozen=True, slots=True)
class Progress:
    """Let the visitor hear something: a key of `portero.messages`."""

    word: str


@dataclass(frozen=True, slots=True)
class Decided:
    """It is over: stop calls, close questions. `then`: where the visitor is left, if undecided."""

    outcome: Outcome
    step: int | None = None
    by: Contact | None = None
    then: Literal["guard", "refuse"] | None = None


Order = SendWhatsApp | CallResident | Progress | Decided


class _State(Enum):
    IDLE = "not begun"
    OPEN = "can be answered"
    TALKING = "talks to the visitor"
    OVER = "is not waited for any more"


@dataclass(slots=True)
class _Step:
    number: int
    by: str
    contact: Contact
    wait: float
    state: _State = _State.IDLE
    sent_at: float | None = None  # and neither delivered nor given up for undelivered


def total_seconds(steps: Sequence[AskStep]) -> float:
    """How long a chain takes at most."""
    return sum(step.wait for step in steps)


class Asking:
    """One asking; each input gives the orders that follow from it.

    contacts: by their number in the chain; a step whose contact is not there, or cannot be reached
    in its way, is skipped. otherwise: what is done when nobody answers.
    """

    def __init__(
        self,
        steps: Sequence[AskStep],
        contacts: Mapping[int, Contact],
        otherwise: Literal["guard", "refuse"],
    ) -> None:
        usable = [step for step in steps if _reachable(step, contacts)]
        self._steps = [
            _Step(number, step.by, contacts[step.contact], step.wait)
            for number, step in enumerate(usable)
        ]
        self._otherwise = otherwise
        self._current: _Step | None = None
        self._until = inf  # of the current step
        self._progress_at = inf
        self._numbers = count()
        self._reached = False  # somebody may have heard of it
        self.decided: Decided | None = None

    def start(self, now: float) -> list[Order]:
        """Begin with the first step."""
        return self._next(now)

    def next_time(self) -> float | None:
        """When `tick` is due; None when nothing is waited for."""
        if self.decided:
            return None
        times = [self._until, self._progress_at, self._undelivered_at()]
        return min(times)

    def tick(self, now: float) -> list[Order]:
        """Time has passed."""
        if self.decided:
            return []
        if self._undelivered_at() <= now and self._current is not None:
            self._current.sent_at = None  # stays answerable
            return self._next(now)
        if self._until <= now:
            return self._next(now)
        if self._progress_at <= now:
            return [self._still(now)]
        return []

    def sent(self, step: int, now: float) -> list[Order]:
        """WhatsApp has taken the message; delivered is another thing."""
        if not self.decided and self._steps[step].state is _State.OPEN:
            self._steps[step].sent_at = now
            self._reached = True
        return []

    def refused(self, step: int, now: float, *, maybe_sent: bool = False) -> list[Order]:
        """The message could not be sent, or not for sure: the next way is taken at once."""
        if self.decided:
            return []
        if maybe_sent:
            self._reached = True
        else:
            self._steps[step].state = _State.OVER
        return self._next_after(step, now)

    def status(self, step: int, status: str, now: float) -> list[Order]:
        """What is told of a message: `delivered`, `read`, `failed` or `undeliverable`."""
        if self.decided or self._steps[step].state is not _State.OPEN:
            return []
        if status in ("delivered", "read"):
            self._steps[step].sent_at = None
            return []
        self._steps[step].state = _State.OVER
        return self._next_after(step, now)

    def answer(self, step: int, answer: str) -> list[Order]:
        """A resident has answered: approve, refuse or talk (talked, and pressed nothing).

        Nothing follows from it when it has been decided before. A message that was said to have
        failed has arrived after all when it is answered.
        """
        if self.decided or self._steps[step].state is _State.IDLE:
            return []
        outcome = _ANSWERS[answer]
        then = self._otherwise if outcome == "talked" else None
        return self._decide(Decided(outcome, step, self._steps[step].contact, then))

    def talking(self, step: int, now: float) -> list[Order]:
        """The resident talks to the visitor: no other step begins meanwhile."""
        if not self.decided and self._steps[step].state is _State.OPEN:
            self._steps[step].state = _State.TALKING
            self._current = self._steps[step]
            self._until = now + ASK_TALK_SECONDS
            self._progress_at = inf
        return []

    def call_result(self, step: int, answer: str | None, now: float) -> list[Order]:
        """A call to a resident has ended; None: nobody answered, or nobody pressed a key."""
        if self.decided:
            return []
        if answer is not None:
            return self.answer(step, answer)
        self._steps[step].state = _State.OVER
        return self._next_after(step, now)

    def visitor_left(self) -> list[Order]:
        """There is nobody to open for any more."""
        return [] if self.decided else self._decide(Decided("left"))

    # -- steps

    def _next_after(self, step: int, now: float) -> list[Order]:
        """Go on if `step` is the one that is waited for."""
        if self._current is self._steps[step]:
            return self._next(now)
        return []

    def _next(self, now: float) -> list[Order]:
        upcoming = [step for step in self._steps if step.state is _State.IDLE]
        if not upcoming:
            return self._decide(self._nobody())
        step = self._current = upcoming[0]
        step.state = _State.OPEN
        self._until = now + step.wait
        self._progress_at = now + ASK_PROGRESS_SECONDS
        first = step.number == 0
        if step.by == "whatsapp":
            word = "asking_by_message" if first else "asking_by_message_next"
            return [SendWhatsApp(step.number, step.contact), Progress(word)]
        self._reached = True
        word = "asking_by_call" if first else "asking_by_call_next"
        return [CallResident(step.number, step.contact, step.wait), Progress(word)]

    def _undelivered_at(self) -> float:
        """When the current step's message counts as undelivered; never for the last step."""
        step = self._current
        if step is None or step.sent_at is None or step is self._steps[-1]:
            return inf
        return step.sent_at + ASK_DELIVERED_SECONDS

    def _still(self, now: float) -> Progress:
        self._progress_at = now + ASK_PROGRESS_SECONDS
        return Progress(_STILL[next(self._numbers) % len(_STILL)])

    def _nobody(self) -> Decided:
        return Decided("no_answer" if self._reached else "unreachable", then=self._otherwise)

    def _decide(self, decided: Decided) -> list[Order]:
        self.decided = decided
        return [decided]


def _reachable(step: AskStep, contacts: Mapping[int, Contact]) -> bool:
    contact = contacts.get(step.contact)
    if contact is None:
        return False
    return bool(contact.whatsapp if step.by == "whatsapp" else contact.extension)
