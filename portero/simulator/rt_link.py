"""What the parts of one Realtime session share: sending, ids, timers and the record of it all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from portero.simulator.rt_checking import Refusal

Event = dict[str, Any]


class Wire(Protocol):
    """The connection under a session."""

    def send(self, payload: bytes, *, binary: bool = False) -> None:
        """Send one frame."""

    def close(self, code: int, reason: str) -> None:
        """Close with a code and a reason."""

    def abort(self) -> None:
        """Drop the TCP connection: the client sees 1006."""


@dataclass(slots=True)
class Record:
    """What a session saw, for tests: events, each with the clock's seconds.

    ``violations``: what a well-behaved client does not do.
    """

    received: list[tuple[float, Event]] = field(default_factory=list)
    sent: list[tuple[float, Event]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


class Link:
    """Sends events, hands out ids, and owns every timer of its session."""

    def __init__(self, wire: Wire, clock: IReactorTime, *, serial: int, keep: bool) -> None:
        self.wire = wire
        self.clock = clock
        self.record = Record()
        self._serial = serial
        self._keep = keep
        self._ids = 0
        self._timers: set[IDelayedCall] = set()
        self._open = True

    def new_id(self, prefix: str) -> str:
        """An id that no other session of this server uses."""
        self._ids += 1
        return f"{prefix}_{self._serial:03d}{self._ids:06d}"

    def send(self, kind: str, /, **fields: Any) -> None:
        """Send one event."""
        if not self._open:
            return
        event = {"type": kind, "event_id": self.new_id("event"), **fields}
        if self._keep:
            self.record.sent.append((self.clock.seconds(), event))
        self.wire.send(msgspec.json.encode(event))

    def received(self, event: Event) -> None:
        """Note a client's event."""
        if self._keep:
            self.record.received.append((self.clock.seconds(), event))

    def refuse(self, refusal: Refusal, event_id: str | None) -> None:
        """Answer a bad client event."""
        self.send_error(
            "invalid_request_error",
            refusal.code,
            refusal.message,
            param=refusal.param,
            event_id=None if refusal.race else event_id,
        )

    def send_error(
        self,
        kind: str,
        code: str,
        message: str,
        *,
        param: str | None = None,
        event_id: str | None = None,
    ) -> None:
        """Send an ``error`` event."""
        error = {"type": kind, "code": code, "message": message}
        self.send("error", error={**error, "param": param, "event_id": event_id})

    def later(self, seconds: float, act: Callable[[], object]) -> IDelayedCall:
        """Call ``act`` after some time, unless the session ends before."""

        def run() -> None:
            self._timers.discard(timer)
            act()

        timer: IDelayedCall = self.clock.callLater(seconds, run)
        self._timers.add(timer)
        return timer

    def close(self) -> None:
        """Nothing is sent from here on, and no timer is left."""
        self._open = False
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
