"""Can a server be reached at all: name, TCP, TLS, and what time it thinks it is.

Nothing secret is sent, and over TLS that nobody vouches for only the question for the time.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.x509 import Certificate
from cryptography.x509.oid import NameOID
from OpenSSL.SSL import Error as SSLError
from service_identity import VerificationError

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
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.ssl import optionsForClientTLS, platformTrust

from portero.doctor.caller import Anybody, Caller, call, question
from portero.doctor.clock import ahead_of, moment
from portero.doctor.findings import Finding, Level
from portero.doorman.failures import RequestFailed
from portero.doorman.pinning import PinnedCertificate
from portero.errors import PorteroError
from portero.limits import DOCTOR_CLOCK_RED_SECONDS, DOCTOR_REACH_SECONDS

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


def brief(failure: RequestFailed) -> str:
    """Why a request failed, in a word or an HTTP status: the sentence around it is a text's."""
    return failure.trouble.name.lower() if failure.status is None else f"HTTP {failure.status}"


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
    asked = question(address.host) if ask_time else None
    caller = Caller(address.secure, asked, reactor.seconds)
    began = reactor.seconds()
    try:
        head = await Deferred.fromCoroutine(call(way, caller)).addTimeout(seconds, reactor)
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
    return Reached(server, round((ready - began) * 1000), ahead_of(head, now()))


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


async def _refusal(
    address: _Address, reactor: Any, now: Callable[[], float], ask_time: bool
) -> NotReached:
    """Why a certificate was not taken: our clock, its age, its name, or who signed it."""
    anybody = Anybody(address.host)
    caller = Caller(True, question(address.host) if ask_time else None, reactor.seconds)
    way = wrapClientTLS(anybody, address.way(reactor, DOCTOR_REACH_SECONDS))
    head = b""
    try:
        asked = Deferred.fromCoroutine(call(way, caller))
        head = await asked.addTimeout(DOCTOR_REACH_SECONDS, reactor)
    except (ConnectError, DNSLookupError, PatienceLost, SSLError, PorteroError):
        pass  # then there is less to tell
    certificate = anybody.certificate
    if certificate is None:
        return NotReached("no_tls", address.server)
    here = now()
    ahead = ahead_of(head, here)
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


def _common_name(certificate: Certificate) -> str:
    """Who signed it, without anything that moves a terminal's cursor."""
    names = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    name = str(names[0].value) if names else certificate.issuer.rfc4514_string()
    return "".join(letter for letter in name if letter.isprintable())[:60]
