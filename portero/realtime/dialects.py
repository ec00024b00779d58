"""Where servers of the Realtime protocol differ: address, headers, shape of the session (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from portero.errors import PorteroError
from portero.realtime.session import PCM_RATE, ServerVad, Setup

# Names that other servers, and the dead beta, give to events of the GA protocol (reference 9).
ALIASES: Final[Mapping[str, str]] = {
    "response.audio.delta": "response.output_audio.delta",
    "response.audio.done": "response.output_audio.done",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.audio_transcript.done": "response.output_audio_transcript.done",
    "conversation.item.created": "conversation.item.added",
}

_SCHEMES: Final = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
_BASE_PATHS: Final = {"", "/v1", "/openai", "/openai/v1"}
# gpt-realtime-2, -2.1, -2.1-mini, dated or not; but not gpt-realtime-2025-08-28.
_REASONING: Final = re.compile(r"gpt-realtime-2(\.\d+)?(-mini)?(-\d{4}-\d\d-\d\d)?$")


class BadAddress(PorteroError):
    """The address of a Realtime server cannot be used."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect, and as whom."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Dialect(Protocol):
    """What a conversation must know of the server that it talks to."""

    aliases: Mapping[str, str]
    """Names of server events that are not the GA ones, each with the GA name."""

    def target(self, url: str, model: str, api_key: str) -> Target:
        """Where to connect for a session with `model`; raises BadAddress."""

    def session_update(self, setup: Setup) -> dict[str, Any]:
        """The `session` of the session.update that sets a session up."""


class OpenAI:
    """The GA protocol of OpenAI (reference 2.1)."""

    aliases: Mapping[str, str] = ALIASES

    def target(self, url: str, model: str, api_key: str) -> Target:
        """`url`: ws, wss, http or https; a bare base path gets `/realtime` (reference 1.1)."""
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        return Target(_realtime_url(url, model), headers)

    def session_update(self, setup: Setup) -> dict[str, Any]:
        """Only what the model knows: it refuses the whole update for one unknown option."""
        session: dict[str, Any] = {
            "type": "realtime",
            "instructions": setup.instructions,
            "output_modalities": ["audio"],
            "max_output_tokens": setup.max_output_tokens,
            "audio": {"input": _input(setup), "output": _output(setup)},
            "tools": [dict(tool) for tool in setup.tools],
            "tool_choice": "auto",
        }
        if setup.reasoning_effort and _REASONING.match(setup.model):
            session["reasoning"] = {"effort": setup.reasoning_effort}
        return session


def _realtime_url(url: str, model: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise BadAddress(
            f"{url!r} is no address of a Realtime server: "
            "write it as wss://api.openai.com/v1/realtime, or ws://HOST:PORT for one of your own"
        )
    path = parts.path.rstrip("/")
    if path in _BASE_PATHS:
        path += "/realtime"
    query = {"model": model, **dict(parse_qsl(parts.query))}
    return urlunsplit((_SCHEMES[parts.scheme], parts.netloc, path, urlencode(query), ""))


def _input(setup: Setup) -> dict[str, Any]:
    return {
        "format": _format(setup.input_format),
        "noise_reduction": setup.noise_reduction and {"type": setup.noise_reduction},
        "transcription": _transcription(setup),
        "turn_detection": _turn_detection(setup),
    }


def _output(setup: Setup) -> dict[str, Any]:
    custom = setup.voice.startswith("voice_")
    return {
        "format": _format(setup.output_format),
        "voice": {"id": setup.voice} if custom else setup.voice,
        "speed": setup.speed,
    }


def _format(name: str) -> dict[str, Any]:
    return {"type": name, "rate": PCM_RATE} if name == "audio/pcm" else {"type": name}


def _transcription(setup: Setup) -> dict[str, Any] | None:
    if not setup.transcription:
        return None
    options = {"model": setup.transcription, "language": setup.language.split("-")[0].lower()}
    if setup.transcription_prompt and setup.transcription != "gpt-realtime-whisper":
        options["prompt"] = setup.transcription_prompt
    return options


def _turn_detection(setup: Setup) -> dict[str, Any]:
    """The server answers each turn and stops when interrupted: the conversation counts on both."""
    kind = "server_vad" if isinstance(setup.vad, ServerVad) else "semantic_vad"
    return {
        "type": kind,
        **asdict(setup.vad),
        "create_response": True,
        "interrupt_response": True,
    }
