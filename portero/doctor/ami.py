"""The doctor's look at the AMI: does it answer, and does it let portero in?"""

from __future__ import annotations

from typing import Any, Final, cast

from OpenSSL.SSL import Error as SSLError
from service_identity import VerificationError

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as PatienceLost
from twisted.internet.error import ConnectError, ConnectionRefusedError, DNSLookupError
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from portero.asterisk.amiendpoint import ami_endpoint
from portero.asterisk.error import (
    AMIBadBanner,
    AMICommandFailure,
    AMIDisconnected,
    AMILoginRefused,
)
from portero.asterisk.manager import AMIFactory, AMIProtocol
from portero.config.problems import printable
from portero.config.settings import AMISettings
from portero.doctor.around import Look
from portero.doctor.bench import Bench
from portero.doctor.findings import Finding, Level
from portero.doctor.manageruser import read_user
from portero.doctor.reach import NotReached, reach
from portero.limits import DOCTOR_BANNER_SECONDS, DOCTOR_HEAD_BYTES, DOCTOR_REACH_SECONDS

REACH: Final = "ami.reach"
LOGIN: Final = "ami.login"

_BANNER: Final = b"Asterisk Call Manager/"
_QUESTION: Final = b"GET / HTTP/1.0\r\n\r\n"  # a web server, or TLS, answers it; nothing else does
_STRANGERS: Final = {b"SSH-": "SSH", b"HTTP/": "HTTP (ARI?)", b"\x15\x03": "TLS", b"220 ": "SMTP"}


_NO_TLS: Final = ("doctor_ami_tls", "doctor_cure_ami_tls")
# What is wrong with a certificate, as `reach` calls it: the text and the cure.
_CERTIFICATES: Final = {
    "untrusted": ("doctor_reach_untrusted", "doctor_cure_ami_untrusted"),
    "expired": ("doctor_reach_expired", "doctor_cure_ami_expired"),
    "other_name": ("doctor_reach_other_name", "doctor_cure_ami_other_name"),
    "clock": ("doctor_reach_clock", "doctor_cure_clock"),
}


class _Listener(Protocol):
    """Hears how a server greets; asks who is silent."""

    def __init__(self, reactor: Any) -> None:
        self.greeting: Deferred[bytes] = Deferred()
        self.over = False
        self._reactor = reactor
        self._head = b""
        self._asking: Any = None

    def connectionMade(self) -> None:
        self._asking = self._reactor.callLater(DOCTOR_BANNER_SECONDS, self._ask)

    def dataReceived(self, data: bytes) -> None:
        self._head += data
        if b"\n" in self._head or len(self._head) > 5 or len(self._head) > DOCTOR_HEAD_BYTES:
            self._done(self._head)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.over = True
        if self._asking is not None and self._asking.active():
            self._asking.cancel()
        if not self.greeting.called and reason.check(SSLError, VerificationError):
            self.greeting.errback(reason)
        self._done(self._head)

    def _ask(self) -> None:
        assert self.transport is not None
        self.transport.write(_QUESTION)

    def _done(self, head: bytes) -> None:
        if not self.greeting.called:
            self.greeting.callback(head)


async def look_at_reach(bench: Bench) -> list[Finding]:
    """Does Asterisk's manager answer there, and nothing else?"""
    ami = bench.settings.asterisk.ami
    values: dict[str, Any] = {"host": ami.host, "port": ami.port}
    listener = _Listener(bench.reactor)
    listening = Deferred.fromCoroutine(_listen(ami, listener, bench.reactor))
    try:
        head = await listening.addTimeout(DOCTOR_REACH_SECONDS, bench.reactor)
    except DNSLookupError:
        return [_reach("doctor_ami_name", values, "doctor_cure_ami_host")]
    except ConnectionRefusedError:
        return [_reach("doctor_ami_refusing", values, "doctor_cure_ami_refusing")]
    except PatienceLost:
        silent = listener.transport is not None
        word = "doctor_ami_silent" if silent else "doctor_ami_far"
        return [_reach(word, values, "doctor_cure_ami_port" if silent else "doctor_cure_ami_far")]
    except ConnectError as error:
        values["why"] = printable(error)
        return [_reach("doctor_ami_unreachable", values, "doctor_cure_ami_far")]
    except (SSLError, VerificationError) as error:
        values["why"] = printable(error)
        return [await _no_tls(bench, values)]
    finally:
        if listener.transport is not None and not listener.over:
            cast(Any, listener.transport).abortConnection()
    if head.startswith(_BANNER):
        return [Finding(REACH, Level.GREEN, "doctor_ami_reached", values)]
    if not head:
        return [_reach("doctor_ami_closed", values, "doctor_cure_ami_closed")]
    values["what"] = _stranger(head)
    return [_reach("doctor_ami_stranger", values, "doctor_cure_ami_port")]


