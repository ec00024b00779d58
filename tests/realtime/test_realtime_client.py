"""The client against Autobahn's own server, in memory."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from realtime_server import Listener, Server

from autobahn.twisted.websocket import WebSocketServerFactory
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionRefusedError, DNSLookupError
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher
from twisted.test import iosim
from zope.interface import implementer

from portero.limits import (
    REALTIME_CLOSE_SECONDS,
    REALTIME_CONNECT_SECONDS,
    REALTIME_EVENT_BYTES,
    REALTIME_PING_SECONDS,
    REALTIME_UNSENT_BYTES,
)
from portero.realtime.client import Lost, RealtimeConnection, connect
from portero.realtime.dialects import OpenAI, Target
from portero.realtime.errors import Unreachable, UpgradeRefused

KEY = "sk-very-secret"
TARGET = OpenAI().target("ws://127.0.0.1:8765/v1", "gpt-realtime-2.1", KEY)


class HTTP(Protocol):
    """A server that answers an upgrade with something else."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def dataReceived(self, data: bytes) -> None:
        if self._answer:
            self.transport.write(self._answer)


@implementer(IStreamClientEndpoint)
class Memory:
    """An endpoint without a network."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.pump: Any = None

    def connect(self, factory: Any) -> Deferred[Any]:
        client = factory.buildProtocol(None)
        self.client = client
        self.pump = iosim.connect(
            self.server,
            iosim.makeFakeServer(self.server),
            client,
            iosim.makeFakeClient(client),
        )
        done: Deferred[Any] = Deferred()
        done.callback(client)
        return done


@implementer(IStreamClientEndpoint)
class Broken:
    """An endpoint that cannot connect, or never answers."""

    def __init__(self, error: Exception | None) -> None:
        self._error = error
        self.cancelled = False

    def connect(self, factory: Any) -> Deferred[Any]:
        def cancel(_: object) -> None:
            self.cancelled = True

        waiting: Deferred[Any] = Deferred(cancel)
        if self._error:
            waiting.errback(self._error)
        return waiting


class Line:
    """A client and a server, joined in memory, with a clock of their own."""

    def __init__(self, server: Any = None, target: Target = TARGET) -> None:
        self.clock = Clock()
        self.listener = Listener()
        self.server = server or Server()
        if server is None:
            self.server.factory = WebSocketServerFactory(reactor=self.clock)
            self.server.factory.setProtocolOptions(openHandshakeTimeout=0, closeHandshakeTimeout=0)
        self.way = Memory(self.server)
        self.opening = connect(self.clock, target, self.listener, endpoint=self.way)  # type: ignore[arg-type]
        self.flush()

    @property
    def connection(self) -> RealtimeConnection:
        result: RealtimeConnection = self.opening.result  # type: ignore[assignment]
        assert isinstance(result, RealtimeConnection)
        return result

    def flush(self) -> None:
        self.way.pump.flush()

    def advance(self, seconds: float, *, step: float = 1) -> None:
        """Let time pass, with the network working all the while."""
        for _ in range(int(seconds / step)):
            self.clock.advance(step)
            self.flush()

    def nothing_left(self) -> None:
        assert self.clock.getDelayedCalls() == []
        assert self.way.client.transport.disconnected


def failure_of(opening: Deferred[Any]) -> Exception:
    caught: list[Any] = []
    opening.addErrback(caught.append)
    (failure,) = caught
    error: Exception = failure.value
    return error


@pytest.fixture
def log() -> Iterator[list[str]]:
    lines: list[str] = []

    def observe(event: dict[str, Any]) -> None:
        lines.append(repr(event))

    globalLogPublisher.addObserver(observe)
    yield lines
    globalLogPublisher.removeObserver(observe)


# -- opening


def test_the_upgrade_has_key_and_model_and_no_beta_header() -> None:
    line = Line()
    assert line.server.request.headers["authorization"] == f"Bearer {KEY}"
    assert line.server.request.path == "/v1/realtime"
    assert line.server.request.params == {"model": ["gpt-realtime-2.1"]}
    assert "openai-beta" not in line.server.request.headers
    assert "sec-websocket-extensions" not in line.server.request.headers
    line.connection.close()


@pytest.mark.parametrize(
    ("status", "retry", "advice"),
    [
        (401, False, "OPENAI_API_KEY"),
        (403, False, "rights"),
        (404, False, "realtime.model"),
        (429, True, "billing"),
        (500, True, "down"),
        (503, True, "later"),
        (301, False, "protocol"),
    ],
)
def test_a_refused_upgrade_says_what_to_do(status: int, retry: bool, advice: str) -> None:
    line = Line(HTTP(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status))
    error = failure_of(line.opening)
    assert isinstance(error, UpgradeRefused)
    assert (error.status, error.retry) == (status, retry)
    assert advice in str(error)
    assert "127.0.0.1:8765" in str(error)
    line.nothing_left()


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0-OpenSSH_9.2\r\n\r\n\r\n", b"HTTP/1.1 101 Hi\r\n\r\n", b"\r\n\r\n"]
)
def test_something_else_listens_there(answer: bytes) -> None:
    line = Line(HTTP(answer))
    assert isinstance(failure_of(line.opening), Unreachable)
    line.nothing_left()


def test_a_server_that_never_answers_the_upgrade() -> None:
    line = Line(HTTP(b""))
    line.advance(REALTIME_CONNECT_SECONDS)
    error = failure_of(line.opening)
    assert isinstance(error, Unreachable)
    assert "no answer within 10 s" in str(error)
    line.nothing_left()


def test_a_host_that_never_answers() -> None:
    clock, way = Clock(), Broken(None)
    opening = connect(clock, TARGET, Listener(), endpoint=way)  # type: ignore[arg-type]
    clock.advance(REALTIME_CONNECT_SECONDS)
    assert isinstance(failure_of(opening), Unreachable)
    assert way.cancelled
    assert clock.getDelayedCalls() == []


@pytest.mark.parametrize("error", [ConnectionRefusedError(), DNSLookupError("no such host")])
def test_no_way_to_the_server(error: Exception) -> None:
    clock = Clock()
    opening = connect(clock, TARGET, Listener(), endpoint=Broken(error))  # type: ignore[arg-type]
    assert isinstance(failure_of(opening), Unreachable)
    assert clock.getDelayedCalls() == []


def test_a_caller_who_hangs_up_before_the_server_answers() -> None:
    line = Line(HTTP(b""))
    line.opening.cancel()
    line.flush()
    assert isinstance(failure_of(line.opening), CancelledError)
    line.nothing_left()


# -- open


def test_events_come_as_they_are_even_with_the_upgrade() -> None:
    line = Line()
    line.server.send({"type": "session.created", "later": None})
    line.flush()
    assert line.listener.events == [{"type": "session.created", "later": None}]
    line.connection.close()


def test_sound_arrives_at_autobahns_own_parser_in_order_with_events() -> None:
    line = Line()
    sizes = [160, 320, 960, 1920, 4800, 48_000, 100_000, 1, 2, 3]
    sounds = [bytes([n]) * size for n, size in enumerate(sizes)]
    for sound in sounds:
        line.connection.append(sound)
        line.connection.send({"type": "input_audio_buffer.clear"})
    line.flush()
    texts = [json.loads(message) for message in line.server.messages]
    assert texts[1::2] == [{"type": "input_audio_buffer.clear"}] * len(sizes)
    assert {text["type"] for text in texts[::2]} == {"input_audio_buffer.append"}
    assert [base64.b64decode(text["audio"]) for text in texts[::2]] == sounds
    line.connection.close()


def test_sound_is_masked_anew_each_time() -> None:
    """RFC 6455, 5.3."""
    line = Line()
    written: list[bytes] = []
    line.way.client.transport.write = written.append
    for _ in range(20):
        line.connection.append(bytes(960))
    assert len({frame[4:8] for frame in written}) == 20
    line.connection.close()


def test_a_network_that_stands_still_costs_sound_and_no_memory() -> None:
    line = Line()
    transport = line.way.client.transport
    transport.producer.pauseProducing()
    for _ in range(1000):
        line.connection.append(bytes(960))
    kept = sum(map(len, transport.stream))
    assert REALTIME_UNSENT_BYTES <= kept < REALTIME_UNSENT_BYTES + 2000
    sent = (1000 * 960 - line.connection.dropped_bytes) // 960
    line.flush()
    assert len(line.server.messages) == sent
    transport.producer.resumeProducing()
    line.connection.append(bytes(960))
    line.flush()
    assert len(line.server.messages) == sent + 1
    line.connection.close()


def test_dead_tcp_unnoticed() -> None:
    line = Line()
    line.server.mute = True
    line.advance(2 * REALTIME_PING_SECONDS)
    (lost,) = line.listener.lost
    assert (lost.code, lost.fatal, lost.retry) == (1006, False, True)
    assert "no sign of life" in lost.reason
    line.nothing_left()


def test_a_quiet_server_that_answers_pings_is_alive() -> None:
    line = Line()
    line.advance(10 * REALTIME_PING_SECONDS)
    assert line.listener.lost == []
    assert line.server.pings == 11
    line.connection.close()


def test_a_server_that_knows_no_pings_but_talks_is_alive() -> None:
    line = Line()
    line.server.mute = True
    for _ in range(10):
        line.server.send({"type": "ping"})
        line.advance(REALTIME_PING_SECONDS)
    assert line.listener.lost == []
    line.connection.close()


@pytest.mark.parametrize("frame", [b"hello", b"[]", b"\xff\xfe", b'{"type":'])
def test_a_server_that_does_not_speak_json_is_hung_up_on(frame: bytes) -> None:
    line = Line()
    line.server.sendMessage(frame)
    line.flush()
    (lost,) = line.listener.lost
    assert lost.code == 1006
    assert "no JSON object" in lost.reason
    line.nothing_left()


@pytest.mark.parametrize("excess", [0, 1])
def test_an_event_has_a_bound(excess: int) -> None:
    line = Line()
    empty = len(json.dumps({"type": ""}))
    line.server.send({"type": "x" * (REALTIME_EVENT_BYTES - empty + excess)})
    line.flush()
    line.advance(REALTIME_CLOSE_SECONDS)
    assert len(line.listener.events) == 1 - excess
    assert len(line.listener.lost) == excess
    line.connection.close()


# -- the end


@pytest.mark.parametrize(
    ("code", "reason", "fatal", "retry"),
    [
        (3000, "invalid_request_error.invalid_api_key", True, False),
        (4000, "invalid_request_error.beta_api_shape_disabled", True, False),
        (1008, "session limit", True, False),
        (1001, "session_expired", False, True),
        (1011, "keepalive", False, True),
        (1000, "bye", False, False),
        (None, "", False, True),
    ],
)
def test_the_server_says_goodbye(code: int | None, reason: str, fatal: bool, retry: bool) -> None:
    line = Line()
    line.server.sendCloseFrame(code, reason.encode() or None)
    line.flush()
    assert line.listener.lost == [Lost(code or 1005, reason, fatal, retry)]
    line.nothing_left()


def test_the_server_drops_the_connection() -> None:
    line = Line()
    line.server.transport.abortConnection()
    line.flush()
    (lost,) = line.listener.lost
    assert (lost.code, lost.fatal, lost.retry) == (1006, False, True)
    line.nothing_left()


def test_close_says_goodbye_and_leaves_nothing() -> None:
    line = Line()
    gone: list[object] = []
    line.connection.close().addCallback(gone.append)
    line.connection.close().addCallback(gone.append)
    line.flush()
    line.connection.close().addCallback(gone.append)
    assert len(gone) == 3
    assert line.server.closed == (1000, None)
    assert line.listener.lost == []
    line.nothing_left()


def test_after_close_nothing_is_sent_and_nothing_heard() -> None:
    line = Line()
    connection = line.connection
    connection.close()
    connection.append(bytes(960))
    connection.send({"type": "input_audio_buffer.clear"})
    line.server.send({"type": "session.created"})
    line.flush()
    connection.append(bytes(960))
    connection.send({"type": "input_audio_buffer.clear"})
    assert line.server.messages == []
    assert line.listener.events == []


def test_a_server_that_does_not_answer_the_goodbye_is_cut_off() -> None:
    line, gone = Line(), []
    line.server.dataReceived = lambda _: None  # deaf
    line.connection.close().addCallback(gone.append)
    line.clock.advance(REALTIME_CLOSE_SECONDS - 0.1)
    line.flush()
    assert gone == []
    line.clock.advance(0.1)
    line.flush()
    assert len(gone) == 1
    line.nothing_left()
    assert line.listener.lost == []


def test_a_listener_may_close_while_it_is_told_something() -> None:
    line = Line()
    line.listener.event_received = lambda _: line.connection.close()  # type: ignore[method-assign]
    line.server.send({"type": "error"})
    line.flush()
    line.nothing_left()


# -- secrets


def test_the_key_is_in_no_log_and_no_error(log: list[str]) -> None:
    told: list[str] = []
    refused, nonsense = HTTP(b"HTTP/1.1 401 No\r\n\r\n"), HTTP(b"nonsense\r\n\r\n")
    for line in (Line(), Line(refused), Line(nonsense)):
        line.opening.addErrback(lambda failure: failure.getTraceback())
        line.server.transport.abortConnection()
        line.flush()
        told += [repr(line.opening.result), repr(line.listener.lost)]
    assert not [text for text in log + told if KEY in text]
