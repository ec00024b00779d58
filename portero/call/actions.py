"""What the doorman may do to the visitor's call: the call room's part of `doorman.actions`."""

from __future__ import annotations

import json
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as PatienceLost
from twisted.internet.interfaces import IReactorTime

from portero import messages
from portero.asterisk.managerservice import ManagerService
from portero.call.agent import Agent
from portero.call.calllog import CallLog
from portero.call.digits import play_digits
from portero.call.outcome import Ending, Goodbye, ToPerson, ToResident
from portero.config.settings import GuardSettings, TenantSettings
from portero.limits import LAST_WORD_SECONDS


class ActionsHost(Protocol):
    """The call that is acted on."""

    @property
    def agent(self) -> Agent:
        """Who speaks to the visitor."""

    def end(self, ending: Ending) -> None:
        """End the talk with the agent."""

    def leave(self, ending: Ending) -> Deferred[bool]:
        """End the talk for a while; fires when the visitor is back: whether somebody was there."""


class VisitorActions:
    """Fulfils `portero.doorman.actions.CallActions` for one call."""

    def __init__(
        self,
        host: ActionsHost,
        tenant: TenantSettings,
        manager: ManagerService,
        *,
        channel: str,
        clock: IReactorTime,
        log: CallLog,
        language: str,
    ) -> None:
        self._host = host
        self._tenant = tenant
        self._manager = manager
        self._channel = channel
        self._clock = clock
        self._log = log
        self._language = language

    async def transfer_to_guard(self, reason: str) -> str:
        """Hand the visitor over once the agent has spoken; returns only if no guard answers."""
        if self._tenant.guard is None:
            return self._answer("transferred", "no_guard")
        self._log.info("the agent hands over: {reason}", reason=reason)
        return await self._hand_over(self._tenant.guard)

    async def transfer(self, extension: str, context: str, ring_seconds: float) -> str:
        """Likewise, to another extension of the settings."""
        person = GuardSettings(extension=extension, context=context, ring_seconds=ring_seconds)
        return await self._hand_over(person)

    async def hang_up(self, reason: str) -> str:
        """End the call once the goodbye has been played, unless the visitor breaks in."""
        if not await self._last_word("say_goodbye"):
            return self._answer("ended", "visitor_speaks")
        self._log.info("the agent hangs up: {reason}", reason=reason)
        self._host.end(Goodbye())
        return json.dumps({"ended": True})

    async def send_digits(self, digits: str, tone_ms: int, gap_ms: int) -> bool:
        """Play DTMF into the visitor's channel, which is the intercom's."""
        return await play_digits(
            self._manager,
            self._channel,
            digits,
            tone_ms=tone_ms,
            gap_ms=gap_ms,
            clock=self._clock,
        )

    def say(self, instructions: str, purpose: str) -> None:
        """Have the agent speak, unless it does already."""
        if not self._host.agent.speaking:
            self._host.agent.say(instructions, purpose=purpose)

    async def talk_with(self, channel: str) -> bool:
        """Join the visitor with a resident; returns when they have finished."""
        return await self._host.leave(ToResident(channel))

    async def _hand_over(self, person: GuardSettings) -> str:
        await self._last_word("announce_guard")
        await self._host.leave(ToPerson(person))
        return self._answer("transferred", "guard_no_answer")

    async def _last_word(self, missing: str) -> bool:
        """Let the agent finish; one that said nothing is told to say `missing` first."""
        agent = self._host.agent
        if not agent.has_spoken:
            agent.say(messages.text(missing, self._language), purpose=missing)
        waiting = Deferred.fromCoroutine(agent.last_word())
        waiting.addTimeout(LAST_WORD_SECONDS, self._clock)
        try:
            return await waiting
        except PatienceLost:
            return True

    def _answer(self, what: str, message: str) -> str:
        """A tool's answer that says no."""
        output = {what: False, "message": messages.text(message, self._language)}
        return json.dumps(output, ensure_ascii=False)
