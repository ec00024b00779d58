"""What the Realtime stand-in accepts of its clients (pure): GA events, field by field.

Written from reference openai-realtime.md 3, 4.9 and 6, and from nothing of portero's client. The
first thing wrong is told, as OpenAI's server does: its code, a sentence, and the path (``param``).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from portero.simulator.rt_checking import (
    Check,
    Refusal,
    anything,
    boolean,
    either,
    fields,
    free_object,
    integer,
    invalid,
    list_of,
    missing,
    nullable,
    number,
    one_of,
    tagged,
    text,
)

Event = Mapping[str, Any]

MAX_EVENT_ID: Final = 512  # reference 1.3
MAX_ID: Final = 32  # reference 3.3
MAX_AUDIO_BYTES: Final = 15 * 1024 * 1024  # reference 1.3
MAX_METADATA: Final = 16  # pairs, reference 3.5
MAX_METADATA_KEY: Final = 64
MAX_METADATA_VALUE: Final = 512


def check(event: Any) -> Event:
    """The event itself when it is sound; raises Refusal."""
    if not isinstance(event, dict):
        raise Refusal("invalid_event", "An event is a JSON object.")
    kind = event.get("type")
    if kind is None:
        raise missing("type")
    if not isinstance(kind, str) or kind not in EVENTS:
        raise Refusal("invalid_value", f"Invalid value: {kind!r} is no client event.", "type")
    EVENTS[kind](event, "")
    return event


def decode_audio(text: str, audio_format: str, param: str) -> bytes:
    """The bytes of a base64 field: whole samples of the format; raises Refusal."""
    try:
        audio = base64.b64decode(text, validate=True)
    except ValueError as error:  # binascii.Error too
        raise Refusal("invalid_value", f"Invalid {param!r}: {error}.", param) from error
    if len(audio) > MAX_AUDIO_BYTES:
        raise Refusal("invalid_value", f"Invalid {param!r}: more than 15 MiB.", param)
    if audio_format == "audio/pcm" and len(audio) % 2:
        raise Refusal("invalid_value", f"Invalid {param!r}: half a sample.", param)
    return audio


def metadata(value: Any, path: str) -> None:
    """At most 16 pairs of short strings."""
    free_object(value, path)
    if len(value) > MAX_METADATA:
        raise invalid(path, f"more than {MAX_METADATA} pairs")
    for key, element in value.items():
        text(1, MAX_METADATA_KEY)(key, path)
        text(0, MAX_METADATA_VALUE)(element, f"{path}.{key}")


# The parts of a session (reference 3.1, 5, 6).
AUDIO_FORMAT = tagged(
    {
        "audio/pcm": fields({"type": text(), "rate": one_of(24000)}),
        "audio/pcmu": fields({"type": text()}),
        "audio/pcma": fields({"type": text()}),
    }
)
TURN_DETECTION = tagged(
    {
        "server_vad": fields(
            {"type": text()},
            {
                "threshold": number(0, 1),
                "prefix_padding_ms": integer(0),
                "silence_duration_ms": integer(0),
                "idle_timeout_ms": nullable(integer(5000, 30000)),
                "create_response": boolean,
                "interrupt_response": boolean,
            },
        ),
        "semantic_vad": fields(
            {"type": text()},
            {
                "eagerness": one_of("low", "medium", "high", "auto"),
                "create_response": boolean,
                "interrupt_response": boolean,
            },
        ),
    }
)
TRANSCRIPTION = fields(
    {},
    {
        "model": text(1),
        "language": text(),
        "prompt": text(),
        "keywords": list_of(text()),
        "languages": list_of(text()),
        "delay": one_of("minimal", "low", "medium", "high", "xhigh"),
    },
)
NOISE_REDUCTION = fields({}, {"type": one_of("near_field", "far_field"), "strength": number(0, 1)})
VOICE = either(text(1), fields({"id": text(1)}))
TOOL = tagged(
    {
        "function": fields(
            {"type": text(), "name": text(1)}, {"description": text(), "parameters": free_object}
        ),
        "mcp": free_object,
    }
)
TOOL_CHOICE = either(
    one_of("auto", "none", "required"),
    tagged(
        {
            "function": fields({"type": text(), "name": text(1)}),
            "mcp": fields({"type": text(), "server_label": text()}, {"name": text()}),
        }
    ),
)
MODALITIES = one_of(["audio"], ["text"])
MAX_TOKENS = either(one_of("inf"), integer(1, 4096))
REASONING = fields({}, {"effort": one_of("minimal", "low", "medium", "high", "xhigh")})
TRUNCATION = either(
    one_of("auto", "disabled"),
    fields(
        {"type": one_of("retention_ratio"), "retention_ratio": number(0, 1)},
        {"token_limits": fields({}, {"post_instructions": integer(0)})},
    ),
)
SESSION = fields(
    {"type": one_of("realtime")},
    {
        "model": text(1),
        "instructions": text(),
        "output_modalities": MODALITIES,
        "max_output_tokens": MAX_TOKENS,
        "audio": fields(
            {},
            {
                "input": fields(
                    {},
                    {
                        "format": AUDIO_FORMAT,
                        "noise_reduction": nullable(NOISE_REDUCTION),
                        "transcription": nullable(TRANSCRIPTION),
                        "turn_detection": nullable(TURN_DETECTION),
                    },
                ),
                "output": fields(
                    {}, {"format": AUDIO_FORMAT, "voice": VOICE, "speed": number(0.25, 1.5)}
                ),
            },
        ),
        "tools": list_of(TOOL),
        "tool_choice": TOOL_CHOICE,
        "parallel_tool_calls": boolean,
        "reasoning": REASONING,
        "truncation": TRUNCATION,
        "tracing": nullable(anything),
        "include": nullable(list_of(one_of("item.input_audio_transcription.logprobs"))),
        "prompt": nullable(free_object),
    },
)

# Items (reference 3.3).
_ITEM_OPTIONS = {"id": text(1, MAX_ID), "object": one_of("realtime.item"), "status": text()}
_INPUT_TEXT = fields({"type": text(), "text": text()})
_CONTENT_OF = {
    "user": tagged(
        {
            "input_text": _INPUT_TEXT,
            "input_audio": fields({"type": text(), "audio": text()}, {"transcript": text()}),
            "input_image": fields(
                {"type": text(), "image_url": text(1)}, {"detail": one_of("auto", "low", "high")}
            ),
        }
    ),
    "system": tagged({"input_text": _INPUT_TEXT}),
    # Sound of the agent can't be put back: text is wanted of any content (agents-js #963).
    "assistant": fields({"type": one_of("output_text"), "text": text()}),
}
ITEM = tagged(
    {
        "message": tagged(
            {
                role: fields(
                    {"type": text(), "role": text(), "content": list_of(content)}, _ITEM_OPTIONS
                )
                for role, content in _CONTENT_OF.items()
            },
            tag="role",
        ),
        "function_call": fields(
            {"type": text(), "name": text(1), "arguments": text()},
            {**_ITEM_OPTIONS, "call_id": text(1, MAX_ID)},
        ),
        "function_call_output": fields(
            {"type": text(), "call_id": text(1, MAX_ID), "output": text()}, _ITEM_OPTIONS
        ),
    }
)
REFERENCE = fields({"type": one_of("item_reference"), "id": text(1)})

# The body of response.create (reference 3.5): no speed, no turn_detection, no top-level voice.
RESPONSE = fields(
    {},
    {
        "instructions": text(),
        "output_modalities": MODALITIES,
        "audio": fields({}, {"output": fields({}, {"format": AUDIO_FORMAT, "voice": VOICE})}),
        "conversation": one_of("auto", "none"),
        "input": list_of(either(REFERENCE, ITEM)),
        "tools": list_of(TOOL),
        "tool_choice": TOOL_CHOICE,
        "parallel_tool_calls": boolean,
        "reasoning": REASONING,
        "max_output_tokens": MAX_TOKENS,
        "metadata": nullable(metadata),
        "prompt": nullable(free_object),
    },
)


def _event(
    required: Mapping[str, Check] | None = None, optional: Mapping[str, Check] | None = None
) -> Check:
    return fields(
        {"type": text(), **(required or {})},
        {"event_id": text(0, MAX_EVENT_ID), **(optional or {})},
    )


EVENTS: Final[Mapping[str, Check]] = {
    "session.update": _event({"session": SESSION}),
    "input_audio_buffer.append": _event({"audio": text()}),
    "input_audio_buffer.commit": _event(),
    "input_audio_buffer.clear": _event(),
    "conversation.item.create": _event({"item": ITEM}, {"previous_item_id": nullable(text(1))}),
    "conversation.item.truncate": _event(
        {"item_id": text(1), "content_index": integer(0), "audio_end_ms": integer(0)}
    ),
    "conversation.item.delete": _event({"item_id": text(1)}),
    "conversation.item.retrieve": _event({"item_id": text(1)}),
    "response.create": _event({}, {"response": RESPONSE}),
    "response.cancel": _event({}, {"response_id": text(1)}),
    "output_audio_buffer.clear": _event(),
}
