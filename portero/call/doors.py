"""What a visitor without the model may ask for by keys, as the doorman judges it."""

from __future__ import annotations

from typing import Final

from portero.call.fallback import Door
from portero.doorman import CallDoorman
from portero.doorman.keys import Typed

_OF_PIN: Final[dict[str, Door]] = {
    "opened": "gate_ordered",
    "refused": "gate_refused",
    "wrong": "pin_wrong",
    "failed": "gate_failed",
}
_OF_UNIT: Final[dict[str, Door]] = {
    "opened": "gate_ordered",
    "refused": "gate_refused",
    "failed": "gate_failed",
}


class CallDoors:
    """Fulfils `portero.call.fallback.Doors` for one call."""

    def __init__(self, doorman: CallDoorman) -> None:
        self._doorman = doorman

    async def open_by_pin(self, typed: Typed) -> Door:
        """Check what was typed, and ask for the gate it is for."""
        return _OF_PIN[(await self._doorman.typed(typed)).outcome]

    async def call_unit(self, unit: str) -> Door:
        """Ask the residents of a unit; one that does not exist reads as one that is not there."""
        return _OF_UNIT.get(await self._doorman.ask_unit(unit), "no_answer")
