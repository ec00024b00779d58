"""A known sound, and how it came back (pure): level, delay, loss, and whether it is the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from portero.limits import FRAME_SECONDS
from portero.media.coding import g711_levels
from portero.media.formats import PCM, SessionFormat

Sound = npt.NDArray[np.float64]

# What every telephone line carries (ITU-T G.712), rising: no part of it is like another, so its
# place can be told to a sample.
LOW_HERTZ: Final = 400.0
HIGH_HERTZ: Final = 3_000.0
CHIRP_SECONDS: Final = 2.0
PEAK: Final = 9_000.0  # -11 dBFS: a voice
LOST_BELOW: Final = 0.1  # of the level that a frame should have: -20 dB
SILENCE: Final = 30.0  # RMS; rounding and comfort noise are below


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came back of a sound.

    likeness: 0 to 1, 1 is the same sound; below 0.5 it is another one, or garbled. level_db: louder
    (or softer) than it was sent. delay_ms: there and back. lost: the share of 20 ms frames that
    are missing. All but `heard` say nothing where `heard` is False: silence came.
    """

    heard: bool
    likeness: float = 0.0
    level_db: float = 0.0
    delay_ms: float = 0.0
    lost: float = 0.0


def chirp(session: SessionFormat) -> bytes:
    """The sound, CHIRP_SECONDS long, as the Realtime session would send it."""
    samples = _chirp(session.rate)
    if session is PCM:
        return samples.astype("<i2").tobytes()
    levels = g711_levels(session).astype(np.int32)
    order = np.argsort(levels, kind="stable")
    places = np.clip(np.searchsorted(levels[order], samples), 0, len(order) - 1)
    return bytes(order[places].astype(np.uint8).tobytes())


def compare(session: SessionFormat, heard: bytes) -> Comparison:
    """What came back, in the session's format and from the moment on that the sound was sent."""
    sound, sent = _samples(session, heard), _chirp(session.rate)
    if len(sound) < len(sent) or float(np.sqrt(np.mean(sound**2))) < SILENCE:
        return Comparison(heard=False)
    start = _place(sound, sent)
    part = sound[start : start + len(sent)]
    energy = float(np.linalg.norm(part) * np.linalg.norm(sent))
    if not energy:
        return Comparison(heard=False)
    likeness = abs(float(np.dot(part, sent))) / energy
    lost = _lost(part, sent, int(session.rate * FRAME_SECONDS))
    gain = float(np.linalg.norm(part) / np.linalg.norm(sent)) / max(np.sqrt(1 - lost), 0.1)
    return Comparison(
        heard=True,
        likeness=round(likeness, 3),
        level_db=round(20 * float(np.log10(gain)), 1) + 0.0,  # not -0.0
        delay_ms=round(start / session.rate * 1000, 1),
        lost=round(lost, 3),
    )


def _chirp(rate: int) -> Sound:
    at = np.arange(int(CHIRP_SECONDS * rate)) / rate
    slope = (HIGH_HERTZ - LOW_HERTZ) / CHIRP_SECONDS
    sound: Sound = PEAK * np.sin(2 * np.pi * (LOW_HERTZ * at + slope * at * at / 2))
    return sound


def _samples(session: SessionFormat, sound: bytes) -> Sound:
    if session is PCM:
        return np.frombuffer(sound[: len(sound) // 2 * 2], "<i2").astype(np.float64)
    levels: Sound = g711_levels(session)[np.frombuffer(sound, np.uint8)].astype(np.float64)
    return levels


def _place(sound: Sound, sent: Sound) -> int:
    """Where `sent` begins in `sound`: the sample with the highest correlation."""
    size = 1 << (len(sound) + len(sent) - 1).bit_length()
    product = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(sent, size))
    places = np.abs(np.fft.irfft(product, size)[: len(sound) - len(sent) + 1])
    return int(np.argmax(places))


def _lost(part: Sound, sent: Sound, frame: int) -> float:
    """The share of frames far below the level that most of them have come with."""
    count = len(sent) // frame
    came = np.sqrt(np.mean(part[: count * frame].reshape(count, frame) ** 2, axis=1))
    usual = float(np.quantile(came, 0.9))  # most are there, or nothing of this can be told
    return float(np.mean(came < LOST_BELOW * usual))
