"""Stopping in good order: no new calls, those inside may end, then the process does."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import TimeoutError as PatienceLost
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from portero.call import FrontDesk
from portero.limits import STOP_SECONDS
from portero.service.supervisor import Supervisor


class Draining:
    """Waits for the calls inside; `end` ends the process, and with it what is still inside."""

    _log = Logger()

    def __init__(
        self,
        desk: FrontDesk,
        supervisor: Supervisor,
        *,
        seconds: Callable[[], float],
        clock: IReactorTime,
        end: Callable[[], None],
    ) -> None:
        self.begun = False
        self._ended = False
        self._desk = desk
        self._supervisor = supervisor
        self._seconds = seconds
        self._clock = clock
        self._end = end

    def begin(self) -> None:
        """Take no more calls; asked for a second time, end at once."""
        if self.begun:
            self._log.warn("asked to stop again: {n} calls end now", n=self._desk.calls)
            self._finish(None)
            return
        self.begun = True
        seconds = self._seconds()
        self._supervisor.stopping(f"draining: {self._desk.calls} calls", seconds + 2 * STOP_SECONDS)
        self._log.info(
            "no more calls are taken; {n} may go on for {s:g} s, then they go to the guard",
            n=self._desk.calls,
            s=seconds,
        )
        empty = self._desk.turn_away().addTimeout(seconds, self._clock)
        empty.addErrback(self._late).addCallback(self._finish)

    def over(self) -> None:
        """The process ends already, whoever ended it."""
        self.begun = self._ended = True

    def _late(self, failure: Failure) -> None:
        failure.trap(PatienceLost)
        self._log.warn("{n} calls go to the guard: their time is up", n=self._desk.calls)

    def _finish(self, _: None) -> None:
        if not self._ended:
            self._ended = True
            self._end()
