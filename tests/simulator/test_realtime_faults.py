"""What goes wrong on demand: in sessions on a fake clock, and at the connection on loopback."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_twisted
from leftovers import timers
from realtime_bench import Bench, audio_of, kinds, line, only

from autobahn.twisted.websocket import (
    WebSocketClientFactory,
    WebSocketClientProtocol,
    connectWS,
)
from twisted.internet import reactor
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.ssl import Certificate, optionsForClientTLS

from portero.simulator.conversation_script import FaultStep, Script
from portero.simulator.faults import Fault, FaultKind, FaultPlan
from portero.simulator.realtime import RealtimeServer
from portero.simulator.rt_generation import Pace
from portero.simulator.rt_session import Manners
from portero.simulator.voice import Voice


def struck_by(kind: FaultKind, **fields: Any) -> Bench:
    bench = Bench(FaultStep(Fault(kind, 1, **fields)), line(2.0))
    bench.set_up()
    return bench


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FaultKind.RATE_LIMIT, "rate_limit_exceeded"),
        (FaultKind.SERVER_ERROR, "server_error"),
    ],
)
def test_failed_response_then_the_same_turn_again(kind: FaultKind, code: str) -> None:
    bench = struck_by(kind)
    events = bench.respond()
    assert kinds(events) == ["response.created", "response.done", "rate_limits.updated"]
    response = events[1]["response"]
    assert response["status"] == "failed"
    assert response["status_details"]["error"]["code"] == code
    assert response["output"] == []
    assert len(audio_of(bench.respond())) == 2 * 48_000
    bench.close()


def test_error_event_in_the_place_of_a_response() -> None:
    bench = struck_by(FaultKind.ERROR_EVENT)
    events = bench.respond()
    assert kinds(events) == ["error"]
    assert events[0]["error"]["type"] == "server_error"
    assert "response.done" in kinds(bench.respond())


def test_silence() -> None:
    bench = struck_by(FaultKind.SILENCE)
    assert bench.respond(60.0) == []
    bench.close()


def test_slow_first_sound() -> None:
    bench = struck_by(FaultKind.SLOW, seconds=7.0)
    assert audio_of(bench.respond(7.0)) == b""
    assert len(audio_of(bench.wait(2.0))) == 2 * 48_000


def test_drop_in_the_middle_of_the_sound() -> None:
    bench = struck_by(FaultKind.DROP)
    events = bench.send("response.create")
    while not bench.wire.aborted:
        events += bench.wait(0.01)
    assert 0 < len(audio_of(events)) < 2 * 48_000
    assert "response.output_item.done" not in kinds(events)
    bench.close()


def test_expiry_is_an_error_and_close_1001() -> None:
    for bench in (struck_by(FaultKind.EXPIRE), Bench(manners=Manners(session_seconds=1800))):
        bench.new()
        bench.send("response.create")
        if bench.wire.closed is None:
            bench.clock.advance(1799)
            bench.wait(1.1)
        assert bench.wire.closed is not None
        code, reason = bench.wire.closed
        assert code == 1001
        assert "maximum duration" in reason
        bench.close()


def test_expires_at_tells_when() -> None:
    bench = Bench(manners=Manners(session_seconds=1800))
    [created] = bench.new()
    assert created["session"]["expires_at"] == 1800


def test_garbage_comes_before_an_ordinary_response() -> None:
    bench = struck_by(FaultKind.GARBAGE)
    bench.session.receive(b'{"type": "response.create"}')
    bench.wait_unchecked(5.0)
    frames = bench.wire.frames
    assert b"{not json" in frames
    assert b"\x00\xff" in frames
    assert any(b"portero.no_such_event" in frame for frame in frames)
    assert any(b"response.done" in frame for frame in frames)


def test_done_without_created() -> None:
    bench = struck_by(FaultKind.NO_CREATED)
    events = bench.respond()
    assert kinds(events) == ["response.done"]
    assert events[0]["response"]["status"] == "cancelled"


def test_a_plan_strikes_as_often_as_it_says() -> None:
    plan = FaultPlan([Fault.parse("http-503:2"), Fault.parse("rate-limit")])
    met = [plan.next_at_connection() for _ in range(3)]
    assert [fault and fault.kind for fault in met] == [FaultKind.HTTP_503, FaultKind.HTTP_503, None]
    assert all(plan.next_at_response() for _ in range(3))


class Client(WebSocketClientProtocol):
    """Keeps events, and how the connection ended."""

    def onOpen(self) -> None:
        self.factory.opened.callback(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.factory.events.append(json.loads(payload))
        waiting, self.factory.waiting = self.factory.waiting, []
        for deferred in waiting:
            deferred.callback(None)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        self.factory.ended.callback((code, reason))


class ClientFactory(WebSocketClientFactory):
    protocol = Client

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        super().__init__(url, headers=headers, reactor=reactor)
        self.events: list[dict[str, Any]] = []
        self.waiting: list[Deferred[None]] = []
        self.opened: Deferred[Client] = Deferred()
        self.ended: Deferred[tuple[int, str]] = Deferred()

    async def until(self, kind: str) -> dict[str, Any]:
        while not (found := only(self.events, kind)):
            self.waiting.append(Deferred())
            await self.waiting[-1]
        return found[-1]


KEY = {"Authorization": "Bearer sk-test"}
QUICK = Manners(pace=Pace(0.0, 0.0, 1000.0, 0.0, 0.0, 0.0))


def serve(*faults: Fault, **options: Any) -> RealtimeServer:
    script = Script("test", (line(1.0),))
    server = RealtimeServer(
        reactor, script=script, faults=faults, manners=QUICK, voice=Voice(maybeDeferred), **options
    )
    server.startService()
    return server


def connect(
    server: RealtimeServer, headers: dict[str, str] = KEY, query: str = "?model=gpt-realtime-2.1"
) -> ClientFactory:
    factory = ClientFactory(server.url + query, headers)
    context = None
    if server.certificate is not None:
        authority = Certificate(server.certificate.original)
        context = optionsForClientTLS("127.0.0.1", trustRoot=authority)
    connectWS(factory, context)
    return factory


@pytest_twisted.ensureDeferred
@pytest.mark.parametrize("tls", [False, True])
async def test_a_conversation_over_the_network(tls: bool) -> None:
    server = serve(tls=tls)
    assert urlsplit(server.url).scheme == ("wss" if tls else "ws")
    client = connect(server)
    connection = await client.opened
    await client.until("session.created")
    update = {"type": "session.update", "session": {"type": "realtime"}}
    connection.sendMessage(json.dumps(update).encode())
    connection.sendMessage(b'{"type": "response.create"}')
    await client.until("response.done")
    assert len(audio_of(client.events)) == 48_000
    assert server.sessions[0].violations == []
    connection.sendClose(1000)
    assert (await client.ended)[0] == 1000
    await server.stopService()


@pytest_twisted.ensureDeferred
@pytest.mark.parametrize(
    ("kind", "status"),
    [(FaultKind.HTTP_401, 401), (FaultKind.HTTP_429, 429), (FaultKind.HTTP_503, 503)],
)
async def test_http_errors_at_the_upgrade(kind: FaultKind, status: int) -> None:
    server = serve(Fault(kind, 1))
    _code, reason = await connect(server).ended
    assert str(status) in reason
    again = connect(server)
    await again.until("session.created")
    await server.stopService()
    await again.ended
    assert server.sessions[0].violations == []


@pytest_twisted.ensureDeferred
@pytest.mark.parametrize(
    ("headers", "query", "fault", "error", "close"),
    [
        ({}, "?model=m", None, "invalid_api_key", 3000),
        ({"Authorization": "Bearer sk-wrong"}, "?model=m", None, "invalid_api_key", 3000),
        (KEY, "?model=m", FaultKind.INVALID_KEY, "invalid_api_key", 3000),
        (KEY, "?model=m", FaultKind.ADMISSION, "invalid_intent", 4000),
        (KEY, "", None, "invalid_model", 4000),
        (
            {**KEY, "OpenAI-Beta": "realtime=v1"},
            "?model=m",
            None,
            "beta_api_shape_disabled",
            4000,
        ),
    ],
)
async def test_not_admitted(
    headers: dict[str, str], query: str, fault: FaultKind | None, error: str, close: int
) -> None:
    server = serve(*([Fault(fault)] if fault else []), api_key="sk-test")
    client = connect(server, headers, query)
    code, reason = await client.ended
    assert (code, reason) == (close, f"invalid_request_error.{error}")
    assert kinds(client.events) == ["error"]
    assert client.events[0]["error"]["code"] == error
    await server.stopService()


@pytest_twisted.ensureDeferred
async def test_dropped_in_the_middle_is_1006() -> None:
    server = serve(Fault(FaultKind.DROP))
    client = connect(server)
    connection = await client.opened
    connection.sendMessage(b'{"type": "response.create"}')
    assert (await client.ended)[0] == 1006
    await server.stopService()


@pytest_twisted.ensureDeferred
async def test_expired_is_1001() -> None:
    server = serve(Fault(FaultKind.EXPIRE))
    client = connect(server)
    connection = await client.opened
    connection.sendMessage(b'{"type": "response.create"}')
    code, reason = await client.ended
    assert code == 1001
    assert "maximum duration" in reason
    assert client.events[-1]["error"]["code"] == "session_expired"
    await server.stopService()


@pytest_twisted.ensureDeferred
async def test_refused_before_the_upgrade() -> None:
    server = serve(Fault(FaultKind.REFUSE, 1))
    client = connect(server)
    code, _reason = await client.ended
    assert code == 1006
    assert client.events == []
    await server.stopService()


@pytest_twisted.ensureDeferred
async def test_mute() -> None:
    server = serve(Fault(FaultKind.MUTE))
    client = connect(server)
    connection = await client.opened
    connection.sendMessage(b'{"type": "response.create"}')
    connection.sendClose(1000)
    await client.ended
    assert client.events == []
    await server.stopService()


@pytest_twisted.ensureDeferred
async def test_a_browsers_subprotocol_is_echoed() -> None:
    server = serve()
    client = connect(server)
    client.protocols = ["realtime", "openai-insecure-api-key.sk-test"]
    connection = await client.opened
    assert connection.websocket_protocol_in_use == "realtime"
    await server.stopService()
    await client.ended


@pytest_twisted.ensureDeferred
async def test_nothing_is_left_after_stop() -> None:
    readers, calls = set(reactor.getReaders()), timers()
    server = serve()
    clients = [connect(server) for _ in range(3)]
    for client in clients:
        (await client.opened).sendMessage(b'{"type": "response.create"}')
        await client.until("response.created")
    await server.stopService()
    for client in clients:
        await client.ended
    assert set(reactor.getReaders()) <= readers
    assert timers() <= calls
