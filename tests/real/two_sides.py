"""The stand-in for Asterisk and the real one, driven by the same probes."""

from __future__ import annotations

from typing import Any, TypeVar

import sound

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.task import deferLater

from portero.simulator.demo_daemon import free_tcp_port
from portero.simulator.phone import Caller, PhoneSide
from portero.simulator.phone_agi import AgiUrl
from portero.simulator.phone_ami import AMIUser
from portero.simulator.phone_sound import level
from portero.simulator.phone_visit import Guard

from .agi_probe import AgiProbe, AgiSession
from .ami_probe import AmiProbe, Message, log_in
from .asterisk_server import AsteriskServer
from .visit import RECORD_RATE, originate_visit

PORTERO = ("portero", "change-this-secret")
PATIENCE = 5.0
AUDIBLE = 100.0
T = TypeVar("T")


class Side:
    """A telephone exchange: a visitor in ``AGI()``, and portero's own AMI user beside it."""

    ami_port: int
    ami: AmiProbe

    def __init__(self) -> None:
        self.agi = AgiProbe()

    async def open(self) -> None:
        self.ami = await log_in(self.ami_port, *PORTERO)

    async def close(self) -> None:
        await self.ami.close()
        await self.agi.close()

    async def visitor(self) -> tuple[AgiSession, str]:
        """A visitor's AGI session, and his channel's name."""
        await self._send()
        session = await self.agi.session()
        return session, session.environment["agi_channel"]

    async def heard_something(self) -> bool:
        """Send the visitor away; whether he has heard anything from the leg."""
        raise NotImplementedError

    async def begun(self, channel: str, command: str) -> None:
        """Wait until the command runs: a hangup before that would find none running."""

    async def _send(self) -> None:
        raise NotImplementedError


class Real(Side):
    """Asterisk; a guard of the tests' dialplan is at 100@guards, 102@guards is busy."""

    def __init__(self, server: AsteriskServer, tester: AmiProbe) -> None:
        super().__init__()
        self.ami_port = server.ports.ami
        self._server = server
        self._tester = tester

    async def begun(self, channel: str, command: str) -> None:
        await self._tester.event("AGIExecStart", Channel=channel, Command=command)

    async def _send(self) -> None:
        url = f"agi://127.0.0.1:{self.agi.port}/portero"
        variables = {"PROBE_URL": url}
        # Without sound of the visitor's a Local channel sends no packet at all.
        file = "/mnt/sounds/1khz"
        self._visit = await originate_visit(
            self._server, self._tester, "agi@probe", file=file, variables=variables
        )

    async def heard_something(self) -> bool:
        await self._visit.hang_up(self._tester)
        return len(sound.sounding(self._visit.heard(), RECORD_RATE)) > 0


class StandIn(Side):
    """The phone side of ``portero.simulator``, with the same guards."""

    def __init__(self) -> None:
        super().__init__()
        guards = {"100@guards": Guard(answers_after=0, talks=60), "102@guards": Guard(busy=True)}
        self._phones = PhoneSide(
            _reactor(),
            users={PORTERO[0]: AMIUser(PORTERO[1])},
            ami_port=free_tcp_port(),
            guards=guards,
        )
        self._phones.startService()
        self.ami_port = self._phones.ami_port

    async def _send(self) -> None:
        caller = Caller(context="probe", extension="agi")
        self._visit = self._phones.visit(AgiUrl("127.0.0.1", self.agi.port), caller=caller)

    async def heard_something(self) -> bool:
        self._visit.hang_up()
        recording = self._visit.recording
        return recording is not None and level(recording.samples()) > AUDIBLE

    async def close(self) -> None:
        await super().close()
        await self._phones.stopService()


async def lines_until(session: AgiSession, count: int) -> list[str]:
    """All the lines of a session, once there are so many."""
    deadline = _reactor().seconds() + PATIENCE
    while len(session.lines) < count:
        assert _reactor().seconds() < deadline, session.lines
        await deferLater(_reactor(), 0.01)
    return session.lines


def in_time(waiting: Deferred[T]) -> Deferred[T]:
    """The same, but not for ever."""
    return waiting.addTimeout(PATIENCE, _reactor())


async def refused(port: int, secret: str) -> tuple[Message, float]:
    """The answer to a wrong secret, and how many seconds it took."""
    started = _reactor().seconds()
    probe = await _connected(port)
    answer = await probe.action("Login", Username=PORTERO[0], Secret=secret)
    await in_time(probe.lost)
    return answer, _reactor().seconds() - started


async def _connected(port: int) -> AmiProbe:
    probe = AmiProbe()
    await connectProtocol(TCP4ClientEndpoint(_reactor(), "127.0.0.1", port), probe)
    return probe


def _reactor() -> Any:
    return reactor
