"""The webhook: only what is signed, new, in time and from who was asked is an answer."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry.house import NOW
from whatsapp_bench import PATH, SECRET, VERIFY, WhatsAppBench

from treq.testing import StubTreq
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure

from portero.doorman.webhook import digest
from portero.doorman.whatsapp import Question
from portero.doorman.whatsappevents import Tapped, Told, Typed, read_events, signed
from portero.errors import PorteroError
from portero.limits import (
    HTTP_REQUEST_SECONDS,
    WEBHOOK_BODY_BYTES,
    WEBHOOK_CLOCK_SECONDS,
    WEBHOOK_CONNECTIONS,
    WEBHOOK_ID_CHARS,
    WEBHOOK_WAITING,
)
from portero.registry import questions
from portero.registry.questions import Asked
from portero.simulator.whatsapp import NUMBER_ID, Message, WhatsAppMood, envelope

KEY, TOKEN = "525512345678", "t0k3n-of-a-button"


@pytest.fixture
def logged() -> Iterator[list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []
    observer: Any = events.append
    globalLogPublisher.addObserver(observer)
    yield events
    globalLogPublisher.removeObserver(observer)


@pytest.fixture
def bench() -> WhatsAppBench:
    """A question is open for a minute, and its message was sent."""
    bench = WhatsAppBench()
    asked = Asked("q1", "c1", "r1", KEY, "whatsapp", "Juan Pérez", digest(TOKEN))
    bench.house.work(questions.ask, "robles", asked, NOW, NOW + timedelta(seconds=60))
    question = Question("Juan Pérez", "Los Robles", TOKEN, "q1")
    sent = bench.start(bench.client.ask(KEY, question)).result
    bench.house.work(questions.sent, "robles", "q1", sent)
    return bench


def answer(bench: WhatsAppBench) -> str | None:
    (seen,) = bench.house.work(questions.look, "robles", ["q1"])
    word: str | None = seen.answer
    return word


def texts(bench: WhatsAppBench) -> list[str]:
    taken = [it.checked for it in bench.server.messages]
    return [it.texts[0] for it in taken if it.kind == "text"]


def verify(bench: WhatsAppBench, **query: str) -> tuple[int, bytes]:
    asked = StubTreq(bench.webhook.resource()).get(f"http://x{PATH}", params=query)
    found: list[Any] = []
    asked.addCallback(found.append)
    content: list[bytes] = []
    found[0].content().addCallback(content.append)
    return found[0].code, content[0]


def test_meta_learns_that_we_are_who_was_set_up(bench: WhatsAppBench) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "115820"}
    assert verify(bench, **query) == (200, b"115820")
    for change in ({"hub.verify_token": "wrong"}, {"hub.mode": "other"}, {"hub.verify_token": ""}):
        assert verify(bench, **{**query, **change}) == (403, b"")
    assert verify(bench) == (403, b"")


@pytest.mark.parametrize(("button", "word"), [(0, "approve"), (1, "refuse")])
def test_a_tap_answers_the_question(bench: WhatsAppBench, button: int, word: str) -> None:
    assert bench.post(bench.server.tap(bench.last, button)) == 200
    assert (answer(bench), bench.told, texts(bench)) == (word, ["q1"], [])


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        "sha1=" + "0" * 40,
        "sha256=ñ",
        hmac.new(SECRET.encode(), b"other", hashlib.sha256).hexdigest(),
    ],
)
def test_a_wrong_signature_is_refused_and_no_work_is_done(
    bench: WhatsAppBench, signature: str
) -> None:
    bench.webhook._begin = lambda body: pytest.fail("worked")  # type: ignore[method-assign]
    assert bench.post(bench.server.tap(bench.last), signature.encode().decode("latin-1")) == 401
    assert answer(bench) is None


def test_the_signature_is_of_the_very_bytes(bench: WhatsAppBench) -> None:
    body = bench.server.tap(bench.last)
    again = json.dumps(json.loads(body), ensure_ascii=False).encode()
    assert body != again
    assert bench.post(again, bench.server.sign(body)) == 401
    assert bench.post(body) == 200


def test_a_right_signature_without_its_prefix_is_wrong(bench: WhatsAppBench) -> None:
    body = bench.server.tap(bench.last)
    assert signed(body, bench.server.sign(body), SECRET)
    assert not signed(body, bench.server.sign(body).removeprefix("sha256="), SECRET)
    assert not signed(body, None, SECRET)


def test_the_same_tap_again_changes_nothing_and_nobody_is_told(bench: WhatsAppBench) -> None:
    body = bench.server.tap(bench.last)
    assert [bench.post(body) for _ in range(3)] == [200, 200, 200]
    assert (bench.told, texts(bench)) == (["q1"], [])


def test_a_second_answer_changes_nothing_and_the_resident_is_told(bench: WhatsAppBench) -> None:
    bench.post(bench.server.tap(bench.last, 1))
    bench.post(bench.server.tap(bench.last, 0))
    assert answer(bench) == "refuse"
    assert "vale la primera respuesta" in texts(bench)[0]


def test_a_true_tap_that_comes_late_is_expired(bench: WhatsAppBench) -> None:
    body = bench.server.tap(bench.last)
    bench.clock.advance(60)
    assert bench.post(body) == 200
    assert (answer(bench), bench.told) == (None, [])
    assert "llegó tarde" in texts(bench)[0]


def test_somebody_else_with_the_same_button_opens_nothing_and_learns_nothing(
    bench: WhatsAppBench,
) -> None:
    bench.post(bench.server.tap(bench.last, sender="5215500000000"))
    assert (answer(bench), texts(bench)) == (None, [])


def test_a_tap_from_before_the_question_is_none(bench: WhatsAppBench) -> None:
    bench.post(bench.server.tap(bench.last, ago=WEBHOOK_CLOCK_SECONDS + 1))
    assert answer(bench) is None
    bench.post(bench.server.tap(bench.last, ago=WEBHOOK_CLOCK_SECONDS))
    assert answer(bench) == "approve"


def other(**row: Any) -> dict[str, Any]:
    return row


@pytest.mark.parametrize(
    "more",
    [
        other(type="text", text={"body": "sí, ábrele"}),
        other(type="text", text={"body": f"{TOKEN}.1"}),
        other(button={"payload": "unknown.1", "text": "Sí"}),
        other(button={"payload": TOKEN, "text": "Sí"}),
        other(button={"payload": f"{TOKEN}.3", "text": "Sí"}),
        other(button={"payload": ["x"]}),
        other(button="x"),
        other(type="hologram"),
        other(timestamp="yesterday"),
        other(timestamp=None),
        other(timestamp="9" * 40),
        other(id=""),
        other(id="x" * (WEBHOOK_ID_CHARS + 1)),
        other(id="a\0b"),
        other(type="system", system={"type": "user_changed_number", "body": "x"}),
        other(**{"from": None}),
    ],
)
def test_what_is_no_tap_of_ours_opens_nothing(bench: WhatsAppBench, more: dict[str, Any]) -> None:
    body = bench.server.tap(bench.last, changes=more)
    if more.get("from", "") is None:
        body = body.replace(b'"wa_id": null', b'"wa_id": "5215500000000"')
    assert bench.post(body) == 200
    assert answer(bench) is None


def test_the_longest_id_is_taken(bench: WhatsAppBench) -> None:
    bench.post(bench.server.tap(bench.last, tap_id="x" * WEBHOOK_ID_CHARS))
    assert answer(bench) == "approve"


def test_a_reply_button_is_a_tap_too(bench: WhatsAppBench) -> None:
    reply = {"type": "button_reply", "button_reply": {"id": f"{TOKEN}.2", "title": "No"}}
    bench.post(bench.server.tap(bench.last, changes={"type": "interactive", "interactive": reply}))
    assert answer(bench) == "refuse"


def test_another_number_of_the_account_is_not_ours(bench: WhatsAppBench) -> None:
    body = bench.server.tap(bench.last).replace(NUMBER_ID.encode(), b"999")
    assert bench.post(body) == 200
    assert answer(bench) is None


def test_a_resident_who_shows_only_a_bsuid_is_known_by_it() -> None:
    row = {"id": "w", "timestamp": "1", "type": "button", "button": {"payload": "t.1"}}
    contact = {"user_id": "MX.abc"}
    (tapped,) = read_events(envelope({"contacts": [contact], "messages": [row]}), NUMBER_ID)
    assert tapped == Tapped("w", "t.1", frozenset({"MX.abc"}), 1)
    two = envelope({"contacts": [contact, {"user_id": "MX.other"}], "messages": [row]})
    assert read_events(two, NUMBER_ID) == [Tapped("w", "t.1", frozenset(), 1)]


def test_all_that_one_body_tells_is_looked_at(bench: WhatsAppBench) -> None:
    one, two = (json.loads(bench.server.tap(bench.last, n)) for n in (1, 0))
    status = json.loads(bench.server.status(bench.last, "read"))
    one["entry"] += [*status["entry"], *two["entry"], {"changes": "x"}, 7]
    events = read_events(json.dumps(one).encode(), NUMBER_ID)
    assert [type(event) for event in events] == [Tapped, Told, Tapped]
    bench.post(json.dumps(one).encode())
    assert answer(bench) == "refuse"
    assert bench.told == ["q1", "q1"]


def test_statuses_are_written_down_once(bench: WhatsAppBench) -> None:
    body = bench.server.status(bench.last, "delivered")
    assert bench.post(body) == bench.post(body) == 200
    assert bench.told == ["q1"]
    bench.post(bench.server.status(bench.last, "sent"))
    assert bench.told == ["q1"]
    (seen,) = bench.house.work(questions.look, "robles", ["q1"])
    assert seen.status == "delivered"


@pytest.mark.parametrize(
    "body", [b"", b"x", b"\xff", b"[]", b"null", b"{}", b"[" * 100_000, b'{"object": 1}']
)
def test_a_signed_body_that_is_nonsense_is_answered_and_passed_over(
    bench: WhatsAppBench, body: bytes
) -> None:
    assert bench.post(body) == 200
    assert answer(bench) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(_JSON, st.sampled_from(["messages", "statuses", "contacts", "metadata"]))
def test_any_json_is_survived(value: Any, key: str) -> None:
    known = {"messages": [{"id": "w", "type": "button", "button": value, "timestamp": value}]}
    for told in (value, {key: value}, {**known, key: value}, known):
        events = read_events(envelope(told if isinstance(told, dict) else {}), NUMBER_ID)
        assert all(isinstance(event, Tapped | Told | Typed) for event in events)


def test_a_database_that_is_away_is_told_in_one_line_and_a_repeat_still_counts(
    bench: WhatsAppBench, logged: list[dict[str, Any]]
) -> None:
    run, body = bench.house.run, bench.server.tap(bench.last)
    bench.house.run = lambda *_, **__: fail(PorteroError("gone"))  # type: ignore[method-assign]
    assert bench.post(body) == 200
    bench.house.run = run  # type: ignore[method-assign]
    assert answer(bench) is None
    errors = [event for event in logged if event["log_level"].name == "error"]
    assert len(errors) == 1
    bench.post(body)
    assert answer(bench) == "approve"


def test_it_answers_before_it_works_and_takes_no_more_than_it_can_hold(
    bench: WhatsAppBench,
) -> None:
    waiting: list[Deferred[Any]] = []

    def never(*_: Any, **__: Any) -> Deferred[Any]:
        waiting.append(Deferred())
        return waiting[-1]

    bench.house.run = never  # type: ignore[method-assign]
    codes = [bench.post(bench.server.tap(bench.last)) for _ in range(WEBHOOK_WAITING + 1)]
    assert codes == [200] * WEBHOOK_WAITING + [503]
    bench.webhook.close()
    assert bench.post(bench.server.tap(bench.last)) == 200
    bench.webhook.close()


def test_a_resident_who_cannot_be_told_is_no_fault(bench: WhatsAppBench) -> None:
    body = bench.server.tap(bench.last)
    bench.clock.advance(60)
    bench.server.mood = WhatsAppMood.EXPIRED
    assert bench.post(body) == 200
    assert texts(bench) == []


def test_no_token_is_logged(bench: WhatsAppBench, logged: list[dict[str, Any]]) -> None:
    last: Message = bench.last
    for button in (0, 1):
        bench.post(bench.server.tap(last, button))
    bench.post(bench.server.tap(replace(last), 0), "sha256=00")
    shown = repr(logged) + repr(read_events(bench.server.tap(last), NUMBER_ID))
    for secret in (TOKEN, SECRET, VERIFY):
        assert secret not in shown


@pytest.mark.parametrize(("length", "cut"), [(WEBHOOK_BODY_BYTES, False), (None, True)])
def test_a_body_that_is_too_long_is_cut_off(
    bench: WhatsAppBench, length: int | None, cut: bool
) -> None:
    size = length or WEBHOOK_BODY_BYTES + 1
    site, transport = bench.webhook.site(Clock()), StringTransport()
    channel: Any = site.buildProtocol(IPv4Address("TCP", "127.0.0.1", 1))
    channel.makeConnection(transport)
    channel.dataReceived(
        b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (PATH.encode(), size + cut)
    )
    channel.dataReceived(b"x" * size)
    assert transport.disconnecting  # after its one question, answered or not
    assert transport.value()[:12] == (b"" if cut else b"HTTP/1.1 401")
    channel.connectionLost(Failure(ConnectionDone()))


def test_only_so_many_are_connected_and_none_for_long(bench: WhatsAppBench) -> None:
    clock = Clock()
    site = bench.webhook.site(clock)
    address = IPv4Address("TCP", "127.0.0.1", 1)
    transports = [StringTransport() for _ in range(WEBHOOK_CONNECTIONS)]
    for transport in transports:
        channel = site.buildProtocol(address)
        channel.makeConnection(transport)
        channel.dataReceived(b"POST ")
    assert site.buildProtocol(address) is None
    clock.advance(HTTP_REQUEST_SECONDS)
    assert all(transport.disconnecting for transport in transports)