async def look_at_login(bench: Bench) -> list[Finding]:
    """Log in; the session serves the steps that follow."""
    ami = bench.settings.asterisk.ami
    values: dict[str, Any] = {"user": ami.username, "host": ami.host, "port": ami.port}
    session: AMIProtocol | None = None
    try:
        factory = AMIFactory(
            ami.username,
            ami.password.get_secret_value(),
            plaintext_login=ami.plaintext_login,
            reactor=bench.reactor,
            events="call,dtmf",
        )
        session = cast(AMIProtocol, await _way(ami, bench.reactor).connect(factory))
        values["address"] = session.transport.getHost().host
        await session.when_logged_in()
    except AMILoginRefused:
        return [await _refused(bench, values)]
    except (AMIBadBanner, AMIDisconnected, ConnectError) as error:
        values["why"] = printable(error)
        return [_login("doctor_ami_cut", values, "doctor_cure_ami_closed")]
    except (AMICommandFailure, ValueError) as error:
        values["why"] = printable(error)
        return [_login("doctor_ami_no_answer", values, "doctor_cure_ami_closed")]
    bench.ami = session
    bench.getvar = lambda name: session.getVar(None, name)
    return [Finding(LOGIN, Level.GREEN, "doctor_ami_logged_in", values)]


async def _no_tls(bench: Bench, values: dict[str, Any]) -> Finding:
    """Why TLS did not come about: who answers is asked once more, whatever he shows."""
    host, port = values["host"], values["port"]
    url = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    try:
        await reach(url, bench.reactor, now=bench.now)
    except NotReached as error:
        word, cure = _CERTIFICATES.get(error.kind, _NO_TLS)
        return _reach(word, {**values, **error.values}, cure)
    word, cure = _NO_TLS
    return _reach(word, values, cure)


async def _refused(bench: Bench, values: dict[str, Any]) -> Finding:
    """Asterisk says the same whatever is wrong; its console, where it can be run, says more."""
    ami = bench.settings.asterisk.ami
    said = await bench.ask_console(f"manager show user {ami.username}")
    if said is None:
        return _login("doctor_ami_denied", values, "doctor_cure_ami_denied")
    user = read_user(said)
    if user is None:
        return _login("doctor_ami_no_user", values, "doctor_cure_ami_no_user")
    if not user.admits(str(values["address"])):
        return _login("doctor_ami_permit", values, "doctor_cure_ami_permit")
    return _login("doctor_ami_secret", values, "doctor_cure_ami_secret")


async def _listen(ami: AMISettings, listener: _Listener, reactor: Any) -> bytes:
    await _way(ami, reactor).connect(_One(listener))
    return await listener.greeting


class _One(Factory):
    noisy = False

    def __init__(self, listener: _Listener) -> None:
        self._listener = listener

    def buildProtocol(self, addr: object) -> Protocol:
        return self._listener


def _way(ami: AMISettings, reactor: Any) -> Any:
    return ami_endpoint(reactor, f"{'tls' if ami.tls else 'tcp'}:{ami.host}:{ami.port}")


def _stranger(head: bytes) -> str:
    for beginning, name in _STRANGERS.items():
        if head.startswith(beginning):
            return name
    return repr(printable(head.split(b"\n")[0].decode("latin-1"), 40))


def _reach(word: str, values: dict[str, Any], cure: str) -> Finding:
    return Finding(REACH, Level.RED, word, values, cure)


def _login(word: str, values: dict[str, Any], cure: str) -> Finding:
    return Finding(LOGIN, Level.RED, word, values, cure)


LOOKS: Final = (
    Look(REACH, look_at_reach),
    Look(LOGIN, look_at_login, (REACH,)),
)
