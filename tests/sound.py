"""What a test says about sound: tones made, and level, pitch, gaps and clicks measured.

Sound is an array of float64 samples where 1.0 is full scale. Levels are dBFS of the RMS, so a
full-scale sine is at -3.01 dBFS.
"""

from __future__ import annotations

import wave
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]

SILENT_DBFS = -120.0
FRAME_MS = 20
_FULL_SCALE = 32768.0


# -- making


def tone(hertz: float, seconds: float, rate: int, level_dbfs: float = -15.0) -> Samples:
    """A sine of that pitch and RMS level, starting at phase 0."""
    times = np.arange(round(seconds * rate)) / rate
    amplitude = np.sqrt(2) * 10 ** (level_dbfs / 20)
    return np.asarray(amplitude * np.sin(2 * np.pi * hertz * times), dtype=np.float64)


def silence(seconds: float, rate: int) -> Samples:
    return np.zeros(round(seconds * rate))


def to_pcm(samples: Samples, byte_order: str = "<") -> bytes:
    """16 bit signed samples, little-endian, or big-endian with ``>`` (L16 of RFC 3551)."""
    whole = np.clip(np.round(samples * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1)
    return whole.astype(f"{byte_order}i2").tobytes()


def from_pcm(pcm: bytes, byte_order: str = "<") -> Samples:
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype=f"{byte_order}i2") / _FULL_SCALE


def read_wav(path: Path) -> tuple[Samples, int]:
    """The samples of a 16 bit mono WAV file, and its rate."""
    with wave.open(str(path)) as file:
        if (file.getsampwidth(), file.getnchannels()) != (2, 1):
            raise ValueError(f"{path}: wanted 16 bit mono, got {file.getparams()}")
        return from_pcm(file.readframes(file.getnframes())), file.getframerate()


def write_wav(path: Path, samples: Samples, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(to_pcm(samples))


# -- measuring


def level_dbfs(samples: Samples) -> float:
    """RMS level; ``SILENT_DBFS`` for digital silence."""
    rms = float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0
    return max(SILENT_DBFS, 20 * np.log10(rms)) if rms else SILENT_DBFS


def pitch_hz(samples: Samples, rate: int) -> float:
    """The strongest frequency: FFT under a Hann window, peak refined by a parabola.

    Good to a few tenths of a hertz for one steady tone of at least 0.2 s.
    """
    magnitudes = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    peak = int(np.argmax(magnitudes[1:-1])) + 1
    left, middle, right = np.log(magnitudes[peak - 1 : peak + 2] + 1e-12)
    offset = 0.5 * (left - right) / (left - 2 * middle + right)
    return float((peak + offset) * rate / len(samples))


def tone_level_dbfs(samples: Samples, hertz: float, rate: int) -> float:
    """The RMS level of one frequency only (a single DFT bin under a Hann window)."""
    window = np.hanning(len(samples))
    turning = np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / rate)
    amplitude = 2 * abs(np.sum(samples * window * turning)) / np.sum(window)
    return max(SILENT_DBFS, float(20 * np.log10(amplitude / np.sqrt(2) + 1e-12)))


def frame_levels(samples: Samples, rate: int, frame_ms: int = FRAME_MS) -> NDArray[np.float64]:
    """The level of each whole frame, dBFS."""
    size = rate * frame_ms // 1000
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    rms = np.sqrt(np.mean(np.square(frames), axis=1))
    return np.asarray(20 * np.log10(np.maximum(rms, 10 ** (SILENT_DBFS / 20))))


def sounding(samples: Samples, rate: int, threshold_dbfs: float = -45.0) -> Samples:
    """The part from the first to the last 5 ms that is louder than the threshold."""
    loud = np.flatnonzero(frame_levels(samples, rate, 5) > threshold_dbfs)
    if not len(loud):
        return samples[:0]
    size = rate * 5 // 1000
    return samples[loud[0] * size : (loud[-1] + 1) * size]


def gaps_ms(samples: Samples, rate: int, threshold_dbfs: float = -45.0) -> list[int]:
    """The lengths of the holes inside the sound, ms, to 5 ms; only for sound without pauses."""
    inside = sounding(samples, rate, threshold_dbfs)
    quiet = frame_levels(inside, rate, 5) <= threshold_dbfs
    edges = np.flatnonzero(np.diff(np.concatenate(([0], quiet.astype(np.int8), [0]))))
    return [int(end - start) * 5 for start, end in edges.reshape(-1, 2)]


