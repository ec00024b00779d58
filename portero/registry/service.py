"""The embedded backend as a service: a database, its thread, and a port on loopback."""

from __future__ import annotations

from typing import Any

from twisted.application.service import Service
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IListeningPort
from twisted.web.server import Request, Site

from portero.limits import REGISTRY_BODY_BYTES
from portero.registry.http import make_app
from portero.registry.store import Registry


class BoundedRequest(Request):
    """A request whose connection is dropped when its body grows beyond what any route reads."""

    _room = 2 * REGISTRY_BODY_BYTES  # so that a route can still answer 413 to what is just too long

    def handleContentChunk(self, data: bytes) -> None:
        self._room -= len(data)
        if self._room < 0:
            self.channel.forceAbortClient()
        else:
            super().handleContentChunk(data)  # type: ignore[no-untyped-call]


class RegistryService(Service):
    """Serves `registry` to this machine only; `url` is known once `start` is done.

    reactor: listens and has threads (the real one). port 0: any free port.
    """

    def __init__(self, registry: Registry, token: str, *, reactor: Any, port: int = 0) -> None:
        self._registry = registry
        self._token = token
        self._reactor = reactor
        self._wanted = port
        self._port: IListeningPort | None = None

    @property
    def url(self) -> str:
        """Where the API is, without /api/v1."""
        if self._port is None:
            raise RuntimeError("the registry is not listening")
        address = self._port.getHost()
        assert isinstance(address, IPv4Address)
        return f"http://127.0.0.1:{address.port}"

    async def start(self) -> None:
        """Open the database, bring it up to date and listen. Raises RegistryError."""
        await self._registry.start(self._reactor)
        site = Site(make_app(self._registry, self._token), requestFactory=BoundedRequest)
        site.displayTracebacks = False
        self._port = self._reactor.listenTCP(self._wanted, site, interface="127.0.0.1")

    def stopService(self) -> Deferred[None]:
        """Stop listening, then close the database."""
        super().stopService()  # type: ignore[no-untyped-call]
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        if self._port is not None:
            port, self._port = self._port, None
            await maybeDeferred(port.stopListening)
        self._registry.close()
