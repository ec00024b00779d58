"""What a test has started is not taken out of memory while the test runs."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from locked_memory import keep_programs_of, may_lock


@pytest.fixture
def program(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A program of which there is no other copy, and its process."""
    path = tmp_path / "sleeper"
    shutil.copy(shutil.which("sleep") or "sleep", path)
    with subprocess.Popen([path, "60"]) as process:
        yield path, process.pid
        process.kill()


def locked_bytes(path: Path) -> int:
    """How much of a file this process has locked (proc_pid_smaps(5))."""
    shown = re.split(r"^(?=[0-9a-f]+-)", Path("/proc/self/smaps").read_text(), flags=re.MULTILINE)
    return sum(
        1024 * int(kilobytes)
        for mapping in shown
        if str(path) in mapping and re.search(r"^VmFlags: .*\blo\b", mapping, re.MULTILINE)
        for kilobytes in re.findall(r"^Rss: +(\d+) kB", mapping, re.MULTILINE)
    )


def test_a_program_stays_in_memory_whole(program: tuple[Path, int]) -> None:
    path, pid = program
    assert locked_bytes(path) == 0
    keep_programs_of(pid)
    assert (locked_bytes(path) >= path.stat().st_size) is may_lock()
    whole = locked_bytes(path)
    keep_programs_of(pid)  # what is kept is kept once
    assert locked_bytes(path) == whole
