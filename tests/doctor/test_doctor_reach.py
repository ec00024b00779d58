"""Whether a server can be reached, on real sockets: each way to fail has its own finding."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from typing import Any

import pytest
import pytest_twisted
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import PrivateCertificate, trustRootFromCertificates

from portero.doctor import caller
from portero.doctor import reach as reaching
from portero.doctor.clock import offset_level
from portero.doctor.findings import Level
from portero.doctor.reach import NotReached, reach
from portero.limits import (
    DOCTOR_CLOCK_RED_SECONDS,
    DOCTOR_CLOCK_YELLOW_SECONDS,
    DOCTOR_HEAD_BYTES,
)
from portero.messages import text

NOW = time.time()


def certificate(
    *, name: str = "127.0.0.1", begins: float = -1, days: float = 365, issuer: str = "Some CA"
) -> PrivateCertificate:
    """Its own authority; `begins`: days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    start = datetime.now(UTC) + timedelta(days=begins)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)])
    try:
        alternative: Any = x509.IPAddress(ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    loaded: PrivateCertificate = PrivateCertificate.loadPEM(
        pem + made.public_bytes(serialization.Encoding.PEM)
    )
    return loaded


class Answering(Protocol):
    """Keeps what it hears; says `answer` once it has heard anything, or hangs up for None."""

    answer: bytes | None = b""
    at_once = False
    heard: list[bytes]

    def connectionMade(self) -> None:
        if self.at_once:
            self._say()

    def dataReceived(self, data: bytes) -> None:
        self.heard.append(data)
        self._say()

    def _say(self) -> None:
        assert self.transport is not None
        if self.answer is None:
            self.transport.loseConnection()
        else:
            self.transport.write(self.answer)


class Server:
    """A listening port for the time of a `with`."""

    def __init__(
        self,
        answer: bytes | None = b"",
        tls: PrivateCertificate | None = None,
        *,
        at_once: bool = False,
    ) -> None:
        self.heard: list[bytes] = []
        factory = Factory.forProtocol(Answering)
        namespace = {"answer": answer, "heard": self.heard, "at_once": at_once}
        factory.protocol = type("Here", (Answering,), namespace)  # type: ignore[assignment]
        where: Any = reactor
        if tls is None:
            self._port = where.listenTCP(0, factory, interface="127.0.0.1")
        else:
            self._port = where.listenSSL(0, factory, tls.options(), interface="127.0.0.1")
        scheme = "http" if tls is None else "https"
        self.port = self._port.getHost().port
        self.url = f"{scheme}://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._port.stopListening()


def dated(ahead: float) -> bytes:
    """An answer whose server's clock is that much ahead of ours."""
    moment = format_datetime(datetime.fromtimestamp(NOW + ahead, UTC), usegmt=True)
    return f"HTTP/1.1 404 Not Found\r\ndate: {moment}\r\nContent-Length: 0\r\n\r\n".encode()


async def failure(url: str, **options: Any) -> NotReached:
    with pytest.raises(NotReached) as failed:
        await reach(url, reactor, now=lambda: NOW, **options)
    finding = failed.value.finding("backend", "doorman.backend_url")
    for language in ("es", "en"):  # both texts have all that they need
        assert text(finding.word, language, **finding.values)
        assert text(finding.cure, language, **finding.values)
    assert finding.level is Level.RED
    return failed.value


@pytest_twisted.ensureDeferred
async def test_a_server_is_reached_and_hears_nothing_unless_it_is_asked_for_the_time() -> None:
    async with Server() as server:
        began = time.monotonic()
        reached = await reach(server.url, reactor, now=lambda: NOW)
        assert reached.server == f"127.0.0.1:{server.port}"
        assert 0 <= reached.ms <= 1000 * (time.monotonic() - began) + 1
        assert reached.ahead is None
        assert server.heard == []


@pytest_twisted.ensureDeferred
async def test_its_clock_is_compared_with_ours() -> None:
    async with Server(dated(3600)) as server:
        reached = await reach(server.url, reactor, now=lambda: NOW, ask_time=True)
    assert reached.ahead == pytest.approx(3600, abs=1.1)
    assert server.heard[0].startswith(b"HEAD / HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nDate: ?\r\n\r\n"]
)
@pytest_twisted.ensureDeferred
async def test_a_server_that_tells_no_time_is_reached_all_the_same(head: bytes) -> None:
    async with Server(head) as server:
        reached = await reach(server.url, reactor, now=lambda: NOW, ask_time=True)
    assert reached.ahead is None


@pytest_twisted.ensureDeferred
async def test_an_endless_head_is_read_no_further_than_its_bound() -> None:
    async with Server(b"x" * (DOCTOR_HEAD_BYTES + 1)) as server:
        reached = await reach(server.url, reactor, now=lambda: NOW, ask_time=True)
    assert reached.ahead is None


