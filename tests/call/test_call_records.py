"""The record of a call, and what the feed tells while it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from stage import TENANT, Stage

from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from portero.call.calllog import CallLog
from portero.config.keypad import FallbackSettings
from portero.doorman import ToolResult
from portero.doorman.facts import Verdict
from portero.limits import RECORD_LINES, RECORD_TEXT_CHARS, SOUND_FIGURES_SECONDS
from portero.records import CallRecord, as_json, from_json


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    if made.outcome is None:
        made.channel.hang_up_by_visitor()
    made.close()


def ended(stage: Stage) -> CallRecord:
    stage.channel.hang_up_by_visitor()
    (record,) = stage.kept
    return record


def test_a_record_names_the_call_its_times_and_its_end(stage: Stage) -> None:
    stage.greeted()
    standing = stage.call.record
    assert (standing.status, standing.ended_at, standing.seconds) == ("", None, None)
    assert stage.kept == []
    seconds = stage.clock.seconds()

    record = ended(stage)

    assert (record.call_id, record.tenant, record.channel) == ("c1", TENANT.id, "PJSIP/gate-1")
    assert (record.unique_id, record.extension) == ("17.1", "1000")
    assert (record.status, record.reason) == ("HANGUP", "visitor_hung_up")
    assert record.started_at.timestamp() == stage.EPOCH
    assert record.started_at.utcoffset() is not None
    assert record.seconds == pytest.approx(seconds, abs=0.001)
    assert stage.call.record == record
    assert from_json(as_json(record)) == record


@pytest.mark.parametrize("hours", [-1, 1, -24 * 365])
def test_a_clock_that_jumps_in_a_call_makes_it_neither_shorter_nor_longer(
    stage: Stage, hours: int
) -> None:
    stage.greeted()
    use = stage.call._recorder.tool("open_gate", "{}")
    stage.EPOCH += hours * 3600  # type: ignore[misc]
    stage.clock.advance(2)
    stage.call._recorder.verdict(use, "done")
    lasted = stage.clock.seconds()
    record = ended(stage)
    assert record.seconds == pytest.approx(lasted, abs=0.001)
    assert record.tools[0].seconds == 2
    assert all(0 <= line.at <= lasted for line in record.transcript)


def test_what_both_sides_said_is_in_the_order_of_its_saying(stage: Stage) -> None:
    stage.greeted()
    began = stage.clock.seconds()
    stage.call.said("agent", "¿A quién visita?")
    stage.clock.advance(2)
    stage.call.said("visitor", "A los Peña, casa 12.")
    lines = ended(stage).transcript
    assert [(line.who, line.text) for line in lines] == [
        ("agent", "¿A quién visita?"),
        ("visitor", "A los Peña, casa 12."),
    ]
    assert [line.at for line in lines] == pytest.approx([began, began + 2])


def test_a_duress_word_is_in_no_record_and_no_feed(stage: Stage) -> None:
    stage.doorman.duress = "girasol"
    stage.greeted()
    stage.call.said("visitor", "Vengo con mi tío girasol")
    stage.calls("greeting", "find_resident", '{"name": "girasol"}')
    record = ended(stage)
    assert [line.text for line in record.transcript] == ["[...]"]
    assert dict(record.tools[0].arguments) == {"text": "[...]"}
    assert "girasol" not in repr(record) + repr(stage.happened)


@pytest.mark.parametrize("name", ["pin", "NIP", "gate_pin", "access-code", "clave"])
def test_what_an_argument_calls_a_secret_is_masked(stage: Stage, name: str) -> None:
    stage.greeted()
    stage.calls("greeting", "own_tool", f'{{"unit": "12", "in": [{{"{name}": "4711"}}]}}')
    record = ended(stage)
    assert dict(record.tools[0].arguments) == {"unit": "12", "in": [{name: "[...]"}]}
    assert "4711" not in repr(stage.happened)


@pytest.mark.parametrize("given", ["[" * 4000, '{"name": "Pe', "[1]", "17", '"x"', ""])
def test_arguments_that_are_no_object_are_kept_as_they_came(stage: Stage, given: str) -> None:
    stage.greeted()
    stage.calls("greeting", "find_resident", given)
    (use,) = ended(stage).tools
    assert dict(use.arguments) == {"text": given}


def test_arguments_that_are_no_json_for_a_database_become_text(stage: Stage) -> None:
    stage.greeted()
    stage.calls("greeting", "find_resident", '{"n": NaN, "m": -Infinity}')
    assert dict(ended(stage).tools[0].arguments) == {"n": "NaN", "m": "-Infinity"}


def test_a_tool_has_its_verdict_and_its_seconds(stage: Stage) -> None:
    stage.greeted()
    answer: Deferred[str] = Deferred()
    stage.doorman.answers["find_resident"] = answer
    stage.calls("greeting", "find_resident", '{"name": "Peña"}')
    stage.clock.advance(0.25)
    (running,) = stage.call.record.tools
    assert (running.name, running.verdict) == ("find_resident", "")
    answer.callback("{}")
    (done,) = stage.call.record.tools
    assert (done.verdict, done.seconds) == ("done", pytest.approx(0.25))


def test_a_refusal_names_the_rule(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(name: str, arguments: str, call_id: str = "") -> ToolResult:
        return ToolResult("{}", Verdict(False, "not_checked", "No."), error=True)

    monkeypatch.setattr(stage.doorman, "run", refuse)
    stage.greeted()
    stage.calls("greeting", "open_gate", '{"gate_id": "main_gate"}')
    record = ended(stage)
    assert [use.verdict for use in record.tools] == ["refused (not_checked)"]
    assert record.opened == ()


def test_a_tool_that_breaks_and_one_that_is_cut_off_are_told_apart(stage: Stage) -> None:
    stage.greeted()
    stage.doorman.answers["find_resident"] = LookupError("a defect")
    stage.doorman.answers["check"] = Deferred()
    stage.calls("greeting", "find_resident")
    stage.calls("greeting", "check")
    assert [use.verdict for use in ended(stage).tools] == ["broke", "unfinished"]


def test_gates_that_took_an_order_are_named(stage: Stage) -> None:
    stage.greeted()
    stage.doorman.opened("main_gate")
    stage.doorman.opened("barrier")
    assert stage.call.record.opened == ("main_gate", "barrier")
    assert ended(stage).opened == ("main_gate", "barrier")


def test_a_guard_who_answers_is_in_the_record(stage: Stage) -> None:
    stage.greeted()
    stage.lose_realtime()
    stage.channel.set["DIALSTATUS"] = "ANSWER"
    stage.channel.dials[-1].ended.callback("0")
    (record,) = stage.kept
    assert record.guard_answered
    assert (record.status, record.reason) == ("TRANSFERRED", "realtime_lost")
    assert [(it["who"], it["answered"]) for it in stage.events("guard")] == [("100", True)]


def test_cost_and_usage_are_those_of_the_responses(stage: Stage) -> None:
    stage.greeted()
    stage.hear(
        {
            "type": "response.done",
            "response": {
                "id": "paid",
                "status": "cancelled",
                "output": [],
                "usage": {
                    "input_token_details": {"audio_tokens": 1_000},
                    "output_token_details": {"audio_tokens": 500},
                },
            },
        }
    )
    usage = dict(stage.call.record.usage)
    assert usage["audio_in"] >= 1_000
    record = ended(stage)
    assert record.cost_usd is not None
    assert record.cost_usd >= (1_000 * 32 + 500 * 64) / 1e6


def test_an_unknown_model_costs_nobody_knows_what() -> None:
    stage = Stage(model="made-up")
    stage.greeted()
    assert ended(stage).cost_usd is None
    stage.close()


def test_who_hunts_a_fault_reads_the_figures_every_few_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("stage.CallLog", partial(CallLog, debugging=True))
    stage, told = Stage(), []
    with capturedLogs() as logged:
        began = stage.clock.seconds()
        stage.greeted()
        while stage.clock.seconds() - began < 2 * SOUND_FIGURES_SECONDS + 1:
            logged.clear()
            stage.play(0.02)
            if any("barge-ins" in event["log_format"] for event in logged):
                told.append(stage.clock.seconds() - began)
    assert told == pytest.approx([SOUND_FIGURES_SECONDS, 2 * SOUND_FIGURES_SECONDS], abs=0.021)
    stage.channel.hang_up_by_visitor()
    stage.close()


def test_the_figures_of_all_legs_are_summed(stage: Stage) -> None:
    class Leg:
        def __init__(self, stats: Any) -> None:
            self.stats = stats

    stage.greeted()
    before = stage.call.record.quality
    assert before.frames_out > 0
    assert before.jitter_ms is None
    recorder = stage.call._recorder
    recorder.leg(Leg(replace(recorder._legs[0].stats, jitter_ms=7.5)))
    recorder.leg(Leg(replace(recorder._legs[0].stats, jitter_ms=2.5)))
    after = stage.call.record.quality
    assert after.frames_out == 3 * before.frames_out
    assert after.jitter_ms == 7.5  # the worst leg's


def test_the_first_sound_counts_from_dial(stage: Stage) -> None:
    stage.start()
    stage.clock.advance(0.3)
    stage.leg_up()
    stage.realtime_up()
    stage.clock.advance(0.4)
    stage.speak("greeting")
    assert stage.call.record.quality.first_sound_ms == 700
    stage.done("greeting")
    stage.play()
    assert ended(stage).quality.first_sound_ms == 700


def test_a_greeting_that_waits_for_the_leg_sounds_when_it_is_up(stage: Stage) -> None:
    stage.start()
    stage.realtime_up()
    stage.speak("greeting")
    assert stage.call.record.quality.first_sound_ms is None
    stage.clock.advance(0.2)
    stage.leg_up()
    assert stage.call.record.quality.first_sound_ms == 200


def test_response_delays_are_their_median_and_longest(stage: Stage) -> None:
    stage.greeted()
    assert stage.call.record.quality.response_ms is None
    for number, seconds in enumerate((0.4, 2.0, 0.6)):
        stage.turn(f"r{number}")
        stage.clock.advance(seconds)
        stage.speak(f"r{number}")
        stage.speak(f"r{number}")  # only its beginning counts
        stage.done(f"r{number}")
        stage.play()
    quality = ended(stage).quality
    assert (quality.response_ms, quality.response_ms_max) == (600, 2000)


def test_barge_ins_are_counted(stage: Stage) -> None:
    stage.greeted()
    stage.turn("r")
    stage.speak("r")
    stage.play(0.1)
    stage.speech_starts()
    assert ended(stage).quality.barge_ins == 1


def test_a_session_that_is_opened_again_is_counted() -> None:
    fallback = FallbackSettings(reconnects=1)
    stage = Stage(tenant=TENANT.model_copy(update={"fallback": fallback}))
    stage.greeted()
    stage.connecting = Deferred()
    stage.lose_realtime()
    assert stage.call.record.quality.reconnects == 1
    ended(stage)
    stage.close()


def test_lines_beyond_the_bound_are_not_kept_and_long_ones_are_cut(stage: Stage) -> None:
    stage.greeted()
    for _ in range(RECORD_LINES + 1):
        stage.call.said("visitor", "a" * (RECORD_TEXT_CHARS + 1))
    transcript = ended(stage).transcript
    assert len(transcript) == RECORD_LINES
    assert {len(line.text) for line in transcript} == {RECORD_TEXT_CHARS}


def test_the_feed_tells_each_step_as_it_happens(stage: Stage) -> None:
    stage.greeted()
    stage.call.said("visitor", "Hola")
    stage.calls("greeting", "find_resident", '{"name": "Peña"}')
    stage.doorman.opened("main_gate")
    ended(stage)
    assert [event["event"] for event in stage.happened] == [
        "begin",
        "said",
        "tool",
        "verdict",
        "opened",
        "end",
    ]
    assert all((it["call"], it["tenant"]) == ("c1", TENANT.id) for it in stage.happened)
    (end,) = stage.events("end")
    assert (end["status"], end["reason"]) == ("HANGUP", "visitor_hung_up")


def test_a_fault_of_ours_leaves_a_record_too(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise LookupError("a defect")

    monkeypatch.setattr(stage.channel, "setVariable", lambda *_: broken())
    running = Deferred.fromCoroutine(stage.call.run())
    assert SynchronousTestCase().failureResultOf(running, LookupError)
    (record,) = stage.kept
    assert (record.status, record.reason) == ("FAILED", "fault")
