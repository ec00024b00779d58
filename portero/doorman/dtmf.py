"""Gates that an intercom opens when it hears a code in its own call."""

from __future__ import annotations

from portero.config.settings import GateSettings
from portero.doorman.actions import CallActions
from portero.doorman.gates import Acknowledgement, GateOrder, Outcome
from portero.errors import PorteroError


class DigitsCut(PorteroError):
    """Some digits may have been played, and not all: nobody knows what the intercom made of it."""


class DtmfGate:
    """Plays the code into the visitor's own call; tones have no answer, so it is never confirmed.

    An instance belongs to one call.
    """

    def __init__(self, settings: GateSettings, actions: CallActions) -> None:
        self._digits = settings.digits
        self._tone_ms = settings.tone_ms
        self._gap_ms = settings.gap_ms
        self._actions = actions

    async def open(self, order: GateOrder) -> Acknowledgement:
        """Play the code once."""
        try:
            sent = await self._actions.send_digits(
                self._digits.get_secret_value(), self._tone_ms, self._gap_ms
            )
        except DigitsCut:
            return Acknowledgement(Outcome.UNCONFIRMED, "the tones were cut short")
        if not sent:
            return Acknowledgement(Outcome.FAILED, "the intercom's call is gone")
        return Acknowledgement(Outcome.UNCONFIRMED, "tones sent")
