"""A resident on the phone: who is at the gate, and 1 opens, 2 refuses, 3 talks first."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from portero.asterisk.amiwire import Message
from portero.asterisk.error import AGICommandFailure, AMICommandFailure
from portero.asterisk.fastagi import FastAGIProtocol
from portero.asterisk.managerservice import ManagerService
from portero.call.prompts import Prompts, play, speak_as
from portero.call.sounds import speakable
from portero.doorman.actions import Answer, CallActions, ResidentCall
from portero.limits import (
    RESIDENT_HANGUP_SECONDS,
    RESIDENT_KEY_SECONDS,
    RESIDENT_MENU_ROUNDS,
    TALK_SECONDS,
)

_KEYS: Final[dict[str, Answer]] = {"1": "approve", "2": "refuse", "3": "talk"}
_JOINED: Final = "SUCCESS"


class Question:
    """One question to one resident, from the moment that somebody picks up.

    Only a key is an answer: a machine that picks up, and a resident who hangs up, have said
    nothing. Keys of the menu come from AGI, which stops the prompt by them; keys during the talk
    from AMI, because the channel is in a bridge then.
    """

    def __init__(
        self,
        call: ResidentCall,
        actions: CallActions,
        manager: ManagerService,
        prompts: Prompts,
        clock: IReactorTime,
    ) -> None:
        self._call = call
        self._actions = actions
        self._manager = manager
        self._prompts = prompts
        self._clock = clock
        self._channel = ""
        self._unique_id = ""
        self._wants_talk = False
        self.ends_itself = False
        """Whether the session with who was called goes on to its own end, with a last word."""
        self._pressed: Deferred[Answer | None] = Deferred()
        self._decided: Deferred[Answer | None] = Deferred()

    async def outcome(self) -> Answer | None:
        """What the resident says; cancelled when nobody wants to know any more."""
        self._manager.registerEvent("DTMFEnd", self._key)
        try:
            pressed = await self._pressed
            return await self._talk() if pressed == "talk" else pressed
        finally:
            self._manager.deregisterEvent("DTMFEnd", self._key)

    async def answered(self, agi: FastAGIProtocol) -> None:
        """Ask, on the resident's own channel."""
        self._channel = agi.variables["agi_channel"]
        self._unique_id = agi.variables["agi_uniqueid"]
        files: tuple[str, ...] = ()
        try:
            await speak_as(agi, self._call.language)
            files = await self._who()
            pressed = await self._menu(agi, files)
            if pressed == "talk":
                self._wants_talk = True
                key = await play(agi, await self._files("joining"), "12")
                if key:
                    self._settle(self._decided, _KEYS[key])
                self._settle(self._pressed, pressed)
                await agi.onHangup()  # the bridge takes the channel out of this session
            else:
                self.ends_itself = True
                self._settle(self._pressed, pressed)
                if pressed is not None:
                    await play(agi, await self._files("resident_thanks"))
        except AGICommandFailure:
            self._settle(self._pressed, None)
        finally:
            self._prompts.forget(files)

    def gone(self) -> None:
        """The resident's channel has ended."""
        self._settle(self._pressed, None)
        self._settle(self._decided, None)

    async def _menu(self, agi: FastAGIProtocol, who: tuple[str, ...]) -> Answer | None:
        menu = await self._files("resident_menu")
        for _ in range(RESIDENT_MENU_ROUNDS):
            key = await play(agi, who + menu, "".join(_KEYS))
            if not key:
                code = await agi.waitForDigit(RESIDENT_KEY_SECONDS)
                key = chr(code) if code else ""
            if key in _KEYS:
                return _KEYS[key]
        return None

    async def _who(self) -> tuple[str, ...]:
        name = speakable(self._call.visitor_name)
        word = "visitor_named" if name else "visitor_at_gate"
        return await self._prompts.files(word, self._call.language, name=name)

    async def _files(self, word: str) -> tuple[str, ...]:
        return await self._prompts.files(word, self._call.language)

    async def _talk(self) -> Answer | None:
        """Join the two; a key of the resident decides, and ends the talk."""
        if self._decided.called:  # by a key, before the two were joined
            await self._hang_up()
            return await self._decided
        talking = Deferred.fromCoroutine(self._actions.talk_with(self._channel))
        talking.addBoth(self._talked)
        ended = self._clock.callLater(TALK_SECONDS, self._settle, self._decided, None)
        hanging_up = LoopingCall(self._hang_up)
        hanging_up.clock = self._clock
        try:
            decided = await self._decided
            # Again and again: a channel that is just being moved into the bridge is not hit.
            hanging_up.start(RESIDENT_HANGUP_SECONDS)
            joined = await talking
        except CancelledError:
            talking.addErrback(lambda failure: failure.trap(CancelledError))
            talking.cancel()
            raise
        finally:
            if hanging_up.running:
                hanging_up.stop()
            if ended.active():
                ended.cancel()
        return decided or ("talk" if joined else None)

    async def _hang_up(self) -> None:
        # One of the two has hung up, or will: without the AMI nobody else can end it.
        with suppress(AMICommandFailure):
            await self._manager.hangup(self._channel)

    def _talked(self, joined: object) -> object:
        self._settle(self._decided, None)
        return joined

    def _key(self, _: object, event: Message) -> None:
        if event.get("uniqueid") != self._unique_id or event.get("direction") != "Received":
            return
        if not self._wants_talk:  # the menu hears its keys itself
            return
        answer = _KEYS.get(event.get("digit", ""))
        if answer in ("approve", "refuse"):
            self._settle(self._decided, answer)

    def _settle(self, waiting: Deferred[Answer | None], answer: Answer | None) -> None:
        if not waiting.called:
            waiting.callback(answer)


async def join_resident(agi: FastAGIProtocol, channel: str) -> bool:
    """Bridge the visitor, whose session this is, with a resident's channel until one hangs up.

    False: nobody was there to talk to. The media leg must have ended before.
    """
    await agi.execute("Bridge", channel)
    try:
        return await agi.getVariable("BRIDGERESULT") == _JOINED
    except AGICommandFailure:  # not set: the visitor was gone before
        return False
