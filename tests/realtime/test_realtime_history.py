"""A conversation that goes on in a new session: what is told to it, and what it says first."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import realtime_wire as wire
from realtime_wire import SETUP, Talk

from portero.limits import REALTIME_CALL_ID, REALTIME_REPLAY_CHARACTERS, REALTIME_REPLAY_ITEMS
from portero.realtime import conversation as talk
from portero.realtime.history import History

APOLOGETIC = replace(SETUP, apology="Discúlpate en una frase.")


def spoken(item_id: str, text: str, ms: float) -> list[wire.Wire]:
    return [
        wire.began("resp_1"),
        {
            "type": "response.output_audio.delta",
            "response_id": "resp_1",
            "item_id": item_id,
            "output_index": 0,
            "content_index": 0,
            "delta": base64.b64encode(wire.sound(ms)).decode(),
        },
        wire.words(item_id, text),
    ]


def resumed(before: Talk, setup: Any = SETUP) -> Talk:
    """The session after `before`, set up as far as the server's first `session.updated`."""
    after = Talk(setup)
    after.conversation = talk.Conversation(setup, resume=before.conversation.hand_over())
    after._calls = before._calls
    after.server(wire.created())
    after.sent.clear()
    return after


def item_done(item_id: str, item: wire.Wire) -> wire.Wire:
    shown = {"status": "completed", **item, "id": item_id}
    return {"type": "conversation.item.done", "previous_item_id": None, "item": shown}


def take_all(after: Talk) -> list[talk.Order]:
    """The server says that it has each item."""
    items = [event["item"] for event in after.sent if event["type"] == "conversation.item.create"]
    after.sent.clear()
    return after.server(*(item_done(item["id"], item) for item in items))


def told(after: Talk) -> list[tuple[str, str]]:
    """Who or what, and its words, of what the new session is told."""
    lines = []
    for event in after.sent:
        item = event["item"]
        if item["type"] == "message":
            part = item["content"][0]
            lines.append((f"{item['role']} {part['type']}", part["text"]))
        else:
            lines.append((item["type"], item["call_id"]))
    return lines


def a_visit() -> Talk:
    before = Talk.open()
    before.server(*wire.turn("item_U"), wire.transcribed("item_U", "Busco a la señora Ruiz."))
    before.server(*spoken("item_A", "¿Cómo se llama usted?", 1000), wire.ended())
    return before


def test_both_sides_are_told_in_order_and_nothing_is_said_about_it() -> None:
    after = resumed(a_visit(), APOLOGETIC)
    assert not any(isinstance(o, talk.Ready) for o in after.server(wire.updated()))
    assert told(after) == [
        ("user input_text", "Busco a la señora Ruiz."),
        ("assistant output_text", "¿Cómo se llama usted?"),
    ]
    assert take_all(after) == [talk.Ready(1785217650)]
    assert after.sent_types() == []


def test_of_an_answer_broken_off_only_whole_words_that_were_heard() -> None:
    before = Talk.open()
    before.server(*spoken("item_A", "Uno dos tres cuatro cinco", 1000))
    before.server(wire.speech_started())
    before.heard(wire.Heard("item_A", 400))
    after = resumed(before)
    after.server(wire.updated())
    assert told(after) == [("assistant output_text", "Uno dos")]


def test_words_that_were_not_finished_are_told_as_far_as_they_came() -> None:
    before = Talk.open()
    before.server(*spoken("item_A", "", 200)[:2])
    delta = {**wire.words("item_A", ""), "type": "response.output_audio_transcript.delta"}
    del delta["transcript"]
    before.server({**delta, "delta": "Un momen"})
    after = resumed(before)
    after.server(wire.updated())
    assert told(after) == [("assistant output_text", "Un momen")]


