"""Asks a Unix socket over HTTP, as a command of portero would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import treq
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import UNIXClientEndpoint
from twisted.internet.protocol import Protocol
from twisted.web.client import Agent
from twisted.web.iweb import IAgentEndpointFactory, IResponse
from zope.interface import implementer


@implementer(IAgentEndpointFactory)
class AtPath:
    """Whatever the address says: this file."""

    def __init__(self, reactor: Any, path: Path) -> None:
        self.reactor = reactor
        self.path = path

    def endpointForURI(self, uri: object) -> UNIXClientEndpoint:
        return UNIXClientEndpoint(self.reactor, str(self.path), timeout=5)


class Lines(Protocol):
    """The lines of an answer that goes on, as they come."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.over: Deferred[None] = Deferred()
        self._rest = b""
        self._wanted: tuple[int, Deferred[None]] | None = None

    def dataReceived(self, data: bytes) -> None:
        *whole, self._rest = (self._rest + data).split(b"\n")
        self.lines += whole
        if self._wanted is not None and len(self.lines) >= self._wanted[0]:
            (_, told), self._wanted = self._wanted, None
            told.callback(None)

    def connectionLost(self, reason: object = None) -> None:
        self.over.callback(None)

    async def have(self, count: int) -> list[bytes]:
        """Wait for so many lines."""
        if len(self.lines) < count:
            told: Deferred[None] = Deferred()
            self._wanted = (count, told)
            await told
        return self.lines


class Client:
    """One who may open the socket."""

    def __init__(self, reactor: Any, path: Path) -> None:
        self._agent = Agent.usingEndpointFactory(reactor, AtPath(reactor, path))

    async def ask(self, method: str, path: str) -> tuple[int, Any]:
        """Status and JSON."""
        response = await self._request(method, path)
        return response.code, json.loads(await treq.content(response))

    async def listen(self, path: str) -> Lines:
        """The lines of a stream."""
        lines = Lines()
        (await self._request("GET", path)).deliverBody(lines)
        return lines

    async def _request(self, method: str, path: str) -> IResponse:
        url = f"http://portero{path}".encode()
        return await self._agent.request(method.encode(), url)
