"""The registry without a thread: a rehearsal has no reactor, and nobody waits beside it."""

from __future__ import annotations

from collections.abc import Callable
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
    """A registry that does each job at once, for the embedded backend."""

    def _defer(self, job: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]:
        return maybeDeferred(job, *args, **kwargs)
