"""Frames of sound, and the checker that the tests of this folder lean on."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import realtime_wire as wire
from hypothesis import given
from hypothesis import strategies as st
from openai_events import client_problems, server_problems

from portero.realtime.frames import append_frame, append_message


def unmasked(frame: bytes) -> tuple[bytes, bytes]:
    """Header and payload of a frame, read by RFC 6455, 5.2."""
    length, start = frame[1] & 0x7F, 2
    if length >= 126:
        start = 4 if length == 126 else 10
        length = int.from_bytes(frame[2:start], "big")
    mask, body = frame[start : start + 4], frame[start + 4 :]
    assert len(body) == length
    return frame[:start], bytes(byte ^ mask[n % 4] for n, byte in enumerate(body))


@given(st.binary(min_size=1, max_size=5000), st.binary(min_size=4, max_size=4))
def test_a_frame_is_one_final_masked_text_frame(audio: bytes, mask: bytes) -> None:
    header, payload = unmasked(append_frame(audio, mask))
    assert header[0] == 0x81
    assert header[1] & 0x80
    assert base64.b64decode(json.loads(payload)["audio"]) == audio


@pytest.mark.parametrize("size", [54, 57, 60, 49_000, 49_110, 49_116, 49_200])
def test_each_form_of_length(size: int) -> None:
    """7 bits, 16 bits and 64 bits, on both sides of where they change."""
    _, payload = unmasked(append_frame(bytes(size), b"\1\2\3\4"))
    assert payload == append_message(bytes(size))


def test_the_message_is_one_that_openai_knows() -> None:
    assert client_problems(json.loads(append_message(bytes(960)))) == []


@pytest.mark.parametrize(
    "event",
    [
        {"type": "session.update", "session": {"type": "realtime", "voice": "marin"}},
        {"type": "session.update", "session": {"type": "realtime", "temperature": 0.8}},
        {"type": "session.update", "session": {"instructions": "no type"}},
        {"type": "input_audio_buffer.append", "audio": "not base64!"},
        {"type": "response.create", "response": {"modalities": ["audio"]}},
        {"type": "response.create", "response": {"output_modalities": ["audio", "text"]}},
        {"type": "response.create", "response": {"metadata": {"n": 1}}},
        {
            "type": "conversation.item.truncate",
            "item_id": "i",
            "content_index": 0,
            "audio_end_ms": 1.5,
        },
        {
            "type": "conversation.item.truncate",
            "item_id": "i",
            "content_index": 0,
            "audio_end_ms": -1,
        },
        {
            "type": "conversation.item.create",
            "item": {"type": "function_call_output", "call_id": "c", "output": {}},
        },
        {"type": "response.cancelled"},
        {},
    ],
)
def test_the_checker_catches_what_the_server_refuses(event: dict[str, Any]) -> None:
    assert client_problems(event)


@pytest.mark.parametrize(
    "audio",
    [
        {"input": {"format": {"type": "audio/pcm"}}},
        {"input": {"format": {"type": "audio/pcmu", "rate": 8000}}},
        {"output": {"speed": 2}},
        {"input": {"turn_detection": {"type": "semantic_vad", "threshold": 0.5}}},
        {"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 1000}}},
    ],
)
def test_the_checker_catches_what_the_models_let_pass(audio: dict[str, Any]) -> None:
    update = {"type": "session.update", "session": {"type": "realtime", "audio": audio}}
    assert client_problems(update)
    assert server_problems({**wire.updated(audio=audio), "event_id": "event_1"})
