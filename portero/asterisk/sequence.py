"""StarPy's `InSequence`: one thing after the other, for those who don't write `await`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.failure import Failure


class InSequence:
    """Functions to be called one by one; what they return is waited for."""

    def __init__(self) -> None:
        self.actions: list[Callable[[], Any]] = []
        self.results: list[Any] = []

    def append(self, function: Callable[..., Any], *args: Any, **named: Any) -> None:
        """Add a function to the end."""
        self.actions.append(lambda: function(*args, **named))

    def __call__(self) -> Deferred[list[Any]]:
        """Call them; fires with the list of results.

        The first failure ends it; that Failure has what came before it as `results`.
        """
        return Deferred.fromCoroutine(self._run()).addErrback(self._stopped)

    async def _run(self) -> list[Any]:
        for action in self.actions:
            self.results.append(await maybeDeferred(action))
        return self.results

    def _stopped(self, failure: Failure) -> Failure:
        failure.results = self.results  # type: ignore[attr-defined]
        return failure
