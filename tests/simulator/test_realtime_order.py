"""The orders of events that reference openai-realtime.md 4.2 to 4.7 gives.

Every event that a ``Bench`` receives is checked against the models of the ``openai`` package.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from realtime_bench import PCM, PCMA, PCMU, Bench, audio_of, kinds, line, only, squeezed

from twisted.internet.defer import Deferred

from portero.simulator.conversation_script import (
    AgentLine,
    Recording,
    ToolCall,
    ToolCalls,
    Transcript,
    VisitorLine,
)
from portero.simulator.voice import Voice

TRANSCRIPTION = {"model": "gpt-transcribe", "language": "es"}
TRANSCRIBED = "conversation.item.input_audio_transcription.completed"

OPENING = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
]
CLOSING = [
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
]
TURN = [
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
]
CALL = [
    "response.output_item.added",
    "conversation.item.added",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "conversation.item.done",
    "response.output_item.done",
]


def without_deltas(events: list[str]) -> list[str]:
    return [
        kind for kind in events if not kind.startswith("response.output_audio") or "done" in kind
    ]


def test_connect_is_created_then_updated_and_nothing_unprompted() -> None:
    bench = Bench(line())
    assert kinds(bench.new()) == ["session.created"]
    assert kinds(bench.set_up()) == ["session.updated"]
    assert bench.quiet(3) == []
    bench.close()


def test_update_is_a_merge_that_echoes_the_whole_session() -> None:
    bench = Bench()
    [updated] = bench.set_up(PCMU, turn_detection={"type": "server_vad", "threshold": 0.7})
    vad = updated["session"]["audio"]["input"]["turn_detection"]
    assert vad["threshold"] == 0.7
    assert vad["prefix_padding_ms"] == 300
    assert updated["session"]["audio"]["output"] == {"format": PCMU, "voice": "marin", "speed": 1.0}
    [updated] = bench.send(
        "session.update", session={"type": "realtime", "instructions": "Sé breve"}
    )
    assert updated["session"]["instructions"] == "Sé breve"
    assert updated["session"]["audio"]["input"]["turn_detection"] == vad


def test_spoken_turn() -> None:
    bench = Bench(VisitorLine("Soy María"), line(2.0))
    bench.set_up(transcription=TRANSCRIPTION)
    events = bench.quiet(0.5) + bench.speak(1.0) + bench.quiet(2.0)
    order = squeezed(events)
    transcript = [kind for kind in order if "transcription" in kind]
    assert transcript[-1] == TRANSCRIBED
    spoken = [kind for kind in order if "transcription" not in kind]
    expected = [*TURN, *OPENING, *CLOSING, "response.done", "rate_limits.updated"]
    assert without_deltas(spoken) == expected
    [completed] = only(events, TRANSCRIBED)
    assert completed["transcript"] == "Soy María"
    assert completed["item_id"] == events[0]["item_id"]
    bench.close()


def test_all_events_of_a_turn_name_the_future_user_item() -> None:
    bench = Bench(VisitorLine("Hola"), line())
    bench.set_up()
    events = bench.speak(0.6) + bench.quiet(0.6)
    ids = {event["item_id"] for event in events if "item_id" in event and "input" in event["type"]}
    added = only(events, "conversation.item.added")[0]["item"]
    assert ids == {added["id"]}
    assert added["content"] == [{"type": "input_audio", "transcript": None}]
    assert added["status"] == "completed"


@pytest.mark.parametrize("audio_format", [PCM, PCMU, PCMA])
def test_speech_times_are_those_of_the_appended_sound(audio_format: dict[str, object]) -> None:
    bench = Bench(VisitorLine("Hola"), line())
    vad = {"type": "server_vad", "prefix_padding_ms": 200, "silence_duration_ms": 400}
    bench.set_up(audio_format, turn_detection=vad)
    bench.wait(7.0)  # no sound, no time
    events = bench.quiet(1.0) + bench.speak(1.0) + bench.quiet(1.0)
    [started] = only(events, "input_audio_buffer.speech_started")
    [stopped] = only(events, "input_audio_buffer.speech_stopped")
    assert started["audio_start_ms"] == pytest.approx(1000 - 200, abs=20)
    assert stopped["audio_end_ms"] == pytest.approx(2000 + 400, abs=20)


def test_a_higher_threshold_needs_louder_speech() -> None:
    quiet_voice = -30.0
    for threshold, heard in ((0.2, True), (0.9, False)):
        bench = Bench(VisitorLine("Hola"), line())
        bench.set_up(turn_detection={"type": "server_vad", "threshold": threshold})
        events = bench.speak(0.5, level=quiet_voice)
        assert bool(only(events, "input_audio_buffer.speech_started")) is heard


@pytest.mark.parametrize(("audio_format", "bytes_per_ms"), [(PCM, 48), (PCMU, 8), (PCMA, 8)])
def test_an_answer_comes_in_bursts_of_odd_sizes(
    audio_format: dict[str, object], bytes_per_ms: int
) -> None:
    bench = Bench(line(3.0))
    bench.set_up(audio_format)
    events = bench.respond(0.9)  # a fraction of its length
    assert "response.done" in kinds(events)
    assert len(audio_of(events)) == 3000 * bytes_per_ms
    sizes = {len(audio_of([event])) for event in only(events, "response.output_audio.delta")}
    assert len(sizes) > 2
    assert any(size % (20 * bytes_per_ms) for size in sizes)
    assert all(size % 2 == 0 for size in sizes) or bytes_per_ms == 8


def test_the_text_runs_ahead_of_the_sound() -> None:
    bench = Bench(line(3.0, "uno dos tres cuatro cinco seis siete ocho"))
    bench.set_up()
    events = kinds(bench.respond())
    words = [i for i, kind in enumerate(events) if kind == "response.output_audio_transcript.delta"]
    sound = [i for i, kind in enumerate(events) if kind == "response.output_audio.delta"]
    assert words[0] < sound[0]
    assert words[-1] < sound[-1]


def test_two_items_of_sound_overlap_at_their_border() -> None:
    bench = Bench(line(1.0, "Un momento."), line(1.0, "Ya está."))
    bench.set_up()
    events = bench.respond()
    [done] = only(events, "response.done")
    first, second = done["response"]["output"]
    assert [first["phase"], second["phase"]] == ["commentary", "final_answer"]
    assert len(audio_of(events, first["id"])) == len(audio_of(events, second["id"])) == 48_000
    first_done = next(
        i
        for i, e in enumerate(events)
        if e["type"] == "response.output_item.done" and e["item"]["id"] == first["id"]
    )
    second_sound = [
        i
        for i, e in enumerate(events)
        if e["type"] == "response.output_audio.delta" and e["item_id"] == second["id"]
    ]
    assert second_sound[0] < first_done < second_sound[-1]


def test_function_call() -> None:
    arguments = {"name": "María"}
    bench = Bench(ToolCalls((ToolCall("check_visitor", arguments),)), line())
    bench.set_up()
    events = bench.respond()
    assert squeezed(events) == ["response.created", *CALL, "response.done", "rate_limits.updated"]
    [call] = only(events, "response.function_call_arguments.done")
    assert json.loads(call["arguments"]) == arguments
    deltas = only(events, "response.function_call_arguments.delta")
    assert "".join(event["delta"] for event in deltas) == call["arguments"]
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": "{}"}
    acks = bench.send("conversation.item.create", item=output)
    assert kinds(acks) == ["conversation.item.added", "conversation.item.done"]
    assert bench.wait(2.0) == []  # nothing happens until response.create
    assert squeezed(bench.respond())[:4] == OPENING
    assert bench.session.violations == []
    bench.close()


def test_speech_and_several_calls_in_one_response() -> None:
    calls = ToolCalls((ToolCall("find_resident", {}), ToolCall("get_recent_plates", {})))
    bench = Bench(line(0.5), calls)
    bench.set_up()
    events = bench.respond()
    order = without_deltas(squeezed(events))
    assert order == [*OPENING, *CLOSING, *CALL, *CALL, "response.done", "rate_limits.updated"]
    [done] = only(events, "response.done")
    assert [item["type"] for item in done["response"]["output"]] == [
        "message",
        "function_call",
        "function_call",
    ]


def test_an_output_sent_before_response_done_is_acknowledged_after_it() -> None:
    bench = Bench(ToolCalls((ToolCall("slow", {}),)), line())
    bench.set_up(turn_detection=None)
    events = bench.respond()
    call_id = only(events, "response.function_call_arguments.done")[0]["call_id"]
    bench.send("response.create")
    output = {"type": "function_call_output", "call_id": call_id, "output": "{}"}
    assert bench.send("conversation.item.create", item=output) == []
    later = kinds(bench.wait(5.0))
    assert later.index("response.done") < len(later) - 1 - later[::-1].index(
        "conversation.item.done"
    )


def test_barge_in_while_the_answer_is_made() -> None:
    bench = Bench(line(60.0), VisitorLine("Perdón", interrupts_after=1.0), line())
    bench.set_up()
    bench.respond(1.0)
    events = bench.speak(0.6) + bench.quiet(0.6)
    order = kinds(events)
    after = order[order.index("input_audio_buffer.speech_started") :]
    cut = after[: after.index("response.done") + 1]
    assert "response.output_audio.delta" in cut  # a late one
    assert without_deltas(cut) == [TURN[0], *CLOSING, "response.done"]
    done = only(events, "response.done")[0]["response"]
    assert done["status"] == "cancelled"
    assert done["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
    assert done["output"][0]["status"] == "incomplete"
    assert done["usage"]["output_tokens"] > 0
    committed = only(events, "input_audio_buffer.committed")[0]
    assert committed["previous_item_id"] == done["output"][0]["id"]
    bench.close()


def test_barge_in_before_any_item() -> None:
    bench = Bench(line(), VisitorLine("Perdón", interrupts_after=0.0), line())
    bench.set_up()
    bench.respond(0.1)
    events = bench.speak(0.4)
    [done] = only(events, "response.done")
    assert done["response"]["status"] == "cancelled"
    assert done["response"]["output"] == []


def test_barge_in_while_the_voice_is_still_being_made() -> None:
    bench = Bench(line(), voice=Voice(lambda job: Deferred()))
    bench.set_up()
    bench.respond(1.0)
    [done] = only(bench.speak(0.4), "response.done")
    assert done["response"]["output"] == []
    bench.close()


def test_a_voice_that_can_not_be_had_is_a_failed_response() -> None:
    bench = Bench(AgentLine("Hola", Recording(Path("no/such.wav"))))
    bench.set_up()
    [done] = only(bench.respond(), "response.done")
    assert done["response"]["status"] == "failed"
    assert "no/such.wav" in done["response"]["status_details"]["error"]["message"]


def test_a_turn_that_does_not_cut_the_response_gets_none() -> None:
    bench = Bench(line(60.0), VisitorLine("Oiga"), line(1.0))
    bench.set_up(turn_detection={"type": "server_vad", "interrupt_response": False})
    bench.respond(1.0)
    events = bench.speak(0.5) + bench.quiet(10.0)
    assert "input_audio_buffer.committed" in kinds(events)
    assert [event["response"]["status"] for event in only(events, "response.done")] == ["completed"]
    assert not only(events, "response.created")


def test_an_update_of_the_tools_does_not_disturb_the_turn_in_progress() -> None:
    bench = Bench(VisitorLine("Hola"), line())
    bench.set_up()
    bench.speak(0.5)
    bench.send("session.update", session={"type": "realtime", "tools": []})
    assert kinds(bench.quiet(0.6))[0] == "input_audio_buffer.speech_stopped"


def test_the_client_may_cancel() -> None:
    bench = Bench(line(60.0))
    bench.set_up(turn_detection={"type": "server_vad", "interrupt_response": False})
    [created] = only(bench.respond(1.0), "response.created")
    assert not only(bench.speak(0.5), "response.done")
    bench.send("response.cancel", response_id=created["response"]["id"])
    [done] = only(bench.wait(0.1), "response.done")
    assert done["response"]["status_details"]["reason"] == "client_cancelled"


def test_truncation_keeps_what_was_heard() -> None:
    bench = Bench(line(2.0))
    bench.set_up(PCMU)
    [done] = only(bench.respond(), "response.done")
    item_id = done["response"]["output"][0]["id"]
    cut = {"item_id": item_id, "content_index": 0, "audio_end_ms": 840}
    [told] = bench.send("conversation.item.truncate", **cut)
    assert {key: told[key] for key in cut} == cut
    item = bench.session.history[item_id]
    assert (item.audio_ms, item.generated_ms) == (840, 2000)
    [got] = bench.send("conversation.item.retrieve", item_id=item_id)
    assert "transcript" not in got["item"]["content"][0]
    assert bench.session.violations == []


def test_idle_timeout() -> None:
    bench = Bench(line(1.0), line(1.0))
    vad = {"type": "server_vad", "idle_timeout_ms": 5000}
    bench.set_up(turn_detection=vad, transcription=TRANSCRIPTION)
    assert bench.quiet(6.0) == []  # not armed before the first response
    bench.respond(1.0)
    events = bench.quiet(8.0)
    assert kinds(events)[:7] == [
        "input_audio_buffer.timeout_triggered",
        "conversation.item.added",
        "conversation.item.done",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
    ]
    assert events[1]["item"]["role"] == "system"
    assert events[0]["audio_end_ms"] - events[0]["audio_start_ms"] >= 5000
    assert only(events, TRANSCRIBED)[0]["transcript"] == ""


def test_speech_ends_the_wait_for_the_idle_timeout() -> None:
    bench = Bench(line(1.0), VisitorLine("larga"), line(1.0))
    vad = {"type": "server_vad", "idle_timeout_ms": 5000, "create_response": False}
    bench.set_up(turn_detection=vad)
    bench.respond(1.0)
    events = bench.quiet(4.0) + bench.speak(4.0) + bench.quiet(1.0)
    assert not only(events, "input_audio_buffer.timeout_triggered")


def test_turn_detection_keeps_what_an_update_does_not_name() -> None:
    bench = Bench()
    bench.set_up(turn_detection={"type": "server_vad", "silence_duration_ms": 900})

    def updated(**detection: object) -> dict[str, object]:
        audio = {"input": {"turn_detection": detection}}
        [event] = bench.send("session.update", session={"type": "realtime", "audio": audio})
        vad: dict[str, object] = event["session"]["audio"]["input"]["turn_detection"]
        return vad

    assert updated(type="server_vad", threshold=0.9)["silence_duration_ms"] == 900
    assert "silence_duration_ms" not in updated(type="semantic_vad")
    assert updated(type="server_vad")["silence_duration_ms"] == 500


def test_manual_turns() -> None:
    bench = Bench(VisitorLine("Hola"), line())
    bench.set_up(turn_detection=None, transcription=TRANSCRIPTION)
    assert bench.speak(0.5) == []
    events = bench.send("input_audio_buffer.commit")
    assert kinds(events) == TURN[2:]
    assert kinds(bench.wait(2.0)) == [
        "conversation.item.input_audio_transcription.delta",
        TRANSCRIBED,
    ]


@pytest.mark.parametrize("style", list(Transcript))
def test_transcripts_come_as_the_script_says(style: Transcript) -> None:
    bench = Bench(VisitorLine("Uno", transcript=style), line(0.2), VisitorLine("Dos"), line(0.2))
    bench.set_up(transcription=TRANSCRIPTION)
    turns = [bench.speak(0.5) + bench.quiet(3.0) for _ in range(2)]
    prefix = "conversation.item.input_audio_transcription"
    first, second = (
        [event for event in turn if event["type"].startswith(prefix)] for turn in turns
    )
    if style is Transcript.FAILED:
        assert kinds(first) == [f"{prefix}.failed"]
        assert first[0]["error"]["code"] == "audio_unintelligible"
        return
    if style is Transcript.SWAPPED:
        assert first == []
        texts = [event["transcript"] for event in only(second, f"{prefix}.completed")]
        assert texts == ["Dos", "Uno"]
        return
    assert squeezed(first) == [f"{prefix}.delta", f"{prefix}.completed"]
    order = kinds(turns[0])
    if style is Transcript.EARLY:
        assert order.index(f"{prefix}.delta") < order.index("input_audio_buffer.speech_stopped")
    if style is Transcript.LATE:
        assert order.index(f"{prefix}.completed") > order.index("response.done")


def test_without_transcription_there_is_none() -> None:
    bench = Bench(VisitorLine("Hola"), line())
    bench.set_up()
    assert not [e for e in bench.speak(0.5) + bench.quiet(2.0) if "transcription" in e["type"]]


def test_out_of_band_response_leaves_no_trace_in_the_conversation() -> None:
    bench = Bench(line())
    bench.set_up()
    bench.send("response.create")
    metadata = {"purpose": "note"}
    events = bench.respond(4.0, conversation="none", metadata=metadata)
    beside = [
        event
        for event in events
        if event["type"] == "response.done" and event["response"]["metadata"] == metadata
    ]
    assert beside[0]["response"]["conversation_id"] is None
    ids = {item["id"] for item in beside[0]["response"]["output"]}
    assert not ids & {event["item"]["id"] for event in only(events, "conversation.item.added")}
    assert bench.session.violations == []


def test_usage_counts_the_whole_conversation_again() -> None:
    bench = Bench(line(3.0), line(1.0))
    bench.set_up(turn_detection=None)
    first = only(bench.respond(), "response.done")[0]["response"]["usage"]
    assert first["output_token_details"]["audio_tokens"] == 4000 // 50
    second = only(bench.respond(), "response.done")[0]["response"]["usage"]
    assert second["input_token_details"]["audio_tokens"] >= 80
    assert second["total_tokens"] == second["input_tokens"] + second["output_tokens"]
    cached = second["input_token_details"]["cached_tokens_details"]
    assert cached["text_tokens"] <= second["input_token_details"]["text_tokens"]


def test_written_answers() -> None:
    bench = Bench(AgentLine("Hola"))
    bench.set_up()
    events = bench.respond(output_modalities=["text"])
    [done] = only(events, "response.output_text.done")
    assert done["text"] == "Hola"
    assert audio_of(events) == b""


def test_text_deltas_are_padded_with_what_the_models_do_not_know() -> None:
    bench = Bench(line())
    bench.set_up()
    deltas = only(bench.respond(), "response.output_audio_transcript.delta")
    assert all(event["obfuscation"] for event in deltas)


def test_nothing_is_left_when_a_client_leaves_in_the_middle() -> None:
    for seconds in (0.0, 0.2, 0.5, 1.0):
        bench = Bench(line(30.0))
        bench.set_up()
        bench.respond(seconds)
        bench.close()
