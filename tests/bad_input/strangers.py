"""Peers that are not who the daemon takes them for."""

from __future__ import annotations

import importlib
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.interfaces import IPullProducer
from twisted.internet.protocol import Protocol
from zope.interface import implementer

reactor: Any = importlib.import_module("twisted.internet.reactor")

ENVIRONMENT = (
    b"agi_network: yes\nagi_network_script: portero?tenant=lomas\nagi_channel: PJSIP/gate-1\n"
    b"agi_uniqueid: 17.1\nagi_extension: s\n"
)

# What comes to an open port on any network.
HTTP = b"GET / HTTP/1.1\r\nHost: portero\r\nUser-Agent: Mozilla/5.0\r\n\r\n"
SSH = b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"
TLS = bytes.fromhex("16030100c8010000c40303") + bytes(range(197))
RANDOM = bytes((index * index * 7 + index * 131 + 89) % 256 for index in range(4000))
PAGE = b"<html><body><h1>It works!</h1></body></html>"
HTML = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE
)


@implementer(IPullProducer)
class Stranger(Protocol):
    """Says ``words``; ``then``, when it has heard something; ``endless``, over and over.

    It ``leaves`` of its own accord after its last word, or waits to be hung up on.
    """

    def __init__(
        self, words: bytes = b"", *, then: bytes = b"", endless: bytes = b"", leaves: bool = False
    ) -> None:
        self.heard = b""
        self.made: Deferred[None] = Deferred()
        self.lost: Deferred[None] = Deferred()
        self._words = words
        self._then = then
        self._endless = endless
        self._leaves = leaves

    def connectionMade(self) -> None:
        self._say(self._words)
        self.made.callback(None)
        if not self._then:
            self._go_on()

    def dataReceived(self, data: bytes) -> None:
        first, self.heard = not self.heard, self.heard + data
        if first and self._then:
            self._say(self._then)
            self._go_on()

    def connectionLost(self, reason: object = None) -> None:
        self.lost.callback(None)

    def _go_on(self) -> None:
        assert self.transport is not None
        if self._endless:
            self.transport.registerProducer(self, False)
        if self._leaves:
            self.transport.loseConnection()

    def _say(self, words: bytes) -> None:
        assert self.transport is not None
        self.transport.write(words)

    def resumeProducing(self) -> None:
        """There is room for more: an endless stream has more."""
        self._say(self._endless)

    def stopProducing(self) -> None:
        """The connection is lost."""


async def comes(port: int, stranger: Stranger, *, from_host: str = "127.0.0.1") -> Stranger:
    """Connect a stranger to a port of the daemon's."""
    endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port, bindAddress=(from_host, 0))
    await connectProtocol(endpoint, stranger)
    return stranger
