"""An HTTP client whose other end is in the test's hand, byte for byte."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from twisted.internet._resolver import HostResolution
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.error import ConnectionDone, ConnectionLost, ConnectionRefusedError
from twisted.internet.interfaces import IHostnameResolver, IReactorPluggableNameResolver
from twisted.internet.testing import MemoryReactorClock, StringTransportWithDisconnection
from twisted.python.failure import Failure
from twisted.web.client import URI, Agent
from zope.interface import directlyProvides, implementer, providedBy

from portero.doorman.exchange import make_client

T = TypeVar("T")


@implementer(IHostnameResolver)
class Loopback:
    """Every name is this machine."""

    def resolveHostName(
        self,
        receiver: Any,
        name: str,
        portNumber: int = 0,
        addressTypes: Any = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        resolution = HostResolution(name)
        receiver.resolutionBegan(resolution)
        receiver.addressResolved(IPv4Address("TCP", "127.0.0.1", portNumber))
        receiver.resolutionComplete()
        return resolution


class Running:
    """A coroutine that was started; `result` gives its value or raises its error."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._outcome: list[Any] = []
        Deferred.fromCoroutine(coroutine).addBoth(self._outcome.append)

    @property
    def done(self) -> bool:
        return bool(self._outcome)

    @property
    def result(self) -> Any:
        (outcome,) = self._outcome
        if isinstance(outcome, Failure):
            outcome.raiseException()
        return outcome


class Connection:
    """The server's side of one connection."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._transport = StringTransportWithDisconnection()
        self._transport.protocol = client
        client.makeConnection(self._transport)

    @property
    def received(self) -> bytes:
        return self._transport.value()

    @property
    def body(self) -> bytes:
        return self.received.partition(b"\r\n\r\n")[2]

    @property
    def dropped(self) -> bool:
        return not self._transport.connected

    def send(self, data: bytes) -> None:
        self._client.dataReceived(data)

    def answer(self, status: int, body: bytes, content_type: bytes = b"application/json") -> None:
        self.send(
            b"HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
            % (status, content_type, len(body), body)
        )

    def close(self, cleanly: bool = True) -> None:
        reason = ConnectionDone() if cleanly else ConnectionLost()
        self._transport.connected = False
        self._client.connectionLost(Failure(reason))


class Wire:
    """A reactor without a network; `accept` or `refuse` what the client connects to."""

    def __init__(self) -> None:
        self.reactor = MemoryReactorClock()
        self.http = make_client(Agent.usingEndpointFactory(self.reactor, self))
        self._seen = 0

    def endpointForURI(self, uri: URI) -> TCP4ClientEndpoint:
        return TCP4ClientEndpoint(self.reactor, "127.0.0.1", uri.port)

    def knows_names(self) -> None:
        """For a client that makes its own connections: every name is on the loopback."""
        self.reactor.nameResolver = Loopback()
        directlyProvides(self.reactor, IReactorPluggableNameResolver, providedBy(self.reactor))

    @property
    def waiting(self) -> int:
        """Connections asked for and neither accepted nor refused yet."""
        return len(self.reactor.tcpClients) - self._seen

    def accept(self) -> Connection:
        return Connection(self._next().buildProtocol(None))

    def refuse(self) -> None:
        self._next().clientConnectionFailed(None, Failure(ConnectionRefusedError()))

    def assert_nothing_left(self) -> None:
        assert self.waiting == 0
        assert [call for call in self.reactor.getDelayedCalls() if call.active()] == []

    def _next(self) -> Any:
        factory = self.reactor.tcpClients[self._seen][2]
        self._seen += 1
        return factory
