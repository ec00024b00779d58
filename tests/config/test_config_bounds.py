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
    ("asterisk.drain_seconds", 0, limits.DRAIN_SECONDS_MAX, 0.1),
    ("records.keep_days", 1, limits.KEEP_DAYS_MAX, 1),
    ("console.port", 0, limits.PORT_MAX, 1),
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
    ("tenants.gates.door", 1, limits.DOORS_MAX, 1),
    ("tenants.gates.tone_ms", limits.TONE_MS_MIN, limits.TONE_MS_MAX, 1),
    ("tenants.gates.gap_ms", limits.TONE_MS_MIN, limits.TONE_MS_MAX, 1),
    ("tenants.gates.confirm", 0, limits.CONFIRM_SECONDS_MAX, 0.1),
    ("tenants.cameras.channel", 1, limits.DOORS_MAX, 1),
    ("tenants.cameras.every", limits.CAMERA_SECONDS_MIN, limits.CAMERA_SECONDS_MAX, 0.1),
    ("tenants.cameras.timeout", 0.001, limits.TIMEOUT_SECONDS_MAX, 0.001),
    ("tenants.policy.rules.approved_within", 0.001, limits.EVIDENCE_SECONDS_MAX, 0.001),
    ("tenants.policy.rules.plate_within", 0.001, limits.EVIDENCE_SECONDS_MAX, 0.001),
    ("tenants.policy.rules.plate_confidence", 0, 1, 0.01),
    ("tenants.policy.limits.per_call", 1, limits.OPENINGS_MAX, 1),
    ("tenants.policy.limits.per_hour", 1, limits.OPENINGS_MAX, 1),
    ("tenants.policy.limits.per_caller", 1, limits.OPENINGS_MAX, 1),
    ("tenants.policy.limits.cooldown", 0, limits.COOLDOWN_SECONDS_MAX, 0.1),
    ("tenants.notify.chain.contact", 1, limits.CONTACTS_MAX, 1),
    ("tenants.notify.chain.wait", limits.ASK_SECONDS_MIN, limits.ASK_SECONDS_MAX, 0.1),
    ("tenants.keypad.attempts", 1, limits.PIN_ATTEMPTS_MAX, 1),
    ("tenants.keypad.lockout", limits.LOCKOUT_SECONDS_MIN, limits.EVIDENCE_SECONDS_MAX, 0.1),
    ("tenants.keypad.pause", 1, limits.PIN_PAUSE_SECONDS_MAX, 0.1),
    ("tenants.fallback.reconnects", 0, limits.RECONNECTS_MAX, 1),
    ("tenants.fallback.tries", 1, limits.PIN_ATTEMPTS_MAX, 1),
    ("tenants.guesses.per_call", 1, limits.GUESSES_MAX, 1),
    ("tenants.guesses.per_caller", 1, limits.GUESSES_MAX, 1),
    ("registry.keep_days", limits.KEEP_DAYS_MIN, limits.KEEP_DAYS_MAX, 1),
    ("doorman.webhook.port", 1, limits.PORT_MAX, 1),
    ("doorman.whatsapp.timeout", 0.001, limits.TIMEOUT_SECONDS_MAX, 0.001),
    ("tools.dtmf.tone_ms", limits.TONE_MS_MIN, limits.TONE_MS_MAX, 1),
    ("tools.dtmf.gap_ms", limits.TONE_MS_MIN, limits.TONE_MS_MAX, 1),
    ("tools.transfer.ring_seconds", limits.RING_SECONDS_MIN, limits.RING_SECONDS_MAX, 0.1),
    ("tools.originate.ring_seconds", limits.RING_SECONDS_MIN, limits.RING_SECONDS_MAX, 0.1),
    ("tenants.max_calls", 1, limits.MAX_CALLS, 1),
    ("tools.timeout", 0.001, limits.TIMEOUT_SECONDS_MAX, 0.001),
]


# What must stand beside a value for its section to hold.
BESIDE: dict[str, dict[str, Any]] = {
    "guard": {"extension": "100"},
    "rules": {"name": "a"},
    "chain": {"by": "call"},
    "cameras": {"url": "https://x"},
    "whatsapp": dict.fromkeys(("phone_number_id", "token", "app_secret", "verify_token"), "1"),
    "dtmf": {"digits": "1"},
    "transfer": {"extension": "1"},
    "originate": {"extension": "1"},
    "tenants": {"id": "a"},
}
LISTS = ("tenants", "rules", "chain")
MAPPINGS = ("gates", "cameras", "tools")


def settings_with(path: str, value: Any) -> Settings:
    """Settings where only `path` is given (and what must stand beside it)."""
    *sections, name = path.split(".")
    data: Any = {name: value}
    for section in reversed(sections):
        data = {**BESIDE.get(section, {}), **data}
        if section in LISTS:
            data = [data]
        elif section in MAPPINGS:
            data = {"main_gate": data}
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


@pytest.mark.parametrize(
    ("path", "item", "most"),
    [
        ("tenants.notify.chain", {"by": "call"}, limits.ASK_STEPS_MAX),
        ("tenants.duress.words", "tulipán", limits.DURESS_WORDS_MAX),
    ],
)
def test_lists_have_a_longest(path: str, item: Any, most: int) -> None:
    settings_with(path, [item] * most)
    with pytest.raises(ValidationError):
        settings_with(path, [item] * (most + 1))


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


def test_a_notice_is_short() -> None:
    settings_with("tenants.recording.notice", "a" * limits.NOTICE_CHARS)
    with pytest.raises(ValidationError):
        settings_with("tenants.recording.notice", "a" * (limits.NOTICE_CHARS + 1))
