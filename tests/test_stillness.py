"""A machine that stands still is noticed: what was heard meanwhile is not held against portero."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from stillness import TICK_SECONDS, Stillness

FROZEN_SECONDS = 0.3
PATIENCE = 10.0


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Stillness]:
    watch = Stillness(tmp_path)
    yield watch
    watch.stop()


def freeze(watch: Stillness) -> None:
    """Let nobody who watches run for a while: to them the machine stands still."""
    for watcher in watch._watchers:
        os.kill(watcher.pid, signal.SIGSTOP)
    time.sleep(FROZEN_SECONDS)
    for watcher in watch._watchers:
        os.kill(watcher.pid, signal.SIGCONT)


def test_a_machine_that_stood_still_is_noticed(watch: Stillness) -> None:
    began = time.monotonic()
    while watch.longest_since(began) < FROZEN_SECONDS:  # the first may come before they watch
        assert time.monotonic() < began + PATIENCE
        freeze(watch)
        time.sleep(5 * TICK_SECONDS)


def test_what_came_before_does_not_count(watch: Stillness, tmp_path: Path) -> None:
    note = tmp_path / "cpu999"
    watch._notes = {999: note}
    assert watch.longest_since(0.0) == 0.0
    note.write_text("10.0 10.5\n20.0 20.2\n")
    assert watch.longest_since(5.0) == pytest.approx(0.5)
    assert watch.longest_since(15.0) == pytest.approx(0.2)
    assert watch.longest_since(25.0) == 0.0
