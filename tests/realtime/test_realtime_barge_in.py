"""The visitor breaks in: what is flushed, and what the server is told was heard."""

from __future__ import annotations

from dataclasses import replace

import pytest
import realtime_wire as wire
from realtime_wire import SETUP, Heard, Talk, sound

from portero.realtime import conversation as talk


def speaking(*items: tuple[str, float], done: bool = False) -> Talk:
    """The agent is answering; `items`: generated so far, with their length in ms."""
    opened = Talk.open()
    opened.server(*wire.turn("item_U0"), wire.began())
    for item_id, ms in items:
        opened.server(
            wire.output_item("added", wire.message(item_id)), wire.delta(item_id, sound(ms))
        )
        if done:
            opened.server(wire.audio_done(item_id))
    if done:
        opened.server(wire.ended())
    return opened


def truncations(opened: Talk) -> list[tuple[str, int]]:
    sent, opened.sent = opened.sent, []
    return [
        (event["item_id"], event["audio_end_ms"])
        for event in sent
        if event["type"] == "conversation.item.truncate"
    ]


def test_audio_keeps_playing_after_barge_in() -> None:
    """Speech is answered by Interrupt at once, whether a response is under way or long done."""
    for done in (False, True):
        opened = speaking(("item_A", 4000), done=done)
        assert opened.server(wire.speech_started()) == [talk.Interrupt()]


def test_the_model_remembers_only_words_that_were_heard() -> None:
    opened = speaking(("item_A", 4000))
    opened.server(wire.speech_started())
    opened.heard(Heard("item_A", 1840))
    assert truncations(opened) == [("item_A", 1840)]


def test_truncation_long_after_the_response_is_done() -> None:
    opened = speaking(("item_A", 4000), done=True)
    opened.server(wire.speech_started())
    opened.heard(Heard("item_A", 1840))
    assert truncations(opened) == [("item_A", 1840)]


def test_later_items_are_truncated_at_zero_and_heard_ones_not_at_all() -> None:
    opened = speaking(("item_A", 900), ("item_B", 2000), ("item_C", 500), done=True)
    opened.server(wire.speech_started())
    opened.heard(Heard("item_B", 300), Heard("item_C", 0))
    assert truncations(opened) == [("item_B", 300), ("item_C", 0)]


def test_nothing_is_truncated_when_all_was_heard() -> None:
    opened = speaking(("item_A", 900), done=True)
    opened.server(wire.speech_started())
    assert opened.heard() == []


def test_audio_content_is_already_shorter() -> None:
    """Never more than was generated, counted in bytes, whatever the pacer believes."""
    opened = speaking(("item_A", 100.7))
    opened.server(wire.speech_started())
    opened.heard(Heard("item_A", 160))
    assert truncations(opened) == [("item_A", 100)]
    assert not isinstance(opened.server(wire.error("invalid_value"))[0], talk.Failed)


def test_g711_is_counted_in_its_own_bytes() -> None:
    pcmu = {"format": {"type": "audio/pcmu"}}
    opened = Talk(replace(SETUP, input_format="audio/pcmu", output_format="audio/pcmu"))
    opened.server(wire.created(), wire.updated(audio={"input": pcmu, "output": pcmu}))
    opened.server(wire.began("resp_1", "greeting"), wire.delta("item_A", bytes(29_600)))
    opened.server(wire.speech_started())
    opened.heard(Heard("item_A", 5000))
    assert truncations(opened) == [("item_A", 3700)]


def test_an_item_played_as_far_as_it_came_is_cut_where_it_ended() -> None:
    """The server has generated more of it than we have seen."""
    opened = speaking(("item_A", 400))
    opened.server(wire.speech_started())
    opened.heard()
    assert truncations(opened) == [("item_A", 400)]


def test_deltas_after_cancel() -> None:
    opened = speaking(("item_A", 400))
    opened.server(wire.speech_started())
    opened.heard(Heard("item_A", 100))
    opened.sent.clear()
    late = opened.server(
        wire.delta("item_A", sound(200)),
        wire.audio_done("item_A"),
        wire.output_item("done", wire.message("item_A", "incomplete", "Buenas")),
        wire.cancelled(),
        wire.delta("item_A", sound(200)),
    )
    assert not any(isinstance(o, talk.Play | talk.ItemDone) for o in late)
    assert opened.sent_types() == []


def test_an_item_that_begins_after_the_interruption_was_not_heard_at_all() -> None:
    opened = speaking(("item_A", 400))
    opened.server(wire.speech_started())
    opened.heard(Heard("item_A", 100))
    opened.server(wire.delta("item_B", sound(200)), wire.delta("item_B", sound(200)))
    assert truncations(opened) == [("item_A", 100), ("item_B", 0)]


def test_the_next_answer_is_heard_again() -> None:
    opened = speaking(("item_A", 400))
    opened.server(wire.speech_started())
    opened.heard(Heard("item_A", 100))
    opened.server(wire.cancelled(), wire.speech_stopped(), wire.committed(), wire.began("resp_2"))
    assert opened.server(wire.delta("item_B", sound(20), "resp_2")) == [
        talk.Play("item_B", sound(20))
    ]


def test_a_second_interruption_truncates_only_what_is_new() -> None:
    opened = speaking(("item_A", 400))
    opened.server(wire.speech_started())
    opened.heard(Heard("item_A", 100))
    opened.server(wire.cancelled(), wire.speech_stopped(), wire.committed(), wire.began("resp_2"))
    opened.server(wire.delta("item_B", sound(500), "resp_2"))
    opened.server(wire.speech_started("item_U2", 9000))
    opened.sent.clear()
    opened.heard(Heard("item_B", 20))
    assert truncations(opened) == [("item_B", 20)]


def test_cancel_kills_the_next_response() -> None:
    """The server cancels by itself: we never send response.cancel."""
    opened = speaking(("item_A", 400))
    opened.server(wire.speech_started())
    opened.heard(Heard("item_A", 100))
    opened.server(wire.cancelled(), wire.speech_stopped(), wire.committed(), wire.began("resp_2"))
    assert "response.cancel" not in opened.sent_types()


def test_interrupted_before_the_response_was_announced() -> None:
    opened = Talk.open()
    opened.server(*wire.turn(), wire.speech_started("item_U2", 4000))
    orders = opened.server(wire.cancelled("resp_9"))
    assert talk.ResponseDone("turn", "cancelled") in orders
    assert not opened.conversation.responding


def test_terminal_events_that_come_before_speech_started() -> None:
    """As the HuggingFace server does (reference 9)."""
    opened = speaking(("item_A", 4000))
    opened.server(wire.cancelled())
    assert opened.server(wire.speech_started()) == [talk.Interrupt()]
    opened.heard(Heard("item_A", 1000))
    assert opened.server(wire.delta("item_A", sound(20))) == []
    assert truncations(opened) == [("item_A", 1000)]


@pytest.mark.parametrize(
    "code",
    [
        "item_truncate_invalid_item_id",
        "item_retrieve_invalid_item_id",
        "unsupported_content_type",
        "response_cancel_not_active",
        "input_audio_buffer_commit_empty",
    ],
)
def test_benign_errors_are_only_noticed(code: str) -> None:
    (order,) = Talk.open().server(wire.error(code))
    assert isinstance(order, talk.Noticed)
    assert code in order.text


def test_input_audio_buffer_commit_empty() -> None:
    """The server commits by itself: we never do."""
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began(), wire.ended())
    assert opened.sent_types() == []
