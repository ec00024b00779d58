"""A stand-in for the relay that moves a gate: an HTTP server that notes what it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from twisted.application.service import Service
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IListeningPort
from twisted.internet.task import deferLater
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site


class RelayMood(StrEnum):
    """How the relay answers."""

    WELL = "well"
    SLOW = "slow"  # well, after ``RelayServer.slow_seconds``
    BROKEN = "broken"  # HTTP 500
    HTML = "html"  # HTTP 200 with a page, as a router's login does
    HANGING = "hanging"  # takes the request and never answers


@dataclass(frozen=True, slots=True)
class Pulse:
    """A request that came: ``at`` is the reactor's time."""

    at: float
    method: str
    path: str
    body: bytes


class _Relay(Resource):
    isLeaf = True

    def __init__(self, server: RelayServer) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._server = server

    def render(self, request: Request) -> Any:
        return self._server.pulsed(request)


class RelayServer(Service):
    """The relay as a service on the loopback; ``pulses`` is what it was asked, in order.

    ``mood`` may be changed while it runs; ``when_pulsed`` is told of each request as it comes.
    """

    def __init__(
        self,
        reactor: Any,
        *,
        port: int = 0,
        mood: RelayMood = RelayMood.WELL,
        slow_seconds: float = 3.0,
        when_pulsed: Callable[[Pulse], None] = lambda pulse: None,
    ) -> None:
        self.mood = mood
        self.slow_seconds = slow_seconds
        self.pulses: list[Pulse] = []
        self._reactor = reactor
        self._wanted_port = port
        self.when_pulsed = when_pulsed
        self._port: IListeningPort | None = None
        self.resource = _Relay(self)
        self._site = Site(self.resource, reactor=reactor)
        self._answers: set[Deferred[None]] = set()

    @property
    def url(self) -> str:
        """Where a pulse is sent, once the service runs."""
        assert self._port is not None
        address = self._port.getHost()
        assert isinstance(address, IPv4Address)
        return f"http://{address.host}:{address.port}/relay/1/pulse"

    def startService(self) -> None:
        """Listen."""
        super().startService()  # type: ignore[no-untyped-call]
        self._port = self._reactor.listenTCP(self._wanted_port, self._site, interface="127.0.0.1")

    def stopService(self) -> Deferred[None]:
        """Stop listening; answers that are still due are not given."""
        super().stopService()  # type: ignore[no-untyped-call]
        for answer in list(self._answers):
            answer.cancel()
        return Deferred.fromCoroutine(self._stop_listening())

    async def _stop_listening(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            await maybeDeferred(port.stopListening)

    def pulsed(self, request: Request) -> Any:
        """Note a request, and answer in the present mood."""
        pulse = Pulse(
            self._reactor.seconds(),
            request.method.decode(),
            request.uri.decode(),
            request.content.read() if request.content else b"",
        )
        self.pulses.append(pulse)
        self.when_pulsed(pulse)
        match self.mood:
            case RelayMood.WELL:
                return _json(request)
            case RelayMood.BROKEN:
                request.setResponseCode(500)
                return b"relay fault\n"
            case RelayMood.HTML:
                request.setHeader("content-type", "text/html")
                return b"<html><title>Login</title></html>"
            case RelayMood.SLOW:
                self._answer_later(request)
        return NOT_DONE_YET

    def _answer_later(self, request: Request) -> None:
        answer: Deferred[None] = deferLater(self._reactor, self.slow_seconds)
        self._answers.add(answer)
        request.notifyFinish().addErrback(lambda _: answer.cancel())

        def finish(_: None) -> None:
            request.write(_json(request))
            request.finish()

        answer.addCallback(finish)
        answer.addBoth(lambda _: self._answers.discard(answer))


def _json(request: Request) -> bytes:
    request.setHeader("content-type", "application/json")
    return b'{"pulsed": true}'
