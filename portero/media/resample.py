"""A polyphase resampler for many calls at once (pure)."""

from __future__ import annotations

from math import ceil, gcd
from typing import Any

import numpy as np
import numpy.typing as npt

from portero.limits import FRAME_MS
from portero.media.noise import ALL_ROWS, Rows, Samples

# Quality against delay (reference/primitives.md, 1): a Kaiser window of 3 ms holds sound back by
# 1.49 ms, is flat to 7/8 of the band, and rejects what would fold back by 66 dB.
FILTER_SECONDS = 0.003
KAISER_BETA = 6.0
CUTOFF = 0.95
# Outputs are computed in blocks with common inputs: 20 blocks in a frame are the fastest.
BLOCKS = 20


class Resampler:
    """Turns a frame (20 ms) of each call into another rate, by one matrix product.

    A row for each call holds the end of its last frame, so that frames join without a seam.
    """

    def __init__(self, source_rate: int, target_rate: int) -> None:
        common = gcd(source_rate, target_rate)
        up, down = target_rate // common, source_rate // common
        prototype = low_pass(source_rate * up, min(source_rate, target_rate) / 2 * CUTOFF) * up
        taps = ceil(len(prototype) / up)
        self.delay_ms = (len(prototype) - 1) / 2 / (source_rate * up) * 1000
        self._samples_out = target_rate * FRAME_MS // 1000
        self._step = source_rate * FRAME_MS // 1000 // BLOCKS
        self._weights = block_weights(prototype, up, down, taps, self._step)
        self._tails = np.zeros((0, taps - 1), np.float32)

    def add(self) -> None:
        """A new last row, with silence behind it."""
        row = np.zeros((1, self._tails.shape[1]), np.float32)
        self._tails = np.concatenate((self._tails, row))

    def remove(self, row: int) -> None:
        """Forget a row; those behind it move up."""
        self._tails = np.delete(self._tails, row, axis=0)

    def process(self, frames: npt.NDArray[Any], rows: Rows = ALL_ROWS) -> Samples:
        """Resample the next frame of these rows.

        ``frames``: rows x samples of 20 ms, any number type. Returns rows x samples of 20 ms.
        """
        sound = np.concatenate((self._tails[rows], frames), axis=1, dtype=np.float32)
        self._tails[rows] = sound[:, -self._tails.shape[1] :]
        windows = np.lib.stride_tricks.sliding_window_view(sound, len(self._weights), axis=1)
        # A product for each row: one for all is so large that OpenBLAS would start threads.
        products = np.ascontiguousarray(windows[:, :: self._step]) @ self._weights
        return products.reshape(-1, self._samples_out)


def low_pass(rate: int, cutoff: float) -> npt.NDArray[np.float64]:
    """A linear-phase filter of ``FILTER_SECONDS`` at ``rate``; its sum, the gain at 0 Hz, is 1."""
    length = round(rate * FILTER_SECONDS)
    at = np.arange(length) - (length - 1) / 2
    response = np.sinc(2 * cutoff / rate * at) * np.kaiser(length, KAISER_BETA)
    normalised: npt.NDArray[np.float64] = response / response.sum()
    return normalised


def block_weights(
    prototype: npt.NDArray[np.float64], up: int, down: int, taps: int, step: int
) -> Samples:
    """The matrix that turns ``taps - 1 + step`` inputs into ``step * up / down`` outputs.

    Output k is the sum over j of prototype[k * down % up + j * up] * input[k * down // up - j].
    """
    padded = np.zeros(taps * up)
    padded[: len(prototype)] = prototype
    weights = np.zeros((taps - 1 + step, step * up // down), np.float32)
    for output in range(weights.shape[1]):
        newest, phase = divmod(output * down, up)
        weights[newest : newest + taps, output] = padded[phase::up][::-1]
    return weights
