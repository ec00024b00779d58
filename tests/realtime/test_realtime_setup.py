"""Setting a session up: dialect, formats, greeting."""

from __future__ import annotations

from dataclasses import replace

import pytest
import realtime_wire as wire
from realtime_wire import SETUP, Talk

from portero.realtime import conversation as talk
from portero.realtime.dialects import BadAddress, OpenAI
from portero.realtime.session import SemanticVad, ServerVad, Setup

SILENT = replace(SETUP, greeting=None)


def update_of(setup: Setup) -> wire.Wire:
    started = Talk(setup)
    started.server(wire.created())
    assert started.sent_types() == ["session.update"]
    return OpenAI().session_update(setup)


def test_nothing_is_sent_before_the_server_has_spoken() -> None:
    assert Talk().conversation.connected() == []


def test_sound_flows_only_after_the_session_is_set_up() -> None:
    started = Talk(SILENT)
    assert not any(isinstance(o, talk.Ready) for o in started.server(wire.created()))
    assert started.server(wire.updated()) == [talk.Ready(expires_at=1785217650)]


def test_ready_is_said_once() -> None:
    opened = Talk.open(SILENT)
    assert opened.server(wire.updated()) == []


def test_double_greeting() -> None:
    """No sound flows before the greeting has begun, so the visitor's hello can't start another."""
    started = Talk()
    assert [type(o) for o in started.server(wire.created(), wire.updated())] == [
        talk.Send,
        talk.Send,
    ]
    assert started.sent_types() == ["session.update", "response.create"]
    assert started.server(wire.began("resp_0", "greeting")) == [talk.Ready(1785217650)]
    started.server(wire.speech_started())
    started.server(wire.cancelled("resp_0", purpose="greeting"))
    started.server(wire.speech_stopped(), wire.committed(), wire.began("resp_1"))
    started.server(wire.ended("resp_1"))
    assert started.sent_types() == []


def test_the_greeting_has_the_session_instructions_and_no_tools() -> None:
    started = Talk()
    started.server(wire.created(), wire.updated())
    body = started.sent[-1]["response"]
    assert SETUP.instructions in body["instructions"]
    assert "Saluda al visitante." in body["instructions"]
    assert body["tool_choice"] == "none"


def test_ready_comes_even_if_the_greeting_fails_unannounced() -> None:
    started = Talk()
    started.server(wire.created(), wire.updated())
    orders = started.server(wire.failed("resp_0", "server_error", "greeting"))
    assert any(isinstance(o, talk.Ready) for o in orders)


def test_something_to_say_early_waits_for_the_greeting() -> None:
    started = Talk()
    assert started.say() == []
    started.server(wire.created(), wire.updated())
    assert started.sent[-1]["response"]["metadata"] == {"purpose": "greeting"}
    started.server(wire.began("resp_0", "greeting"), wire.ended("resp_0", purpose="greeting"))
    assert started.sent[-1]["response"]["metadata"] == {"purpose": "guard"}


def test_unknown_parameter_because_of_beta_keys() -> None:
    session = update_of(SETUP)
    assert session.keys().isdisjoint({"voice", "modalities", "turn_detection", "temperature"})
    assert not any(key.startswith("input_audio") for key in session)


