"""What the tests of the operator's commands share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from console.standin import House
from operating.desktop import SETTINGS

from twisted.internet import reactor
from twisted.internet.defer import Deferred

from portero.console.controlsocket import ControlSocket


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(SETTINGS.format(folder=tmp_path))
    return tmp_path


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def control(house: House, folder: Path) -> Iterator[ControlSocket]:
    """A daemon's control socket, where the settings say."""
    control = ControlSocket(house, folder / "control.sock", "en", reactor)
    control.start()
    yield control
    Deferred.fromCoroutine(control.stop())
