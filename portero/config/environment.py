"""The environment variables that set something: the names that people of Agente Portero know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from portero.config.problems import KeyPath

VARIABLES: Final[dict[str, KeyPath]] = {
    "OPENAI_API_KEY": ("realtime", "api_key"),
    "OPENAI_REALTIME_MODEL": ("realtime", "model"),
    "OPENAI_REALTIME_URL": ("realtime", "url"),
    "BACKEND_API_URL": ("doorman", "backend_url"),
    "DEFAULT_VOICE": ("realtime", "voice"),
    "DEFAULT_LANGUAGE": ("realtime", "language"),
    "NOISE_GATE_THRESHOLD": ("media", "noise_gate"),
    "PLAYBACK_PREBUFFER_FRAMES": ("media", "prebuffer_frames"),
    "OUTPUT_AUDIO_QUEUE_MAXSIZE": ("media", "queue_frames"),
    "VAD_THRESHOLD": ("realtime", "vad", "threshold"),
    "VAD_PREFIX_PADDING_MS": ("realtime", "vad", "prefix_padding_ms"),
    "VAD_SILENCE_DURATION_MS": ("realtime", "vad", "silence_duration_ms"),
    "DEBUG": ("debug",),
    "ASTERISK_AMI_HOST": ("asterisk", "ami", "host"),
    "ASTERISK_AMI_PORT": ("asterisk", "ami", "port"),
    "ASTERISK_AMI_USER": ("asterisk", "ami", "username"),
    "ASTERISK_AMI_PASSWORD": ("asterisk", "ami", "password"),
    "FASTAGI_PORT": ("asterisk", "fastagi", "port"),
}


def fill_in(data: dict[str, Any], environ: Mapping[str, str]) -> dict[KeyPath, str]:
    """Puts the environment's values into `data` where the file gives none.

    Returns the name of the variable for each path that was filled. VAD_* belong to server_vad
    and are left out where the file chooses semantic_vad; an empty variable counts as unset.
    """
    filled: dict[KeyPath, str] = {}
    for name, path in VARIABLES.items():
        value = environ.get(name, "").strip()
        section = _section(data, path[:-1]) if value else None
        if section is None or section.get(path[-1]) is not None:
            continue
        if section.get("type", "server_vad") != "server_vad":
            continue
        section[path[-1]] = value
        filled[path] = name
    return filled


def _section(data: dict[Any, Any], path: KeyPath) -> dict[Any, Any] | None:
    """The mapping at `path`, made where it is missing; None where the file has another thing."""
    section = data
    for step in path:
        if section.get(step) is None:
            section[step] = {}
        inner = section[step]
        if not isinstance(inner, dict):
            return None
        section = inner
    return section
