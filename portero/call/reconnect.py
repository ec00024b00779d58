"""Opening a session again: how often, how soon, and until when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from portero.limits import (
    REALTIME_BACKOFF_SECONDS,
    REALTIME_RECONNECT_SECONDS,
    REALTIME_SETTLED_SECONDS,
)
from portero.realtime.client import Lost


class Ears:
    """Hears one connection (RealtimeListener), until nobody wants to hear of it any more."""

    def __init__(
        self, event: Callable[[dict[str, Any]], None], lost: Callable[[Lost], None]
    ) -> None:
        self._event = event
        self._lost = lost
        self._open = True

    def event_received(self, event: dict[str, Any]) -> None:
        """One server event, decoded."""
        if self._open:
            self._event(event)

    def connection_lost(self, lost: Lost) -> None:
        """The server is gone, whoever closed."""
        if self._open:
            self._lost(lost)

    def turn_to(
        self, event: Callable[[dict[str, Any]], None], lost: Callable[[Lost], None]
    ) -> None:
        """Tell somebody else from now on."""
        self._event, self._lost = event, lost

    def close(self) -> None:
        """Hear no more."""
        self._open = False


class Reconnect:
    """At once, then after 0.5 s, 1 s ...; `tries` times, within REALTIME_RECONNECT_SECONDS.

    `dial`: opens a connection. `fail`: nothing helped; gets the reason of the last failure.
    """

    def __init__(
        self,
        clock: IReactorTime,
        tries: int,
        *,
        dial: Callable[[], None],
        fail: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._tries = tries
        self._dial = dial
        self._fail = fail
        self._done = 0
        self._next: IDelayedCall | None = None
        self._deadline: IDelayedCall | None = None
        self._settling: IDelayedCall | None = None

    @property
    def trying(self) -> bool:
        """Is a broken session being replaced?"""
        return self._done > 0

    def again(self, reason: str) -> None:
        """Try once more, or give up."""
        if self._settling is not None and self._settling.active():
            self._settling.cancel()
        if self._done >= self._tries:
            self.stop()
            self._fail(reason)
            return
        if self._deadline is None:
            late = REALTIME_RECONNECT_SECONDS
            self._deadline = self._clock.callLater(late, self._late, reason)
        wait = REALTIME_BACKOFF_SECONDS * 2 ** (self._done - 1) if self._done else 0
        self._done += 1
        self._next = self._clock.callLater(wait, self._dial)

    def worked(self) -> None:
        """A session is set up; if it lasts, the next one that breaks has all tries again."""
        self.stop()
        if self._done:
            self._settling = self._clock.callLater(REALTIME_SETTLED_SECONDS, self._settled)

    def stop(self) -> None:
        """Try no more."""
        for timer in (self._next, self._deadline, self._settling):
            if timer is not None and timer.active():
                timer.cancel()
        self._next = self._deadline = self._settling = None

    def _settled(self) -> None:
        self._done = 0

    def _late(self, reason: str) -> None:
        self.stop()
        self._fail(reason)
