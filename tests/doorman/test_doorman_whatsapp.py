"""What is sent to WhatsApp, and what is done about each of its errors."""

from __future__ import annotations

import json
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whatsapp_bench import SECRET, TOKEN, WhatsAppBench
from wire import Running

from twisted.logger import globalLogPublisher

from portero.doorman import whatsappmessages as messages
from portero.doorman.whatsapp import NotSent, Question
from portero.doorman.whatsappmessages import Remedy, clean, number_key
from portero.limits import (
    WHATSAPP_ANSWER_BYTES,
    WHATSAPP_PAIR_SECONDS,
    WHATSAPP_PARAMETER_CHARS,
    WHATSAPP_RETRY_SECONDS,
    WHATSAPP_SECONDS,
    WHATSAPP_STOP_SECONDS,
    WHATSAPP_TRIES,
)
from portero.simulator.whatsapp import WhatsAppMood

KEY = "525512345678"
QUESTION = Question("Juan\nPérez     García", "Residencial Robles", "t0k3n-of-a-button", "q1")


@pytest.fixture
def bench() -> WhatsAppBench:
    return WhatsAppBench()


@pytest.fixture
def logged() -> Any:
    events: list[dict[str, Any]] = []
    observer: Any = events.append
    globalLogPublisher.addObserver(observer)
    yield events
    globalLogPublisher.removeObserver(observer)


def ask(bench: WhatsAppBench, to: str = KEY) -> Running:
    return bench.start(bench.client.ask(to, QUESTION))


def failure(running: Running) -> NotSent:
    with pytest.raises(NotSent) as caught:
        _ = running.result
    return caught.value


def test_a_question_is_a_template_with_two_buttons(bench: WhatsAppBench) -> None:
    assert ask(bench).result == bench.last.id
    checked = bench.last.checked
    assert (checked.to, checked.kind, checked.callback) == (KEY, "template", "q1")
    assert checked.texts == ("Juan Pérez García", "Residencial Robles")
    approve, refuse = map(messages.read_payload, checked.payloads)
    assert approve == (QUESTION.token, "approve")
    assert refuse == (QUESTION.token, "refuse")


def test_a_person_known_by_a_bsuid_is_written_to_by_it(bench: WhatsAppBench) -> None:
    assert ask(bench, "MX.abc123").result == bench.last.id
    assert bench.last.checked.to == "MX.abc123"


def test_a_text_is_sent_as_it_is(bench: WhatsAppBench) -> None:
    bench.start(bench.client.tell(KEY, "Llegó tarde"))
    assert (bench.last.checked.kind, bench.last.checked.texts) == ("text", ("Llegó tarde",))


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("+52 55 1234 5678", KEY),
        ("5215512345678", KEY),
        ("0052 1 55-1234-5678", KEY),
        ("(55) 1234 5678", KEY),
        ("+1 415 555 2671", "14155552671"),
        ("MX.abc123", "MX.abc123"),
        ("2001", None),
        ("", None),
        (None, None),
        ("55 1234 567x", None),
        ("1" * 16, None),
        ("٥٥١٢٣٤٥٦٧٨", None),
    ],
)
def test_numbers_have_one_key(number: str | None, key: str | None) -> None:
    assert number_key(number) == key


@given(st.text())
def test_any_name_is_a_parameter_that_whatsapp_takes(name: str) -> None:
    said = clean(name)
    assert 0 < len(said) <= WHATSAPP_PARAMETER_CHARS
    assert not any(bad in said for bad in ("\n", "\t", "\r", "  "))
    said.encode()


def test_the_longest_name_is_taken_whole() -> None:
    assert clean("x" * WHATSAPP_PARAMETER_CHARS) == "x" * WHATSAPP_PARAMETER_CHARS
    assert len(clean("x" * 9999)) == WHATSAPP_PARAMETER_CHARS


# The table of gates-and-notices.md 3.1.
TABLE = {
    Remedy.STOP: "0 190 3 10 200 250 299 131005 131048 131064 368 131031 130497 131042 133010 "
    "131045 131037",
    Remedy.FIX: "100 131008 131009 33 131047 131062 132000 132001 132005 132007 132012 132015 "
    "132016 137000 999999",
    Remedy.BACKOFF: "4 80007 130429",
    Remedy.PAUSE: "131056",
    Remedy.RETRY: "1 2 131000 131016 131057 133004",
    Remedy.OTHER_FORM: "131026 131030",
    Remedy.OTHER_WAY: "131049 130472",
}


@pytest.mark.parametrize("remedy", TABLE)
def test_each_code_has_its_remedy(remedy: Remedy) -> None:
    assert {messages.remedy(int(code)) for code in TABLE[remedy].split()} == {remedy}


def test_a_passing_fault_is_tried_again_and_not_for_ever(bench: WhatsAppBench) -> None:
    bench.server.mood = WhatsAppMood.DOWN
    asked = ask(bench)
    bench.pass_time(WHATSAPP_SECONDS)
    assert failure(asked).remedy is Remedy.RETRY
    assert bench.server.requests == WHATSAPP_TRIES