def clicks(samples: Samples, hertz: float, rate: int, tolerance: float = 0.1) -> list[float]:
    """The moments (s) at which a tone of known pitch breaks: samples lost, doubled or shifted.

    A sine obeys ``x[n+1] + x[n-1] = 2 cos(w) x[n]`` (w: radians per sample); what is left over is
    noise, and jumps where the tone breaks; choose a pitch of which no whole number of periods fits
    a frame. A moment counts when more than ``tolerance`` of the
    tone's amplitude is left over. Moments within 2 ms count once.
    """
    turn = 2 * np.pi * hertz / rate
    left_over = np.abs(samples[2:] + samples[:-2] - 2 * np.cos(turn) * samples[1:-1])
    amplitude = np.sqrt(2 * np.mean(np.square(samples)))
    moments: list[float] = []
    for index in np.flatnonzero(left_over > tolerance * amplitude):
        moment = float(index + 1) / rate
        if not moments or moment - moments[-1] > 0.002:
            moments.append(moment)
    return moments


def likeness(heard: Samples, said: Samples) -> float:
    """How alike two sounds are at their best alignment: 0 to 1 (normalised correlation)."""
    size = 1 << (len(heard) + len(said) - 1).bit_length()
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size))
    norm = np.linalg.norm(heard) * np.linalg.norm(said)
    return float(np.max(np.abs(np.fft.irfft(product, size))) / norm) if norm else 0.0


class Match(NamedTuple):
    """Where a sound lies in a longer one (first sample), and how like itself it is there: 0 to 1.

    ``error_db``: how much louder it is than it was.
    """

    start: int
    likeness: float
    error_db: float


def find(heard: Samples, said: Samples) -> Match:
    """The place where ``said`` is in ``heard``; both at the same rate, in the same polarity."""
    places = len(heard) - len(said) + 1
    if places < 1 or not np.any(said):
        return Match(0, 0.0, 0.0)
    size = 1 << (len(heard) + len(said) - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)
    energy = np.concatenate(([0.0], np.cumsum(np.square(heard))))
    there = energy[len(said) :] - energy[:places]
    own = float(np.sum(np.square(said)))
    alike = product[:places] / np.sqrt(np.maximum(there, own / 1000) * own)
    start = int(np.argmax(alike))
    loudness = level_dbfs(heard[start : start + len(said)])
    return Match(start, float(alike[start]), loudness - level_dbfs(said))


def find_pieces(heard: Samples, said: Samples, rate: int, seconds: float = 0.2) -> list[Match]:
    """Where each piece of a sound is, not counting pauses; ``start`` is relative to the whole.

    A piece that was held up starts later; one with a hole in it is not like itself.
    """
    size = round(rate * seconds)
    whole = find(heard, said).start
    slack = size // 2  # a piece may have been shifted by so much
    matches = []
    for begin in range(0, len(said) - size + 1, size):
        piece = said[begin : begin + size]
        if level_dbfs(piece) > level_dbfs(said) - 10:
            first = max(0, whole + begin - slack)
            match = find(heard[first : whole + begin + size + slack], piece)
            matches.append(match._replace(start=first + match.start - whole - begin))
    return matches


# -- G.711, for probes that must not use what they test


def from_ulaw(data: bytes) -> Samples:
    """Mu-law by the formula of ITU-T G.711, table 2."""
    inverted = ~np.frombuffer(data, np.uint8).astype(np.int64) & 0xFF
    magnitude = ((((inverted & 0x0F) << 3) + 0x84) << ((inverted >> 4) & 7)) - 0x84
    return np.where(inverted & 0x80, -magnitude, magnitude) / _FULL_SCALE


def from_alaw(data: bytes) -> Samples:
    """A-law by the formula of ITU-T G.711, table 1."""
    toggled = np.frombuffer(data, np.uint8).astype(np.int64) ^ 0x55
    segment = (toggled >> 4) & 7
    low = ((toggled & 0x0F) << 4) + 8
    magnitude = np.where(segment == 0, low, (low + 0x100) << np.maximum(segment - 1, 0))
    return np.where(toggled & 0x80, magnitude, -magnitude) / _FULL_SCALE


def to_ulaw(samples: Samples) -> bytes:
    return _nearest(samples, from_ulaw(bytes(range(256))))


def to_alaw(samples: Samples) -> bytes:
    return _nearest(samples, from_alaw(bytes(range(256))))


def _nearest(samples: Samples, values: Samples) -> bytes:
    """The code whose value is nearest, for each sample."""
    order = np.argsort(values, kind="stable")
    borders = (values[order][1:] + values[order][:-1]) / 2
    return order[np.searchsorted(borders, samples)].astype(np.uint8).tobytes()
