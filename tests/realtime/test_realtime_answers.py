"""What the agent says: sound, order of responses, tools."""

from __future__ import annotations

import pytest
import realtime_wire as wire
from realtime_wire import Talk, sound

from portero.limits import REALTIME_RESPONSES_WAITING
from portero.realtime import conversation as talk


def calling(*call_ids: str) -> Talk:
    """The agent has called tools, in a response that is still under way."""
    opened = Talk.open()
    opened.server(*wire.turn("item_U0"), wire.began())
    opened.server(*(wire.arguments_done(call_id) for call_id in call_ids))
    return opened


def only(orders: list[talk.Order], kind: type) -> list[talk.Order]:
    return [order for order in orders if isinstance(order, kind)]


# -- sound


def test_choppy_sound() -> None:
    """Deltas of odd sizes go to the playout as they are, in order, and each item is ended once."""
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began())
    pieces = [bytes([n % 256]) * n for n in (1, 959, 961, 13_000)]
    orders = opened.server(
        *(wire.delta("item_A", piece) for piece in pieces),
        wire.audio_done("item_A"),
        wire.output_item("done", wire.message("item_A", "completed", "Hola.")),
        wire.ended(output=[wire.message("item_A", "completed", "Hola.")]),
    )
    assert only(orders, talk.Play) == [talk.Play("item_A", piece) for piece in pieces]
    assert only(orders, talk.ItemDone) == [talk.ItemDone("item_A")]


def test_two_audio_items_in_one_response() -> None:
    """The first is done after the second has begun (reference 4.3)."""
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began())
    orders = opened.server(
        wire.delta("item_A", sound(20)),
        wire.delta("item_B", sound(40)),
        wire.audio_done("item_A"),
        wire.audio_done("item_B"),
    )
    assert orders == [
        talk.Play("item_A", sound(20)),
        talk.Play("item_B", sound(40)),
        talk.ItemDone("item_A"),
        talk.ItemDone("item_B"),
    ]


def test_an_item_without_an_end_is_ended_by_its_response() -> None:
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began(), wire.delta("item_A", sound(20)))
    assert talk.ItemDone("item_A") in opened.server(wire.ended())


def test_sound_beside_the_conversation_is_not_played() -> None:
    opened = Talk.open()
    opened.server(wire.began("resp_x", conversation_id=None))
    orders = opened.server(
        wire.output_item("added", wire.message("item_X"), "resp_x"),
        wire.delta("item_X", sound(20), "resp_x"),
        wire.words("item_X", "Nota.", "resp_x"),
        wire.ended("resp_x", conversation_id=None),
    )
    assert [type(order) for order in orders] == [talk.Spent]
    assert not opened.conversation.responding


def test_events_of_other_servers_by_their_own_names() -> None:
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began())
    opened.server({"type": "conversation.created"}, {"type": "ping"}, odd=True)
    event = {**wire.delta("item_A", sound(20)), "type": "response.audio.delta"}
    assert opened.server(event, odd=True) == [talk.Play("item_A", sound(20))]


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"type": None},
        {"type": "response.weather"},
        {"type": "response.done"},
        {"type": "response.output_audio.delta", "item_id": "item_A", "delta": "%%"},
        {"type": "response.output_audio.delta", "item_id": 7, "delta": ""},
        {"type": "error", "error": "out of order"},
    ],
)
def test_nonsense_is_ignored(event: wire.Wire) -> None:
    opened = Talk.open()
    assert not opened.server(event, odd=True) or opened.sent == []
    opened.server(*wire.turn(), wire.began())
    assert opened.server(wire.delta("item_A", sound(20)))


def test_unknown_fields_are_ignored() -> None:
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began(), odd=True)
    event = {**wire.delta("item_A", sound(20)), "obfuscation": "x", "later": {"a": 1}}
    assert opened.server(event, odd=True) == [talk.Play("item_A", sound(20))]


# -- one response at a time


def test_conversation_already_has_active_response() -> None:
    """What we want said waits while the server's own response is under way."""
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began())
    opened.say()
    assert opened.sent_types() == []
    opened.server(wire.ended())
    assert opened.sent_types() == ["response.create"]


def test_nothing_of_ours_starts_while_the_visitor_speaks_or_waits_for_an_answer() -> None:
    opened = Talk.open()
    opened.server(wire.speech_started())
    opened.say()
    opened.server(wire.speech_stopped(), wire.committed())
    assert opened.sent_types() == []
    opened.server(wire.began(), wire.ended())
    assert opened.sent_types() == ["response.create"]


@pytest.mark.parametrize(
    "event", [wire.transcribed("item_U", "Mm."), wire.transcription_failed("item_U")]
)
def test_a_turn_that_the_server_never_answers_does_not_hold_us_for_ever(event: wire.Wire) -> None:
    opened = Talk.open()
    opened.server(*wire.turn())
    opened.say()
    opened.server(event)
    assert opened.sent_types() == ["response.create"]


