"""What every test shares."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from databases import KINDS, empty_database
from disks import Disk
from hypothesis import settings
from locked_memory import keep_programs_of, lock_own_memory
from stillness import MachineStoodStillError, Stillness

from portero.helping import speak

settings.register_profile("portero", derandomize=True, deadline=None)
settings.load_profile("portero")

TRIES = 3  # of a test that listens, while the machine stands still in it; the last one counts


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


@pytest.fixture(scope="session")
def stillness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stillness]:
    """Who notices that the machine stands still."""
    watch = Stillness(tmp_path_factory.mktemp("stillness"))
    yield watch
    watch.stop()


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    again = pytest.mark.flaky(reruns=TRIES - 1, only_rerun=MachineStoodStillError.__name__)
    for item in items:
        if item.get_closest_marker("by_ear"):
            item.fixturenames.append("stillness")
            item.add_marker(again)


def pytest_sessionstart() -> None:
    lock_own_memory()
    keep_programs_of(os.getpid())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Function) -> Generator[None]:
    """A test that listens is tried again where it failed, and the machine stood still in it."""
    began = time.monotonic()
    try:
        return (yield)
    except AssertionError as error:
        watch: Stillness | None = item.funcargs.get("stillness")
        if watch is None or not (still := watch.longest_since(began)):
            raise
        raise MachineStoodStillError(f"for {still * 1000:.0f} ms; and: {error}") from error
