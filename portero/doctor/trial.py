"""A Realtime session as a call would open it, with nobody at the gate: does it set up and speak?"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from portero.realtime import conversation as talk
from portero.realtime.client import Lost, RealtimeConnection, RealtimeListener
from portero.realtime.cost import Usage
from portero.realtime.session import BYTES_PER_MS, Setup

Connect = Callable[[RealtimeListener], Deferred[RealtimeConnection]]


@dataclass(slots=True)
class Outcome:
    """How far a session came. Times in seconds from the first byte sent; None: not so far.

    opened: WebSocket open. greeted: the server's session.created. set_up: it took what it was set
    up with. sound: the first of the agent. spoken_ms: length of all of it. failed: the server's
    own code and words. lost: it hung up. late: the time was up.
    """

    opened: float | None = None
    greeted: float | None = None
    set_up: float | None = None
    sound: float | None = None
    spoken_ms: float = 0.0
    usage: Usage = field(default_factory=Usage)
    failed: tuple[str, str] | None = None
    lost: Lost | None = None
    late: bool = False


async def try_session(
    connect: Connect, setup: Setup, *, clock: IReactorTime, seconds: float
) -> Outcome:
    """Open a session; with a greeting, until that is spoken, else until it is set up.

    Raises RealtimeError where no connection comes about.
    """
    trial = _Trial(setup, clock)
    connection = await connect(trial)
    trial.begin(connection, seconds)
    try:
        return await trial.over
    finally:
        trial.stop()
        await connection.close()


class _Trial:
    """The listener and the shell of one conversation."""

    def __init__(self, setup: Setup, clock: IReactorTime) -> None:
        self.over: Deferred[Outcome] = Deferred()
        self._outcome = Outcome()
        self._conversation = talk.Conversation(setup)
        self._speaks = setup.greeting is not None
        self._bytes_per_ms = BYTES_PER_MS[setup.output_format]
        self._clock = clock
        self._began = clock.seconds()
        self._connection: RealtimeConnection | None = None
        self._timers: list[IDelayedCall] = []

    def begin(self, connection: RealtimeConnection, seconds: float) -> None:
        """The connection is open."""
        self._connection = connection
        self._outcome.opened = self._passed
        self._timers.append(self._clock.callLater(seconds, self._late))
        self._obey(self._conversation.connected())

    def stop(self) -> None:
        """Nothing is waited for any more."""
        for timer in self._timers:
            if timer.active():
                timer.cancel()

    def event_received(self, event: dict[str, Any]) -> None:
        """See RealtimeListener."""
        match event.get("type"):
            case "session.created":
                self._outcome.greeted = self._passed
            case "session.updated" if self._outcome.set_up is None:
                self._outcome.set_up = self._passed
        self._obey(self._conversation.receive(event))

    def connection_lost(self, lost: Lost) -> None:
        """See RealtimeListener."""
        self._outcome.lost = lost
        self._end()

    @property
    def _passed(self) -> float:
        return self._clock.seconds() - self._began

    def _obey(self, orders: list[talk.Order]) -> None:
        todo = deque(orders)
        while todo and not self.over.called:
            self._obey_one(todo.popleft())

    def _obey_one(self, order: talk.Order) -> None:
        outcome = self._outcome
        match order:
            case talk.Send(event):
                assert self._connection is not None
                self._connection.send(event)
            case talk.Play(_, audio):
                outcome.sound = self._passed if outcome.sound is None else outcome.sound
                outcome.spoken_ms += len(audio) / self._bytes_per_ms
            case talk.Ready() if not self._speaks:
                self._end()
            case talk.Spent(usage):
                outcome.usage += usage
            case talk.ResponseDone(status=status) if _is_whole(status, outcome):
                outcome.failed = None  # the first try, perhaps; the second has worked
                self._end()
            case talk.Failed(code, message, fatal):
                outcome.failed = code, message
                if fatal:
                    self._end()
            case talk.Wait(seconds):
                self._timers.append(self._clock.callLater(seconds, self._go_on))

    def _go_on(self) -> None:
        self._obey(self._conversation.go_on())

    def _late(self) -> None:
        self._outcome.late = True
        self._end()

    def _end(self) -> None:
        if not self.over.called:
            self.over.callback(self._outcome)


def _is_whole(status: str, outcome: Outcome) -> bool:
    """Whether an answer is one; `incomplete` is what a low realtime.max_output_tokens cuts."""
    return status == "completed" or (status == "incomplete" and outcome.sound is not None)
