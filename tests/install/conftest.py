"""What the tests of `portero init` share."""

from __future__ import annotations

from pathlib import Path

import pytest
from newhouse import NewHouse, make_house


@pytest.fixture
def house(tmp_path: Path) -> NewHouse:
    return make_house(tmp_path)