def test_a_visitor_who_waits_for_an_answer_hears_an_apology_once_all_is_told() -> None:
    before = a_visit()
    before.server(*wire.turn("item_U2"), wire.transcribed("item_U2", "Soy Juan."))
    before.server(wire.began("resp_2"))
    after = resumed(before, APOLOGETIC)
    after.server(wire.updated())
    take_all(after)
    assert "Discúlpate" in after.sent[-1]["response"]["instructions"]
    assert after.sent_types() == ["response.create"]
    assert after.server(wire.began("resp_9", "apology")) == [talk.Ready(1785217650)]


def test_an_apology_may_call_the_tool_that_the_visitor_waits_for() -> None:
    before = a_visit()
    before.server(wire.began("resp_2"))
    after = resumed(before, APOLOGETIC)
    after.server(wire.updated())
    take_all(after)
    assert "tool_choice" not in after.sent[-1]["response"]


def test_a_session_lost_before_its_first_word_greets() -> None:
    after = resumed(Talk(), APOLOGETIC)
    after.server(wire.updated())
    assert "Saluda" in after.sent[-1]["response"]["instructions"]


def test_a_session_lost_before_its_apology_leaves_it_to_the_next() -> None:
    before = a_visit()
    before.server(wire.began("resp_2"))
    again = resumed(resumed(before, APOLOGETIC), APOLOGETIC)
    again.server(wire.updated())
    take_all(again)
    assert again.sent_types() == ["response.create"]


def calling(call_id: str = "call_1") -> Talk:
    before = Talk.open()
    before.server(wire.began(), wire.arguments_done(call_id), wire.ended())
    return before


def test_a_call_that_still_runs_is_told_and_its_output_follows() -> None:
    after = resumed(calling())
    after.server(wire.updated())
    assert told(after) == [("function_call", "call_1")]
    take_all(after)
    after.tool_output("call_1")
    assert after.sent_types() == ["conversation.item.create", "response.create"]


def test_an_output_that_comes_before_the_session_is_told_with_its_call_once() -> None:
    after = resumed(calling())
    assert after.tool_output("call_1") == []
    after.server(wire.updated())
    assert told(after) == [("function_call", "call_1"), ("function_call_output", "call_1")]
    take_all(after)
    assert after.sent_types() == ["response.create"]


def test_a_long_call_id_is_short_in_the_new_session_and_still_finds_its_output() -> None:
    before = calling("call_" + "x" * 40)
    after = resumed(before)
    after._calls = {item["call_id"] for item in before.conversation.hand_over().history.items()}
    after.server(wire.updated())
    [(_, short)] = told(after)
    assert len(short) == REALTIME_CALL_ID
    take_all(after)
    after.tool_output("call_" + "x" * 40)
    assert after.sent[0]["item"]["call_id"] == short


def test_an_item_that_the_new_session_refuses_does_not_stop_it() -> None:
    after = resumed(a_visit())
    after.server(wire.updated())
    first, last = after.sent
    after.server(item_done(first["item"]["id"], first["item"]))
    orders = after.server(wire.error("invalid_value", last["event_id"]))
    assert talk.Ready(1785217650) in orders


def test_the_oldest_go_and_a_call_never_without_its_output() -> None:
    history = History()
    for number in range(REALTIME_REPLAY_ITEMS):
        history.call(f"call_{number}", "check_visitor", "{}")
        history.output(f"call_{number}", "{}")
    items = history.items()
    assert len(items) == REALTIME_REPLAY_ITEMS
    assert [item["type"] for item in items[:2]] == ["function_call", "function_call_output"]
    assert items[-1]["call_id"] == f"call_{REALTIME_REPLAY_ITEMS - 1}"


def test_no_more_text_than_a_session_has_room_for() -> None:
    history = History()
    half = "x" * (REALTIME_REPLAY_CHARACTERS // 2)
    for name in ("a", "b", "c"):
        history.begin(name, "user")
        history.write(name, name + half[1:])
    assert [item["content"][0]["text"][0] for item in history.items()] == ["b", "c"]
