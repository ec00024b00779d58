"""How late the event loop is: sound that waits behind slow work is heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portero.limits import REACTOR_LAG_SECONDS


class LagMeter:
    """Looks at the clock every `REACTOR_LAG_SECONDS`, and tells how much later than that it was."""

    def __init__(self, observe: Callable[[float], None], clock: Any) -> None:
        self._observe = observe
        self._clock = clock
        self._timer: Any = None
        self._due = 0.0

    def start(self) -> None:
        """Look from now on."""
        self._due = self._clock.seconds() + REACTOR_LAG_SECONDS
        self._timer = self._clock.callLater(REACTOR_LAG_SECONDS, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _look(self) -> None:
        self._observe(max(0.0, self._clock.seconds() - self._due))
        self.start()