@pytest_twisted.ensureDeferred
async def test_nobody_listens() -> None:
    async with Server() as server:
        pass
    failed = await failure(server.url)
    assert failed.kind == "refused"
    assert failed.values["server"] == f"127.0.0.1:{server.port}"


@pytest_twisted.ensureDeferred
async def test_a_name_that_nobody_has() -> None:
    assert (await failure("https://portero.invalid/v1", seconds=20)).kind == "name"


@pytest_twisted.ensureDeferred
async def test_a_server_that_says_nothing_is_waited_for_so_long_and_no_longer() -> None:
    async with Server() as server:
        assert (await failure(server.url, ask_time=True, seconds=0.2)).kind == "slow"


@pytest_twisted.ensureDeferred
async def test_a_server_that_hangs_up() -> None:
    async with Server(None) as server:
        assert (await failure(server.url, ask_time=True)).kind == "cut"


@pytest_twisted.ensureDeferred
async def test_a_port_that_does_not_speak_tls() -> None:
    async with Server(b"220 mail.example ESMTP\r\n") as server:
        url = server.url.replace("http", "https")
        assert (await failure(url)).kind == "no_tls"


@pytest_twisted.ensureDeferred
async def test_a_certificate_that_nobody_here_knows_is_told_with_who_signed_it() -> None:
    async with Server(dated(0), certificate(issuer="FortiGate CA")) as server:
        failed = await failure(server.url, ask_time=True)
    assert (failed.kind, failed.values["issuer"]) == ("untrusted", "FortiGate CA")
    assert len(server.heard) == 1
    assert server.heard[0].startswith(b"HEAD / HTTP/1.1\r\n")


@pytest_twisted.ensureDeferred
async def test_the_certificate_of_the_settings_and_another_one() -> None:
    ours, theirs = certificate(), certificate()
    async with Server(b"", ours) as server:
        pem = ours.dumpPEM().decode()
        assert (await reach(server.url, reactor, now=lambda: NOW, certificate=pem)).ms >= 0
        pem = theirs.dumpPEM().decode()
        assert (await failure(server.url, certificate=pem)).kind == "pin"
    assert server.heard == []


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes this machine trust a certificate as if it were an authority's."""

    def trust(known: PrivateCertificate) -> None:
        root = trustRootFromCertificates([known])
        for module in (caller, reaching):
            monkeypatch.setattr(module, "platformTrust", lambda: root)

    return trust


@pytest_twisted.ensureDeferred
async def test_a_certificate_of_a_known_authority(trusted: Any) -> None:
    made = certificate()
    trusted(made)
    async with Server(dated(0), made) as server:
        reached = await reach(server.url, reactor, now=lambda: NOW, ask_time=True)
    assert reached.ahead == pytest.approx(0, abs=1.1)


@pytest_twisted.ensureDeferred
async def test_a_certificate_for_another_name(trusted: Any) -> None:
    made = certificate(name="door.example")
    trusted(made)
    async with Server(b"", made) as server:
        assert (await failure(server.url)).kind == "other_name"


@pytest.mark.parametrize(
    ("begins", "there", "kind"),
    [
        (-30, 0.0, "expired"),  # both clocks agree: it is old
        (-30, -20 * 86400.0, "clock"),  # ours is ahead by 20 days
        (20, 25 * 86400.0, "clock"),  # ours is behind
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_certificate_out_of_its_time_says_whose_clock_is_wrong(
    trusted: Any, begins: float, there: float, kind: str
) -> None:
    made = certificate(begins=begins, days=10)
    trusted(made)
    async with Server(dated(there), made) as server:
        failed = await failure(server.url, ask_time=True)
    assert failed.kind == kind
    assert all(heard.startswith(b"HEAD / ") for heard in server.heard)


@pytest_twisted.ensureDeferred
async def test_a_gate_with_such_a_certificate_is_not_even_asked_for_the_time(trusted: Any) -> None:
    made = certificate(begins=20, days=10)
    trusted(made)
    async with Server(dated(0), made) as server:
        assert (await failure(server.url)).kind == "clock"
    assert server.heard == []


@pytest.mark.parametrize(
    ("ahead", "level"),
    [
        (DOCTOR_CLOCK_YELLOW_SECONDS, Level.GREEN),
        (DOCTOR_CLOCK_YELLOW_SECONDS + 1, Level.YELLOW),
        (-DOCTOR_CLOCK_YELLOW_SECONDS - 1, Level.YELLOW),
        (DOCTOR_CLOCK_RED_SECONDS, Level.YELLOW),
        (DOCTOR_CLOCK_RED_SECONDS + 1, Level.RED),
        (-3600, Level.RED),
    ],
)
def test_how_bad_a_wrong_clock_is(ahead: float, level: Level) -> None:
    assert offset_level(ahead) is level
