"""From what the load generators have noted to the figures of the table (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from timeline import Rows

NS_PER_MS: Final = 1e6
ANSWER_NS: Final = 1_000_000_000  # an effect later than this belongs to another cause

Milliseconds = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles in ms."""

    p50: float
    p99: float
    most: float

    @classmethod
    def of(cls, values: Milliseconds) -> Spread:
        """Of all values; not a number where there is none."""
        if not len(values):
            return cls(*[float("nan")] * 3)
        p50, p99 = np.percentile(values, (50, 99))
        return cls(float(p50), float(p99), float(values.max()))

    def __str__(self) -> str:
        return f"{self.p50:6.1f} {self.p99:5.1f} {self.most:5.1f}"


def within(rows: Rows, start: int, end: int) -> Rows:
    """The rows of a window of time (monotonic ns)."""
    return rows[(rows[:, 1] >= start) & (rows[:, 1] < end)]


def calls_of(rows: Rows) -> list[int]:
    """The calls that rows tell of."""
    return [int(call) for call in np.unique(rows[:, 0])]


def spacing(packets: Rows) -> Milliseconds:
    """From each packet of a call to the next."""
    gaps = [np.diff(packets[packets[:, 0] == call, 1]) for call in calls_of(packets)]
    return np.concatenate(gaps) / NS_PER_MS if gaps else np.zeros(0)


def first_sound(packets: Rows) -> Rows:
    """The packets that begin to speak: their flag is 1, and 0 in the one before."""
    begun = []
    for call in calls_of(packets):
        rows = packets[packets[:, 0] == call]
        begun.append(rows[1:][(rows[1:, 2] == 1) & (rows[:-1, 2] == 0)])
    return np.concatenate(begun) if begun else packets[:0]


def delays(causes: Rows, effects: Rows) -> Milliseconds:
    """From each cause to the next effect in the same call; those that had none are left out."""
    found = []
    for call in calls_of(causes):
        began = causes[causes[:, 0] == call, 1]
        ended = effects[effects[:, 0] == call, 1]
        index = np.searchsorted(ended, began)
        began, index = began[index < len(ended)], index[index < len(ended)]
        found.append(ended[index] - began)
    waited = np.concatenate(found) if found else np.zeros(0)
    return waited[waited < ANSWER_NS] / NS_PER_MS
