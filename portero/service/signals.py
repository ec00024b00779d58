"""SIGTERM and SIGINT drain, the second one ends at once; SIGHUP reloads."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any


def take_signals(reactor: Any, *, drain: Callable[[], None], reload: Callable[[], None]) -> None:
    """Handle them from the time that the reactor runs: then it has set its own handlers.

    With ours the process ends with status 0 after a stop that was asked for. SIGHUP is taken at
    once: systemd may send it as soon as it has heard READY=1, and untaken it ends the process.
    """
    wanted = {signal.SIGTERM: drain, signal.SIGINT: drain, signal.SIGHUP: reload}

    def caught(number: int, _frame: FrameType | None) -> None:
        reactor.callFromThread(wanted[signal.Signals(number)])

    def install() -> None:
        for number in wanted:
            signal.signal(number, caught)

    signal.signal(signal.SIGHUP, caught)
    reactor.callWhenRunning(install)
