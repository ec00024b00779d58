"""Signals that come early."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

from portero.service.signals import take_signals


class Reactor:
    """Does not run yet."""

    def __init__(self) -> None:
        self.asked: list[Callable[[], None]] = []

    def callFromThread(self, wanted: Callable[[], None]) -> None:
        self.asked.append(wanted)

    def callWhenRunning(self, wanted: Callable[[], Any]) -> None: ...


def test_a_reload_that_is_asked_for_before_the_reactor_runs_waits_for_it() -> None:
    reactor, before = Reactor(), signal.getsignal(signal.SIGHUP)
    signal.signal(signal.SIGHUP, lambda *_: None)  # the default would end the tests, too

    def drain() -> None: ...

    def reload() -> None: ...

    try:
        take_signals(reactor, drain=drain, reload=reload)
        signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert reactor.asked == [reload]
