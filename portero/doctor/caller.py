"""One short connection to a server: a handshake, at most one question without a secret.

Source of the question: RFC 9110, 9.3.2 (HEAD) and 6.6.1 (Date).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cryptography.x509 import Certificate
from OpenSSL.crypto import X509
from OpenSSL.SSL import VERIFY_PEER, Connection
from OpenSSL.SSL import Error as SSLError
from service_identity import VerificationError

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IHandshakeListener, IOpenSSLClientConnectionCreator
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.ssl import CertificateOptions, platformTrust
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from portero.errors import PorteroError
from portero.limits import DOCTOR_HEAD_BYTES


async def call(way: Any, caller: Caller) -> bytes:
    """The head of the answer; empty when nothing was asked. Raises whatever went wrong."""
    await way.connect(_One(caller))
    try:
        return await caller.answered
    finally:
        caller.hang_up()


class _One(Factory):
    noisy = False

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def buildProtocol(self, addr: object) -> Protocol:
        return self._caller


class HungUp(PorteroError):
    """The server ended the connection before it had answered."""


@implementer(IHandshakeListener)
class Caller(Protocol):
    """Asks its question, if it has one, when the connection is ready for it.

    `answered`: the head of the answer. `ready_at`: when the handshake was over, by `seconds`.
    """

    def __init__(self, secure: bool, question: bytes | None, seconds: Callable[[], float]) -> None:
        self.answered: Deferred[bytes] = Deferred()
        self.ready_at: float | None = None
        self._secure = secure
        self._question = question
        self._seconds = seconds
        self._head = b""

    def connectionMade(self) -> None:
        if not self._secure:
            self.handshakeCompleted()

    def handshakeCompleted(self) -> None:
        self.ready_at = self._seconds()
        if self._question is None:
            self._done(b"")
        elif self.transport is not None:
            self.transport.write(self._question)

    def dataReceived(self, data: bytes) -> None:
        self._head += data
        if b"\r\n\r\n" in self._head or len(self._head) > DOCTOR_HEAD_BYTES:
            self._done(self._head)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.answered.called:
            return
        if reason.check(SSLError, VerificationError):
            self.answered.errback(reason)
        elif self._head:
            self._done(self._head)
        else:
            self.answered.errback(HungUp("the server hung up"))

    def hang_up(self) -> None:
        """Drop the connection: nothing more is wanted of it."""
        transport: Any = self.transport
        if transport is not None:
            transport.abortConnection()

    def _done(self, head: bytes) -> None:
        if not self.answered.called:
            self.answered.callback(head)


@implementer(IOpenSSLClientConnectionCreator)
class Anybody:
    """TLS with whoever answers, to hear what is wrong with his certificate, and what time it is."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._context = CertificateOptions(trustRoot=platformTrust()).getContext()
        self.errors: list[int] = []
        self.certificate: Certificate | None = None

    def clientConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> Connection:
        connection = Connection(self._context, None)
        connection.set_verify(VERIFY_PEER, self._look)
        if not (isIPAddress(self._host) or isIPv6Address(self._host)):
            connection.set_tlsext_host_name(self._host.encode())
        return connection

    def _look(self, _: Connection, given: X509, error: int, depth: int, fine: int) -> bool:
        if error and error not in self.errors:
            self.errors.append(error)
        if self.certificate is None or depth == 0:
            self.certificate = given.to_cryptography()
        return True


def question(host: str) -> bytes:
    """What time is it?"""
    return f"HEAD / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
