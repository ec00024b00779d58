"""A phone that Asterisk has connected with us: AGI and AMI as far as prompts and keys need them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed

from portero.asterisk.agiresults import Played
from portero.asterisk.amiwire import Message
from portero.asterisk.error import AGIDeadChannel, AMICommandFailure
from portero.call.prompts import Prompts
from portero.config.settings import PromptSettings
from portero.waiting import Happening


class Handset:
    """An AGI session: sounds end at once, unless `presses` has a key for them."""

    def __init__(self, unique_id: str = "7.1") -> None:
        self.variables = {
            "agi_channel": "Local/5@residents-1;1",
            "agi_uniqueid": unique_id,
            "agi_arg_1": "",
        }
        self.heard: list[str] = []
        self.presses: dict[str, str] = {}
        self.digit = 0
        self.thinks = 0.0  # seconds, before `digit` is pressed
        self.hung_up = False
        self.happening = Happening()

    def answer(self) -> Deferred[int]:
        return self._live(0)

    def channelStatus(self) -> Deferred[int]:
        return self._live(6)

    def hangup(self) -> Deferred[int]:
        self.heard.append("(hung up)")
        return self._live(1)

    def setVariable(self, name: str, value: str) -> Deferred[int]:
        return self._live(1)

    def execute(self, application: str, *options: object, **_: object) -> Deferred[str]:
        self.heard.append(f"({application})")
        return self._live("0")

    def streamFile(self, file: str, keys: str = "") -> Deferred[Played]:
        self.heard.append(file)
        key = self.presses.get(file, "")
        return self._live(Played(ord(key) if key and key in keys else 0, 0))

    def waitForDigit(self, seconds: float) -> Deferred[int]:
        return self._live(self.digit if self.thinks < seconds else 0)

    def onHangup(self) -> Deferred[None]:
        return self.happening.wait()

    def leave(self) -> None:
        """Put it down."""
        self.hung_up = True
        self.happening.fire()

    def _live(self, value: Any) -> Deferred[Any]:
        return fail(AGIDeadChannel(511, "dead channel")) if self.hung_up else succeed(value)


class Exchange:
    """The AMI: originates, hangs up, tells of keys and channels."""

    def __init__(self) -> None:
        self.originated: list[dict[str, Any]] = []
        self.answer: Deferred[Any] = Deferred()
        self.hung_up: list[str] = []
        self.handlers: list[tuple[str, Callable[[Any, Message], object]]] = []

    def registerEvent(self, name: str, handler: Callable[[Any, Message], object]) -> None:
        self.handlers.append((name, handler))

    def deregisterEvent(self, name: str, handler: Callable[[Any, Message], object]) -> None:
        if (name, handler) in self.handlers:
            self.handlers.remove((name, handler))

    def originate(self, channel: str, **headers: Any) -> Deferred[Any]:
        self.originated.append({"channel": channel, **headers})
        return self.answer

    def hangup(self, channel: str) -> Deferred[Message]:
        self.hung_up.append(channel)
        return fail(AMICommandFailure("No such channel"))

    def tell(self, event: str, unique_id: str, **headers: str) -> None:
        """An event comes."""
        message = Message([("Event", event), ("Uniqueid", unique_id), *headers.items()])
        for name, handler in list(self.handlers):
            if name == event:
                handler(self, message)

    def keys(self, typed: str, unique_id: str = "7.1", direction: str = "Received") -> None:
        """Keys are pressed and released."""
        for key in typed:
            self.tell("DTMFEnd", unique_id, Digit=key, Direction=direction)


def stock_prompts() -> Prompts:
    """Asterisk's own sounds, without a folder."""
    return Prompts(PromptSettings(), lambda job: succeed(job()))
