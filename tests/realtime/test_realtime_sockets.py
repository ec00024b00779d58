"""The client on real sockets: TLS, back pressure of TCP, and nothing left behind."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from leftovers import timers
from realtime_server import Listener, Server

from autobahn.twisted.websocket import WebSocketServerFactory
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.ssl import PrivateCertificate, optionsForClientTLS

from portero.realtime.client import RealtimeConnection, connect, trust
from portero.realtime.dialects import OpenAI, Target
from portero.realtime.errors import Unreachable

reactor: Any = importlib.import_module("twisted.internet.reactor")


def certificate() -> PrivateCertificate:
    """One for `localhost`, signed by nobody but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return PrivateCertificate.loadPEM(signed.public_bytes(encoding) + private)


@contextlib.asynccontextmanager
async def listening(
    tls: PrivateCertificate | None = None,
) -> AsyncIterator[tuple[Server, Target, int]]:
    """A server on loopback, and a check that nothing of ours outlives it."""
    calls, readers = timers(), set(reactor.getReaders())
    server = Server()
    factory = WebSocketServerFactory(reactor=reactor)
    factory.protocol = lambda: server
    factory.setProtocolOptions(openHandshakeTimeout=0, closeHandshakeTimeout=0)
    place = {"interface": "127.0.0.1"}
    if tls:
        port = reactor.listenSSL(0, factory, tls.options(), **place)
    else:
        port = reactor.listenTCP(0, factory, **place)
    number = port.getHost().port
    url = f"{'wss' if tls else 'ws'}://localhost:{number}/v1"
    yield server, OpenAI().target(url, "m", "sk-1"), number
    await port.stopListening()
    if server.connected:
        await server.gone
    assert timers() <= calls
    assert set(reactor.getReaders()) <= readers


async def visit(server: Server, opening: Deferred[RealtimeConnection]) -> None:
    connection = await opening
    for _ in range(3):
        connection.append(bytes(960))
    await server.heard(3)
    await connection.close()


@pytest_twisted.ensureDeferred
async def test_a_visit_over_tcp_leaves_nothing_behind() -> None:
    async with listening() as (server, target, _):
        await visit(server, connect(reactor, target, Listener()))


@pytest_twisted.ensureDeferred
async def test_a_visit_over_tls_leaves_nothing_behind() -> None:
    tls = certificate()
    async with listening(tls) as (server, target, port):
        trusting = optionsForClientTLS("localhost", trustRoot=tls)
        way = wrapClientTLS(trusting, HostnameEndpoint(reactor, "127.0.0.1", port))
        await visit(server, connect(reactor, target, Listener(), endpoint=way))


@pytest.fixture
def forgotten_trust() -> Iterator[None]:
    """Nobody has been trusted yet, and this test's trust goes with it."""
    trust.cache_clear()
    yield
    trust.cache_clear()


@pytest.mark.usefixtures("forgotten_trust")
@pytest_twisted.ensureDeferred
async def test_the_authorities_are_loaded_once_and_not_for_each_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, authorities = certificate(), tmp_path / "authorities.pem"
    authorities.write_bytes(tls.dumpPEM())
    monkeypatch.setenv("SSL_CERT_FILE", str(authorities))
    async with listening(tls) as (server, target, _):
        await visit(server, connect(reactor, target, Listener()))
    authorities.unlink()
    async with listening(tls) as (server, target, _):
        await visit(server, connect(reactor, target, Listener()))


@pytest_twisted.ensureDeferred
async def test_a_server_that_says_goodbye_and_does_not_hang_up() -> None:
    tls = certificate()
    async with listening(tls) as (server, target, port):
        server.dropConnection = lambda abort=False: None
        trusting = optionsForClientTLS("localhost", trustRoot=tls)
        way = wrapClientTLS(trusting, HostnameEndpoint(reactor, "127.0.0.1", port))
        listener = Listener()
        await connect(reactor, target, listener, endpoint=way)
        server.sendCloseFrame(1001, b"session_expired")
        await listener.gone
        assert [lost.code for lost in listener.lost] == [1001]


@pytest_twisted.ensureDeferred
async def test_a_server_that_hangs_up_instead_of_answering_our_goodbye() -> None:
    async with listening() as (server, target, _):
        server.onCloseFrame = lambda *_: server.transport.abortConnection()
        connection = await connect(reactor, target, Listener())
        await connection.close()


@pytest_twisted.ensureDeferred
async def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    async with listening(certificate()) as (server, target, _):
        with pytest.raises(Unreachable, match=r"certificate .*clock right .*doctor"):
            await connect(reactor, target, Listener())
        assert server.request is None


@pytest_twisted.ensureDeferred
async def test_a_network_that_really_stands_still() -> None:
    """The transport itself says when it is full, and when it has room again."""
    async with listening() as (server, target, _):
        connection = await connect(reactor, target, Listener())
        server.transport.pauseProducing()
        for _ in range(400):
            connection.append(bytes(48_000))
        dropped = connection.dropped_bytes // 48_000
        assert 0 < dropped < 400
        server.transport.resumeProducing()
        await server.heard(400 - dropped)
        await connection.close()


@pytest_twisted.ensureDeferred
async def test_a_port_where_nobody_listens() -> None:
    async with listening() as (_, target, _):
        pass
    with pytest.raises(Unreachable, match="no connection to the Realtime server localhost"):
        await connect(reactor, target, Listener())
