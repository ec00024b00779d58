"""One visit as Asterisk and the visitor's phone see it: a channel, what it dials, what it hears."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from random import Random
from typing import Final, Protocol
from uuid import UUID

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectError
from twisted.internet.interfaces import IDelayedCall

from portero.simulator.phone_channel import Channel, State, Switchboard
from portero.simulator.phone_leg import AudioSocketLeg, Leg, PhoneReactor, RtpLeg
from portero.simulator.phone_recording import PhoneRecording
from portero.simulator.phone_rtp import PERFECT, Network
from portero.simulator.phone_sound import FORMATS, Clip, LegFormat, level
from portero.simulator.sound import Samples

DEFAULT_DIAL_SECONDS: Final = 136.0  # Asterisk's own when Dial has no timeout
DEFAULT_FORMAT: Final = "ulaw"
UNICAST: Final = re.compile(r"UnicastRTP/([^/:]+):(\d+)(?:/c\((\w+)\))?$")
AUDIOSOCKET: Final = re.compile(r"AudioSocket/([^/:]+):(\d+)/([0-9a-fA-F-]{36})(?:/c\((\w+)\))?$")
LOCAL: Final = re.compile(r"Local/([^@/]+)@([^/]+)(?:/n)?$")
OPTION: Final = re.compile(r"([a-zA-Z])(?:\(([^)]*)\))?")


class Why(Enum):
    """What ended something that the channel was waiting in."""

    TIME = auto()
    OVER = auto()  # the other leg has gone
    HANGUP = auto()
    MOVED = auto()
    DIGIT = auto()


@dataclass(frozen=True, slots=True)
class Guard:
    """Somebody at the end of ``Local/EXT@CONTEXT``: answers (and talks for a while), or not."""

    answers_after: float | None = 1.0
    talks: float = 2.0
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Dialled:
    """What a Dial came to."""

    destination: str
    status: str


@dataclass(frozen=True, slots=True)
class DialCommand:
    """The argument of ``Dial``: destination, seconds to ring, options as a map."""

    destination: str
    seconds: float
    options: dict[str, str]

    @classmethod
    def parse(cls, text: str) -> DialCommand:
        """Of ``TECH/where,30,gS(60)``."""
        destination, seconds, options = (*text.split(",", 2), "", "")[:3]
        found = dict(OPTION.findall(options))
        return cls(destination, float(seconds or DEFAULT_DIAL_SECONDS), found)


class Companion(Protocol):
    """Somebody who holds the phone."""

    def hear(self, level: float) -> None:
        """20 ms of the agent, with its RMS."""

    def beat(self, leg: Leg) -> None:
        """Every 20 ms while there is a leg to speak into."""


@dataclass(slots=True)
class Phone:
    """How good the visitor's phone and the way to portero are."""

    network: Network = PERFECT
    silence_suppression: bool = False
    records: bool = True
    dice: Random = field(default_factory=lambda: Random(1))


