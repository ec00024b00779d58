"""The client of the Backend API against backends that misbehave."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from typing import Any

import pytest
from wire import Running, Wire

from twisted.logger import globalLogPublisher

from portero.doorman.backend import BackendClient
from portero.doorman.failures import RequestFailed, Trouble
from portero.limits import (
    BACKEND_ANSWER_BYTES,
    BACKEND_KEEPALIVE_SECONDS,
    BACKEND_RETRY_SECONDS,
    BACKEND_SECONDS,
    BACKEND_TRIES,
)

TOKEN = "s3cret-t0ken"


@pytest.fixture
def wire() -> Any:
    wire = Wire()
    yield wire
    wire.assert_nothing_left()


@pytest.fixture
def client(wire: Wire) -> BackendClient:
    return BackendClient("http://backend:8000/", TOKEN, reactor=wire.reactor, http=wire.http)


@pytest.fixture
def log() -> Any:
    events: list[dict[str, Any]] = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


def get(client: BackendClient) -> Running:
    return Running(client.request("GET", "/residents/", tenant="robles", query={"name": "Peña"}))


def post(client: BackendClient) -> Running:
    return Running(
        client.request("POST", "/visitors/", tenant="robles", json={"name": "Peña"}, key="c1-1")
    )


def trouble_of(running: Running) -> Trouble:
    with pytest.raises(RequestFailed) as caught:
        _ = running.result
    return caught.value.trouble


def test_a_get_carries_tenant_token_and_query(client: BackendClient, wire: Wire) -> None:
    asked = get(client)
    backend = wire.accept()
    head = backend.received.decode("ascii").lower()
    assert head.startswith("get /api/v1/residents/?name=pe%c3%b1a http/1.1\r\n")
    assert "x-tenant-id: robles\r\n" in head
    assert f"authorization: bearer {TOKEN}\r\n" in head
    backend.answer(200, b'[{"id": "r1"}]')
    assert asked.result == [{"id": "r1"}]


def test_a_post_carries_its_idempotency_key_and_json(client: BackendClient, wire: Wire) -> None:
    asked = post(client)
    backend = wire.accept()
    assert b"idempotency-key: c1-1\r\n" in backend.received.lower()
    assert json.loads(backend.body) == {"name": "Peña"}
    backend.answer(201, b'{"id": 7}')
    assert asked.result == {"id": 7}


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (401, Trouble.DENIED),
        (403, Trouble.DENIED),
        (404, Trouble.MISSING),
        (405, Trouble.MISSING),
        (400, Trouble.REFUSED),
        (409, Trouble.REFUSED),
        (422, Trouble.REFUSED),
        (302, Trouble.GARBLED),
    ],
)
def test_a_refusal_is_named_and_never_tried_again(
    client: BackendClient, wire: Wire, status: int, trouble: Trouble
) -> None:
    asked = get(client)
    wire.accept().answer(status, b'{"detail": "no"}')
    assert trouble_of(asked) is trouble


def test_a_redirect_takes_the_token_nowhere(client: BackendClient, wire: Wire) -> None:
    asked = get(client)
    wire.accept().send(b"HTTP/1.1 307 X\r\nLocation: http://evil/\r\nContent-Length: 0\r\n\r\n")
    assert trouble_of(asked) is Trouble.GARBLED


@pytest.mark.parametrize(
    "body", [b"<html>nginx</html>", b'{"id": ', b"[" * 100_000, b"\xff\xfe", b"1" * 5000]
)
def test_what_is_no_json_is_garbled(client: BackendClient, wire: Wire, body: bytes) -> None:
    asked = get(client)
    wire.accept().answer(200, body, b"text/html")
    assert trouble_of(asked) is Trouble.GARBLED


def test_an_empty_answer_is_none(client: BackendClient, wire: Wire) -> None:
    asked = post(client)
    wire.accept().send(b"HTTP/1.1 204 X\r\n\r\n")
    assert asked.result is None


def test_the_largest_answer_is_read_and_one_byte_more_is_not(
    client: BackendClient, wire: Wire
) -> None:
    longest = b'"' + b"x" * (BACKEND_ANSWER_BYTES - 2) + b'"'
    asked = get(client)
    wire.accept().answer(200, longest)
    assert len(asked.result) == BACKEND_ANSWER_BYTES - 2
    asked = get(client)
    backend = wire.accept()
    backend.send(b"HTTP/1.1 200 X\r\n\r\n" + longest + b" ")
    assert trouble_of(asked) is Trouble.GARBLED
    assert backend.dropped


def test_a_small_answer_does_not_grow_when_it_is_here(client: BackendClient, wire: Wire) -> None:
    asked = get(client)
    backend = wire.accept()
    assert b"accept-encoding" not in backend.received.lower()
    body = gzip.compress(b'"' + b" " * 20_000_000 + b'"')
    head = b"HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    tracemalloc.start()
    backend.send(head % len(body) + body)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert trouble_of(asked) is Trouble.GARBLED
    assert most < BACKEND_ANSWER_BYTES


def test_a_backend_that_hangs_is_dropped_after_the_timeout(
    client: BackendClient, wire: Wire
) -> None:
    asked = get(client)
    backend = wire.accept()
    wire.reactor.advance(BACKEND_SECONDS - 0.01)
    assert not asked.done
    wire.reactor.advance(0.01)
    assert trouble_of(asked) is Trouble.SLOW
    assert backend.dropped


def test_a_backend_that_hangs_in_the_body_is_dropped_after_the_timeout(
    client: BackendClient, wire: Wire
) -> None:
    asked = get(client)
    backend = wire.accept()
    backend.send(b"HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\n[")
    wire.reactor.advance(BACKEND_SECONDS)
    assert trouble_of(asked) is Trouble.SLOW
    assert backend.dropped


def test_a_get_is_tried_again_a_few_times_with_growing_pauses(
    client: BackendClient, wire: Wire
) -> None:
    asked = get(client)
    pause = BACKEND_RETRY_SECONDS
    for _ in range(BACKEND_TRIES - 1):
        wire.accept().answer(500, b"")
        wire.reactor.advance(pause - 0.01)
        assert wire.waiting == 0
        wire.reactor.advance(0.01)
        pause *= 2
    assert not asked.done
    wire.accept().answer(503, b"")
    assert trouble_of(asked) is Trouble.BROKEN


def test_a_get_that_succeeds_the_second_time_succeeds(client: BackendClient, wire: Wire) -> None:
    asked = get(client)
    wire.refuse()
    wire.reactor.advance(BACKEND_RETRY_SECONDS)
    wire.accept().answer(200, b"[]")
    assert asked.result == []


def test_a_get_that_is_cut_off_is_tried_again(client: BackendClient, wire: Wire) -> None:
    asked = get(client)
    backend = wire.accept()
    backend.send(b"HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\n[")
    backend.close(cleanly=False)
    wire.reactor.advance(BACKEND_RETRY_SECONDS)
    wire.accept().answer(200, b"[]")
    assert asked.result == []


def test_retries_end_with_the_timeout(wire: Wire) -> None:
    client = BackendClient("http://b", None, reactor=wire.reactor, http=wire.http, timeout=0.3)
    asked = get(client)
    wire.reactor.advance(0.1)
    wire.refuse()
    assert trouble_of(asked) is Trouble.UNREACHABLE


@pytest.mark.parametrize("how", ["refuse", "500", "close"])
def test_a_post_is_never_tried_again(client: BackendClient, wire: Wire, how: str) -> None:
    asked = post(client)
    if how == "refuse":
        wire.refuse()
    elif how == "500":
        wire.accept().answer(500, b"")
    else:
        wire.accept().close()
    wire.reactor.advance(BACKEND_SECONDS)
    expected = {"refuse": Trouble.UNREACHABLE, "500": Trouble.BROKEN, "close": Trouble.CUT}
    assert trouble_of(asked) is expected[how]


def test_a_failure_is_one_line_for_the_installer_without_the_token(
    client: BackendClient, wire: Wire, log: list[dict[str, Any]]
) -> None:
    asked = get(client)
    wire.accept().answer(401, f'"{TOKEN}"'.encode())
    assert trouble_of(asked) is Trouble.DENIED
    mine = [event for event in log if event["log_namespace"].startswith("portero")]
    assert len(mine) == 1
    assert "doorman.backend_token" in str(mine[0]["failure"])
    assert TOKEN not in repr(mine)


def test_a_connection_is_used_again_until_just_before_the_backend_drops_it(wire: Wire) -> None:
    wire.knows_names()
    client = BackendClient("http://b:8", None, reactor=wire.reactor)
    asked = get(client)
    backend = wire.accept()
    for _ in range(2):
        backend.answer(200, b"[]")
        assert asked.result == []
        wire.reactor.advance(BACKEND_KEEPALIVE_SECONDS - 0.01)
        asked = get(client)
        assert wire.waiting == 0
    backend.answer(200, b"[]")
    wire.reactor.advance(BACKEND_KEEPALIVE_SECONDS)
    assert backend.dropped


@pytest.mark.parametrize("base", ["http://b:8", "http://b:8/", "http://b:8/api/v1"])
def test_the_address_may_be_written_with_or_without_api_v1(wire: Wire, base: str) -> None:
    client = BackendClient(base, None, reactor=wire.reactor, http=wire.http)
    asked = get(client)
    backend = wire.accept()
    assert backend.received.startswith(b"GET /api/v1/residents/?")
    assert b"authorization" not in backend.received.lower()
    backend.answer(200, b"[]")
    assert asked.result == []