def test_a_server_that_does_not_say_when_the_visitor_has_stopped() -> None:
    opened = Talk.open()
    opened.server(wire.speech_started(), wire.committed())
    opened.say()
    assert opened.sent_types() == []
    opened.server(wire.transcribed("item_U", "Mm."))
    assert opened.sent_types() == ["response.create"]


@pytest.mark.parametrize("named", [True, False])
def test_a_collision_with_the_servers_own_response_is_tried_again(named: bool) -> None:
    opened = Talk.open()
    opened.say()
    (create,) = opened.sent
    opened.server(*wire.turn(), wire.began())
    code = "conversation_already_has_active_response"
    orders = opened.server(wire.error(code, create["event_id"] if named else None))
    assert only(orders, talk.Failed) == []
    opened.sent.clear()
    opened.server(wire.ended())
    (again,) = opened.sent
    assert again["response"] == create["response"]


def test_each_thing_to_say_is_said_in_turn() -> None:
    opened = Talk.open()
    opened.say("one")
    opened.say("two")
    purposes = [opened.sent[-1]["response"]["metadata"]["purpose"]]
    orders = opened.server(wire.began("resp_1", "one"), wire.ended("resp_1", purpose="one"))
    assert talk.ResponseDone("one", "completed") in orders
    purposes.append(opened.sent[-1]["response"]["metadata"]["purpose"])
    assert purposes == ["one", "two"]


def test_things_to_say_do_not_pile_up() -> None:
    opened = Talk.open()
    opened.server(wire.speech_started())
    orders = [opened.say(str(n)) for n in range(REALTIME_RESPONSES_WAITING + 1)]
    assert [len(only(o, talk.Noticed)) for o in orders] == [0] * REALTIME_RESPONSES_WAITING + [1]


def test_a_server_that_drops_metadata_still_answers_us() -> None:
    opened = Talk.open()
    opened.say("guard")
    orders = opened.server(wire.began("resp_1"), wire.ended("resp_1"), odd=True)
    assert talk.ResponseDone("guard", "completed") in orders
    assert not opened.conversation.responding


def test_busy_from_asking_to_the_end() -> None:
    opened = Talk.open()
    assert not opened.conversation.responding
    opened.say("guard")
    assert opened.conversation.responding
    opened.server(wire.began("resp_1", "guard"))
    assert opened.conversation.responding
    opened.server(wire.ended("resp_1", purpose="guard"))
    assert not opened.conversation.responding


def test_something_to_say_is_said_without_tools() -> None:
    opened = Talk.open()
    opened.say("guard")
    body = opened.sent[-1]["response"]
    assert body["tool_choice"] == "none"
    assert body["instructions"].endswith("Di que espere.")


# -- tools


def test_a_call_is_run_once_however_often_it_is_announced() -> None:
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began())
    item = wire.call("item_1", "call_1", arguments='{"a": 1}')
    orders = opened.server(
        wire.output_item("added", {**item, "status": "in_progress", "arguments": ""}),
        wire.arguments_done("call_1", '{"a": 1}'),
        wire.output_item("done", item),
        wire.ended(output=[item]),
    )
    assert only(orders, talk.CallTool) == [talk.CallTool("call_1", "open_gate", '{"a": 1}')]


def test_a_call_without_a_name_waits_for_its_item() -> None:
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began())
    unnamed = {k: v for k, v in wire.arguments_done("call_1").items() if k != "name"}
    assert opened.server(unnamed, odd=True) == []
    done = wire.output_item("done", wire.call("item_1", "call_1"))
    assert opened.server(done) == [talk.CallTool("call_1", "open_gate", "{}")]


@pytest.mark.parametrize("arguments", ["{nope", '  {"a":1}\n', ""])
def test_arguments_are_handed_on_as_the_model_wrote_them(arguments: str) -> None:
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began())
    (order,) = opened.server(wire.arguments_done("call_1", arguments))
    assert order == talk.CallTool("call_1", "open_gate", arguments)


def test_assistant_answers_twice_after_tools() -> None:
    """All outputs at once, one create after response.done."""
    opened = calling("call_1", "call_2")
    opened.tool_output("call_1")
    opened.tool_output("call_2")
    assert opened.sent_types() == ["conversation.item.create"] * 2
    opened.server(wire.ended())
    assert opened.sent_types() == ["response.create"]


def test_the_answer_waits_for_the_slowest_tool() -> None:
    opened = calling("call_1", "call_2")
    opened.tool_output("call_1")
    opened.server(wire.ended())
    assert opened.sent_types() == ["conversation.item.create"]
    opened.tool_output("call_2")
    assert opened.sent_types() == ["conversation.item.create", "response.create"]


