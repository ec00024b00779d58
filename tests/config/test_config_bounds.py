"""Each bound of a setting: the last value inside holds, the first outside is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from portero import limits
from portero.config.settings import APPEND_LENGTHS_MS, Section, Settings

# Path, least that holds, most that holds, step to the first that does not.
RANGES = [
    ("asterisk.ami.port", 1, limits.PORT_MAX, 1),
    ("asterisk.fastagi.port", 1, limits.PORT_MAX, 1),
    ("asterisk.max_calls", 1, limits.MAX_CALLS, 1),
    ("asterisk.max_call_seconds", limits.MIN_CALL_SECONDS, limits.MAX_CALL_SECONDS, 0.1),
    ("media.audiosocket_port", 1, limits.PORT_MAX, 1),
    ("media.noise_gate", 0, limits.SAMPLE_MAX, 1),
    ("media.prebuffer_frames", 0, limits.PREBUFFER_FRAMES_MAX, 1),
    ("media.queue_frames", limits.QUEUE_FRAMES_MIN, limits.QUEUE_FRAMES_MAX, 1),
    ("media.jitter_ms", 0, limits.JITTER_MS_MAX, 1),
    ("realtime.vad.threshold", 0, 1, 0.01),
    ("realtime.vad.prefix_padding_ms", 0, limits.VAD_PADDING_MS_MAX, 1),
    ("realtime.vad.silence_duration_ms", 0, limits.VAD_SILENCE_MS_MAX, 1),
    ("realtime.vad.idle_timeout_ms", limits.VAD_IDLE_MS_MIN, limits.VAD_IDLE_MS_MAX, 1),
    ("realtime.speed", limits.SPEED_MIN, limits.SPEED_MAX, 0.01),
    ("realtime.max_output_tokens", 1, limits.OUTPUT_TOKENS_MAX, 1),
    ("realtime.connect_timeout", 0.001, limits.TIMEOUT_SECONDS_MAX, 0.001),
    ("doorman.timeout", 0.001, limits.TIMEOUT_SECONDS_MAX, 0.001),
    ("tenants.guard.ring_seconds", limits.RING_SECONDS_MIN, limits.RING_SECONDS_MAX, 0.1),
    ("tenants.gates.timeout", 0.001, limits.TIMEOUT_SECONDS_MAX, 0.001),
    ("tenants.max_calls", 1, limits.MAX_CALLS, 1),
    ("tools.timeout", 0.001, limits.TIMEOUT_SECONDS_MAX, 0.001),
]


def settings_with(path: str, value: Any) -> Settings:
    """Settings where only `path` is given (and what must stand beside it)."""
    *sections, name = path.split(".")
    data: Any = {name: value}
    for section in reversed(sections):
        if section == "guard":
            data = {"guard": {"extension": "100", **data}}
        elif section == "gates":
            data = {"gates": {"main_gate": data}}
        elif section == "tenants":
            data = {"tenants": [{"id": "a", **data}]}
        elif section == "tools":
            data = {"tools": {"open_gate": data}}
        else:
            data = {section: data}
    return Settings.model_validate(data)


@pytest.mark.parametrize(("path", "least", "most", "step"), RANGES)
def test_the_ends_hold_and_what_lies_past_them_does_not(
    path: str, least: float, most: float, step: float
) -> None:
    settings_with(path, least)
    settings_with(path, most)
    for outside in (round(least - step, 3), round(most + step, 3)):
        with pytest.raises(ValidationError):
            settings_with(path, outside)


@pytest.mark.parametrize("length", range(0, 201, 10))
def test_appends_have_four_lengths(length: int) -> None:
    if length in APPEND_LENGTHS_MS:
        assert settings_with("media.append_ms", length).media.append_ms == length
    else:
        with pytest.raises(ValidationError):
            settings_with("media.append_ms", length)


@pytest.mark.parametrize("ports", ["0-21000", "65000-65536", "21001-21000", "21000", "a-b", [1], 7])
def test_port_ranges_lie_within_the_ports(ports: object) -> None:
    with pytest.raises(ValidationError):
        settings_with("media.ports", ports)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("500ms", 0.5), ("5s", 5), ("1.5s", 1.5), ("0.5min", 30), (7, 7), ("7", 7), (2.5, 2.5)],
)
def test_durations_are_read_with_their_unit(written: object, seconds: float) -> None:
    assert settings_with("doorman.timeout", written).doorman.timeout == seconds


@pytest.mark.parametrize("written", ["5 seconds", "20 sec", "-5s", "5S", "s", "", "1e1", True, []])
def test_other_durations_are_refused(written: object) -> None:
    with pytest.raises(ValidationError):
        settings_with("doorman.timeout", written)


def every_section(section: type[Section] = Section) -> Iterator[type[Section]]:
    for inner in section.__subclasses__():
        yield inner
        yield from every_section(inner)


@pytest.mark.parametrize("section", list(every_section()), ids=lambda section: section.__name__)
def test_no_section_takes_unknown_keys_or_changes(section: type[Section]) -> None:
    with pytest.raises(ValidationError) as caught:
        section.model_validate({"no_such_key": None})
    assert "extra_forbidden" in {error["type"] for error in caught.value.errors()}
    assert section.model_config["frozen"]
