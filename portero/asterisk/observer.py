"""Something that happens once, and that many may wait for."""

from __future__ import annotations

from twisted.internet.defer import Deferred


class Happening:
    """Hands each caller a Deferred of its own; all of them fire with None when it happens."""

    def __init__(self) -> None:
        self.happened = False
        self._waiting: list[Deferred[None]] = []

    def wait(self) -> Deferred[None]:
        """Fires when it happens, at once if it has; who stops waiting may cancel it."""
        waiting: Deferred[None] = Deferred(self._waiting.remove)
        if self.happened:
            waiting.callback(None)
        else:
            self._waiting.append(waiting)
        return waiting

    def fire(self) -> None:
        """It happens now; later calls change nothing."""
        self.happened = True
        waiting, self._waiting = self._waiting, []
        for deferred in waiting:
            deferred.callback(None)