def test_no_try_begins_when_the_time_of_a_message_is_over(bench: WhatsAppBench) -> None:
    bench.server.mood = WhatsAppMood.RATE
    asked = ask(bench)
    in_time = ceil(WHATSAPP_SECONDS / WHATSAPP_PAIR_SECONDS)
    assert in_time < WHATSAPP_TRIES
    bench.pass_time((in_time - 1) * WHATSAPP_PAIR_SECONDS)
    assert failure(asked).remedy is Remedy.PAUSE
    assert bench.server.requests == in_time


def test_a_fault_that_passes_is_not_noticed(bench: WhatsAppBench) -> None:
    bench.server.mood, bench.server.mood_for = WhatsAppMood.DOWN, 1
    asked = ask(bench)
    bench.pass_time(WHATSAPP_RETRY_SECONDS * 1.5 - 0.25)
    assert not asked.done
    bench.pass_time(0.25)
    assert asked.result == bench.last.id


def test_too_much_to_one_person_waits_as_long_as_whatsapp_wants(bench: WhatsAppBench) -> None:
    bench.server.mood, bench.server.mood_for = WhatsAppMood.RATE, 1
    asked = ask(bench)
    bench.pass_time(WHATSAPP_PAIR_SECONDS - 0.25)
    assert not asked.done
    bench.pass_time(0.25)
    assert asked.result == bench.last.id


def test_an_expired_token_is_told_once_and_left_alone(
    bench: WhatsAppBench, logged: list[dict[str, Any]]
) -> None:
    bench.server.mood = WhatsAppMood.EXPIRED
    assert failure(ask(bench)).remedy is Remedy.STOP
    bench.server.mood = WhatsAppMood.WELL
    bench.clock.advance(WHATSAPP_STOP_SECONDS - 1)
    assert failure(ask(bench)).remedy is Remedy.STOP
    assert bench.server.requests == 1
    errors = [event for event in logged if event["log_level"].name == "error"]
    assert len(errors) == 1
    bench.clock.advance(1)
    assert ask(bench).result == bench.last.id


def test_a_number_that_is_only_known_by_its_older_form_is_reached(bench: WhatsAppBench) -> None:
    bench.server.mood = WhatsAppMood.NOT_LISTED
    assert ask(bench).result == bench.last.id
    assert bench.last.checked.to == "5215512345678"
    assert bench.server.requests == 2


def test_a_number_without_whatsapp_is_tried_in_both_forms_and_no_more(
    bench: WhatsAppBench,
) -> None:
    bench.server.mood = WhatsAppMood.UNDELIVERABLE
    said = failure(ask(bench))
    assert (said.remedy, said.maybe_sent) == (Remedy.OTHER_FORM, False)
    assert bench.server.requests == 2
    assert failure(ask(bench, "14155552671")).remedy is Remedy.OTHER_FORM
    assert bench.server.requests == 3


def test_what_was_taken_and_not_delivered_is_asked_in_the_other_form(bench: WhatsAppBench) -> None:
    assert bench.start(bench.client.ask_other_form(KEY, QUESTION)).result == bench.last.id
    assert bench.last.checked.to == "5215512345678"
    failure(bench.start(bench.client.ask_other_form("14155552671", QUESTION)))


@pytest.mark.parametrize("mood", [WhatsAppMood.HANGING, WhatsAppMood.HTML])
def test_what_may_have_been_sent_is_not_sent_again(
    bench: WhatsAppBench, mood: WhatsAppMood
) -> None:
    bench.server.mood = mood
    asked = ask(bench)
    bench.pass_time(5)  # whatsapp.timeout
    assert failure(asked).maybe_sent
    assert bench.server.requests == 1


def test_a_slow_answer_is_waited_for(bench: WhatsAppBench) -> None:
    bench.server.mood = WhatsAppMood.SLOW
    asked = ask(bench)
    bench.pass_time(3)
    assert asked.result == bench.last.id


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"messages": []}', b'{"messages": [{"id": 7}]}', b"[" * 50_000]
)
def test_an_answer_without_an_id_is_none(body: bytes) -> None:
    assert messages.message_id(body) is None
    assert messages.error_code(body) is None


def test_an_answer_is_not_read_without_end(bench: WhatsAppBench) -> None:
    def answer(request: Any) -> bytes:
        return b'{"messages": [{"id": "' + b"x" * WHATSAPP_ANSWER_BYTES + b'"}]}'

    bench.server.answer = answer  # type: ignore[method-assign]
    assert failure(ask(bench)).maybe_sent


def test_no_secret_is_shown(bench: WhatsAppBench, logged: list[dict[str, Any]]) -> None:
    shown = [repr(QUESTION), repr(bench.client)]
    for mood in WhatsAppMood:
        bench.server.mood = mood
        asked = ask(bench)
        bench.pass_time(WHATSAPP_SECONDS)
        bench.clock.advance(WHATSAPP_STOP_SECONDS)
        if mood not in (WhatsAppMood.WELL, WhatsAppMood.SLOW, WhatsAppMood.NOT_LISTED):
            shown.append(repr(failure(asked)))
    assert logged
    everything = json.dumps([*shown, *map(repr, logged)])
    for secret in (TOKEN, SECRET, QUESTION.token):
        assert secret not in everything
