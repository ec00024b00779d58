"""What every test shares."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import KINDS, empty_database
from disks import Disk
from hypothesis import settings

from portero.helping import speak

settings.register_profile("portero", derandomize=True, deadline=None)
settings.load_profile("portero")


@pytest.fixture(autouse=True)
def english() -> None:
    """click speaks English again, whatever language the test before asked in."""
    speak("en")


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database; a test that takes it runs on SQLite and on PostgreSQL."""
    with empty_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk of 1 MB."""
    if os.geteuid() != 0:
        pytest.skip("NO ROOT: a file system can't be mounted")
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        made = Disk(folder, 1024)
    except (subprocess.CalledProcessError, FileNotFoundError):
        pytest.skip("NO MOUNT: this machine lets nobody mount a file system")
    yield made
    made.gone()
