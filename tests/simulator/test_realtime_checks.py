"""The stand-in refuses what OpenAI's server refuses (reference 4.9 and 10), with its codes."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from realtime_bench import PCMU, Bench, kinds, line, only

from portero.simulator.conversation_script import ToolCall, ToolCalls

SECOND = 48_000  # bytes


def refusal(events: list[dict[str, Any]]) -> tuple[str, str | None]:
    [event] = only(events, "error")
    assert event["error"]["type"] == "invalid_request_error"
    return event["error"]["code"], event["error"]["param"]


def session(**fields: Any) -> dict[str, Any]:
    return {"session": {"type": "realtime", **fields}}


def audio_input(**fields: Any) -> dict[str, Any]:
    return session(audio={"input": fields})


@pytest.mark.parametrize(
    ("kind", "fields", "code", "param"),
    [
        ("session.updat", {}, "invalid_value", "type"),
        ("session.update", {}, "missing_required_parameter", "session"),
        ("session.update", {"session": {}}, "missing_required_parameter", "session.type"),
        (
            "session.update",
            session(audio={"output": {"format": {"type": "audio/pcm"}}}),
            "missing_required_parameter",
            "session.audio.output.format.rate",
        ),
        (
            "session.update",
            audio_input(format={"type": "audio/pcm", "rate": 16000}),
            "invalid_value",
            "session.audio.input.format.rate",
        ),
        (
            "session.update",
            session(input_audio_format="pcm16"),
            "unknown_parameter",
            "session.input_audio_format",
        ),
        ("session.update", session(temperature=0.8), "unknown_parameter", "session.temperature"),
        (
            "session.update",
            session(output_modalities=["audio", "text"]),
            "invalid_value",
            "session.output_modalities",
        ),
        (
            "session.update",
            session(audio={"output": {"speed": 9}}),
            "invalid_value",
            "session.audio.output.speed",
        ),
        (
            "session.update",
            audio_input(turn_detection={"threshold": 0.5}),
            "missing_required_parameter",
            "session.audio.input.turn_detection.type",
        ),
        (
            "session.update",
            audio_input(turn_detection={"type": "semantic_vad", "threshold": 0.5}),
            "unknown_parameter",
            "session.audio.input.turn_detection.threshold",
        ),
        (
            "session.update",
            audio_input(turn_detection={"type": "server_vad", "idle_timeout_ms": 1000}),
            "invalid_value",
            "session.audio.input.turn_detection.idle_timeout_ms",
        ),
        (
            "session.update",
            session(tools=[{"type": "function", "function": {"name": "f"}}]),
            "unknown_parameter",
            "session.tools[0].function",
        ),
        ("session.update", session(model="gpt-realtime"), "invalid_value", "session.model"),
        ("response.create", {"response": {"speed": 1.1}}, "unknown_parameter", "response.speed"),
        (
            "response.create",
            {"response": {"metadata": {"n": 1}}},
            "invalid_type",
            "response.metadata.n",
        ),
        (
            "conversation.item.create",
            {"item": {"type": "function_call_output", "call_id": "call_x", "output": "{}"}},
            "invalid_value",
            "item.call_id",
        ),
        (
            "conversation.item.create",
            {"item": {"type": "function_call_output", "call_id": "c", "output": {"ok": True}}},
            "invalid_type",
            "item.output",
        ),
        (
            "conversation.item.create",
            {
                "item": {
                    "type": "message",
                    "role": "assistant",
                    "content": [{"type": "output_audio", "transcript": "Hola"}],
                }
            },
            "unknown_parameter",
            "item.content[0].transcript",
        ),
        (
            "conversation.item.create",
            {
                "previous_item_id": "item_x",
                "item": {
                    "type": "message",
                    "role": "user",
                    "content": [{"type": "input_text", "text": "Hola"}],
                },
            },
            "invalid_value",
            "previous_item_id",
        ),
        (
            "conversation.item.truncate",
            {"item_id": "item_x", "content_index": 0, "audio_end_ms": 10},
            "item_truncate_invalid_item_id",
            "item_id",
        ),
        (
            "conversation.item.truncate",
            {"item_id": "item_x", "content_index": 0, "audio_end_ms": 12.5},
            "invalid_type",
            "audio_end_ms",
        ),
        (
            "conversation.item.retrieve",
            {"item_id": "item_x"},
            "item_retrieve_invalid_item_id",
            "item_id",
        ),
        ("input_audio_buffer.append", {"audio": "¡no!"}, "invalid_value", "audio"),
        ("input_audio_buffer.append", {"audio": "AAAA"}, "invalid_value", "audio"),  # 1.5 samples
        ("input_audio_buffer.commit", {}, "input_audio_buffer_commit_empty", None),
        ("response.cancel", {}, "response_cancel_not_active", None),
        ("output_audio_buffer.clear", {}, "invalid_value", "type"),
    ],
)
def test_bad_event(kind: str, fields: dict[str, Any], code: str, param: str | None) -> None:
    bench = Bench(line())
    before = bench.session.config.wire
    bench.set_up()
    after = bench.session.config.wire
    events = bench.send(kind, event_id="mine", **fields)
    assert refusal(events) == (code, param)
    assert events[0]["error"]["event_id"] == "mine"
    assert len(events) == 1
    assert len(bench.session.violations) == 1
    assert bench.session.config.wire is after is not before  # a rejected update changes nothing
    bench.close()


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"type": []}', b"\xff\xfe"]
)
def test_frames_that_are_no_events(payload: bytes) -> None:
    bench = Bench()
    bench.new()
    bench.session.receive(payload)
    assert kinds(bench.new()) == ["error"]


def test_binary_frames_are_refused() -> None:
    bench = Bench()
    bench.new()
    bench.session.receive(b"{}", binary=True)
    assert refusal(bench.new())[0] == "invalid_event"


def test_only_one_response_at_a_time() -> None:
    bench = Bench(line())
    bench.set_up()
    bench.send("response.create")
    events = bench.send("response.create", event_id="second")
    assert refusal(events)[0] == "conversation_already_has_active_response"
    assert events[0]["error"]["event_id"] is None
    assert len(only(bench.wait(5.0), "response.done")) == 1


def test_a_cancel_that_comes_too_late_is_no_fault_of_the_client() -> None:
    bench = Bench(line())
    bench.set_up()
    [done] = only(bench.respond(), "response.done")
    events = bench.send("response.cancel", response_id=done["response"]["id"])
    assert refusal(events)[0] == "response_cancel_not_active"
    assert bench.session.violations == []


AUDIO_LIMIT = 15 * 1024 * 1024  # reference 1.3


@pytest.mark.parametrize(
    ("kind", "allowed", "refused"),
    [
        ("input_audio_buffer.clear", {"event_id": "e" * 512}, {"event_id": "e" * 513}),
        (
            "input_audio_buffer.append",
            {"audio": base64.b64encode(bytes(AUDIO_LIMIT)).decode()},
            {"audio": base64.b64encode(bytes(AUDIO_LIMIT + 2)).decode()},
        ),
        *(
            (
                "response.create",
                {"response": {"conversation": "none", "metadata": allowed}},
                {"response": {"conversation": "none", "metadata": refused}},
            )
            for allowed, refused in (
                ({str(n): "" for n in range(16)}, {str(n): "" for n in range(17)}),
                ({"k" * 64: ""}, {"k" * 65: ""}),
                ({"k": "v" * 512}, {"k": "v" * 513}),
            )
        ),
        *(
            (
                "conversation.item.create",
                {"item": {**call, "call_id": "c" * 32}},
                {"item": {**call, "call_id": "c" * 33}},
            )
            for call in [{"type": "function_call", "name": "f", "arguments": "{}"}]
        ),
    ],
)
def test_bounds(kind: str, allowed: dict[str, Any], refused: dict[str, Any]) -> None:
    bench = Bench()
    bench.set_up(turn_detection=None)
    assert not only(bench.send(kind, **allowed), "error")
    [error] = only(bench.send(kind, **refused), "error")
    assert error["error"]["code"] == "invalid_value"


def test_commit_wants_100_ms() -> None:
    bench = Bench()
    bench.set_up(PCMU, turn_detection=None)
    silence = base64.b64encode(b"\xff" * 99 * 8).decode()
    bench.send("input_audio_buffer.append", audio=silence)
    events = bench.send("input_audio_buffer.commit")
    assert refusal(events)[0] == "input_audio_buffer_commit_empty"
    bench.send("input_audio_buffer.append", audio=base64.b64encode(b"\xff" * 8).decode())
    assert "input_audio_buffer.committed" in kinds(bench.send("input_audio_buffer.commit"))


def test_no_commit_by_hand_while_turns_are_detected() -> None:
    bench = Bench()
    bench.set_up()
    bench.quiet(1.0)
    events = bench.send("input_audio_buffer.commit")
    assert refusal(events)[0] == "input_audio_buffer_commit_empty"


def test_truncating_more_than_there_is() -> None:
    bench = Bench(line(1.0))
    bench.set_up()
    [done] = only(bench.respond(), "response.done")
    cut = {"item_id": done["response"]["output"][0]["id"], "content_index": 0}
    events = bench.send("conversation.item.truncate", **cut, audio_end_ms=1001)
    assert refusal(events) == ("invalid_value", "audio_end_ms")
    assert "1000ms is already shorter than 1001ms" in events[0]["error"]["message"]
    told = bench.send("conversation.item.truncate", **cut, audio_end_ms=1000)
    assert kinds(told) == ["conversation.item.truncated"]


def test_only_the_agents_sound_can_be_truncated() -> None:
    bench = Bench(line())
    bench.set_up(turn_detection=None)
    bench.quiet(0.2)
    [item] = only(bench.send("input_audio_buffer.commit"), "conversation.item.added")
    cut = {"item_id": item["item"]["id"], "content_index": 0, "audio_end_ms": 0}
    events = bench.send("conversation.item.truncate", **cut)
    assert refusal(events)[0] == "item_truncate_invalid_item_id"


@pytest.mark.parametrize("where", ["session", "response"])
def test_the_voice_is_fixed_by_the_first_sound(where: str) -> None:
    bench = Bench(line())
    bench.set_up()
    voice = {"audio": {"output": {"voice": "cedar"}}}
    assert kinds(bench.send("session.update", **session(**voice))) == ["session.updated"]
    bench.respond()
    assert kinds(bench.send("session.update", **session(**voice))) == ["session.updated"]
    voice["audio"]["output"]["voice"] = "marin"
    if where == "session":
        events = bench.send("session.update", **session(**voice))
    else:
        events = bench.send("response.create", response=voice)
    assert refusal(events) == ("cannot_update_voice", f"{where}.audio.output.voice")


def test_reasoning_is_for_reasoning_models() -> None:
    for model, allowed in (("gpt-realtime-2.1", True), ("gpt-realtime-1.5", False)):
        bench = Bench(model=model)
        bench.set_up()
        events = bench.send("session.update", **session(reasoning={"effort": "low"}))
        assert (kinds(events) == ["session.updated"]) is allowed


def test_a_second_output_for_a_call() -> None:
    bench = Bench(ToolCalls((ToolCall("f"),)))
    bench.set_up()
    [call] = only(bench.respond(), "response.function_call_arguments.done")
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": "{}"}
    assert not only(bench.send("conversation.item.create", item=output), "error")
    assert only(bench.send("conversation.item.create", item=output), "error")


def test_a_response_wants_all_outputs_of_the_one_before() -> None:
    bench = Bench(ToolCalls((ToolCall("f"), ToolCall("g"))), line())
    bench.set_up()
    calls = only(bench.respond(), "response.function_call_arguments.done")
    output = {"type": "function_call_output", "output": "{}"}
    bench.send("conversation.item.create", item={**output, "call_id": calls[0]["call_id"]})
    bench.send("response.create")
    assert len(bench.session.violations) == 1


def test_sound_before_the_set_up_is_a_violation() -> None:
    bench = Bench()
    bench.quiet(0.02)
    bench.send("response.create")
    assert len(bench.session.violations) == 2
    bench.close()


def test_the_history_can_be_put_back() -> None:
    """Reference 3.3, restoring after a reconnect."""
    bench = Bench(line())
    bench.set_up()
    user = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "a"}]}
    agent = {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "b"}],
    }
    call = {"type": "function_call", "call_id": "call_9", "name": "f", "arguments": "{}"}
    output = {"type": "function_call_output", "call_id": "call_9", "output": "{}"}
    for item in (user, agent, call, output):
        events = bench.send("conversation.item.create", item=item)
        assert kinds(events) == ["conversation.item.added", "conversation.item.done"]
    first = bench.send(
        "conversation.item.create", item={**user, "id": "u0"}, previous_item_id="root"
    )
    assert first[0]["previous_item_id"] is None
    assert next(iter(bench.session.history)).id == "u0"
    deleted = bench.send("conversation.item.delete", item_id="u0")
    assert kinds(deleted) == ["conversation.item.deleted"]
    assert bench.session.violations == []
    bench.close()
