"""What was said, by whom, in which order."""

from __future__ import annotations

from dataclasses import replace

import realtime_wire as wire
from realtime_wire import SETUP, Talk

from portero.limits import REALTIME_LINES_WAITING
from portero.realtime import conversation as talk

HELLO = talk.Said("visitor", "Busco a Ana.", "item_U")
ANSWER = talk.Said("agent", "¿De parte de quién?", "item_A")


def said(orders: list[talk.Order]) -> list[talk.Order]:
    return [order for order in orders if isinstance(order, talk.Said)]


def answered(opened: Talk, number: str = "A") -> list[talk.Order]:
    """An answer of the agent, from its first event to its last."""
    response_id, item_id = f"resp_{number}", f"item_{number}"
    return opened.server(
        wire.began(response_id),
        wire.output_item("added", wire.message(item_id), response_id),
        wire.words(item_id, ANSWER.text, response_id),
        wire.output_item("done", wire.message(item_id, "completed", ANSWER.text), response_id),
        wire.ended(response_id),
    )


def test_transcripts_attached_to_the_wrong_turn() -> None:
    """The visitor's words come after the answer to them, and are told before it."""
    opened = Talk.open()
    opened.server(*wire.turn())
    assert said(answered(opened)) == []
    assert said(opened.server(wire.transcribed("item_U", "Busco a Ana."))) == [HELLO, ANSWER]


def test_transcripts_out_of_order() -> None:
    opened = Talk.open()
    opened.server(*wire.turn("item_U"), *wire.turn("item_U2"))
    assert said(opened.server(wire.transcribed("item_U2", "En la 12."))) == []
    assert said(opened.server(wire.transcribed("item_U", "Busco a Ana."))) == [
        HELLO,
        talk.Said("visitor", "En la 12.", "item_U2"),
    ]


def test_a_failed_transcription_is_noticed_and_holds_nothing_back() -> None:
    opened = Talk.open()
    opened.server(*wire.turn())
    answered(opened)
    orders = opened.server(wire.transcription_failed("item_U"))
    assert said(orders) == [ANSWER]
    assert [o.text for o in orders if isinstance(o, talk.Noticed)] == [
        "no transcription of item_U: audio_unintelligible: ?"
    ]


def test_without_transcription_nothing_waits_for_it() -> None:
    opened = Talk.open(replace(SETUP, transcription=None))
    opened.server(*wire.turn())
    assert said(answered(opened)) == [ANSWER]


def test_a_transcription_that_never_comes_does_not_hold_the_rest_for_ever() -> None:
    opened = Talk.open()
    opened.server(*wire.turn())
    told = [said(answered(opened, str(n))) for n in range(REALTIME_LINES_WAITING)]
    assert [bool(lines) for lines in told] == [False] * (REALTIME_LINES_WAITING - 1) + [True]
    assert len(told[-1]) == REALTIME_LINES_WAITING


def test_what_waits_is_told_at_the_end() -> None:
    opened = Talk.open()
    opened.server(*wire.turn())
    answered(opened)
    assert opened.conversation.finish() == [ANSWER]
    assert opened.conversation.finish() == []


def test_words_are_told_once() -> None:
    opened = Talk.open()
    opened.server(*wire.turn())
    repeated = [wire.transcribed("item_U", "Busco a Ana.")] * 3
    assert said(opened.server(*repeated)) == [HELLO]


def test_silence_is_not_told() -> None:
    """An idle timeout commits a turn without words (reference 4.7)."""
    opened = Talk.open()
    opened.server(wire.committed())
    assert said(opened.server(wire.transcribed("item_U", " "))) == []
    assert said(answered(opened)) == [ANSWER]


def test_an_answer_interrupted_before_its_first_word_holds_nothing_back() -> None:
    opened = Talk.open()
    opened.server(wire.began(), wire.output_item("added", wire.message("item_Z")))
    opened.server(wire.speech_started(), wire.cancelled(), wire.speech_stopped(), wire.committed())
    assert said(opened.server(wire.transcribed("item_U", "Busco a Ana."))) == [HELLO]


def test_words_of_an_item_without_an_event_of_their_own() -> None:
    opened = Talk.open()
    opened.server(wire.began(), wire.output_item("added", wire.message("item_A")))
    done = wire.output_item("done", wire.message("item_A", "incomplete", ANSWER.text))
    assert said(opened.server(done)) == [ANSWER]


def test_guardrail_text_ahead_of_the_sound_is_no_order() -> None:
    opened = Talk.open()
    opened.server(wire.began())
    ahead = {**wire.delta("item_A", b""), "type": "response.output_audio_transcript.delta"}
    assert opened.server({**ahead, "delta": "¿De"}) == []
