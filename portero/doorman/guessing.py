"""How many names, units and plates are asked for: who knows whom he visits asks for few."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.logger import Logger

from portero.config.keypad import GuessSettings
from portero.doorman.record import CallRecord
from portero.doorman.secrecy import guess_digest
from portero.errors import PorteroError
from portero.registry import guesses


class GuessBook:
    """Counts for one call, and for all calls of its caller number together.

    In a call every different question counts, whatever its answer was: if only those in vain did,
    being refused or not would tell which of them were right.
    """

    log = Logger()

    def __init__(self, settings: GuessSettings, record: CallRecord) -> None:
        self._settings = settings
        self._record = record
        self._asked: set[str] = set()
        self._told = False

    async def allows(self, tool: str, values: Mapping[str, Any]) -> bool:
        """Count a question before it is asked; False when there have been too many."""
        digest = guess_digest(tool, values, salt=self._record.tenant)
        self._asked.add(digest)
        if len(self._asked) > self._settings.per_call:
            return self._refuse("call")
        record = self._record
        try:
            in_vain = await record.store.run(
                guesses.recent, record.tenant, record.caller, record.moment()
            )
        except PorteroError as error:  # nothing opens without the registry, and it is back soon
            self.log.warn("[{call}] guesses not counted: {error}", call=record.call_id, error=error)
            return True
        return in_vain < self._settings.per_caller or self._refuse("caller")

    async def in_vain(self, tool: str, values: Mapping[str, Any]) -> None:
        """The question had no good answer: it counts for the caller number too."""
        record = self._record
        digest = guess_digest(tool, values, salt=record.tenant)
        try:
            await record.store.run(
                guesses.count,
                record.tenant,
                record.call_id,
                record.caller,
                digest,
                record.moment(),
            )
        except PorteroError as error:
            self.log.warn("[{call}] guess not counted: {error}", call=record.call_id, error=error)

    def _refuse(self, by: str) -> bool:
        if not self._told:
            self._told = True
            self._record.note("guess", {"refused_by": by, "asked": len(self._asked)})
            self.log.warn(
                "[{call}] {n} names, units or plates asked for: no more are answered ({by}; see "
                "guesses in config.yaml)",
                call=self._record.call_id,
                n=len(self._asked),
                by=by,
            )
        return False
