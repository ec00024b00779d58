"""Can a server be reached at all: name, TCP, TLS, and what time it thinks it is.

Nothing secret is sent, and over TLS that nobody vouches for only the question for the time.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.x509 import Certificate
from cryptography.x509.oid import NameOID
from OpenSSL.crypto import X509
from OpenSSL.SSL import VERIFY_PEER, Connection
from OpenSSL.SSL import Error as SSLError
from service_identity import VerificationError

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as PatienceLost
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.error import (
    ConnectError,
    ConnectionRefusedError,
    DNSLookupError,
    TCPTimedOutError,
    TimeoutError,
)
from twisted.internet.interfaces import (
    IHandshakeListener,
    IOpenSSLClientConnectionCreator,
    IStreamClientEndpoint,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.ssl import CertificateOptions, optionsForClientTLS, platformTrust
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from portero.doctor.findings import Finding, Level
from portero.doorman.pinning import PinnedCertificate
from portero.errors import PorteroError
from portero.limits import (
    DOCTOR_CLOCK_RED_SECONDS,
    DOCTOR_CLOCK_YELLOW_SECONDS,
    DOCTOR_HEAD_BYTES,
    DOCTOR_REACH_SECONDS,
)

_PORTS: Final = {"ws": 80, "http": 80, "wss": 443, "https": 443}
_SECURE: Final = ("wss", "https")
_NO_ROUTE: Final = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL)
# OpenSSL's x509_vfy.h: X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED.
_NOT_YET, _EXPIRED = 9, 10

# The findings of a failure: its kind, the text and the cure.
_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "name": ("doctor_reach_name", "doctor_cure_reach_name"),
    "refused": ("doctor_reach_refused", "doctor_cure_reach_refused"),
    "slow": ("doctor_reach_slow", "doctor_cure_reach_slow"),
    "route": ("doctor_reach_route", "doctor_cure_reach_route"),
    "cut": ("doctor_reach_cut", "doctor_cure_reach_cut"),
    "no_tls": ("doctor_reach_no_tls", "doctor_cure_reach_no_tls"),
    "clock": ("doctor_reach_clock", "doctor_cure_clock"),
    "expired": ("doctor_reach_expired", "doctor_cure_reach_expired"),
    "untrusted": ("doctor_reach_untrusted", "doctor_cure_reach_untrusted"),
    "other_name": ("doctor_reach_other_name", "doctor_cure_reach_name"),
    "pin": ("doctor_reach_pin", "doctor_cure_reach_pin"),
}


class NotReached(PorteroError):
    """A server could not be reached; `kind`: a key of the texts above, `values` for them."""

    def __init__(self, kind: str, server: str, **values: Any) -> None:
        super().__init__(f"{server}: {kind}")
        self.kind = kind
        self.values = {"server": server, **values}

    def finding(self, step: str, setting: str, level: Level = Level.RED) -> Finding:
        """What to tell; `setting`: the one that gave the address."""
        word, cure = _TEXTS[self.kind]
        host = str(self.values["server"]).rpartition(":")[0]
        return Finding(step, level, word, {**self.values, "setting": setting, "host": host}, cure)


@dataclass(frozen=True, slots=True)
class Reached:
    """A server that answers. ms: until it was ready for a request.

    ahead: how far its clock is ahead of ours, in seconds; None where it told no time.
    """

    server: str
    ms: int
    ahead: float | None = None


def host_and_port(url: str) -> str:
    """The server of `url` as people write it, such as api.openai.com:443."""
    return _Address.of(url).server


async def reach(
    url: str,
    reactor: Any,
    *,
    now: Callable[[], float],
    certificate: str | None = None,
    ask_time: bool = False,
    seconds: float = DOCTOR_REACH_SECONDS,
) -> Reached:
    """Connect to the server of `url` within `seconds`, shake hands, and hang up.

    certificate: PEM text of the only one to take. ask_time: ask by HTTP (HEAD /) for its Date;
    else not a byte is sent beyond the handshake. Raises NotReached.
    """
    address = _Address.of(url)
    server = address.server
    way = address.way(reactor, seconds)
    if address.secure:
        creator: Any = (
            optionsForClientTLS(address.host, trustRoot=platformTrust())
            if certificate is None
            else PinnedCertificate(certificate)
        )
        way = wrapClientTLS(creator, way)
    question = _question(address.host) if ask_time else None
    caller = _Caller(address.secure, question, reactor.seconds)
    began = reactor.seconds()
    try:
        head = await Deferred.fromCoroutine(_call(way, caller)).addTimeout(seconds, reactor)
    except DNSLookupError:
        raise NotReached("name", server) from None
    except (PatienceLost, TimeoutError, TCPTimedOutError):
        raise NotReached("slow", server, seconds=f"{seconds:g}") from None
    except ConnectionRefusedError:
        raise NotReached("refused", server) from None
    except ConnectError as error:
        raise NotReached("route" if error.osError in _NO_ROUTE else "cut", server) from None
    except (SSLError, VerificationError) as error:
        if certificate is None:
            raise await _refusal(address, reactor, now, ask_time) from None
        kind = "pin" if "verify failed" in str(error) else "no_tls"
        raise NotReached(kind, server) from None
    except PorteroError:
        raise NotReached("cut", server) from None
    ready = caller.ready_at or reactor.seconds()
    return Reached(server, round((ready - began) * 1000), _ahead(head, now()))


@dataclass(frozen=True, slots=True)
class _Address:
    host: str
    port: int
    secure: bool

    @classmethod
    def of(cls, url: str) -> _Address:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 443)
        return cls(parts.hostname or "", port, parts.scheme in _SECURE)

    @property
    def server(self) -> str:
        return f"{self.host}:{self.port}"

    def way(self, reactor: Any, seconds: float) -> IStreamClientEndpoint:
        return HostnameEndpoint(reactor, self.host, self.port, timeout=seconds)


async def _call(way: Any, caller: _Caller) -> bytes:
    """The head of the answer; empty when nothing was asked. Raises whatever went wrong."""
    await way.connect(_One(caller))
    try:
        return await caller.answered
    finally:
        caller.hang_up()


class _One(Factory):
    noisy = False

    def __init__(self, caller: _Caller) -> None:
        self._caller = caller

    def buildProtocol(self, addr: object) -> Protocol:
        return self._caller


class _HungUp(PorteroError):
    """The server ended the connection before it had answered."""


@implementer(IHandshakeListener)
class _Caller(Protocol):
    """Asks its question, if it has one, when the connection is ready for it."""

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
        if getattr(self.transport, "disconnecting", False):
            return  # TLS tells this also of a certificate for another name, which it then drops
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
            self.answered.errback(_HungUp("the server hung up"))

    def hang_up(self) -> None:
        """Drop the connection: nothing more is wanted of it."""
        transport: Any = self.transport
        if transport is not None:
            transport.abortConnection()

    def _done(self, head: bytes) -> None:
        if not self.answered.called:
            self.answered.callback(head)


@implementer(IOpenSSLClientConnectionCreator)
class _Anybody:
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


async def _refusal(
    address: _Address, reactor: Any, now: Callable[[], float], ask_time: bool
) -> NotReached:
    """Why a certificate was not taken: our clock, its age, its name, or who signed it."""
    anybody = _Anybody(address.host)
    caller = _Caller(True, _question(address.host) if ask_time else None, reactor.seconds)
    way = wrapClientTLS(anybody, address.way(reactor, DOCTOR_REACH_SECONDS))
    head = b""
    try:
        asked = Deferred.fromCoroutine(_call(way, caller))
        head = await asked.addTimeout(DOCTOR_REACH_SECONDS, reactor)
    except (ConnectError, DNSLookupError, PatienceLost, SSLError, PorteroError):
        pass  # then there is less to tell
    certificate = anybody.certificate
    if certificate is None:
        return NotReached("no_tls", address.server)
    here = now()
    ahead = _ahead(head, here)
    values = {
        "issuer": _common_name(certificate),
        "since": f"{certificate.not_valid_before_utc:%Y-%m-%d}",
        "until": f"{certificate.not_valid_after_utc:%Y-%m-%d}",
        "here": moment(here),
        "there": "?" if ahead is None else moment(here + ahead),
    }
    return NotReached(_kind(anybody.errors, ahead or 0.0), address.server, **values)


def _kind(errors: list[int], ahead: float) -> str:
    if set(errors) - {_NOT_YET, _EXPIRED}:
        return "untrusted"
    if _NOT_YET in errors or (errors and abs(ahead) > DOCTOR_CLOCK_RED_SECONDS):
        return "clock"
    return "expired" if errors else "other_name"


def moment(seconds: float) -> str:
    """A time of the epoch as people read it, in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def offset_level(ahead: float) -> Level:
    """How bad it is that another clock is ahead of ours by so many seconds, or behind."""
    if abs(ahead) > DOCTOR_CLOCK_RED_SECONDS:
        return Level.RED
    return Level.YELLOW if abs(ahead) > DOCTOR_CLOCK_YELLOW_SECONDS else Level.GREEN


def _question(host: str) -> bytes:
    return f"HEAD / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()


def _ahead(head: bytes, now: float) -> float | None:
    """From the Date header (RFC 9110, 6.6.1) of an answer that came at our time `now`."""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"date":
            try:
                told = parsedate_to_datetime(value.strip().decode("latin-1"))
            except ValueError:
                return None
            return told.replace(tzinfo=told.tzinfo or UTC).timestamp() - now
    return None


def _common_name(certificate: Certificate) -> str:
    """Who signed it, without anything that moves a terminal's cursor."""
    names = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    name = str(names[0].value) if names else certificate.issuer.rfc4514_string()
    return "".join(letter for letter in name if letter.isprintable())[:60]
