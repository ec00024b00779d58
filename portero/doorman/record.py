"""One call's part of the ledger, and the registry behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from portero.errors import PorteroError
from portero.registry import ledger

T = TypeVar("T")


class Store(Protocol):
    """Runs jobs on the registry's database: `Registry`, or what a rehearsal puts in its place."""

    def run(self, job: Callable[..., T], *args: Any, **kwargs: Any) -> Deferred[T]:
        """`job(connection, ...)` in a transaction of its own."""


class CallRecord:
    """Writes the ledger of one call. `now`: the wall clock, seconds of the epoch."""

    log = Logger()

    def __init__(
        self, store: Store, tenant: str, call_id: str, caller: str, *, now: Callable[[], float]
    ) -> None:
        self.store = store
        self.tenant = tenant
        self.call_id = call_id
        self.caller = caller
        self._now = now

    def moment(self) -> datetime:
        """The wall clock as the registry takes it."""
        return datetime.fromtimestamp(self._now(), UTC)

    async def write(self, kind: str, body: Mapping[str, Any]) -> None:
        """Append an entry; raises what the registry raises: without a record nothing is opened."""
        await self.store.run(
            ledger.append, self.tenant, kind, self.call_id, dict(body), self.moment()
        )

    def note(self, kind: str, body: Mapping[str, Any]) -> None:
        """Append an entry that nothing depends on; a failure is one line in the log."""
        writing = Deferred.fromCoroutine(self.write(kind, body))
        writing.addErrback(self._lost, kind)

    def _lost(self, failure: Any, kind: str) -> None:
        if failure.check(PorteroError):
            self.log.error(
                "[{call}] the ledger of {tenant} lost an entry ({kind}): {error}",
                call=self.call_id,
                tenant=self.tenant,
                kind=kind,
                error=failure.value,
            )
        else:
            self.log.failure("[{call}] writing the ledger", failure, call=self.call_id)
