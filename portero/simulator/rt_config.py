"""The effective configuration of a Realtime session (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from portero.simulator.rt_checking import Refusal

# As on the wire (reference 4.1 and 6; 2.1-mini showed a silence of 500 ms).
DEFAULT_TURN_DETECTION: Final[Mapping[str, Mapping[str, Any]]] = {
    "server_vad": {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    },
    "semantic_vad": {
        "type": "semantic_vad",
        "eagerness": "auto",
        "create_response": True,
        "interrupt_response": True,
    },
}
# How long a pause ends a turn of semantic_vad; ours, as the stand-in does not understand speech.
SEMANTIC_SILENCE_MS: Final = {"low": 1500, "medium": 800, "auto": 800, "high": 400}
# Options that only the reasoning models know (reference 2.4).
REASONING_MODELS: Final = "gpt-realtime-2"
REASONING_OPTIONS: Final = ("reasoning", "parallel_tool_calls")


class SessionConfig:
    """Starts as the server's defaults, and takes updates whole or not at all."""

    def __init__(self, session_id: str, model: str, expires_at: int) -> None:
        pcm = {"type": "audio/pcm", "rate": 24000}
        self.wire: dict[str, Any] = {
            "type": "realtime",
            "object": "realtime.session",
            "id": session_id,
            "model": model,
            "output_modalities": ["audio"],
            "instructions": "You are a helpful assistant.",
            "tools": [],
            "tool_choice": "auto",
            "max_output_tokens": "inf",
            "tracing": None,
            "truncation": "auto",
            "prompt": None,
            "expires_at": expires_at,
            "include": None,
            "audio": {
                "input": {
                    "format": pcm,
                    "transcription": None,
                    "noise_reduction": None,
                    "turn_detection": dict(DEFAULT_TURN_DETECTION["server_vad"]),
                },
                "output": {"format": dict(pcm), "voice": "alloy", "speed": 1.0},
            },
        }

    def update(self, change: Mapping[str, Any], *, voice_is_fixed: bool) -> None:
        """Merge a checked ``session.update`` (reference 2.5), or raise Refusal."""
        if change.get("model", self.model) != self.model:
            raise Refusal("invalid_value", "The model can't be changed.", "session.model")
        self.check_options(change, "session")
        audio = change.get("audio") or {}
        voice = (audio.get("output") or {}).get("voice", self.voice)
        self.check_voice(voice, voice_is_fixed, "session.audio.output.voice")
        merged = deepcopy(self.wire)
        merged.update({key: value for key, value in change.items() if key != "audio"})
        merged["audio"]["output"].update(audio.get("output") or {})
        merged["audio"]["input"].update(
            {key: self._merge(key, value) for key, value in (audio.get("input") or {}).items()}
        )
        self.wire = merged

    def check_options(self, options: Mapping[str, Any], where: str) -> None:
        """Raise Refusal for an option that the session's model does not have."""
        for key in REASONING_OPTIONS:
            if key in options and not self.model.startswith(REASONING_MODELS):
                raise Refusal(
                    "unsupported_option",
                    f"{self.model} does not support {key!r}.",
                    f"{where}.{key}",
                )

    def check_voice(self, voice: object, voice_is_fixed: bool, param: str) -> None:
        """Raise Refusal when the voice would change after sound was made."""
        if voice_is_fixed and voice != self.voice:
            raise Refusal(
                "cannot_update_voice", "The voice can't change once there was audio.", param
            )

    def _merge(self, key: str, value: Any) -> Any:
        if key != "turn_detection" or value is None:
            return value
        old = self.turn_detection or {}
        kept = old if old.get("type") == value["type"] else {}
        return {**DEFAULT_TURN_DETECTION[value["type"]], **kept, **value}

    @property
    def model(self) -> str:
        """The model, fixed by the URL."""
        return str(self.wire["model"])

    @property
    def voice(self) -> Any:
        """The voice, a name or ``{"id": ...}``."""
        return self.wire["audio"]["output"]["voice"]

    @property
    def input_format(self) -> str:
        """``audio/pcm``, ``audio/pcmu`` or ``audio/pcma``."""
        return str(self.wire["audio"]["input"]["format"]["type"])

    @property
    def turn_detection(self) -> dict[str, Any] | None:
        """The settings of turn detection with all defaults filled in; None: manual."""
        detection: dict[str, Any] | None = self.wire["audio"]["input"]["turn_detection"]
        return detection

    @property
    def transcription(self) -> dict[str, Any] | None:
        """The settings of input transcription; None: off."""
        transcription: dict[str, Any] | None = self.wire["audio"]["input"]["transcription"]
        return transcription
