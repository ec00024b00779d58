"""A device that has locked us out, or soon would: it is left alone until it forgets."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from portero.errors import PorteroError


class DeviceLocked(PorteroError):
    """Nothing was sent, or nothing was taken: the device does not let portero in.

    seconds: how long it is left alone from now on.
    """

    def __init__(self, why: str, seconds: float) -> None:
        super().__init__(f"{why}; it is left alone for {seconds:.0f} s")
        self.why = why
        self.seconds = seconds


class Circuit:
    """Closed while requests may pass; `trip` opens it for some time, and `tell` is told once."""

    def __init__(self, clock: IReactorTime, tell: Callable[[DeviceLocked], None]) -> None:
        self._clock = clock
        self._tell = tell
        self._until = 0.0
        self._why = ""

    def trip(self, why: str, seconds: float) -> DeviceLocked:
        """Let nothing pass for `seconds`; the error for who has to be told."""
        now = self._clock.seconds()
        locked = DeviceLocked(why, seconds)
        if self._until <= now:
            self._tell(locked)
        self._until = max(self._until, now + seconds)
        self._why = why
        return locked

    def check(self) -> None:
        """Raises DeviceLocked while nothing may pass."""
        left = self._until - self._clock.seconds()
        if left > 0:
            raise DeviceLocked(self._why, left)
