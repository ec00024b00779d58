"""The figures of bench/: what belongs to what, and what is left out."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"
MS = 1_000_000


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("figures")


def rows(*values: tuple[int, float, int]) -> np.ndarray:
    """Of (call, ms, flag)."""
    return np.array([(call, round(ms * MS), flag) for call, ms, flag in values], np.int64)


def test_packets_are_compared_with_the_one_before_in_their_own_call(figures: ModuleType) -> None:
    packets = rows((1, 0, 0), (2, 7, 0), (1, 20, 0), (2, 27.5, 0), (1, 41, 0))
    assert sorted(figures.spacing(packets)) == [20, 20.5, 21]


def test_a_delay_ends_at_the_next_effect_in_the_same_call(figures: ModuleType) -> None:
    causes = rows((1, 100, 0), (1, 2100, 0), (2, 110, 0))
    effects = rows((1, 50, 0), (2, 105, 0), (1, 130, 0), (2, 150, 0), (1, 2104, 0))
    assert sorted(figures.delays(causes, effects)) == [4, 30, 40]


def test_a_cause_without_an_effect_has_no_delay(figures: ModuleType) -> None:
    causes = rows((1, 100, 0), (1, 5000, 0), (2, 100, 0))
    assert list(figures.delays(causes, rows((1, 103, 0)))) == [3]
    assert list(figures.delays(rows((1, 0, 0)), rows((1, 1500, 0)))) == []


def test_only_the_first_packet_of_a_voice_begins_it(figures: ModuleType) -> None:
    packets = rows((1, 0, 1), (1, 20, 0), (1, 40, 1), (1, 60, 1), (2, 40, 0), (2, 60, 1))
    assert figures.first_sound(packets).tolist() == rows((1, 40, 1), (2, 60, 1)).tolist()


def test_what_is_outside_the_window_does_not_count(figures: ModuleType) -> None:
    seen = figures.within(rows((1, 9, 0), (1, 10, 0), (1, 20, 0)), 10 * MS, 20 * MS)
    assert seen.tolist() == rows((1, 10, 0)).tolist()
