"""Gates that open when an extension is called: what opens them is in the installer's dialplan."""

from __future__ import annotations

from portero.config.settings import GateSettings
from portero.doorman.actions import Phone
from portero.doorman.gates import Acknowledgement, GateOrder, Outcome
from portero.limits import RING_SECONDS_MIN


class AsteriskGate:
    """Calls an extension, once.

    Never acknowledged: who answers proves that the dialplan got so far, not that anything moved.
    Never failed either: an extension may well switch a relay and hang up without answering.
    """

    def __init__(self, settings: GateSettings, phone: Phone) -> None:
        if settings.extension is None:
            raise ValueError("an asterisk gate needs an extension")
        self._extension = settings.extension
        self._context = settings.context
        self._ring_seconds = max(settings.timeout, RING_SECONDS_MIN)
        self._phone = phone

    async def open(self, order: GateOrder) -> Acknowledgement:
        """Call the extension and wait until it answers or gives up."""
        answered = await self._phone.originate(
            self._extension, self._context, ring_seconds=self._ring_seconds
        )
        detail = "the extension answered" if answered else "the extension did not answer"
        return Acknowledgement(Outcome.UNCONFIRMED, detail)
