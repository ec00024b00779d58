"""What the Realtime stand-in can be told to do wrong (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from portero.errors import PorteroError


class FaultKind(StrEnum):
    """One thing that goes wrong; the value is its name in scripts and on the command line."""

    # At the connection (reference 1.4).
    REFUSE = "refuse"  # the TCP connection is closed at once
    HTTP_401 = "http-401"
    HTTP_429 = "http-429"
    HTTP_503 = "http-503"
    INVALID_KEY = "invalid-key"  # upgrade, error event, close 3000
    ADMISSION = "close-4000"  # upgrade, error event, close 4000
    MUTE = "mute"  # upgrade, and not a word
    # In the place of a response, or in the middle of it.
    RATE_LIMIT = "rate-limit"  # response failed, rate_limit_exceeded
    SERVER_ERROR = "server-error"  # response failed, server_error
    ERROR_EVENT = "error-event"  # an error event of type server_error, and no response
    SILENCE = "silence"  # accepts and never answers
    SLOW = "slow"  # the first sound comes late
    DROP = "drop"  # 1006 in the middle of the sound
    EXPIRE = "expire"  # error session_expired, close 1001
    GARBAGE = "garbage"  # frames that are no events, then the response
    NO_CREATED = "no-created"  # response.done without response.created


CONNECTION_FAULTS: Final = frozenset(
    {
        FaultKind.REFUSE,
        FaultKind.HTTP_401,
        FaultKind.HTTP_429,
        FaultKind.HTTP_503,
        FaultKind.INVALID_KEY,
        FaultKind.ADMISSION,
        FaultKind.MUTE,
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, how often it strikes (None: always) and, for ``slow``, how late in seconds."""

    kind: FaultKind
    times: int | None = None
    seconds: float = 5.0

    @classmethod
    def parse(cls, text: str) -> Fault:
        """``NAME`` or ``NAME:TIMES``, as the command line takes it; raises PorteroError."""
        name, _, times = text.partition(":")
        if name not in set(FaultKind):
            known = ", ".join(FaultKind)
            raise PorteroError(f"no fault is called {name!r}; there are: {known}")
        if times and not times.isdecimal():
            raise PorteroError(f"{text!r}: after the colon comes how often, a whole number")
        return cls(FaultKind(name), int(times) if times else None)


class FaultPlan:
    """The faults of a server: hands out each as often as it may strike."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._left = [(fault, fault.times) for fault in faults]

    def next_at_connection(self) -> Fault | None:
        """The fault that this connection meets, if any."""
        return self._take(at_connection=True)

    def next_at_response(self) -> Fault | None:
        """The fault that this response meets, if any."""
        return self._take(at_connection=False)

    def _take(self, *, at_connection: bool) -> Fault | None:
        for index, (fault, left) in enumerate(self._left):
            if (fault.kind in CONNECTION_FAULTS) is at_connection and left != 0:
                self._left[index] = (fault, None if left is None else left - 1)
                return fault
        return None
