"""Sound of all calls at once, from the leg to the session and back (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from portero.media.coding import Coder, coder_for, g711_levels, split_rows, to_integers
from portero.media.formats import Coding, LegFormat
from portero.media.noise import NoiseGate
from portero.media.resample import Resampler


class Stateful(Protocol):
    """State of many calls, a row for each."""

    def add(self) -> None:
        """A new last row."""

    def remove(self, row: int) -> None:
        """Forget a row; those behind it move up."""


class Uplink(Stateful, Protocol):
    """Turns what comes over the legs into the session's format."""

    gate: NoiseGate
    gated: Sequence[int]
    """The places, in the last ``convert``, of frames that the noise gate has silenced."""

    def convert(self, frames: Sequence[bytes | None], rows: list[int]) -> Sequence[bytes]:
        """The next frame of each of these rows (no row twice), converted; None is silence."""


class Downlink(Stateful, Protocol):
    """Turns the session's sound into what goes over the legs."""

    def convert(self, frames: Sequence[bytes | None]) -> Sequence[bytes]:
        """The next frame of every row, converted; None is silence."""


def uplink(leg: LegFormat, noise_gate: float) -> Uplink:
    """From Asterisk to the session; ``noise_gate``: RMS threshold, 0 for none."""
    if leg.coding is Coding.G711:
        return G711Uplink(leg, noise_gate)
    return PcmUplink(leg, noise_gate)


def downlink(leg: LegFormat) -> Downlink:
    """From the session to Asterisk."""
    if leg.coding is Coding.G711:
        return G711Downlink(leg)
    return PcmDownlink(leg)


class _Joined:
    """Rows of several parts, kept in step."""

    def __init__(self, *parts: Stateful | None) -> None:
        self._parts = [part for part in parts if part is not None]

    def add(self) -> None:
        """A new last row."""
        for part in self._parts:
            part.add()

    def remove(self, row: int) -> None:
        """Forget a row; those behind it move up."""
        for part in self._parts:
            part.remove(row)


class PcmUplink(_Joined):
    """Decode, gate, resample to 24 kHz signed 16 bit little-endian (960 bytes a frame)."""

    def __init__(self, leg: LegFormat, noise_gate: float) -> None:
        self.gated: Sequence[int] = ()
        self._coder = coder_for(leg)
        self.gate = NoiseGate(noise_gate)
        self._resampler = resampler_between(leg.rate_in, leg.session.rate)
        super().__init__(self._coder, self.gate, self._resampler)

    def convert(self, frames: Sequence[bytes | None], rows: list[int]) -> list[bytes]:
        """See Uplink."""
        samples = self._coder.decode(frames, rows)
        self.gated = ()
        if self.gate.wanted:
            closed = self.gate.closed(samples, rows)
            samples[closed] = 0
            self.gated = np.flatnonzero(closed).tolist()
        if self._resampler is not None:
            samples = self._resampler.process(samples, rows)
        return split_rows(to_integers(samples).astype("<i2", copy=False))


class PcmDownlink(_Joined):
    """Resample from 24 kHz signed 16 bit little-endian, encode for the leg."""

    def __init__(self, leg: LegFormat) -> None:
        self._coder: Coder = coder_for(leg)
        self._silence = leg.session.silent_frame
        self._resampler = resampler_between(leg.session.rate, leg.rate_out)
        super().__init__(self._coder, self._resampler)

    def convert(self, frames: Sequence[bytes | None]) -> list[bytes]:
        """See Downlink."""
        sound = b"".join([frame or self._silence for frame in frames])
        samples = np.frombuffer(sound, "<i2").reshape(len(frames), -1)
        if self._resampler is None:
            return self._coder.encode(samples)
        return self._coder.encode(self._resampler.process(samples))


class G711Uplink(_Joined):
    """G.711 on both sides: nothing is transcoded, only noise becomes silence."""

    def __init__(self, leg: LegFormat, noise_gate: float) -> None:
        self.gated: Sequence[int] = ()
        self._silence = leg.session.silent_frame
        self.gate = NoiseGate(noise_gate)
        self._levels = g711_levels(leg.session)
        super().__init__(self.gate)

    def convert(self, frames: Sequence[bytes | None], rows: list[int]) -> list[bytes]:
        """See Uplink."""
        filled = [frame or self._silence for frame in frames]
        self.gated = ()
        if self.gate.wanted:
            codes = np.frombuffer(b"".join(filled), np.uint8).reshape(len(filled), -1)
            self.gated = np.flatnonzero(self.gate.closed(self._levels[codes], rows)).tolist()
            for place in self.gated:
                filled[place] = self._silence
        return filled


class G711Downlink(_Joined):
    """G.711 on both sides: nothing is transcoded."""

    def __init__(self, leg: LegFormat) -> None:
        self._silence = leg.session.silent_frame
        super().__init__()

    def convert(self, frames: Sequence[bytes | None]) -> list[bytes]:
        """See Downlink."""
        return [frame or self._silence for frame in frames]


def resampler_between(source_rate: int, target_rate: int) -> Resampler | None:
    """None where nothing is to be resampled."""
    return None if source_rate == target_rate else Resampler(source_rate, target_rate)
