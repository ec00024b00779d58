"""Sound as the stand-ins need it: whole pieces, int16, any rate (pure).

Not the daemon's streaming resampler on purpose: what measures must not share the measured code.
"""

from __future__ import annotations

import wave
from functools import cache
from math import gcd
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from portero.errors import PorteroError

Samples = NDArray[np.int16]

FULL_SCALE: Final = 32767
SESSION_RATE: Final = 24_000  # audio/pcm (reference openai-realtime.md, 5)
G711_RATE: Final = 8_000
FORMAT_RATES: Final = {
    "audio/pcm": SESSION_RATE,
    "audio/pcmu": G711_RATE,
    "audio/pcma": G711_RATE,
}
FORMAT_BYTES_PER_MS: Final = {"audio/pcm": 48, "audio/pcmu": 8, "audio/pcma": 8}

# Windowed sinc: crossings kept on each side, and where it begins to fall (of the lower Nyquist).
SINC_CROSSINGS: Final = 32
SINC_CUTOFF: Final = 0.94
KAISER_BETA: Final = 8.0

BLOCK_MS: Final = 10
# A block this far below the loudest one is a pause (-40 dB).
PAUSE_RATIO: Final = 0.01


def resample(samples: Samples, from_rate: int, to_rate: int) -> Samples:
    """The same sound at another rate (Hz); no delay, silence is assumed around it."""
    if from_rate == to_rate or not len(samples):
        return samples
    common = gcd(from_rate, to_rate)
    up, down = to_rate // common, from_rate // common
    taps = _sinc(up, down)  # (up, width): one row of weights for each phase
    width = taps.shape[1]
    padded = np.pad(samples.astype(np.float64), (width // 2 - 1, width // 2))
    windows = np.lib.stride_tricks.sliding_window_view(padded, width)
    count = len(samples) * up // down
    positions = np.arange(count) * down
    out = np.empty(count)
    for phase in range(up):
        mine = positions % up == phase
        out[mine] = windows[positions[mine] // up] @ taps[phase]
    return to_int16(out)


@cache
def _sinc(up: int, down: int) -> NDArray[np.float64]:
    stretch = max(1.0, down / up)
    half = int(SINC_CROSSINGS * stretch)
    offsets = np.arange(-half + 1, half + 1)[None, :] - np.arange(up)[:, None] / up
    cutoff = SINC_CUTOFF / stretch
    window = np.i0(KAISER_BETA * np.sqrt(np.clip(1 - (offsets / half) ** 2, 0, 1)))
    taps: NDArray[np.float64] = cutoff * np.sinc(cutoff * offsets) * window
    normalised: NDArray[np.float64] = taps / taps.sum(axis=1, keepdims=True)
    return normalised


def to_int16(values: NDArray[np.float64]) -> Samples:
    """Rounded and clipped to 16 bit."""
    return np.clip(np.rint(values), -FULL_SCALE - 1, FULL_SCALE).astype(np.int16)


def tone(hz: float, seconds: float, level: float, rate: int) -> Samples:
    """A sine; ``level`` in dB of a full-scale sine."""
    times = np.arange(round(seconds * rate)) / rate
    return to_int16(FULL_SCALE * 10 ** (level / 20) * np.sin(2 * np.pi * hz * times))


def read_wav(path: Path, rate: int) -> Samples:
    """A 16 bit WAV file, its channels mixed, at ``rate`` Hz; raises PorteroError."""
    try:
        with wave.open(str(path), "rb") as file:
            if file.getsampwidth() != 2:
                raise PorteroError(f"{path}: {8 * file.getsampwidth()} bit; it must be 16 bit")
            frames = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            channels, own_rate = file.getnchannels(), file.getframerate()
    except (OSError, EOFError, wave.Error) as error:
        raise PorteroError(f"{path}: no WAV file that can be read: {error}") from error
    mixed = frames.reshape(-1, channels).mean(axis=1)
    return resample(to_int16(mixed), own_rate, rate)


def rms(blocks: NDArray[np.int16]) -> NDArray[np.float64]:
    """The RMS of each row, 0 to 32768."""
    values: NDArray[np.float64] = np.sqrt(np.mean(np.square(blocks, dtype=np.float64), axis=-1))
    return values


def tighten(samples: Samples, rate: int, longest_pause_ms: int) -> Samples:
    """Without the quiet at both ends, and with shorter pauses between the words."""
    size = rate * BLOCK_MS // 1000
    blocks = samples[: len(samples) // size * size].reshape(-1, size)
    if not len(blocks):
        return samples
    levels = rms(blocks)
    loud = np.flatnonzero(levels > levels.max() * PAUSE_RATIO)
    if not len(loud):
        return samples[:0]
    keep = np.zeros(len(blocks), bool)
    run = 0
    for index in range(loud[0], loud[-1] + 1):
        run = 0 if levels[index] > levels.max() * PAUSE_RATIO else run + 1
        keep[index] = run * BLOCK_MS <= longest_pause_ms
    kept: Samples = blocks[keep].reshape(-1)
    return kept


def encode(samples: Samples, audio_format: str) -> bytes:
    """Samples at the format's own rate as the bytes of a session's format."""
    if audio_format == "audio/pcm":
        return samples.astype("<i2").tobytes()
    codes, edges = _g711_encoder(audio_format)
    return codes[np.searchsorted(edges, samples)].tobytes()


def decode(payload: bytes, audio_format: str) -> Samples:
    """The samples, at the format's own rate, of a session's bytes; half a sample is left out."""
    if audio_format == "audio/pcm":
        return np.frombuffer(payload[: len(payload) // 2 * 2], "<i2").astype(np.int16, copy=False)
    samples: Samples = _g711_levels(audio_format)[np.frombuffer(payload, np.uint8)]
    return samples


@cache
def _g711_levels(audio_format: str) -> Samples:
    """What each of the 256 codes stands for (ITU-T G.711, tables 1 and 2)."""
    codes = np.arange(256)
    if audio_format == "audio/pcmu":
        bits = ~codes & 0xFF
        size = (((bits & 0x0F) << 3) + 0x84 << ((bits & 0x70) >> 4)) - 0x84
        return np.where(bits & 0x80, -size, size).astype(np.int16)
    bits = codes ^ 0x55
    segment = (bits & 0x70) >> 4
    size = ((bits & 0x0F) << 4) + np.where(segment, 0x108, 8) << np.maximum(segment - 1, 0)
    levels: Samples = np.where(bits & 0x80, size, -size).astype(np.int16)
    return levels


@cache
def _g711_encoder(audio_format: str) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    levels = _g711_levels(audio_format).astype(np.float64)
    order = np.argsort(levels, kind="stable")
    ordered = levels[order]
    return order.astype(np.uint8), (ordered[1:] + ordered[:-1]) / 2
