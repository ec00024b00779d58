"""The visitor's keys, as Asterisk tells of them."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from portero.asterisk.amievents import AMIEvents
from portero.asterisk.amiwire import Message
from portero.doorman.keys import Keys, Typed


class Keypad:
    """Listens for the keys of one channel until it is closed; no key is ever logged.

    `unique_id`: of the visitor's channel. Asterisk tells of each key four times: as it is pressed
    and released, received from the visitor and sent to the media leg (asterisk.md). Only the
    release on the visitor's own channel counts.
    """

    def __init__(
        self,
        manager: AMIEvents,
        unique_id: str,
        clock: IReactorTime,
        *,
        pause: float,
        on_typed: Callable[[Typed], object],
    ) -> None:
        self._manager = manager
        self._unique_id = unique_id
        self._clock = clock
        self._keys = Keys(pause)
        self._on_typed = on_typed
        manager.registerEvent("DTMFEnd", self._released)

    def close(self) -> None:
        """Listen no more; closing twice does nothing."""
        self._manager.deregisterEvent("DTMFEnd", self._released)

    def _released(self, _: object, event: Message) -> None:
        if event.get("uniqueid") != self._unique_id or event.get("direction") != "Received":
            return
        for happened in self._keys.press(event.get("digit", ""), self._clock.seconds()):
            if isinstance(happened, Typed):
                self._on_typed(happened)
