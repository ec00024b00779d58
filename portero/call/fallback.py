"""A visitor without the model: prompts of Asterisk, a PIN or a house by keypad, or the guard."""

from __future__ import annotations

import re
from collections.abc import Coroutine
from typing import Any, Final, Literal, Protocol, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from portero.asterisk.amiwire import Message
from portero.asterisk.error import RESULT_FAILURE, AGICommandFailure, AGIHangup
from portero.asterisk.fastagi import FastAGIProtocol
from portero.asterisk.managerservice import ManagerService
from portero.call.leg import visitor_there
from portero.call.outcome import Broken, Ending, Goodbye, VisitorGone
from portero.call.prompts import Prompts, play, speak_as
from portero.doorman.keys import Keys, Typed
from portero.limits import FALLBACK_KEY_SECONDS

T = TypeVar("T")

_ALL_KEYS: Final = "0123456789*#"
_UNIT: Final = re.compile(r"([0-9]+)\*")
_GUARD: Final = "0"

Door = Literal[
    "gate_ordered", "gate_refused", "gate_failed", "pin_wrong", "pin_locked", "no_answer"
]
"""What came of it: a word of `Prompts`."""


class Doors(Protocol):
    """What a visitor may ask for by keys; policy decides, and nobody learns who lives where."""

    async def open_by_pin(self, typed: Typed) -> Door:
        """Check what was typed, and ask for the gate it is for."""

    async def call_unit(self, unit: str) -> Door:
        """Ask the residents of a unit, and open if one of them says so."""


class _Keyboard:
    """The visitor's keys while the menu stands.

    They come from AMI events, never from AGI: AGI tells only of keys that are pressed while one of
    its commands listens, and what is typed between two prompts would be lost. A key still stops
    the prompt that plays; what AGI says of it is not used.
    """

    def __init__(
        self, manager: ManagerService, unique_id: str, clock: IReactorTime, pause: float
    ) -> None:
        self._manager = manager
        self._unique_id = unique_id
        self._clock = clock
        self._pause = pause
        self._keys = Keys(pause)
        self._typed: list[Typed] = []
        self._since = ""  # at most one key is kept: it tells a lone 0
        self._waiting: Deferred[Typed | None] | None = None
        self._patience: IDelayedCall | None = None
        manager.registerEvent("DTMFEnd", self._released)

    def close(self) -> None:
        """Listen no more."""
        self._manager.deregisterEvent("DTMFEnd", self._released)
        self._wait_no_more()

    def forget(self) -> None:
        """What was typed while something was done does not count."""
        self._typed.clear()
        self._keys = Keys(self._pause)
        self._since = ""

    async def typed(self) -> Typed | None:
        """What is typed next; None: nothing, for as long as a pause may be."""
        if self._typed:
            return self._typed.pop(0)
        self._waiting = Deferred()
        self._wait_on()
        try:
            return await self._waiting
        finally:
            self._waiting = None
            self._wait_no_more()

    def _released(self, _: object, event: Message) -> None:
        if event.get("uniqueid") != self._unique_id or event.get("direction") != "Received":
            return
        key = event.get("digit", "")
        self._since = key if self._since in ("", key) else "many"
        for happened in self._keys.press(key, self._clock.seconds()):
            if isinstance(happened, Typed):
                self._since = ""
                self._typed.append(happened)
        if self._waiting is None:
            return
        if self._typed:
            self._settle(self._typed.pop(0))
        else:
            self._wait_on()

    def _wait_on(self) -> None:
        self._wait_no_more()
        seconds = FALLBACK_KEY_SECONDS if self._since == _GUARD else self._pause
        self._patience = self._clock.callLater(seconds, self._late)

    def _late(self) -> None:
        lone, self._since = self._since, ""
        self._keys = Keys(self._pause)
        self._settle(Typed(_GUARD) if lone == _GUARD else None)

    def _settle(self, typed: Typed | None) -> None:
        if self._waiting is not None and not self._waiting.called:
            self._waiting.callback(typed)

    def _wait_no_more(self) -> None:
        patience, self._patience = self._patience, None
        if patience is not None and patience.active():
            patience.cancel()


class Fallback:
    """Serves a visitor whose agent is not there; the media leg must have ended before.

    `tries`: of the menu, then the guard (`Broken`, with `reason`). `pause`: seconds between two
    keys until what was typed is forgotten. Whoever else listens to the visitor's keys must have
    stopped: each PIN counts once.
    """

    def __init__(
        self,
        agi: FastAGIProtocol,
        manager: ManagerService,
        doors: Doors,
        prompts: Prompts,
        *,
        unique_id: str,
        clock: IReactorTime,
        language: str,
        tries: int,
        pause: float,
        reason: str,
    ) -> None:
        self._agi = agi
        self._manager = manager
        self._doors = doors
        self._prompts = prompts
        self._unique_id = unique_id
        self._clock = clock
        self._language = language
        self._tries = tries
        self._pause = pause
        self._reason = reason

    async def run(self) -> Ending:
        """Answer, and play the menu up to `tries` times."""
        keyboard = _Keyboard(self._manager, self._unique_id, self._clock, self._pause)
        try:
            await self._agi.answer()
            await speak_as(self._agi, self._language)
            return await self._menu(keyboard)
        except AGICommandFailure:
            there = await visitor_there(self._agi)
            return Broken(self._reason) if there else VisitorGone()
        finally:
            keyboard.close()

    async def _menu(self, keyboard: _Keyboard) -> Ending:
        for _ in range(self._tries):
            await self._play("keypad_menu", _ALL_KEYS)
            typed = await self._unless_gone(keyboard.typed())
            if typed is None:
                continue
            if typed.digits == _GUARD:
                break
            keyboard.forget()
            word = await self._do(typed)
            await self._play(word)
            if word == "gate_ordered":
                await self._play("goodbye")
                return Goodbye("keypad")
            keyboard.forget()
        await self._play("calling_guard")
        return Broken(self._reason)

    async def _do(self, typed: Typed) -> Door:
        unit = _UNIT.fullmatch(typed.digits)
        if unit is None:  # a gate that was ordered is not taken back: no hangup stops this
            return await self._doors.open_by_pin(typed)
        await self._play("calling_resident")
        await self._tones("Playtones", "ring")  # a phone may ring for a minute
        door = await self._unless_gone(self._doors.call_unit(unit[1]))
        await self._tones("StopPlaytones")
        return door

    async def _play(self, word: str, keys: str = "") -> None:
        await play(self._agi, await self._prompts.files(word, self._language), keys)

    async def _tones(self, application: str, *tone: str) -> None:
        try:
            await self._agi.execute(application, *tone)
        except AGIHangup:
            raise
        except AGICommandFailure:  # an Asterisk without app_playtones
            pass

    async def _unless_gone(self, doing: Coroutine[Deferred[Any], Any, T]) -> T:
        """Stop what is done for the visitor when he leaves."""
        running = Deferred.fromCoroutine(doing)
        gone = self._agi.onHangup()
        gone.addCallbacks(lambda _: running.cancel(), lambda _: None)
        try:
            return await running
        except CancelledError:
            if self._agi.hung_up:
                raise AGIHangup(RESULT_FAILURE, "the visitor hung up") from None
            raise
        finally:
            gone.cancel()