class Visit:
    """A call that stands at portero's door."""

    def __init__(
        self,
        reactor: PhoneReactor,
        switchboard: Switchboard,
        channel: Channel,
        guards: dict[str, Guard],
        phone: Phone,
    ) -> None:
        self.channel = channel
        self.person: Companion | None = None
        self.when_dialled: Callable[[Dialled], None] = lambda dialled: None
        self.commands: list[tuple[str, str]] = []
        self.dialled: list[Dialled] = []
        self.recording: PhoneRecording | None = None
        self.leg: Leg | None = None
        self.moved = False
        self.agi_status = ""
        self.pipelined = 0
        self.digit = ""
        self.when_dead: Callable[[], None] = lambda: None
        self._reactor = reactor
        self._switchboard = switchboard
        self._guards = guards
        self._phone = phone
        self._waiting: Deferred[Why] | None = None
        self._timer: IDelayedCall | None = None
        self._autohangup: IDelayedCall | None = None
        self._left: list[Deferred[None]] | None = []
        channel.when_ended = self._ended
        channel.when_moved = self._moved

    @property
    def variables(self) -> dict[str, str]:
        """The channel's variables, ``PORTERO_STATUS`` among them; readable after the end."""
        return self.channel.variables

    @property
    def dead(self) -> bool:
        """Whether AGI may do no more than read and write variables."""
        return self.channel.ended or self.moved

    def done(self) -> Deferred[None]:
        """Fires when the visitor has left; each caller gets one of his own."""
        if self._left is None:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        self._left.append(waiting)
        return waiting

    def leave(self) -> None:
        """The end of the visit, whatever was going on."""
        self.hang_up()
        waiting, self._left = self._left or [], None
        for deferred in waiting:
            deferred.callback(None)

    async def go_on(self) -> None:
        """The dialplan after ``AGI()``: to the guard, if that is where the channel now is."""
        self.moved = False
        number = f"{self.channel.extension}@{self.channel.context}"
        if number in self._guards and not self.channel.ended:
            await self.dial(f"Local/{number}")

    def beat(self, count: int) -> None:
        """``count`` frames of 20 ms have passed."""
        if self.leg is None:
            return
        for _ in range(count):
            self.leg.beat()
        if self.person is not None:
            self.person.beat(self.leg)

    # -- what the visitor does

    def say(self, clip: Clip) -> None:
        """Speak into the phone; nothing happens while there is no leg."""
        if self.leg is not None:
            self.leg.say(clip)

    def hang_up(self) -> None:
        """Put the phone down."""
        self._switchboard.hang_up(self.channel)

    def press(self, digit: str) -> None:
        """Press a key."""
        self.digit = digit
        self._switchboard.digit(self.channel, digit)
        self._wake(Why.DIGIT)

    # -- what AGI asks of the channel

    def answer(self) -> None:
        """ANSWER."""
        if self.channel.state is not State.UP:
            self.channel.state = State.UP
            self._switchboard.tell("Newstate", "call", self.channel.headers())

    def hang_up_in(self, seconds: float) -> None:
        """SET AUTOHANGUP; 0 takes it back."""
        if self._autohangup is not None and self._autohangup.active():
            self._autohangup.cancel()
        self._autohangup = self._reactor.callLater(seconds, self.hang_up) if seconds else None

    async def wait(self, seconds: float) -> Why:
        """Until the time is over or something happens to the channel."""
        return await self._until(seconds)

    async def dial(self, text: str) -> int:
        """Dial: 0 when the dialplan may go on, -1 when the visitor is gone."""
        command = DialCommand.parse(text)
        self.channel.application, self.channel.data = "Dial", text
        if not await self._dial_media(command):
            await self._dial_person(command)
        self.channel.application = "AGI"
        return -1 if self.channel.ended else 0

    # -- dialling

    async def _dial_media(self, command: DialCommand) -> bool:
        """Dial a media leg; False when the destination is none."""
        unicast = UNICAST.match(command.destination)
        audiosocket = AUDIOSOCKET.match(command.destination)
        match = unicast or audiosocket
        if match is None:
            return False
        form = FORMATS.get(match[match.re.groups] or DEFAULT_FORMAT)
        remote = (match[1], int(match[2]))
        if form is None or (audiosocket and not form.kind):
            self._set_status(command, "CHANUNAVAIL")
        elif audiosocket:
            await self._dial_audiosocket(command, form, remote, UUID(audiosocket[3]))
        else:
            await self._dial_unicast(command, form, remote)
        return True

    async def _dial_unicast(
        self, command: DialCommand, form: LegFormat, remote: tuple[str, int]
    ) -> None:
        leg = RtpLeg.open(
            self._reactor,
            form,
            self._hear,
            remote=remote,
            network=self._phone.network,
            dice=self._phone.dice,
        )
        callee = self._callee("UnicastRTP/{}:{}-0x7f7b{{}}".format(*remote))
        callee.variables["UNICASTRTP_LOCAL_ADDRESS"] = leg.local.host
        callee.variables["UNICASTRTP_LOCAL_PORT"] = str(leg.local.port)
        await self._bridge_media(command, callee, leg)

    async def _dial_audiosocket(
        self, command: DialCommand, form: LegFormat, remote: tuple[str, int], uuid: UUID
    ) -> None:
        try:
            leg = await AudioSocketLeg.open(
                self._reactor, form, self._hear, remote=remote, uuid=uuid
            )
        except ConnectError:
            self._set_status(command, "CHANUNAVAIL")
            return
        if self.dead:
            leg.close()
            return
        callee = self._callee("AudioSocket/{}:{}-{{}}".format(*remote))
        await self._bridge_media(command, callee, leg)

    async def _bridge_media(self, command: DialCommand, callee: Channel, leg: Leg) -> None:
        leg.quiet_phone = self._phone.silence_suppression
        leg.when_over = lambda: self._switchboard.hang_up(callee)
        callee.when_ended = lambda: self._wake(Why.OVER)
        if self._phone.records and self.recording is None:
            self.recording = PhoneRecording(leg.hears_rate, self._reactor.seconds())
        self._switchboard.dial_begins(self.channel, callee, command.destination)
        callee.state = State.UP
        self._switchboard.dial_ends(self.channel, callee, "ANSWER")
        self._set_status(command, "ANSWER", callee)
        self.leg = leg
        try:
            await self._bridged(command, callee)
        finally:
            self.leg = None
            leg.close()

    async def _dial_person(self, command: DialCommand) -> None:
        match = LOCAL.match(command.destination)
        guard = self._guards.get(f"{match[1]}@{match[2]}") if match else None
        if match is None or guard is None:
            self._set_status(command, "CHANUNAVAIL")
            return
        callee = self._callee(f"Local/{match[1]}@{match[2]}-{{}};1")
        callee.state = State.RINGING
        callee.when_ended = lambda: self._wake(Why.OVER)
        self._switchboard.dial_begins(self.channel, callee, command.destination)
        self.when_dialled(Dialled(command.destination, "RINGING"))
        status = await self._ring(command, guard)
        self._set_status(command, status, callee)
        if status == "ANSWER":
            callee.state = State.UP
        self._switchboard.dial_ends(self.channel, callee, status)
        if status == "ANSWER":
            hang_up = self._reactor.callLater(guard.talks, self._switchboard.hang_up, callee)
            await self._bridged(command, callee)
            if hang_up.active():
                hang_up.cancel()
        self._switchboard.hang_up(callee)

    async def _ring(self, command: DialCommand, guard: Guard) -> str:
        patient = guard.answers_after is not None and guard.answers_after < command.seconds
        seconds = guard.answers_after if patient else command.seconds
        if guard.busy:
            return "BUSY"
        why = await self._until(seconds)
        if why in {Why.HANGUP, Why.MOVED}:
            return "CANCEL"
        return "ANSWER" if patient and why is Why.TIME else "NOANSWER"

    async def _bridged(self, command: DialCommand, callee: Channel) -> None:
        """Both legs are joined: until one of them goes; without ``g`` the visitor goes too."""
        self.answer()
        limit = command.options.get("S")
        why = await self._until(float(limit) if limit else None)
        self._switchboard.hang_up(callee)
        if why in {Why.OVER, Why.TIME} and "g" not in command.options:
            self.hang_up()

    def _callee(self, name: str) -> Channel:
        callee = self._switchboard.open(name, linked_to=self.channel)
        callee.application, callee.data = "AppDial", "(Outgoing Line)"
        self._switchboard.announce(callee)
        return callee

    def _set_status(self, command: DialCommand, status: str, callee: Channel | None = None) -> None:
        self.variables["DIALSTATUS"] = status
        self.variables["DIALEDPEERNAME"] = callee.name if callee else ""
        self.dialled.append(Dialled(command.destination, status))
        self.when_dialled(self.dialled[-1])

    # -- waiting

    def _until(self, seconds: float | None) -> Deferred[Why]:
        """One thing at a time: AGI has one command in flight."""
        waiting: Deferred[Why] = Deferred()
        self._waiting = waiting
        if seconds is not None:
            self._timer = self._reactor.callLater(seconds, self._wake, Why.TIME)
        if self.channel.ended:
            self._wake(Why.HANGUP)
        return waiting

    def _wake(self, why: Why) -> None:
        waiting, self._waiting = self._waiting, None
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
        if waiting is not None:
            waiting.callback(why)

    def _ended(self) -> None:
        self.hang_up_in(0)
        self._wake(Why.HANGUP)
        self.when_dead()

    def _moved(self) -> None:
        self.moved = True
        self._wake(Why.MOVED)
        self.when_dead()

    def _hear(self, samples: Samples) -> None:
        if self.recording is not None:
            self.recording.add(self._reactor.seconds(), samples)
        if self.person is not None:
            self.person.hear(level(samples))
