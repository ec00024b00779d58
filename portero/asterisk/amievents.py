"""Who wants to hear of AMI events (StarPy's `registerEvent`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.logger import Logger

from portero.asterisk.amiwire import Message

EventHandler = Callable[[Any, Message], object]
"""Called with the owner of the handlers, a session or a service, and the event."""

EventNames = str | tuple[str | None, ...] | None
"""The name of an event, several names, or None for every event."""


class AMIEvents:
    """Mixed into what gets events."""

    _log = Logger()

    def __init__(self) -> None:
        self._handlers: dict[str | None, list[EventHandler]] = {}

    def registerEvent(self, event: EventNames, function: EventHandler) -> None:
        """Call `function(self, event)` for each event of that name."""
        for name in _names(event):
            self._handlers.setdefault(name, []).append(function)

    def deregisterEvent(self, event: EventNames, function: EventHandler | None = None) -> bool:
        """Call `function` no more, or without one, nobody; False if a name had no such handler."""
        known = [self._remove_handlers(name, function) for name in _names(event)]
        return all(known)

    def dispatch(self, event: Message) -> None:
        """Tell everybody; a handler that fails is logged, and the others still hear of it."""
        name = event["event"]
        for handler in (*self._handlers.get(name, ()), *self._handlers.get(None, ())):
            try:
                handler(self, event)
            except Exception:
                self._log.failure("an AMI handler of {name} failed", name=name)

    def _remove_handlers(self, name: str | None, function: EventHandler | None) -> bool:
        handlers = self._handlers.pop(name, [])
        kept = [handler for handler in handlers if function not in (None, handler)]
        if kept:
            self._handlers[name] = kept
        return len(kept) < len(handlers)


def _names(event: EventNames) -> tuple[str | None, ...]:
    return event if isinstance(event, tuple) else (event,)
