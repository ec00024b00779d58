"""Two daemons on one database: what may be used once is used once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from portero.registry import Registry, ledger, openings

RACER = Path(__file__).with_name("racer.py")
ROOT = RACER.parents[2]
RACES = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def racer(url: str, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(RACER), url, name, str(RACES)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_of_two_processes_one_claims_each_race_and_the_ledger_has_no_gap(database: str) -> None:
    processes = [racer(database, name) for name in "ab"]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(" ".join(map(str, range(RACES))) + "\n")
            process.stdin.flush()
        won = [process.communicate(timeout=60)[0].split() for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert [process.returncode for process in processes] == [0, 0]
    subjects = Counter(won[0]) + Counter(won[1])
    assert len(subjects) == 2 * RACES
    assert set(subjects.values()) == {1}
    registry = Registry(database)
    assert len(registry.work(openings.recent, "t", EPOCH)) == RACES
    assert registry.work(ledger.verify, "t") == []
    assert registry.work(ledger.head_of, "t").number == 2 * RACES
    registry.close()
