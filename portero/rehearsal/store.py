"""The registry without a thread: a rehearsal has no reactor, and nobody waits beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred

from portero.registry.store import Registry

T = TypeVar("T")


class InlineStore:
    """Does each job at once."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def run(self, job: Callable[..., T], *args: Any, **kwargs: Any) -> Deferred[T]:
        """`Registry.run`, here and now."""
        return maybeDeferred(self._registry.work, job, *args, **kwargs)


class InlineRegistry(Registry):
    """A registry in memory that does each job at once, for the embedded backend too."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        super().__init__("sqlite://", now=now)

    def copy_from(self, other: InlineRegistry) -> None:
        """Begin with all that `other` has: making tables and reading a file takes longer."""
        mine, theirs = self._connection(), other._connection()
        theirs.driver_connection.backup(mine.driver_connection)
        theirs.close()
        mine.close()

    def _connection(self) -> Any:
        return self._database.engine.raw_connection()

    def _defer(self, job: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]:
        return maybeDeferred(job, *args, **kwargs)
