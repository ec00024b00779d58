"""What every test shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import KINDS, empty_database
from hypothesis import settings

settings.register_profile("portero", derandomize=True, deadline=None)
settings.load_profile("portero")


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database; a test that takes it runs on SQLite and on PostgreSQL."""
    with empty_database(request.param, tmp_path) as url:
        yield url
