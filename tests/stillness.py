"""Whether the machine stood still while a test listened: then what it heard says little of portero.

One process for each CPU sleeps for a moment, again and again, and writes down when it woke late.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

TICK_SECONDS = 0.01
# Longer than portero's jitter buffer bridges without a word: it is heard, whatever portero does.
STILL_SECONDS = 0.03


class MachineStoodStillError(AssertionError):
    """What failed may have failed because of that; `tests/conftest.py` has it tried again."""


class Stillness:
    """Watches from the start on; its owner stops it."""

    def __init__(self, folder: Path) -> None:
        self._notes = {cpu: folder / f"cpu{cpu}" for cpu in sorted(os.sched_getaffinity(0))}
        self._watchers = [
            subprocess.Popen([sys.executable, "-S", __file__, str(cpu), str(note)])
            for cpu, note in self._notes.items()
        ]

    def longest_since(self, moment: float) -> float:
        """The longest standstill since then (`time.monotonic`), in seconds; 0.0 for none."""
        spans = [
            (float(begin), float(end))
            for note in self._notes.values()
            if note.exists()
            for begin, _, end in (line.partition(" ") for line in note.read_text().splitlines())
        ]
        return max((end - begin for begin, end in spans if end > moment), default=0.0)

    def stop(self) -> None:
        for watcher in self._watchers:
            watcher.kill()
            watcher.wait()


def watch(cpu: int, note: Path) -> None:
    """Write down each standstill of that CPU, until whoever started this has gone."""
    os.sched_setaffinity(0, {cpu})
    parent = os.getppid()
    before = time.monotonic()
    with note.open("w", buffering=1) as lines:
        while os.getppid() == parent:
            time.sleep(TICK_SECONDS)
            now = time.monotonic()
            if now - before > STILL_SECONDS:
                lines.write(f"{before} {now}\n")
            before = now


if __name__ == "__main__":
    watch(int(sys.argv[1]), Path(sys.argv[2]))
