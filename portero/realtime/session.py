"""What a Realtime session is set up with (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

BYTES_PER_MS: Final[Mapping[str, int]] = {"audio/pcm": 48, "audio/pcmu": 8, "audio/pcma": 8}
"""Bytes in a millisecond: `audio/pcm` is s16 at 24 kHz, the others are G.711 at 8 kHz."""

PCM_RATE: Final = 24_000
"""The only rate of `audio/pcm`, in Hz; the server insists on being told (reference 3.1)."""


@dataclass(frozen=True, slots=True)
class ServerVad:
    """The server hears the end of a turn by loudness (reference 6)."""

    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_duration_ms: int = 500
    idle_timeout_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SemanticVad:
    """The server hears the end of a turn by its meaning (reference 6)."""

    eagerness: Literal["low", "medium", "high", "auto"] = "auto"


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that a session is set up with, whatever the server's dialect.

    `greeting`: instructions of the first answer; None lets the visitor speak first.
    `apology`: as `greeting`, of a session that goes on with another's conversation, where the
    visitor was left without his answer; None answers him without a word about it.
    One that has nothing to go on with greets.
    `language`: what the visitor is expected to speak, as in `es-MX`.
    `tools`: flat function declarations, `{"type": "function", "name": ...}`.
    `transcription`: the model that writes down what the visitor says; None for none.
    `reasoning_effort`: left out for models that do not reason.
    """

    model: str
    instructions: str
    greeting: str | None = None
    apology: str | None = None
    voice: str = "marin"
    language: str = "es-MX"
    tools: tuple[Mapping[str, Any], ...] = ()
    input_format: str = "audio/pcm"
    output_format: str = "audio/pcm"
    vad: ServerVad | SemanticVad = ServerVad()
    transcription: str | None = "gpt-transcribe"
    transcription_prompt: str = ""
    noise_reduction: Literal["near_field", "far_field"] | None = None
    speed: float = 1.0
    max_output_tokens: int | Literal["inf"] = "inf"
    reasoning_effort: str | None = None

    def __post_init__(self) -> None:
        for audio_format in (self.input_format, self.output_format):
            if audio_format not in BYTES_PER_MS:
                known = ", ".join(BYTES_PER_MS)
                raise ValueError(f"{audio_format!r} is no format of a session; use one of {known}")
