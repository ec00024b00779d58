"""Turns frames of many calls from a leg's coding into samples and back (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from G722 import G722

from portero.limits import FRAME_MS
from portero.media.formats import PCMU, Coding, LegFormat, SessionFormat
from portero.media.noise import Samples

G722_RATE = 16000
G722_BITS_PER_SECOND = 64000
SAMPLE_MIN, SAMPLE_MAX = -32768, 32767


class Coder(Protocol):
    """Rows of frames of 20 ms; a row keeps its state from frame to frame."""

    def add(self) -> None:
        """A new last row."""

    def remove(self, row: int) -> None:
        """Forget a row; those behind it move up."""

    def decode(self, frames: Sequence[bytes | None], rows: Sequence[int]) -> Samples:
        """The next frame of these rows as rows x samples; None is silence."""

    def encode(self, samples: npt.NDArray[Any]) -> list[bytes]:
        """A frame for each row of samples."""


def coder_for(leg: LegFormat) -> Coder:
    """The coder of a leg whose sound is not G.711 (that is never decoded)."""
    return G722Coder() if leg.coding is Coding.G722 else LinearCoder(leg)


class LinearCoder:
    """Signed 16 bit samples; it keeps no state."""

    def __init__(self, leg: LegFormat) -> None:
        self._type = np.dtype(leg.coding.value)
        self._silence = bytes(leg.bytes_in)

    def add(self) -> None:
        """Nothing to keep."""

    def remove(self, row: int) -> None:
        """Nothing was kept."""

    def decode(self, frames: Sequence[bytes | None], rows: Sequence[int]) -> Samples:
        """See Coder."""
        sound = b"".join([frame or self._silence for frame in frames])
        return np.frombuffer(sound, self._type).reshape(len(frames), -1).astype(np.float32)

    def encode(self, samples: npt.NDArray[Any]) -> list[bytes]:
        """See Coder."""
        return split_rows(to_integers(samples).astype(self._type, copy=False))


class G722Coder:
    """ITU-T G.722 at 64 kbit/s: 160 bytes for 320 samples of 16 kHz, one codec for each call."""

    def __init__(self) -> None:
        self._codecs: list[G722] = []

    def add(self) -> None:
        """See Coder."""
        self._codecs.append(G722(G722_RATE, G722_BITS_PER_SECOND))

    def remove(self, row: int) -> None:
        """See Coder."""
        del self._codecs[row]

    def decode(self, frames: Sequence[bytes | None], rows: Sequence[int]) -> Samples:
        """See Coder."""
        samples = np.zeros((len(frames), G722_RATE * FRAME_MS // 1000), np.float32)
        for place, (row, frame) in enumerate(zip(rows, frames, strict=True)):
            if frame:
                samples[place] = self._codecs[row].decode(frame)
        return samples

    def encode(self, samples: npt.NDArray[Any]) -> list[bytes]:
        """See Coder."""
        rows = zip(self._codecs, to_integers(samples), strict=True)
        return [codec.encode(row) for codec, row in rows]


def to_integers(samples: npt.NDArray[Any]) -> npt.NDArray[np.int16]:
    """Round to 16 bits; what is too loud is clipped."""
    integers: npt.NDArray[np.int16] = np.rint(samples).clip(SAMPLE_MIN, SAMPLE_MAX).astype(np.int16)
    return integers


def split_rows(matrix: npt.NDArray[Any]) -> list[bytes]:
    """The bytes of each row."""
    sound, length = matrix.tobytes(), matrix.itemsize * matrix.shape[1]
    return [sound[start : start + length] for start in range(0, len(sound), length)]


def g711_levels(session: SessionFormat) -> Samples:
    """The 256 levels of a G.711 law on the scale of 16 bit samples (ITU-T G.711, tables 1, 2)."""
    return _ulaw_levels() if session is PCMU else _alaw_levels()


def _ulaw_levels() -> Samples:
    code = ~np.arange(256) & 0xFF  # all bits are sent inverted
    magnitude = (((code & 0x0F) * 8 + 132) << (code >> 4 & 7)) - 132
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.float32)


def _alaw_levels() -> Samples:
    code = np.arange(256) ^ 0x55  # even bits are sent inverted
    segment = code >> 4 & 7
    step = (code & 0x0F) * 16 + 8
    magnitude = np.where(segment == 0, step, (step + 256) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.float32)
