"""The silent alert: a guard is told that somebody at the gate is under duress."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from portero.asterisk.error import AGICommandFailure
from portero.asterisk.fastagi import FastAGIProtocol
from portero.call.prompts import Prompts, play, speak_as
from portero.limits import ALERT_ROUNDS


class Alert:
    """What the guard hears: on his own channel only, never where the visitor could hear it."""

    def __init__(self, prompts: Prompts, language: str) -> None:
        self._heard: Deferred[bool] = Deferred()
        self._prompts = prompts
        self._language = language
        self.ends_itself = False

    async def outcome(self) -> bool:
        """Whether he has heard it; known once it has been played to its end."""
        return await self._heard

    async def answered(self, agi: FastAGIProtocol) -> None:
        """Say it, and again; any key ends that."""
        self.ends_itself = True
        try:
            await speak_as(agi, self._language)
            files = await self._prompts.files("duress", self._language)
            for _ in range(ALERT_ROUNDS):
                pressed = await play(agi, files, "0123456789*#")
                self._settle(True)
                if pressed:
                    return
        except AGICommandFailure:
            self._settle(False)

    def gone(self) -> None:
        """The guard's phone is on the hook again."""
        self._settle(False)

    def _settle(self, heard: bool) -> None:
        if not self._heard.called:
            self._heard.callback(heard)
