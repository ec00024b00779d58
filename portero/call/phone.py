"""Calls that portero makes itself: to residents, to guards, to extensions that open a gate."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from portero.asterisk.amiwire import Message
from portero.asterisk.error import AMICommandFailure, AMIPermissionDenied
from portero.asterisk.fastagi import FastAGIProtocol
from portero.asterisk.managerservice import ManagerService
from portero.call.alert import Alert
from portero.call.prompts import Prompts, play, speak_as
from portero.call.residentcall import Question
from portero.config.settings import FastAGISettings
from portero.doorman.actions import Answer, CallActions, ResidentCall
from portero.limits import ALERT_RING_SECONDS, ORIGINATED_SECONDS, RESIDENT_STRAY_SECONDS

T = TypeVar("T")

CONTEXT: Final = "portero-resident"
TOKEN: Final = "PORTERO_QUESTION"
URL: Final = "PORTERO_RESIDENT_URL"  # the dialplan's global of that name, for one call
_NO_RIGHT: Final = (
    "the AMI user may not call out; it needs write=call,reporting,originate "
    "(manager_portero.conf, then 'manager reload')"
)


def own_url(fastagi: FastAGISettings) -> str:
    """Where those whom this daemon calls find it, past a balancer; "" where that is not set."""
    address = fastagi.own_address
    if not address:
        return ""
    return f"agi://{f'[{address}]' if ':' in address else address}:{fastagi.port}/{CONTEXT}"


class Conversation(Protocol):
    """What goes on with somebody whom portero has called."""

    @property
    def ends_itself(self) -> bool:
        """Whether its session is going to its own end: then nobody need hang up."""

    async def answered(self, agi: FastAGIProtocol) -> None:
        """Speak to who has answered, over the called channel's own AGI session."""

    def gone(self) -> None:
        """The called channel has ended."""


class OutgoingCall:
    """One call of ours, known to Asterisk by an id that we have made up.

    The channel that we hold is the near half of a Local channel: keys that the person presses are
    received on it, and hanging it up ends the call, ringing or not.
    """

    def __init__(self, manager: ManagerService, clock: IReactorTime, talk: Conversation) -> None:
        self.id = f"portero-{secrets.token_hex(8)}"
        self._manager = manager
        self._clock = clock
        self._talk = talk
        self._channel = ""
        self._unwanted = False
        self._stray: IDelayedCall | None = None
        manager.registerEvent("Newchannel", self._made)
        manager.registerEvent("Hangup", self._gone)

    def hang_up(self) -> None:
        """End it, also if Asterisk makes its channel only now."""
        self._unwanted = True
        if self._channel:
            Deferred.fromCoroutine(self._hang_up())
        elif self._stray is None:
            self._stray = self._clock.callLater(RESIDENT_STRAY_SECONDS, self.close)

    def close(self) -> None:
        """Watch it no more."""
        if self._stray is not None and self._stray.active():
            self._stray.cancel()
        self._manager.deregisterEvent("Newchannel", self._made)
        self._manager.deregisterEvent("Hangup", self._gone)

    async def _hang_up(self) -> None:
        try:
            await self._manager.hangup(self._channel)
        except AMICommandFailure:
            pass  # it ended by itself, or nobody can be reached who could end it
        finally:
            self.close()

    def _made(self, _: object, event: Message) -> None:
        if event.get("uniqueid") == self.id:
            self._channel = event["channel"]
            if self._unwanted:
                self.hang_up()

    def _gone(self, _: object, event: Message) -> None:
        if event.get("uniqueid") == self.id:
            self._talk.gone()
            self.close()


class ManagerPhone:
    """Fulfils `portero.doorman.actions.Phone` by AMI Originate.

    Who is called hears the dialplan context `portero-resident`, which asks us over FastAGI what to
    say. It knows of the call no more than a token that means nothing to anybody else.
    """

    _log = Logger()

    def __init__(
        self,
        manager: ManagerService,
        prompts: Prompts,
        *,
        clock: IReactorTime,
        answers_at: str = "",
    ) -> None:
        """`answers_at`: the agi:// address that leads to us alone; none: the dialplan's."""
        self._manager = manager
        self._prompts = prompts
        self._clock = clock
        self._told = {URL: answers_at} if answers_at else {}
        self._waiting: dict[str, Conversation] = {}

    async def originate(
        self, extension: str, context: str, *, ring_seconds: float, caller_id: str = ""
    ) -> bool:
        """Call an extension whose dialplan does the rest: True when it was answered."""
        try:
            await self._manager.originate(
                f"Local/{extension}@{context}/n",
                application="Wait",
                data=f"{ORIGINATED_SECONDS:.0f}",
                timeout=ring_seconds,
                callerid=caller_id or None,
            )
        except AMICommandFailure as error:
            self._tell(f"{extension}@{context}", error)
            return False
        return True

    async def ask(self, call: ResidentCall, actions: CallActions) -> Answer | None:
        """Call a resident and have him press a key; None: no answer, whatever the reason.

        "talk": he has talked with the visitor, and decided nothing. Cancelled (the visitor has
        left, somebody else has answered), the phone stops ringing.
        """
        question = Question(call, actions, self._manager, self._prompts, self._clock)
        return await self._call(
            question,
            question.outcome,
            f"{call.extension}@{call.context}",
            call.ring_seconds,
            call.caller_id,
        )

    async def alert(self, extension: str, context: str, *, language: str) -> bool:
        """Tell a guard that somebody at the gate is under duress: True once he has heard it."""
        alert = Alert(self._prompts, language)
        where = f"{extension}@{context}"
        return bool(await self._call(alert, alert.outcome, where, ALERT_RING_SECONDS, ""))

    async def answered(self, agi: FastAGIProtocol) -> None:
        """An AGI session of `portero-resident`: somebody whom we have called is there."""
        conversation = self._waiting.pop(agi.variables.get("agi_arg_1", ""), None)
        if conversation is None:  # the visitor has left, or it is no call of ours
            self._log.info("{agi}: nobody waits for this answer any longer", agi=agi)
            language = agi.variables.get("agi_language", "es")
            await speak_as(agi, language)
            await play(agi, await self._prompts.files("visitor_left", language))
        else:
            await conversation.answered(agi)
        await agi.hangup()

    async def _call(
        self,
        talk: Conversation,
        outcome: Callable[[], Awaitable[T]],
        where: str,
        ring_seconds: float,
        caller_id: str,
    ) -> T | None:
        token = secrets.token_hex(16)
        call = OutgoingCall(self._manager, self._clock, talk)
        self._waiting[token] = talk
        try:
            await self._manager.originate(
                f"Local/{where}/n",
                context=CONTEXT,
                exten="s",
                priority=1,
                timeout=ring_seconds,
                callerid=caller_id or None,
                variable={TOKEN: token, **self._told},
                channelid=call.id,
            )
            return await outcome()
        except AMICommandFailure as error:
            self._tell(where, error)
            return None
        finally:
            self._waiting.pop(token, None)
            if not talk.ends_itself:
                call.hang_up()

    def _tell(self, where: str, error: AMICommandFailure) -> None:
        why = _NO_RIGHT if isinstance(error, AMIPermissionDenied) else error
        self._log.warn("call to {where}: {why}", where=where, why=why)
