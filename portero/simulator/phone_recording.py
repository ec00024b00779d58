"""What a phone heard, with the times at which it came, so that gaps show (pure)."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from portero.simulator.sound import Samples

# Asterisk plays what it gets as it gets it; a phone's own buffer covers about this much.
PHONE_BUFFER_SECONDS: Final = 0.060


@dataclass(frozen=True, slots=True)
class Gap:
    """A silence that nobody sent: ``at`` seconds into the recording."""

    at: float
    seconds: float


@dataclass(slots=True)
class PhoneRecording:
    """Frames in the order of their arrival; ``rate`` is that of all of them.

    ``start`` is the time (of the caller's clock) that counts as 0.
    """

    rate: int
    start: float
    _frames: list[tuple[float, Samples]] = field(default_factory=list, repr=False)

    def add(self, at: float, samples: Samples) -> None:
        """Sound that came at the time ``at``."""
        self._frames.append((at - self.start, samples))

    @property
    def arrivals(self) -> list[float]:
        """When each frame came, in seconds since ``start``."""
        return [at for at, _ in self._frames]

    @property
    def gaps(self) -> list[Gap]:
        """Where the phone ran out of sound between the first frame and the last."""
        placed = self._placed()
        return [
            Gap(ended, began - ended)
            for (ended, began) in zip(
                (start + len(samples) / self.rate for start, samples in placed),
                (start for start, _ in placed[1:]),
                strict=False,
            )
            if began > ended + 0.5 / self.rate
        ]

    def samples(self) -> Samples:
        """All that was heard from ``start`` on, with silence where nothing came."""
        placed = self._placed()
        if not placed:
            return np.zeros(0, np.int16)
        last_start, last = placed[-1]
        sound = np.zeros(round(last_start * self.rate) + len(last), np.int16)
        for start, samples in placed:
            offset = round(start * self.rate)
            sound[offset : offset + len(samples)] = samples
        return sound

    def _placed(self) -> list[tuple[float, Samples]]:
        """Each frame with the time it was played: after the last one, unless that had run dry."""
        placed: list[tuple[float, Samples]] = []
        free = 0.0
        for at, samples in self._frames:
            start = at if at > free + PHONE_BUFFER_SECONDS or not placed else free
            placed.append((start, samples))
            free = start + len(samples) / self.rate
        return placed


def wav(samples: Samples, rate: int) -> bytes:
    """A mono 16 bit WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()