def test_missing_required_parameter() -> None:
    session = update_of(SETUP)
    assert session["type"] == "realtime"
    assert session["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24000}
    assert session["audio"]["output"]["format"] == {"type": "audio/pcm", "rate": 24000}


@pytest.mark.parametrize("name", ["audio/pcmu", "audio/pcma"])
def test_g711_has_no_rate(name: str) -> None:
    session = update_of(replace(SETUP, input_format=name, output_format=name))
    assert session["audio"]["output"]["format"] == {"type": name}


def test_cannot_update_voice() -> None:
    """The voice is said once, before any sound."""
    opened = Talk.open()
    opened.server(*wire.turn(), wire.began(), wire.delta("item_A", wire.sound(20)), wire.ended())
    opened.server(wire.updated())
    assert "session.update" not in opened.sent_types()


@pytest.mark.parametrize(
    ("model", "reasons"),
    [
        ("gpt-realtime-2", True),
        ("gpt-realtime-2.1", True),
        ("gpt-realtime-2.1-mini", True),
        ("gpt-realtime-2.1-2026-07-06", True),
        ("gpt-realtime", False),
        ("gpt-realtime-1.5", False),
        ("gpt-realtime-2025-08-28", False),
    ],
)
def test_reasoning_only_for_models_that_reason(model: str, reasons: bool) -> None:
    session = update_of(replace(SETUP, model=model, reasoning_effort="low"))
    assert ("reasoning" in session) is reasons


def test_both_kinds_of_turn_detection_answer_and_stop_by_themselves() -> None:
    flags = {"create_response": True, "interrupt_response": True}
    server = update_of(replace(SETUP, vad=ServerVad(threshold=0.7)))["audio"]["input"]
    assert (
        server["turn_detection"].items()
        >= {"type": "server_vad", "threshold": 0.7, **flags}.items()
    )
    semantic = update_of(replace(SETUP, vad=SemanticVad("low")))["audio"]["input"]
    assert semantic["turn_detection"] == {"type": "semantic_vad", "eagerness": "low", **flags}


def test_user_transcript_missing_unless_asked_for() -> None:
    asked = update_of(SETUP)["audio"]["input"]["transcription"]
    assert asked == {"model": "gpt-transcribe", "language": "es"}
    assert update_of(replace(SETUP, transcription=None))["audio"]["input"]["transcription"] is None


def test_the_prompt_of_a_transcription_only_where_it_is_known() -> None:
    prompted = replace(SETUP, transcription_prompt="Las Palmas")
    assert update_of(prompted)["audio"]["input"]["transcription"]["prompt"] == "Las Palmas"
    live = replace(prompted, transcription="gpt-realtime-whisper")
    assert "prompt" not in update_of(live)["audio"]["input"]["transcription"]


def test_a_custom_voice_is_an_object() -> None:
    session = update_of(replace(SETUP, voice="voice_123"))
    assert session["audio"]["output"]["voice"] == {"id": "voice_123"}


def test_wrong_speed_because_the_server_uses_another_format() -> None:
    started = Talk(SILENT)
    started.server(wire.created())
    other = {"input": {"format": {"type": "audio/pcmu"}}, "output": {}}
    (order,) = started.server(wire.updated(audio=other))
    assert isinstance(order, talk.Failed)
    assert (order.code, order.fatal) == ("wrong_format", True)


def test_wrong_speed_because_the_server_uses_another_rate() -> None:
    started = Talk(SILENT)
    started.server(wire.created())
    other = {"output": {"format": {"type": "audio/pcm", "rate": 16000}}}
    (order,) = started.server(wire.updated(audio=other), odd=True)
    assert isinstance(order, talk.Failed)


def test_a_server_that_echoes_no_format_is_believed() -> None:
    started = Talk(SILENT)
    started.server(wire.created())
    assert started.server({"type": "session.updated"}, odd=True) == [talk.Ready(None)]


def test_a_refused_session_update_is_fatal() -> None:
    started = Talk()
    started.server(wire.created())
    (order,) = started.server(wire.error("unknown_parameter"))
    assert isinstance(order, talk.Failed)
    assert order.fatal


def test_a_format_that_no_session_speaks_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="audio/pcmu"):
        replace(SETUP, output_format="audio/opus")


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("wss://api.openai.com/v1/realtime", "wss://api.openai.com/v1/realtime?model=m"),
        ("https://api.openai.com/v1", "wss://api.openai.com/v1/realtime?model=m"),
        ("https://api.openai.com/v1/", "wss://api.openai.com/v1/realtime?model=m"),
        ("ws://127.0.0.1:8765", "ws://127.0.0.1:8765/realtime?model=m"),
        (
            "https://x.openai.azure.com/openai/v1",
            "wss://x.openai.azure.com/openai/v1/realtime?model=m",
        ),
        ("wss://gateway/some/path", "wss://gateway/some/path?model=m"),
        ("wss://gateway/p?key=a%20b", "wss://gateway/p?model=m&key=a+b"),
        ("wss://gateway/p?model=other", "wss://gateway/p?model=other"),
    ],
)
def test_the_address_of_a_server(base: str, url: str) -> None:
    assert OpenAI().target(base, "m", "sk-1").url == url


@pytest.mark.parametrize("bad", ["api.openai.com", "ftp://api.openai.com", "wss:///v1"])
def test_an_address_that_is_none(bad: str) -> None:
    with pytest.raises(BadAddress, match="write it as wss://"):
        OpenAI().target(bad, "m", "sk-1")


def test_the_key_goes_into_a_header_and_nowhere_else() -> None:
    target = OpenAI().target("wss://api.openai.com/v1", "m", "sk-secret")
    assert target.headers == {"Authorization": "Bearer sk-secret"}
    assert "sk-secret" not in repr(target)
    assert OpenAI().target("ws://127.0.0.1:1", "m", "").headers == {}
