"""A session follows its script: lines, calls, answers, interruptions, and what was not foreseen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from realtime_bench import Bench, audio_of, kinds, line, only

from portero.simulator.conversation_script import (
    AgentLine,
    End,
    ToolCall,
    ToolCalls,
    VisitorLine,
)
from portero.simulator.rt_director import FALLBACK, FAREWELL, Director, unmet
from portero.simulator.rt_session import Manners
from portero.simulator.script_loader import load_script

SCRIPTS = Path(__file__).parents[2] / "portero/simulator/scripts"


def said(events: list[dict[str, Any]]) -> list[str]:
    done = only(events, "response.output_audio_transcript.done")
    return [event["transcript"] for event in done]


def answer(bench: Bench, events: list[dict[str, Any]], output: Any) -> None:
    for call in only(events, "response.function_call_arguments.done"):
        item = {"type": "function_call_output", "call_id": call["call_id"]}
        text = output if isinstance(output, str) else json.dumps(output)
        bench.send("conversation.item.create", item={**item, "output": text})


def test_answers_are_referred_to_in_arguments_and_in_lines() -> None:
    bench = Bench(
        ToolCalls((ToolCall("find_resident", {"name": "Juan"}),)),
        ToolCalls(
            (ToolCall("notify_resident", {"resident_id": "{{find_resident.0.id}}", "n": [1]}),)
        ),
        AgentLine("Vive en {{ find_resident.0.unit }}."),
    )
    bench.set_up()
    answer(bench, bench.respond(), [{"id": 7, "unit": "A-12"}])
    events = bench.respond()
    [call] = only(events, "response.function_call_arguments.done")
    assert json.loads(call["arguments"]) == {"resident_id": 7, "n": [1]}
    answer(bench, events, "ok")
    assert said(bench.respond(6.0)) == ["Vive en A-12."]
    assert bench.session.unmet == []


def test_what_an_answer_lacks_is_told_with_the_line_of_the_script() -> None:
    bench = Bench(
        ToolCalls((ToolCall("check_visitor", {}, {"authorized": True}, line=5),)),
        AgentLine("Hola, {{check_visitor.visitor.name}}{{nobody.name}}"),
    )
    bench.set_up()
    answer(bench, bench.respond(), {"authorized": False, "visitor": None})
    bench.respond(6.0)
    assert len(bench.session.unmet) == 3
    assert bench.session.unmet[0].startswith("line 5: the answer of check_visitor.authorized")


def test_expectations_are_about_a_part() -> None:
    assert unmet({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3}, "x") == []
    assert unmet([{"a": 1}], [{"a": 1}, {"a": 2}], "x") == []
    assert unmet([1, 2], [1], "x") != []
    assert unmet({"a": None}, {}, "x") == []
    assert unmet({"a": 1}, "text", "x") != []


def test_arguments_that_are_no_json_are_sent_as_they_stand() -> None:
    bench = Bench(ToolCalls((ToolCall("open_gate", "{not json"),)))
    bench.set_up()
    [call] = only(bench.respond(), "response.function_call_arguments.done")
    assert call["arguments"] == "{not json"


def test_a_scripted_interruption_is_not_repeated_but_an_unforeseen_one_is() -> None:
    long = AgentLine("larga", line(60.0).sound)
    for after in (1.0, None):
        bench = Bench(long, VisitorLine("Perdón", interrupts_after=after), line(0.5, "sí"))
        bench.set_up()
        bench.respond(1.0)
        events = bench.speak(0.6) + bench.quiet(1.2)
        created = kinds(events)[kinds(events).index("input_audio_buffer.committed") :]
        assert "response.created" in created
        texts = [event["delta"] for event in only(events, "response.output_audio_transcript.delta")]
        assert ("sí" in texts) is (after is not None)
        bench.close()


def test_at_the_end_of_the_script_a_polite_line_is_repeated() -> None:
    bench = Bench(line(0.5))
    bench.set_up()
    bench.respond()
    for _ in range(2):
        events = bench.speak(0.5) + bench.quiet(2.0)
        assert said(events) == [FALLBACK]


def test_after_the_end_there_is_only_a_farewell() -> None:
    bench = Bench(ToolCalls((ToolCall("transfer_to_guard"),)), End("agent"))
    bench.set_up()
    answer(bench, bench.respond(), {})
    assert said(bench.respond()) == [FAREWELL]


def test_a_response_that_may_not_call_leaves_the_call_for_the_next() -> None:
    bench = Bench(line(0.5, "Un momento"), ToolCalls((ToolCall("f"),)))
    bench.set_up()
    events = bench.respond(tool_choice="none")
    assert said(events) == ["Un momento"]
    assert not only(events, "response.function_call_arguments.done")
    assert said(bench.respond(tool_choice="none")) == [FALLBACK]
    assert only(bench.respond(), "response.function_call_arguments.done")


def test_the_bundled_visit_from_start_to_end_with_the_real_voice() -> None:
    script = load_script(SCRIPTS / "authorised_visit.yaml")
    bench = Bench(*script.steps)
    bench.set_up(transcription={"model": "gpt-transcribe"})
    answers = {
        "check_visitor": {"authorized": True, "resident_id": "r2"},
        "open_gate": {"success": True},
    }
    heard: list[dict[str, Any]] = []
    events = bench.respond()
    for visitor_line in script.visitor_lines:
        heard += events
        events = bench.quiet(0.3) + bench.speak(0.5) + bench.quiet(2.0)
        [completed] = only(events, "conversation.item.input_audio_transcription.completed")
        assert completed["transcript"] == visitor_line.text
        while calls := only(events, "response.function_call_arguments.done"):
            heard += events
            answer(bench, events, answers[calls[0]["name"]])
            events = bench.respond()
    heard += events
    spoken = [step.text for step in script.steps if isinstance(step, AgentLine)]
    assert said(heard) == spoken
    seconds = len(audio_of(heard)) / 48_000
    assert 5.0 < seconds < 30.0
    assert bench.session.violations == []
    assert bench.session.unmet == []
    assert bench.session.script_left == 0
    bench.close()


def test_chatter_goes_on_and_on_without_turns() -> None:
    bench = Bench(manners=Manners(chatter_seconds=4.0, keep=False))
    bench.set_up()
    events = bench.respond(20.0)
    lengths = [len(audio_of(events)) / 48_000]
    assert 16.0 <= lengths[0] <= 24.0  # as much sound as time
    assert len(only(events, "response.created")) == 5
    spoken = bench.speak(1.0)
    assert not [event for event in spoken if event["type"].startswith("input_audio_buffer")]
    assert bench.session.heard_ms == 1000
    assert len(bench.session.heard_pcm24) == 0
    bench.close()


def test_director_without_a_script() -> None:
    director = Director()
    assert director.visitor_turn().text == "…"
    assert director.agent_turn().lines[0].text == FALLBACK
