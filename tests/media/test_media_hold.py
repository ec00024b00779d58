"""The tone of a gap: soft, no key, out of the voice's way, and gone at once."""

from __future__ import annotations

import numpy as np
import pytest
from phone_side import Asterisk, beat, rms, running, samples, tone

from portero.limits import (
    FRAME_MS,
    HOLD_CYCLE_MS,
    HOLD_TONE_HERTZ,
    HOLD_TONE_MS,
    HOLD_TONE_PEAK,
)
from portero.media.coding import g711_levels
from portero.media.formats import PCM, PCMA, PCMU, SessionFormat
from portero.media.hold import hold_cycle

KEYS = (697, 770, 852, 941, 1209, 1336, 1477, 1633)


def heard(session: SessionFormat) -> np.ndarray:
    """All sound of a cycle on the scale of 16 bit samples."""
    sound = b"".join(frame for frame in hold_cycle(session) if frame)
    if session is PCM:
        return np.frombuffer(sound, "<i2").astype(float)
    return g711_levels(session)[np.frombuffer(sound, np.uint8)].astype(float)


@pytest.mark.parametrize("session", [PCM, PCMU, PCMA])
def test_a_short_soft_tone_and_then_silence(session: SessionFormat) -> None:
    cycle = hold_cycle(session)
    assert len(cycle) == HOLD_CYCLE_MS // FRAME_MS
    assert sum(frame is not None for frame in cycle) == HOLD_TONE_MS // FRAME_MS
    assert {len(frame) for frame in cycle if frame} == {session.bytes_per_ms * FRAME_MS}
    assert HOLD_TONE_PEAK * 0.9 < np.abs(heard(session)).max() <= HOLD_TONE_PEAK * 1.05


@pytest.mark.parametrize("session", [PCM, PCMU, PCMA])
def test_no_gate_hears_a_key_in_it(session: SessionFormat) -> None:
    sound = heard(session)
    time = np.arange(len(sound)) / session.rate

    def level(hertz: float) -> float:
        return float(abs(np.dot(sound, np.exp(-2j * np.pi * hertz * time))))

    assert max(map(level, KEYS)) < level(HOLD_TONE_HERTZ) / 100


def test_it_fills_only_what_the_voice_leaves_free_and_stops_at_once() -> None:
    with running(prebuffer_frames=1) as (service, clock):
        stream = service.open(lambda audio: None)
        asterisk = Asterisk(stream, 118)
        stream.set_remote("127.0.0.1", asterisk.port)
        stream.play("a", tone(24000, 1000, 480 * 2).astype("<i2").tobytes())
        stream.end_item("a")
        stream.hold(on=True)
        beat(clock, 2)
        voice = rms(samples(asterisk.received()))
        beat(clock, 6)
        held = rms(samples(asterisk.received()))
        assert not stream.playing
        stream.hold(on=False)
        beat(clock, 1)
        asterisk.received()
        beat(clock, HOLD_CYCLE_MS // FRAME_MS)
        after = rms(samples(asterisk.received()))
        assert voice > 5 * held > 5 * 50
        assert after < 5
        assert stream.flush() == []


def test_it_comes_again_and_again() -> None:
    with running() as (service, clock):
        stream = service.open(lambda audio: None)
        asterisk = Asterisk(stream, 118)
        stream.set_remote("127.0.0.1", asterisk.port)
        stream.hold(on=True)
        stream.hold(on=True)  # does not begin anew
        for _ in range(3):
            beat(clock, HOLD_CYCLE_MS // FRAME_MS)
            assert rms(samples(asterisk.received())) > 50
