"""A session lives an hour at most: the next one is set up beside it, and takes over unheard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

from portero.call.reconnect import Ears
from portero.limits import (
    REALTIME_CONNECT_SECONDS,
    REALTIME_SESSION_SECONDS,
    ROLLOVER_AGAIN_SECONDS,
    ROLLOVER_LAST_SECONDS,
    ROLLOVER_LOOK_SECONDS,
    ROLLOVER_SECONDS,
)
from portero.realtime import conversation as talk
from portero.realtime.client import Lost, RealtimeConnection, RealtimeListener


class Rollover:
    """When to move on: in a quiet moment of the last two minutes, or else shortly before the end.

    `now`: seconds of the epoch. `quiet`: nobody would notice. `move`: set the next session up;
    `forced` when it can't be put off any longer.
    """

    def __init__(
        self,
        clock: IReactorTime,
        now: Callable[[], float],
        *,
        quiet: Callable[[], bool],
        move: Callable[[bool], None],
    ) -> None:
        self._clock = clock
        self._now = now
        self._quiet = quiet
        self._move = move
        self._last_chance = 0.0
        self._next: IDelayedCall | None = None

    def session_began(self, expires_at: float | None) -> None:
        """The end of this one counts; one that is past, or too near, is a clock that is wrong."""
        left = REALTIME_SESSION_SECONDS if expires_at is None else expires_at - self._now()
        if left <= ROLLOVER_SECONDS:
            left = REALTIME_SESSION_SECONDS
        self._last_chance = self._clock.seconds() + left - ROLLOVER_LAST_SECONDS
        self._after(left - ROLLOVER_SECONDS)

    def failed(self) -> None:
        """It did not work out: this session goes on, and it is tried again."""
        self._after(ROLLOVER_AGAIN_SECONDS)

    def stop(self) -> None:
        """No more."""
        waiting, self._next = self._next, None
        if waiting is not None and waiting.active():
            waiting.cancel()

    def _after(self, seconds: float) -> None:
        self.stop()
        self._next = self._clock.callLater(seconds, self._look)

    def _look(self) -> None:
        forced = self._clock.seconds() >= self._last_chance
        if forced or self._quiet():
            self._next = None
            self._move(forced)
        else:
            self._after(ROLLOVER_LOOK_SECONDS)


class Successor:
    """The next session, until it is ready: nothing of it reaches the visitor before.

    `begin`: makes its conversation once the server has taken us; None when it is no longer wanted.
    `ready`: takes over, with the orders that are left. `failed`: why not, in words.
    """

    def __init__(
        self,
        clock: IReactorTime,
        connect: Callable[[RealtimeListener], Deferred[RealtimeConnection]],
        *,
        begin: Callable[[], talk.Conversation | None],
        ready: Callable[[list[talk.Order]], None],
        failed: Callable[[str], None],
    ) -> None:
        self.ears = Ears(self._event_received, self._connection_lost)
        self.connection: RealtimeConnection | None = None
        self.conversation: talk.Conversation | None = None
        self._begin = begin
        self._ready = ready
        self._failed = failed
        self._clock = clock
        self._connect = connect
        self._late: IDelayedCall | None = None
        self._connecting: Deferred[None] | None = None

    def start(self) -> None:
        """Connect; whatever comes of it is told."""
        self._late = self._clock.callLater(REALTIME_CONNECT_SECONDS, self._fail, "it is too slow")
        opening = self._connect(self.ears)
        self._connecting = opening.addCallbacks(self._connected, self._not_connected)

    def close(self) -> None:
        """Give it up."""
        self._stop_waiting()
        self.ears.close()
        if self.connection is not None:
            self.connection.close()
        if self._connecting is not None:
            self._connecting.cancel()

    def obey(self, orders: list[talk.Order]) -> None:
        """What its conversation wants, as far as that does not touch the visitor."""
        for number, order in enumerate(orders):
            match order:
                case talk.Send(event):
                    if self.connection is not None:
                        self.connection.send(event)
                case talk.Failed(code, message, True):
                    self._fail(f"{code}: {message}")
                    return
                case talk.Ready():
                    self._stop_waiting()
                    self._ready(orders[number:])
                    return

    def _connected(self, connection: RealtimeConnection) -> None:
        self.connection = connection
        self.conversation = self._begin()
        if self.conversation is None:
            self._fail("somebody speaks again")
        else:
            self.obey(self.conversation.connected())

    def _not_connected(self, failure: Failure) -> None:
        if not failure.check(CancelledError):
            self._fail(str(failure.value))

    def _event_received(self, event: dict[str, Any]) -> None:
        if self.conversation is not None:
            self.obey(self.conversation.receive(event))

    def _connection_lost(self, lost: Lost) -> None:
        self._fail(str(lost))

    def _fail(self, why: str) -> None:
        self.close()
        self._failed(why)

    def _stop_waiting(self) -> None:
        late, self._late = self._late, None
        if late is not None and late.active():
            late.cancel()
