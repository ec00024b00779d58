"""What happened in a load generator, in rows of numbers, and the file they are handed over in."""

from __future__ import annotations

from array import array
from pathlib import Path

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]


class Timeline:
    """Rows of (call, monotonic ns, flag), by kind."""

    def __init__(self, *kinds: str) -> None:
        self._rows = {kind: array("q") for kind in kinds}

    def add(self, kind: str, call: int, when: int, flag: int = 0) -> None:
        """Something happened in a call."""
        self._rows[kind].extend((call, when, flag))

    def save(self, path: Path) -> None:
        """Write all rows."""
        arrays = {kind: np.array(rows) for kind, rows in self._rows.items()}
        np.savez(path, **arrays)  # type: ignore[arg-type]


def load(path: Path) -> dict[str, Rows]:
    """Rows x (call, monotonic ns, flag), by kind."""
    with np.load(path) as saved:
        return {kind: saved[kind].reshape(-1, 3) for kind in saved.files}
