"""A noise gate for many calls at once (pure)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from portero.limits import GATE_HOLD_FRAMES

Samples = npt.NDArray[np.float32]
Rows = slice | list[int]
"""Which calls a batch of frames belongs to, in order."""
ALL_ROWS = slice(None)


class NoiseGate:
    """Finds the frames that are only noise: quieter than ``threshold`` for a while.

    ``threshold``: RMS on the scale of 16 bit samples (0 to 32767; 0 is off), of the rows that are
    added from now on. One row for each call. A gate that a loud frame has opened stays open for
    some frames, so that ends of words are kept.
    """

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self._energy = np.zeros(0, np.float32)
        self._open = np.zeros(0, np.int32)

    @property
    def wanted(self) -> bool:
        """Whether there is a row that is not off."""
        return bool(self._energy.any())

    def add(self) -> None:
        """A new last row, closed."""
        self._energy = np.append(self._energy, np.float32(self.threshold * self.threshold))
        self._open = np.append(self._open, np.int32(0))

    def remove(self, row: int) -> None:
        """Forget a row; those behind it move up."""
        self._energy = np.delete(self._energy, row)
        self._open = np.delete(self._open, row)

    def closed(self, frames: Samples, rows: Rows = ALL_ROWS) -> npt.NDArray[np.bool_]:
        """Judge the next frame of these rows (rows x samples): True where it is to be silence."""
        energy = np.einsum("ij,ij->i", frames, frames) / frames.shape[1]
        held = np.maximum(self._open[rows] - 1, 0)
        held = np.where(energy >= self._energy[rows], GATE_HOLD_FRAMES + 1, held).astype(np.int32)
        self._open[rows] = held
        return np.equal(held, 0)
