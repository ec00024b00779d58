"""What many may wait for: each gets a Deferred of its own, and may cancel it."""

from __future__ import annotations

from twisted.internet.defer import Deferred


class Waiters:
    """Hands each caller a Deferred of its own, and fires all of them together."""

    def __init__(self) -> None:
        self._waiting: list[Deferred[None]] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def wait(self) -> Deferred[None]:
        """A Deferred that the next ``fire`` fires with None; who stops waiting may cancel it."""
        waiting: Deferred[None] = Deferred(self._waiting.remove)
        self._waiting.append(waiting)
        return waiting

    def fire(self) -> None:
        """Fire what was handed out until now."""
        waiting, self._waiting = self._waiting, []
        for deferred in waiting:
            deferred.callback(None)


class Happening(Waiters):
    """Something that happens once: who asks afterwards need not wait."""

    def __init__(self) -> None:
        super().__init__()
        self.happened = False

    def wait(self) -> Deferred[None]:
        """A Deferred that fires when it happens, at once if it has happened."""
        waiting = super().wait()
        if self.happened:
            self.fire()
        return waiting

    def fire(self) -> None:
        """It happens now; later calls change nothing."""
        self.happened = True
        super().fire()
