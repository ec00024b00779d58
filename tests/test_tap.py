"""The way in for twistd."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from portero.tap import EX_CONFIG, Options

REPOSITORY = Path(__file__).parents[1]
# What twistd does with the plugin; then the clock of the machine is set back by an hour.
SCRIPT = """
import time

step = 0.0
wall = time.time
time.time = lambda: wall() + step  # before Twisted takes it
from portero import tap
from portero.config import Settings
from twisted.internet import reactor

options = tap.Options()
options.settings = Settings()
tap.makeService(options)
fired = []
reactor.callLater(0.01, fired.append, None)
step = -3600.0
while not fired:
    reactor.iterate(0.01)
print("fired")
"""


def test_a_clock_that_is_set_back_stops_no_timer() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=15,
        check=False,
    )
    assert done.stdout == "fired\n", done.stderr


def test_settings_that_are_wrong_end_the_start_with_their_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("language: en\nasterisk:\n  fastagi: {prot: 4574}\n")
    with pytest.raises(SystemExit) as stopped:
        Options().parseOptions(["--config", str(config)])
    assert stopped.value.code == EX_CONFIG
    assert f"{config}:3:" in capsys.readouterr().err
