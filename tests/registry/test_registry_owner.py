"""Whose the database's file is when root makes it for a daemon that is not root."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portero.registry import Registry, queries

SOMEBODY = 65534

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def opened(file: Path) -> Registry:
    registry = Registry(f"sqlite:///{file}")
    registry.upgrade()
    return registry


def owners(folder: Path) -> set[tuple[int, int]]:
    return {(file.stat().st_uid, file.stat().st_gid) for file in folder.iterdir()}


def test_a_file_that_root_makes_is_its_folders_owners(tmp_path: Path) -> None:
    os.chown(tmp_path, SOMEBODY, SOMEBODY)

    registry = opened(tmp_path / "portero.db")
    registry.work(queries.list_access, "lomas", skip=0, limit=1, event_type=None)

    assert len(list(tmp_path.iterdir())) == 3, "no -wal and -shm: nothing is shown"
    assert owners(tmp_path) == {(SOMEBODY, SOMEBODY)}
    assert (tmp_path / "portero.db").stat().st_mode & 0o777 == 0o640
    registry.close()


def test_a_file_that_is_there_stays_whose_it_is(tmp_path: Path) -> None:
    file = tmp_path / "portero.db"
    opened(file).close()
    os.chown(tmp_path, SOMEBODY, SOMEBODY)

    opened(file).close()

    assert (file.stat().st_uid, file.stat().st_gid) == (0, os.getegid())


def test_a_link_in_the_folder_gives_nothing_away(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    target = tmp_path / "of-root"
    (folder / "portero.db").symlink_to(target)
    os.chown(folder, SOMEBODY, SOMEBODY)

    opened(folder / "portero.db").close()

    assert target.stat().st_uid == 0
