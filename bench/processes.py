"""Processes of a bench: where they run, what they use, and that none of them outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from types import MappingProxyType
from typing import Final

START_SECONDS: Final = 60.0  # a hundred calls are made one after the other
STOP_SECONDS: Final = 15.0
CLOCK_TICKS: Final = os.sysconf("SC_CLK_TCK")
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
# Above all that is not real-time: what else the machine does leaves no trace in the figures.
UNDISTURBED: Final = ("chrt", "--fifo", "1")


class BenchError(Exception):
    """The bench could not be run."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a process has used: CPU seconds since its start, and bytes of memory now.

    ``kept_waiting``: seconds in which it could have run, and something else had its core.
    """

    cpu: float
    memory: int
    kept_waiting: float

    @classmethod
    def of(cls, pid: int) -> Use:
        """Of a running process (proc(5): fields 14, 15 and 24 of stat; schedstat in ns)."""
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        waited = int(Path(f"/proc/{pid}/schedstat").read_text().split()[1])
        return cls(ticks / CLOCK_TICKS, int(fields[21]) * PAGE_BYTES, waited / 1e9)


class Child:
    """A process on a core of its own; it is gone when the ``with`` is left.

    It prints lines, and ends when its input does, or, with ``by_signal``, at SIGTERM.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        core: int,
        undisturbed: bool,
        environment: Mapping[str, str] = MappingProxyType({}),
        by_signal: bool = False,
    ) -> None:
        placed = (*(UNDISTURBED if undisturbed else ()), "taskset", "--cpu-list", str(core))
        self._command = [*placed, *map(str, command)]
        self._environment = {**os.environ, **environment}
        self._by_signal = by_signal

    def __enter__(self) -> Child:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            self._command, stdin=pipe, stdout=pipe, text=True, env=self._environment
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Its process id: taskset and chrt become what they start."""
        return self._process.pid

    def line(self) -> str:
        """The next line that it prints; raises BenchError when none comes."""
        assert self._process.stdout is not None
        patience = Timer(START_SECONDS, self._process.kill)
        patience.start()
        try:
            line = self._process.stdout.readline().strip()
        finally:
            patience.cancel()
        if not line:
            raise BenchError(f"ended or hung: {' '.join(self._command)}")
        return line

    def tell(self, line: str) -> None:
        """A line for its input."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def stop(self) -> None:
        """Ask it to end, and make it end if it does not."""
        if self._process.poll() is not None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        if self._by_signal:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
