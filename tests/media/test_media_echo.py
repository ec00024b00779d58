"""A known sound is known again, whatever the line has done to it."""

from __future__ import annotations

import numpy as np
import pytest

from portero.media.coding import g711_levels
from portero.media.echo import CHIRP_SECONDS, chirp, compare
from portero.media.formats import PCM, PCMA, PCMU, SessionFormat

SESSIONS = [PCM, PCMU, PCMA]
RATE = PCM.rate


def samples(sound: bytes) -> np.ndarray:
    return np.frombuffer(sound, "<i2").astype(np.float64)


def late(sound: np.ndarray, ms: float, *, rate: int = RATE) -> bytes:
    """The sound, after so much silence, and before another second of it."""
    before, after = np.zeros(int(rate * ms / 1000)), np.zeros(rate)
    return np.concatenate([before, sound, after]).astype("<i2").tobytes()


@pytest.mark.parametrize("session", SESSIONS, ids=lambda s: s.name)
def test_the_same_sound_comes_back_as_it_is(session: SessionFormat) -> None:
    sent = chirp(session)
    assert len(sent) == CHIRP_SECONDS * 1000 * session.bytes_per_ms
    silence = session.silence * session.bytes_per_ms
    found = compare(session, silence * 120 + sent + silence * 1000)
    assert found.heard
    assert found.likeness > 0.99
    assert found.delay_ms == pytest.approx(120, abs=1)
    assert found.level_db == pytest.approx(0, abs=0.5)
    assert found.lost == 0


def test_g711_is_encoded_to_the_nearest_level() -> None:
    levels = g711_levels(PCMU).astype(np.float64)
    decoded = levels[np.frombuffer(chirp(PCMU), np.uint8)]
    wanted = samples(chirp(PCM))[::3]  # 24 kHz to 8 kHz: the chirp ends at 3 kHz
    error = np.abs(decoded - wanted[: len(decoded)])
    assert float(np.max(error)) < 600  # a step at this level is 256 to 512


@pytest.mark.parametrize(("gain", "db"), [(0.5, -6.0), (2.0, 6.0), (0.1, -20.0)])
def test_how_much_softer_or_louder(gain: float, db: float) -> None:
    found = compare(PCM, late(samples(chirp(PCM)) * gain, 80))
    assert found.level_db == pytest.approx(db, abs=0.3)
    assert found.likeness > 0.98


def test_frames_that_are_missing_are_counted() -> None:
    sound = samples(chirp(PCM))
    frame = RATE // 50
    for lost in range(0, 100, 10):  # one of ten
        sound[lost * frame : (lost + 1) * frame] = 0
    found = compare(PCM, late(sound, 60))
    assert found.lost == pytest.approx(0.1, abs=0.015)
    assert found.level_db == pytest.approx(0, abs=0.5)
    assert found.delay_ms == pytest.approx(60, abs=1)


def test_silence_is_not_a_sound() -> None:
    assert not compare(PCM, bytes(RATE * 6)).heard
    assert not compare(PCM, b"").heard
    comfort = np.random.default_rng(1).normal(0, 10, RATE * 3)
    assert not compare(PCM, comfort.astype("<i2").tobytes()).heard


def test_bytes_in_the_wrong_order_are_another_sound() -> None:
    swapped = np.frombuffer(chirp(PCM), "<i2").byteswap()
    found = compare(PCM, swapped.tobytes() + bytes(RATE * 2))
    assert found.heard
    assert found.likeness < 0.5


def test_half_the_speed_is_another_sound() -> None:
    slow = np.repeat(samples(chirp(PCM)), 2)
    assert compare(PCM, slow.astype("<i2").tobytes() + bytes(RATE)).likeness < 0.5
