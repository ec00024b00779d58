"""The file wins over the environment, the environment over the defaults; check shows which."""

from __future__ import annotations

import json
from functools import reduce
from typing import Any

import pytest
from settings_folder import NEEDED, Folder

from portero.config import Settings
from portero.config.environment import VARIABLES
from portero.config.report import report

# For each variable: a value of the environment, another of the file, as they are read.
VALUES: dict[str, tuple[Any, Any]] = {
    "OPENAI_API_KEY": ("sk-environment", "sk-file"),
    "OPENAI_REALTIME_MODEL": ("gpt-realtime-2", "gpt-realtime-2.1-mini"),
    "OPENAI_REALTIME_URL": ("wss://one.example/v1", "wss://two.example/v1"),
    "BACKEND_API_URL": ("http://one.example", "http://two.example"),
    "DEFAULT_VOICE": ("cedar", "sage"),
    "DEFAULT_LANGUAGE": ("es", "en-US"),
    "NOISE_GATE_THRESHOLD": (150, 200),
    "PLAYBACK_PREBUFFER_FRAMES": (5, 6),
    "OUTPUT_AUDIO_QUEUE_MAXSIZE": (500, 600),
    "VAD_THRESHOLD": (0.6, 0.7),
    "VAD_PREFIX_PADDING_MS": (200, 400),
    "VAD_SILENCE_DURATION_MS": (700, 800),
    "DEBUG": (True, False),
    "ASTERISK_AMI_HOST": ("192.0.2.1", "192.0.2.2"),
    "ASTERISK_AMI_PORT": (5039, 5040),
    "ASTERISK_AMI_USER": ("one", "two"),
    "ASTERISK_AMI_PASSWORD": ("environment-secret", "file-secret"),
    "FASTAGI_PORT": (4600, 4700),
}


def value_at(settings: Settings, name: str) -> Any:
    value = reduce(getattr, map(str, VARIABLES[name]), settings)
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


def origin_of(folder: Folder, loaded: Any, name: str) -> str:
    dotted = ".".join(map(str, VARIABLES[name]))
    (line,) = [line for line in report(loaded) if line.startswith(f"{dotted} = ")]
    return line.rpartition("  (")[2].rstrip(")").removeprefix(f"{folder.path}/")


def as_yaml(name: str, value: Any) -> str:
    """A file of one line that sets the same; JSON is YAML."""
    *sections, key = VARIABLES[name]
    return json.dumps(reduce(lambda inner, section: {section: inner}, sections[::-1], {key: value}))


def test_the_table_has_every_variable() -> None:
    assert VALUES.keys() == VARIABLES.keys()


@pytest.mark.parametrize("name", VALUES)
def test_the_environment_wins_over_the_default(folder: Folder, name: str) -> None:
    value = VALUES[name][0]
    loaded = folder.load("", {**NEEDED, name: str(value)})
    assert value_at(loaded.settings, name) == value
    assert origin_of(folder, loaded, name) == f"environment {name}"


@pytest.mark.parametrize("name", VALUES)
def test_the_file_wins_over_the_environment(folder: Folder, name: str) -> None:
    outer, inner = VALUES[name]
    loaded = folder.load("# first line\n" + as_yaml(name, inner), {**NEEDED, name: str(outer)})
    assert value_at(loaded.settings, name) == inner
    assert origin_of(folder, loaded, name) == "config.yaml:2"


@pytest.mark.parametrize("name", sorted(VALUES.keys() - NEEDED.keys()))
def test_an_empty_variable_and_an_empty_key_leave_the_default(folder: Folder, name: str) -> None:
    loaded = folder.load(as_yaml(name, None), {**NEEDED, name: " "})
    assert origin_of(folder, loaded, name) == "default"


def test_an_empty_key_leaves_room_for_the_environment(folder: Folder) -> None:
    loaded = folder.load("realtime:\n  voice:\n", {**NEEDED, "DEFAULT_VOICE": "cedar"})
    assert loaded.settings.realtime.voice == "cedar"


def test_vad_variables_are_for_server_vad_only(folder: Folder) -> None:
    environ = {**NEEDED, "VAD_THRESHOLD": "0.9"}
    semantic = folder.load("realtime: {vad: {type: semantic_vad}}", environ).settings.realtime.vad
    assert semantic.type == "semantic_vad"
    server = folder.load("realtime: {vad: {silence_duration_ms: 1s}}", environ)
    assert server.settings.realtime.vad.model_dump() == {
        "type": "server_vad",
        "threshold": 0.9,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 1000,
        "idle_timeout_ms": None,
    }


def test_the_origin_of_a_secret_names_where_it_came_from(folder: Folder) -> None:
    (folder.path / "key").write_text("sk-1\n")
    (folder.path / "key").chmod(0o600)
    loaded = folder.load("realtime:\n  api_key: !file key\n")
    assert loaded.settings.realtime.api_key.get_secret_value() == "sk-1"
    assert origin_of(folder, loaded, "OPENAI_API_KEY") == "config.yaml:2, !file key"
