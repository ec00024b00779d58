"""The log of one call: every line carries the call's id and tenant."""

from __future__ import annotations

from typing import Any

from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure


class CallLog:
    """A ``Logger`` that is bound to a call; fields ``call`` and ``tenant`` are on every event."""

    _logger = Logger("portero.call")

    def __init__(self, call_id: str, tenant: str, *, debugging: bool = False) -> None:
        self._fields = {"call": call_id, "tenant": tenant}
        self._debugging = debugging

    def debug(self, text: str, /, **fields: Any) -> None:
        """For who hunts a fault: written with ``DEBUG=true`` only (twistd writes every level)."""
        if self._debugging:
            self._emit(LogLevel.debug, text, fields)

    def info(self, text: str, /, **fields: Any) -> None:
        """One step of the call."""
        self._emit(LogLevel.info, text, fields)

    def warn(self, text: str, /, **fields: Any) -> None:
        """Something went wrong that the call survives."""
        self._emit(LogLevel.warn, text, fields)

    def error(self, text: str, /, **fields: Any) -> None:
        """Something went wrong that ends this call, or a part of it."""
        self._emit(LogLevel.error, text, fields)

    def failure(self, text: str, failure: Failure, /) -> None:
        """A defect of ours: with its traceback."""
        self._logger.failure("[{call}] " + text, failure, LogLevel.critical, **self._fields)

    def _emit(self, level: Any, text: str, fields: dict[str, Any]) -> None:
        self._logger.emit(level, "[{call}] " + text, **{**fields, **self._fields})
