"""What happens in calls, told while it happens, to whoever listens (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Happened = Mapping[str, Any]
"""`event` (begin, refused, said, tool, verdict, opened, guard, end), `call`, `tenant`, `at` (ISO
8601), and what the event brings: `who` and `text`; `name`, `arguments`, `verdict`; `gate`;
`status`, `reason`, `seconds`, `cost_usd`; `channel`, `did`, `extension` of one that was refused,
whose `tenant` is empty where nobody has that number. No PINs, no duress words, no secrets."""


class Feed:
    """Hands what is published to every listener, in the order of their coming."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Happened], None]] = []

    def publish(self, happened: Happened) -> None:
        """Tell all listeners. They must not raise, and must not block."""
        for listener in tuple(self._listeners):
            listener(happened)

    def subscribe(self, listener: Callable[[Happened], None]) -> Callable[[], None]:
        """Listen from now on; the answer stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