def test_an_output_that_is_not_to_be_spoken_about() -> None:
    opened = calling("call_1")
    opened.server(wire.ended())
    opened.tool_output("call_1", respond=False)
    assert opened.sent_types() == ["conversation.item.create"]
    assert not opened.conversation.responding


def test_an_output_that_is_quicker_than_the_next_call() -> None:
    opened = calling("call_1")
    opened.tool_output("call_1")
    opened.server(wire.arguments_done("call_2"), wire.ended())
    assert opened.sent_types() == ["conversation.item.create"]
    opened.tool_output("call_2")
    assert opened.sent_types() == ["conversation.item.create", "response.create"]


def test_calls_of_two_responses_that_end_while_the_visitor_speaks_have_one_answer() -> None:
    opened = calling("call_1")
    opened.server(wire.ended(), *wire.turn("item_U2"), wire.began("resp_2"))
    opened.server(wire.arguments_done("call_2", response_id="resp_2"))
    opened.tool_output("call_1")
    opened.tool_output("call_2")
    opened.server(wire.ended("resp_2"), wire.began("resp_3", "answer"))
    opened.server(wire.ended("resp_3", purpose="answer"))
    assert opened.sent_types().count("response.create") == 1


def test_a_call_that_names_no_response_is_answered() -> None:
    opened = Talk.open()
    opened.server({**wire.arguments_done("call_1"), "response_id": None}, odd=True)
    opened.tool_output("call_1")
    assert opened.sent_types() == ["conversation.item.create", "response.create"]


def test_one_of_two_outputs_wants_an_answer() -> None:
    opened = calling("call_1", "call_2")
    opened.server(wire.ended())
    opened.tool_output("call_1")
    opened.tool_output("call_2", respond=False)
    assert opened.sent_types()[-1] == "response.create"


def test_an_output_for_no_call_is_not_sent() -> None:
    opened = calling("call_1")
    opened.tool_output("call_1")
    opened.sent.clear()
    for call_id in ("call_1", "call_9"):
        (order,) = opened.tool_output(call_id)
        assert isinstance(order, talk.Noticed)
    assert opened.sent_types() == []


def test_the_answer_is_dropped_when_the_visitor_has_been_answered_with_it() -> None:
    opened = calling("call_1")
    opened.server(wire.speech_started(at=5000), wire.cancelled())
    opened.tool_output("call_1")
    opened.server(wire.output_seen("call_1"), wire.speech_stopped(at=6000), wire.committed())
    opened.server(wire.began("resp_2"), wire.ended("resp_2"))
    assert "response.create" not in opened.sent_types()


def test_the_answer_is_kept_when_the_server_answered_before_it_had_the_output() -> None:
    opened = calling("call_1")
    opened.server(wire.speech_started(at=5000), wire.cancelled())
    opened.server(wire.speech_stopped(at=6000), wire.committed())
    opened.tool_output("call_1")
    opened.server(wire.began("resp_2"), wire.output_seen("call_1"))
    assert "response.create" not in opened.sent_types()
    opened.server(wire.ended("resp_2"))
    assert opened.sent_types() == ["response.create"]


def test_an_answer_that_collides_with_one_that_knows_all_is_dropped() -> None:
    opened = calling("call_1")
    opened.server(wire.ended())
    opened.tool_output("call_1")
    opened.server(wire.output_seen("call_1"), *wire.turn("item_U2"), wire.began("resp_2"))
    opened.sent.clear()
    opened.server(wire.error("conversation_already_has_active_response"), wire.ended("resp_2"))
    assert opened.sent_types() == []


@pytest.mark.parametrize("status", ["incomplete", "in_progress"])
def test_calls_of_an_interrupted_response_are_skipped(status: str) -> None:
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began(), wire.speech_started(at=5000))
    orders = opened.server(
        wire.arguments_done("call_1", '{"gate'),
        wire.output_item("done", wire.call("item_1", "call_1", status, '{"gate')),
        wire.cancelled(output=[wire.call("item_1", "call_1", status, '{"gate')]),
    )
    assert only(orders, talk.CallTool) == []


def test_a_call_announced_only_after_its_response_is_done() -> None:
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began(), wire.ended())
    opened.server(wire.output_item("done", wire.call("item_1", "call_1")))
    opened.tool_output("call_1")
    assert opened.sent_types() == ["conversation.item.create", "response.create"]


def test_a_response_with_both_a_message_and_a_call() -> None:
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began())
    orders = opened.server(
        wire.delta("item_A", sound(20)),
        wire.words("item_A", "Un momento."),
        wire.output_item("done", wire.message("item_A", "completed", "Un momento.")),
        wire.arguments_done("call_1"),
        wire.ended(),
    )
    kinds = [talk.Play, talk.ItemDone, talk.CallTool, talk.Spent, talk.ResponseDone]
    assert [type(o) for o in orders if not isinstance(o, talk.Said)] == kinds
