"""What anybody may ask over TCP, and what they never learn."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from console.standin import RECORD, STATUS, House
from console.test_console_metrics import SETTINGS
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics

from treq.testing import StubTreq
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure

from portero.console.health import HealthApp, make_factory
from portero.console.metrics import Metrics
from portero.limits import CONSOLE_CONNECTIONS, HTTP_REQUEST_SECONDS, REGISTRY_BODY_BYTES


class Watched:
    """The TCP site of a house."""

    def __init__(self) -> None:
        self.house = House()
        self.metrics = Metrics(self.house, lambda: SETTINGS)
        self.client = StubTreq(HealthApp(self.house, self.metrics).app.resource())

    def ask(self, method: str, path: str, accept: str = "*/*") -> tuple[int, str, dict[str, str]]:
        """Status, body and headers."""
        asked = self.client.request(method, f"http://portero{path}", headers={"accept": accept})
        response = done(asked)
        headers = {
            name.decode().lower(): values[-1].decode()
            for name, values in response.headers.getAllRawHeaders()
        }
        return response.code, done(response.text()), headers


def done(deferred: Deferred[Any]) -> Any:
    got: list[Any] = []
    deferred.addBoth(got.append)
    return got[0]


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_a_portero_that_takes_calls_is_healthy(watched: Watched) -> None:
    status, body, headers = watched.ask("GET", "/health")
    assert (status, json.loads(body)) == (200, {"state": "ready", "why": []})
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("state", ["starting", "degraded", "draining"])
def test_a_portero_that_takes_none_says_why(watched: Watched, state: str) -> None:
    watched.house.told = replace(STATUS, state=state, why=("El AMI no contesta.",))
    status, body, _ = watched.ask("GET", "/health")
    assert (status, json.loads(body)) == (503, {"state": state, "why": ["El AMI no contesta."]})


def test_metrics_come_in_the_format_that_is_asked_for(watched: Watched) -> None:
    status, body, headers = watched.ask("GET", "/metrics")
    assert status == 200
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "portero_ami_connected 1.0" in body
    _, body, headers = watched.ask(
        "GET", "/metrics", "application/openmetrics-text; version=1.0.0; charset=utf-8"
    )
    assert headers["content-type"].startswith("application/openmetrics-text")
    assert any(family.name == "portero_ami_connected" for family in openmetrics(body))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/v1/status"),
        ("GET", "/v1/calls"),
        ("GET", f"/v1/calls/{RECORD.call_id}"),
        ("GET", "/v1/events"),
        ("POST", "/v1/drain"),
        ("POST", "/v1/reload"),
        ("POST", "/v1/echo"),
        ("POST", "/health"),
        ("DELETE", "/metrics"),
        ("GET", "/health/../v1/status"),
        ("GET", "/metrics/x"),
    ],
)
def test_nothing_else_is_there(watched: Watched, method: str, path: str) -> None:
    status, body, _ = watched.ask(method, path)
    assert status in (404, 405)
    assert "error" in json.loads(body)
    assert watched.house.asked == []


PRIVATE = (
    RECORD.caller_number,
    RECORD.caller_name,
    RECORD.call_id,
    RECORD.channel,
    RECORD.unique_id,
    "López",
    "ABC1234",
    "Juana",
)


@pytest.mark.parametrize("accept", ["*/*", "application/openmetrics-text; version=1.0.0"])
def test_private_data_never_leaves_by_tcp(watched: Watched, accept: str) -> None:
    said = {"call": RECORD.call_id, "tenant": "lomas", "who": RECORD.caller_number}
    for event in ("begin", "said", "tool", "verdict", "opened", "guard", "end"):
        watched.house.feed.publish(
            {"event": event, **said, "text": "López", "gate": "ABC1234", "name": "Juana"}
        )
    watched.metrics.observe(RECORD)
    strange = {"tenant": "Juana", "status": "Juana 1", "reason": RECORD.caller_number}
    tools = (replace(RECORD.tools[0], name="ABC1234", verdict=RECORD.caller_name),)
    watched.metrics.observe(replace(RECORD, tools=tools, usage={"López": 1}, **strange))
    answers = [
        watched.ask(method, path, accept)
        for path in ("/health", "/metrics", f"/{RECORD.call_id}", "/v1/calls", "/v1/events")
        for method in ("GET", "POST", "OPTIONS")
    ]
    assert any(status == 200 and "portero_calls_total" in body for status, body, _ in answers)
    for private in PRIVATE:
        assert not any(private in body or private in str(head) for _, body, head in answers)


def test_what_breaks_tells_nothing_of_what(watched: Watched) -> None:
    watched.house.breaks = ZeroDivisionError("Juana sk-secret")
    logged: list[Any] = []
    globalLogPublisher.addObserver(logged.append)
    answers = [watched.ask("GET", path) for path in ("/health", "/metrics")]
    globalLogPublisher.removeObserver(logged.append)
    assert [status for status, _, _ in answers] == [500, 500]
    assert not any("Juana" in body or "Traceback" in body for _, body, _ in answers)
    assert len([event for event in logged if event.get("log_failure")]) == 2


class Visitor:
    """A connection to the TCP site."""

    def __init__(self, factory: Any) -> None:
        self.protocol = factory.buildProtocol(None)
        self.transport = StringTransport(peerAddress=IPv4Address("TCP", "127.0.0.1", 1))
        if self.protocol is not None:
            self.protocol.makeConnection(self.transport)

    def sends(self, data: bytes) -> bytes:
        self.protocol.dataReceived(data)
        return bytes(self.transport.value())


@pytest.fixture
def factory(watched: Watched) -> Any:
    factory: Any = make_factory(watched.house, watched.metrics, Clock())
    factory.doStart()
    yield factory
    factory.doStop()


def test_a_long_body_is_cut_off(factory: Any) -> None:
    visitor = Visitor(factory)
    head = b"POST /health HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n"
    visitor.sends(head + b"x" * 2 * REGISTRY_BODY_BYTES)
    assert not visitor.transport.disconnected
    visitor.sends(b"x")
    assert visitor.transport.disconnected


def test_only_so_many_are_connected(factory: Any) -> None:
    visitors = [Visitor(factory) for _ in range(CONSOLE_CONNECTIONS)]
    assert all(it.protocol is not None for it in visitors)
    assert Visitor(factory).protocol is None
    assert b" 200 " in visitors[0].sends(b"GET /health HTTP/1.0\r\n\r\n")
    visitors[0].protocol.connectionLost(Failure(ConnectionDone()))
    assert Visitor(factory).protocol is not None


def test_who_takes_too_long_to_ask_is_let_go(factory: Any) -> None:
    visitor, dripping = Visitor(factory), Visitor(factory)
    for byte in b"GET /heal":
        dripping.sends(bytes([byte]))
        factory.wrappedFactory.reactor.advance(HTTP_REQUEST_SECONDS / 10)
    assert not visitor.transport.disconnected
    factory.wrappedFactory.reactor.advance(HTTP_REQUEST_SECONDS / 10)
    assert visitor.transport.disconnected
    assert dripping.transport.disconnected


def test_who_does_not_take_the_answer_is_let_go(factory: Any) -> None:
    visitor = Visitor(factory)
    assert b" 200 " in visitor.sends(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n")
    assert not visitor.transport.disconnected
    factory.wrappedFactory.reactor.advance(HTTP_REQUEST_SECONDS)
    assert visitor.transport.disconnected


def test_a_connection_is_for_one_question(factory: Any) -> None:
    """Else a packet of 2,000 questions costs 2,000 answers, all of them in memory."""
    asked = b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: keep-alive\r\n\r\n"
    visitor = Visitor(factory)
    answer = visitor.sends(asked * 2_000)
    assert answer.count(b"HTTP/1.1 200 OK") == 1
    assert b"\r\nConnection: close\r\n" in answer
    assert visitor.transport.disconnecting


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n",
        b"x" * 20_000,
        b"GET /health HTTP/1.1\r\nx: " + b"x" * 20_000 + b"\r\n",
        b"GET /health HTTP/1.1\r\n" + b"x: y\r\n" * 4_000,
        b"\x16\x03\x01 TLS\r\n\r\n",
        b"GET /health HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST /health HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_question_is_let_go(factory: Any, head: bytes) -> None:
    visitor = Visitor(factory)
    assert b" 200 " not in visitor.sends(head)
    assert visitor.transport.disconnecting


@pytest.mark.parametrize(
    "accept",
    [
        b"application/openmetrics-text;version=x",
        b"application/openmetrics-text;version=99.0.0;escaping=x",
        b"application/openmetrics-text;version=1.0.0;escaping=\xff",
        b"text/plain;version=\xb2.0.0",
        b"text/plain;version=1.0.0;escaping=x\x1b[2J",
        b";;,;,=",
        b"," * 10_000,
    ],
)
def test_whatever_format_is_asked_for_there_are_metrics(factory: Any, accept: bytes) -> None:
    asked = b"GET /metrics HTTP/1.1\r\nhost: x\r\naccept: %s\r\n\r\n" % accept
    answer = Visitor(factory).sends(asked)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"portero_ami_connected 1" in answer
    assert b"\x1b" not in answer


HOSTS = [
    b"",
    b"::::",
    b"[::1",
    b"x:99999999999",
    b"x:-1",
    b"\xff\xfe",
    b"a b",
    b"..",
    b"x\x1b[2J",
    b"evil.example/",
    b"x" * 10_000,
    b"xn--\xc3",
]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(
    "path", [b"/health", b"/nothing", b"//health", b"/%ff", b"http://x/health"]
)
def test_whatever_host_is_asked_for_we_answer_as_ourselves(
    factory: Any, host: bytes, path: bytes
) -> None:
    logged: list[Any] = []
    globalLogPublisher.addObserver(logged.append)
    answer = Visitor(factory).sends(b"GET %s HTTP/1.1\r\nhost: %s\r\n\r\n" % (path, host))
    globalLogPublisher.removeObserver(logged.append)
    status = answer.split(b" ")[1]
    assert status in ([b"200"] if path == b"/health" else [b"200", b"400", b"404"])
    assert b"evil" not in answer
    assert not [event for event in logged if event.get("log_failure") or event.get("isError")]
