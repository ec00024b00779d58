"""Asterisk's side of AMI for tests: reads actions, answers them, without a network."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectionDone, ConnectionRefusedError
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import implementer

from portero.asterisk.manager import AMIFactory, AMIProtocol

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
CHALLENGE = "840415273"
SECRET = "very-secret"
# echo -n "840415273very-secret" | md5sum
KEY = "49bedb7d777eb9d8ba733730bce9765e"

Headers = Mapping[str, str]


class Wire(StringTransport):
    """A transport that, as a socket does, is gone after it was closed or aborted."""

    def __init__(self, protocol: AMIProtocol, clock: Clock) -> None:
        super().__init__()
        self._protocol = protocol
        self._clock = clock
        self._gone = False

    def loseConnection(self) -> None:
        self._clock.callLater(0, self.is_gone)

    def abortConnection(self) -> None:
        self._clock.callLater(0, self.is_gone)

    def is_gone(self) -> None:
        if not self._gone:
            self._gone = True
            self._protocol.connectionLost(Failure(ConnectionDone()))


class ManagerSide:
    """One session, seen from Asterisk."""

    def __init__(self, ami: AMIProtocol, clock: Clock) -> None:
        self.ami = ami
        self.clock = clock
        self.wire = Wire(ami, clock)
        self._rest = b""

    def says(self, *messages: bytes) -> None:
        for message in messages:
            self.ami.dataReceived(message)

    def reads(self) -> list[dict[str, str]]:
        """The actions that came since the last time; of a repeated header, the last."""
        *actions, self._rest = (self._rest + self.wire.value()).split(b"\r\n\r\n")
        self.wire.clear()
        return [
            dict(line.split(": ", 1) for line in action.decode().split("\r\n"))
            for action in actions
        ]

    def reads_one(self, name: str) -> dict[str, str]:
        (action,) = self.reads()
        assert action["Action"] == name
        return action

    def answers(self, action: Headers, first: str, *lines: str) -> None:
        """A response or an event (`first` is its first line) with the action's id."""
        text = "\r\n".join([first, f"ActionID: {action['ActionID']}", *lines, "", ""])
        self.says(text.encode())

    def lets_in(self) -> None:
        """Asterisk greets, challenges, and takes the login."""
        self.says(BANNER)
        self.answers(self.reads_one("Challenge"), "Response: Success", f"Challenge: {CHALLENGE}")
        login = self.reads_one("Login")
        assert login["Key"] == KEY
        self.answers(login, "Response: Success", "Message: Authentication accepted")

    def refuses(self, message: str = "Authentication failed") -> None:
        self.says(BANNER)
        self.answers(self.reads_one("Challenge"), "Response: Success", f"Challenge: {CHALLENGE}")
        self.answers(self.reads_one("Login"), "Response: Error", f"Message: {message}")

    def hangs_up(self) -> None:
        self.wire.is_gone()


@implementer(IStreamClientEndpoint)
class ManagerEndpoint:
    """A way to an Asterisk that can be `up` or not; `sides` are the connections made."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.up = True
        self.tries = 0
        self.defect: Exception | None = None
        self.sides: list[ManagerSide] = []

    def connect(self, factory: AMIFactory) -> Deferred[AMIProtocol]:
        self.tries += 1
        if self.defect is not None:
            return fail(self.defect)
        if not self.up:
            return fail(ConnectionRefusedError())
        side = ManagerSide(factory.buildProtocol(None), self.clock)
        self.sides.append(side)
        connected: Deferred[AMIProtocol] = Deferred()
        side.ami.makeConnection(side.wire)
        connected.callback(side.ami)
        return connected

    def __repr__(self) -> str:
        return "<a test>"


def session(*, plaintext: bool = False) -> ManagerSide:
    """A connection that Asterisk has not greeted yet."""
    clock = Clock()
    factory = AMIFactory("portero", SECRET, plaintext_login=plaintext, reactor=clock)
    side = ManagerSide(factory.buildProtocol(None), clock)
    side.ami.makeConnection(side.wire)
    return side


def open_session() -> ManagerSide:
    """A session that is logged in."""
    side = session()
    side.lets_in()
    return side
