"""A strict checker of Realtime events: the `openai` package's models, and what they cannot see.

The package's own models let unknown keys, wild numbers and beta names pass (reference 11); this
checker does not. It judges single events; their order is the business of the tests.
"""

from __future__ import annotations

import base64
import binascii
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import BaseModel, ValidationError

Event = Mapping[str, Any]
Models = Mapping[str, type[BaseModel]]

# On the wire of OpenAI, but not in the models of openai 3.51 (reference 4.1).
ON_THE_WIRE = {
    ".obfuscation",
    ".session.id",
    ".session.object",
    ".session.expires_at",
    ".item.phase",
    ".response.output[].phase",
    ".response.usage.output_token_details.reasoning_tokens",
}

MAX_ID = 32  # item ids and call ids (reference 3.3)
MAX_EVENT_ID = 512  # reference 1.3
MAX_METADATA = 16, 64, 512  # pairs, length of a key, length of a value (reference 3.5)
MAX_AUDIO = 15 * 1024 * 1024  # of one append (reference 1.3)


def _kinds(union: Any) -> dict[str, type[BaseModel]]:
    members = typing.get_args(typing.get_args(union)[0])
    return {typing.get_args(m.model_fields["type"].annotation)[0]: m for m in members}


CLIENT_EVENTS: Models = _kinds(RealtimeClientEvent)
SERVER_EVENTS: Models = _kinds(RealtimeServerEvent)


def client_problems(event: Event) -> list[str]:
    """Everything that OpenAI's server would object to in `event`; empty when there is nothing."""
    return _model_problems(event, CLIENT_EVENTS) or list(_own_rules(event))


def server_problems(event: Event) -> list[str]:
    """Everything by which `event` differs from what OpenAI's server sends."""
    return _model_problems(event, SERVER_EVENTS) or list(_own_rules(event))


def _model_problems(event: Event, models: Models) -> list[str]:
    model = models.get(event.get("type", ""))
    if model is None:
        return [f"unknown type {event.get('type')!r}"]
    try:
        parsed = model.model_validate(event, strict=True)
    except ValidationError as error:
        return [".".join(map(str, e["loc"])) + ": " + e["type"] for e in error.errors()]
    return [f"extra {path}" for path in _extras(parsed) if path not in ON_THE_WIRE]


def _extras(node: Any, path: str = "") -> Iterator[str]:
    if isinstance(node, BaseModel):
        yield from (f"{path}.{key}" for key in node.model_extra or {})
        for key in node.model_fields_set & set(type(node).model_fields):
            yield from _extras(getattr(node, key), f"{path}.{key}")
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _extras(value, f"{path}[]")


def _own_rules(event: Event) -> Iterator[str]:
    if len(event.get("event_id") or "") > MAX_EVENT_ID:
        yield "event_id is too long"
    match event:
        case {"type": "session.update" | "session.created" | "session.updated", "session": session}:
            yield from _session_rules(session)
        case {"type": "input_audio_buffer.append" | "response.output_audio.delta"}:
            yield from _audio_rules(event.get("audio") or event.get("delta") or "")
        case {"type": "conversation.item.truncate" | "conversation.item.truncated"}:
            if event.get("content_index") != 0:
                yield "content_index: the audio part is part 0"
            if event.get("audio_end_ms", 0) < 0:
                yield "audio_end_ms is negative"
        case {"type": "response.create" | "response.created" | "response.done"}:
            yield from _response_rules(event.get("response") or {})
        case {"type": "conversation.item.create", "item": item}:
            yield from _item_rules(item)


def _session_rules(session: Event) -> Iterator[str]:
    if session.get("type") not in ("realtime", "transcription"):
        yield "session.type is required"
    yield from _output_rules(session)
    audio = session.get("audio") or {}
    for side in ("input", "output"):
        yield from _format_rules((audio.get(side) or {}).get("format"), f"session.audio.{side}")
    if not 0.25 <= (audio.get("output") or {}).get("speed", 1.0) <= 1.5:
        yield "session.audio.output.speed is outside 0.25 to 1.5"
    yield from _vad_rules((audio.get("input") or {}).get("turn_detection") or {})
    for tool in session.get("tools") or []:
        if "function" in tool:
            yield "tools are flat in the Realtime API"


def _output_rules(settings: Event) -> Iterator[str]:
    if settings.get("output_modalities", ["audio"]) not in (["audio"], ["text"]):
        yield "output_modalities is one of audio and text"
    limit = settings.get("max_output_tokens")
    if isinstance(limit, int) and not 1 <= limit <= 4096:
        yield "max_output_tokens is outside 1 to 4096"


def _format_rules(audio_format: Event | None, where: str) -> Iterator[str]:
    match audio_format:
        case None | {"type": "audio/pcm", "rate": 24000}:
            return
        case {"type": "audio/pcmu" | "audio/pcma"} if "rate" not in audio_format:
            return
    yield f"{where}.format: {audio_format}"


def _vad_rules(vad: Event) -> Iterator[str]:
    if vad.get("type") == "semantic_vad":
        for key in vad.keys() & {
            "threshold",
            "prefix_padding_ms",
            "silence_duration_ms",
            "idle_timeout_ms",
        }:
            yield f"semantic_vad has no {key}"
    if not 0 <= vad.get("threshold", 0.5) <= 1:
        yield "turn_detection.threshold is outside 0 to 1"
    if not 5_000 <= (vad.get("idle_timeout_ms") or 5_000) <= 30_000:
        yield "turn_detection.idle_timeout_ms is outside 5,000 to 30,000"
    for key in ("prefix_padding_ms", "silence_duration_ms"):
        if vad.get(key, 0) < 0:
            yield f"turn_detection.{key} is negative"


def _audio_rules(encoded: str) -> Iterator[str]:
    try:
        audio = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        yield f"audio is not base64: {error}"
        return
    if not audio:
        yield "no audio"
    if len(audio) > MAX_AUDIO:
        yield "audio is longer than 15 MiB"


def _response_rules(response: Event) -> Iterator[str]:
    yield from _output_rules(response)
    pairs, key_length, value_length = MAX_METADATA
    metadata = response.get("metadata") or {}
    if len(metadata) > pairs:
        yield "metadata has too many pairs"
    for key, value in metadata.items():
        if len(key) > key_length or len(value) > value_length:
            yield f"metadata.{key} is too long"


def _item_rules(item: Event) -> Iterator[str]:
    for key in ("id", "call_id"):
        if len(item.get(key) or "") > MAX_ID:
            yield f"item.{key} is longer than {MAX_ID}"
    if item.get("role") == "assistant":
        for part in item.get("content") or []:
            if part.get("type") != "output_text":
                yield "assistant audio cannot be put into the conversation"
    if item.get("type") == "message" and not item.get("content"):
        yield "a message needs content"
