"""A phone side without sockets: its AGI, AMI and RTP as bytes, its time as a Clock."""

from __future__ import annotations

from dataclasses import dataclass, field

from twisted.internet.address import IPv4Address
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.testing import MemoryReactorClock, StringTransport

from portero.simulator.phone_agi import AgiUrl, environment
from portero.simulator.phone_ami import AMIServer, AMISession, AMIUser
from portero.simulator.phone_caller import AgiSession
from portero.simulator.phone_channel import State, Switchboard
from portero.simulator.phone_visit import Guard, Phone, Visit

LEAST = AMIUser("golden")
ALL = AMIUser("golden", frozenset({"call", "dtmf", "system"}), frozenset({"call", "originate"}))


@dataclass
class Datagrams:
    """A UDP transport that keeps what is sent."""

    port: int
    sent: list[tuple[bytes, tuple[str, int]]] = field(default_factory=list)
    open: bool = True

    def write(self, datagram: bytes, address: tuple[str, int]) -> None:
        self.sent.append((datagram, address))

    def getHost(self) -> IPv4Address:
        return IPv4Address("UDP", "127.0.0.1", self.port)

    def stopListening(self) -> None:
        self.open = False


class UdpReactor(MemoryReactorClock):
    """Twisted's memory reactor with ``listenUDP``."""

    def __init__(self) -> None:
        super().__init__()
        self.udp: list[Datagrams] = []

    def listenUDP(
        self, port: int, protocol: DatagramProtocol, interface: str = "", maxPacketSize: int = 8192
    ) -> Datagrams:
        transport = Datagrams(port or 20480 + len(self.udp))
        self.udp.append(transport)
        protocol.makeConnection(transport)
        return transport


class Door:
    """A channel at the door, its AGI session, and an AMI client beside it."""

    def __init__(self, phone: Phone | None = None) -> None:
        self.reactor = UdpReactor()
        self.switchboard = Switchboard(self.reactor)
        self.guards = {
            "9000@guard": Guard(answers_after=1.0, talks=2.0),
            "9001@guard": Guard(busy=True),
            "9002@guard": Guard(answers_after=None),
        }
        channel = self.switchboard.open("PJSIP/caseta-{}")
        channel.caller_number, channel.caller_name = "5551234", "Ana Lopez"
        channel.context, channel.extension = "door", "s"
        channel.state = State.RING
        self.visit = Visit(self.reactor, self.switchboard, channel, self.guards, phone or Phone())
        url = AgiUrl("127.0.0.1", 4574, "portero?tenant=x", ("5512345678",))
        self.session = AgiSession(self.visit, environment(channel, url), {"beep": 0.4255})
        self.wire = StringTransport()
        self.session.makeConnection(self.wire)
        self.environment = self.read()

    def read(self) -> str:
        """What Asterisk has sent since the last time."""
        sent = self.wire.value().decode()
        self.wire.clear()
        return sent

    def ask(self, command: str) -> str:
        """Send one command, and what is answered at once."""
        self.session.dataReceived(command.encode() + b"\n")
        return self.read()

    def manager(self, **users: AMIUser) -> Manager:
        """An AMI connection that is not logged in yet."""
        server = AMIServer(self.switchboard, users or {"portero": LEAST, "root": ALL}, self.reactor)
        return Manager(server.buildProtocol(None))


class Manager:
    """An AMI client that sends and reads text."""

    def __init__(self, session: AMISession) -> None:
        self.session = session
        self.wire = StringTransport()
        session.makeConnection(self.wire)
        self.banner = self.read()

    def read(self) -> str:
        sent = self.wire.value().decode()
        self.wire.clear()
        return sent

    def act(self, *headers: str) -> str:
        self.session.dataReceived("\r\n".join([*headers, "", ""]).encode())
        return self.read()

    def login(self, user: str = "portero") -> str:
        return self.act("Action: Login", f"Username: {user}", "Secret: golden", "ActionID: 1")
