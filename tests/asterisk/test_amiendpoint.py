"""The AMI over TLS, on real sockets: which certificate is taken, and what is told of the others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_twisted
from ami_side import BANNER, SECRET
from cryptography.hazmat.primitives.serialization import Encoding

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import PrivateCertificate
from twisted.internet.testing import MemoryReactorClock

from portero.asterisk.amiendpoint import ami_endpoint
from portero.asterisk.error import AMICommandFailure, AMIDisconnected, AMITLSFailure
from portero.asterisk.manager import AMIFactory, AMIProtocol
from portero.limits import AMI_RESPONSE_SECONDS
from portero.simulator.rt_certificate import self_made_certificate

CERTIFICATE: PrivateCertificate = self_made_certificate()  # localhost, 127.0.0.1 and ::1
here: Any = reactor


class Asterisk(Protocol):
    """Greets, keeps the first that it hears, and hangs up."""

    heard: list[bytes]

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(BANNER)

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.heard.append(data)
        self.transport.loseConnection()


class Served:
    def __init__(self, tls: bool, interface: str) -> None:
        self.heard: list[bytes] = []
        factory = Factory.forProtocol(type("One", (Asterisk,), {"heard": self.heard}))
        self.port = (
            here.listenSSL(0, factory, CERTIFICATE.options(), interface=interface)
            if tls
            else here.listenTCP(0, factory, interface=interface)
        )

    async def trouble(self, host: str = "localhost") -> AMICommandFailure:
        """Why the login over TLS comes to nothing."""
        factory = AMIFactory("portero", SECRET, plaintext_login=False, reactor=here)
        way = ami_endpoint(here, f"tls:{host}:{self.port.getHost().port}")
        session = cast(AMIProtocol, await way.connect(factory))
        with pytest.raises(AMICommandFailure) as failed:
            await session.when_logged_in()
        return failed.value


Serve = Callable[..., Served]


@pytest_twisted.async_yield_fixture
async def serve() -> AsyncIterator[Serve]:
    served: list[Served] = []

    def start(tls: bool, interface: str = "127.0.0.1") -> Served:
        served.append(Served(tls, interface))
        return served[-1]

    yield start
    for one in served:
        await one.port.stopListening()


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system knows who has signed it."""
    file = tmp_path / "authority.crt"
    file.write_bytes(CERTIFICATE.original.to_cryptography().public_bytes(Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest_twisted.ensureDeferred
async def test_to_who_shows_a_good_certificate_it_speaks(serve: Serve, host: str) -> None:
    asterisk = serve(True)
    assert isinstance(await asterisk.trouble(host), AMIDisconnected)  # he hangs up, in the end
    assert b"Action: Challenge" in asterisk.heard[0]


@pytest_twisted.ensureDeferred
async def test_to_who_shows_another_it_says_nothing(serve: Serve) -> None:
    asterisk = serve(True)
    failure = await asterisk.trouble()
    assert isinstance(failure, AMITLSFailure)
    assert "is not trusted by this machine" in str(failure)
    assert "update-ca-certificates" in failure.cure
    assert asterisk.heard == []


@pytest.mark.usefixtures("trusted")
@pytest_twisted.ensureDeferred
async def test_a_certificate_for_another_name_is_none(serve: Serve) -> None:
    asterisk = serve(True, "127.0.0.2")
    failure = await asterisk.trouble("127.0.0.2")
    assert isinstance(failure, AMITLSFailure)
    assert "names another host" in str(failure)
    assert "asterisk.ami.host" in failure.cure
    assert asterisk.heard == []


@pytest_twisted.ensureDeferred
async def test_who_speaks_no_tls_is_told(serve: Serve) -> None:
    failure = await serve(False).trouble()
    assert isinstance(failure, AMITLSFailure)
    assert "does not speak TLS" in str(failure)
    assert "asterisk.ami.tls: false" in failure.cure


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_way_that_leads_nowhere_is_given_up(host: str) -> None:
    reactor = MemoryReactorClock()
    ami_endpoint(reactor, f"tcp:{host}:5038").connect(Factory())
    (asked,) = reactor.tcpClients
    assert (asked[0], asked[1], asked[3]) == (host, 5038, AMI_RESPONSE_SECONDS)
