"""Every bound has a name, a source and a test: this sees to the names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from portero import limits

TESTS = Path(__file__).parent
SOURCE = Path(limits.__file__)
NAMES = sorted(name for name in vars(limits) if name.isupper())


def words(folder: Path) -> set[str]:
    """Every name that stands in a Python file below `folder`, but not in this one or limits.py."""
    files = (it for it in folder.rglob("*.py") if it.name not in (SOURCE.name, Path(__file__).name))
    return {name for file in files for name in re.findall(r"\b[A-Z][A-Z0-9_]+\b", file.read_text())}


@pytest.fixture(scope="module")
def tested() -> set[str]:
    return words(TESTS)


@pytest.fixture(scope="module")
def used() -> set[str]:
    return words(SOURCE.parent)


@pytest.mark.parametrize("name", NAMES)
def test_a_bound_is_used_and_tested_by_its_name(
    name: str, used: set[str], tested: set[str]
) -> None:
    in_another = re.findall(rf"^[A-Z].*\b{name}\b", SOURCE.read_text(), re.MULTILINE)
    assert name in used or len(in_another) > 1, f"{name} bounds nothing: take it out"
    assert name in tested, f"{name} stands in no test: test what happens at the bound"
