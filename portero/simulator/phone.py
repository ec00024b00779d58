"""A stand-in for Asterisk: it calls portero as Asterisk does, and answers its AMI.

Written from the reference and from what Asterisk 22.10.1 sends, never from portero's own client.
One 20 ms beat sends for all visits::

    phones = PhoneSide(reactor, users={"portero": AMIUser("secret")})
    phones.startService()
    visit = phones.visit(AgiUrl("127.0.0.1", 4574), follow=script, clips=clips)
    await visit.done()
    assert visit.variables["PORTERO_STATUS"] == "COMPLETED"
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from twisted.application.service import Service
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import ConnectError
from twisted.internet.interfaces import IListeningPort
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from portero.simulator.conversation_script import Script, VisitorLine
from portero.simulator.phone_agi import AgiUrl, environment
from portero.simulator.phone_ami import AMIServer, AMIUser
from portero.simulator.phone_caller import AgiSession
from portero.simulator.phone_channel import Channel, State, Switchboard
from portero.simulator.phone_leg import PhoneReactor
from portero.simulator.phone_person import Clips, Person
from portero.simulator.phone_sound import FRAME_SECONDS
from portero.simulator.phone_visit import Guard, Phone, Visit

CONNECT_SECONDS: Final = 2.0  # AGI() waits no longer (reference/freepbx.md, 3)
LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and how the call came to the dialplan."""

    number: str = "5551234"
    name: str = "Caseta"
    extension: str = "s"
    context: str = "portero"
    dnid: str = ""
    technology: str = "PJSIP/caseta"


class PhoneSide(Service):
    """An Asterisk with as many visitors as one likes; it owns its sockets and its beat.

    ``guards``: who is at ``EXTENSION@CONTEXT``. ``prompts``: the sound files there are, with their
    length in seconds. ``ami_port``: 0 takes a free one, None runs no AMI.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: PhoneReactor,
        *,
        users: Mapping[str, AMIUser] = MappingProxyType({}),
        ami_port: int | None = 0,
        guards: Mapping[str, Guard] = MappingProxyType({}),
        prompts: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        self.switchboard = Switchboard(reactor)
        self.guards = dict(guards)
        self.ami = AMIServer(self.switchboard, users, reactor)
        self._reactor = reactor
        self._prompts = prompts
        self._wanted_port = ami_port
        self._port: IListeningPort | None = None
        self._beat = LoopingCall.withCount(self._beats)
        self._beat.clock = reactor
        self._visits: dict[Visit, Deferred[None]] = {}
        self._sessions: set[AgiSession] = set()

    @property
    def ami_port(self) -> int:
        """Where the AMI listens, once started."""
        assert self._port is not None
        address = self._port.getHost()
        assert isinstance(address, IPv4Address)
        return address.port

    @property
    def visits(self) -> list[Visit]:
        """The visitors who are there now."""
        return list(self._visits)

    def startService(self) -> None:
        super().startService()  # type: ignore[no-untyped-call]
        if self._wanted_port is not None:
            self._port = self._reactor.listenTCP(self._wanted_port, self.ami, interface=LOOPBACK)
        beating = self._beat.start(FRAME_SECONDS, now=False)
        beating.addErrback(lambda failure: self._log.failure("the beat stopped", failure))

    def stopService(self) -> Deferred[None]:
        super().stopService()  # type: ignore[no-untyped-call]
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        lives = list(self._visits.values())
        for visit in self.visits:
            visit.leave()
        for session in list(self._sessions):
            session.drop()
        await DeferredList(lives)
        if self._beat.running:
            self._beat.stop()
        if self._port is not None:
            await maybeDeferred(self._port.stopListening)
        await self.ami.drop_all()

    def visit(
        self,
        url: AgiUrl,
        *,
        caller: Caller | None = None,
        variables: Mapping[str, str] = MappingProxyType({}),
        phone: Phone | None = None,
        follow: Script | None = None,
        clips: Clips = MappingProxyType({}),
        said: Callable[[VisitorLine], None] = lambda line: None,
    ) -> Visit:
        """A visitor at the door: a channel whose dialplan calls ``AGI(url)``.

        With ``follow`` the visitor does as the script says; ``clips`` has what its lines sound
        like (``speak_lines``), ``said`` is told each line as it begins.
        """
        caller = caller or Caller()
        channel = self._channel(caller, url)
        channel.variables.update(variables)
        visit = Visit(self._reactor, self.switchboard, channel, self.guards, phone or Phone())
        if follow is not None:
            visit.person = Person(self._reactor, visit, follow, clips, said)
        self._visits[visit] = life = Deferred.fromCoroutine(self._live(visit, url, caller))
        life.addErrback(lambda failure: self._log.failure("a visit broke", failure))
        return visit

    def _channel(self, caller: Caller, url: AgiUrl) -> Channel:
        channel = self.switchboard.open(caller.technology + "-{}")
        channel.caller_number, channel.caller_name = caller.number, caller.name
        channel.context, channel.extension = caller.context, caller.extension
        channel.state = State.RING
        channel.application, channel.data = "AGI", url.request
        self.switchboard.announce(channel)
        return channel

    async def _live(self, visit: Visit, url: AgiUrl, caller: Caller) -> None:
        """The dialplan: ``AGI()``, then wherever it says, then the end."""
        try:
            visit.agi_status = await self._agi(visit, url, caller)
            visit.variables["AGISTATUS"] = visit.agi_status
            await visit.go_on()
        finally:
            visit.leave()
            self._visits.pop(visit, None)

    async def _agi(self, visit: Visit, url: AgiUrl, caller: Caller) -> str:
        """``AGI()``: what becomes of AGISTATUS."""
        variables = environment(visit.channel, url, dnid=caller.dnid)
        session = AgiSession(visit, variables, self._prompts)
        endpoint = TCP4ClientEndpoint(self._reactor, url.host, url.port, timeout=CONNECT_SECONDS)
        try:
            await connectProtocol(endpoint, session)
        except ConnectError:
            return "FAILURE"
        self._sessions.add(session)
        await session.closed
        self._sessions.discard(session)
        return "HANGUP" if visit.channel.ended else "SUCCESS"

    def _beats(self, count: int) -> None:
        """Every 20 ms, for every leg; ``count`` is more than 1 when we are late."""
        for visit in self.visits:
            visit.beat(count)
