"""A visitor who is forced: the gate does not overtake the word that tells it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from call.stage import Stage

from portero.limits import WORDS_SECONDS


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    stage.doorman.watched.add("open_gate")
    stage.greeted()
    yield stage
    if stage.outcome is None:
        stage.channel.hang_up_by_visitor()
    stage.close()


def speaks_and_model_opens(stage: Stage) -> None:
    """The visitor has spoken, and the model is quicker than the transcription."""
    stage.hear({"type": "input_audio_buffer.committed", "item_id": "u"})
    stage.turn("t")
    stage.calls("t", "open_gate")
    stage.done("t")


def written_down(stage: Stage, words: str) -> None:
    stage.hear(
        {
            "type": "conversation.item.input_audio_transcription.completed",
            "item_id": "u",
            "content_index": 0,
            "transcript": words,
        }
    )


def ran(stage: Stage) -> list[str]:
    return [name for name, _ in stage.doorman.runs]


def test_a_gate_waits_for_the_words_that_the_visitor_has_said(stage: Stage) -> None:
    speaks_and_model_opens(stage)
    stage.play(0.5)
    assert ran(stage) == []
    written_down(stage, "Soy Juan, traigo canela en rama")
    assert stage.doorman.heard[-2:] == ["Soy Juan, traigo canela en rama", "{}"]  # then the tool's
    assert ran(stage) == ["open_gate"]


def test_words_that_do_not_come_hold_a_gate_up_for_a_moment_only(stage: Stage) -> None:
    speaks_and_model_opens(stage)
    stage.play(WORDS_SECONDS - 0.1)
    assert ran(stage) == []
    stage.play(0.2)
    assert ran(stage) == ["open_gate"]
    written_down(stage, "Soy Juan")  # late: nothing comes of it twice
    assert ran(stage) == ["open_gate"]


def test_words_that_can_not_be_written_down_hold_nothing_up(stage: Stage) -> None:
    speaks_and_model_opens(stage)
    stage.hear(
        {
            "type": "conversation.item.input_audio_transcription.failed",
            "item_id": "u",
            "content_index": 0,
            "error": {"code": "x", "message": "y"},
        }
    )
    assert ran(stage) == ["open_gate"]


def test_a_visitor_who_leaves_meanwhile_opens_nothing(stage: Stage) -> None:
    speaks_and_model_opens(stage)
    stage.channel.hang_up_by_visitor()
    stage.play(WORDS_SECONDS + 0.1)
    assert ran(stage) == []


def test_other_tools_wait_for_no_words(stage: Stage) -> None:
    stage.hear({"type": "input_audio_buffer.committed", "item_id": "u"})
    stage.turn("t")
    stage.calls("t", "check_visitor")
    assert ran(stage) == ["check_visitor"]
