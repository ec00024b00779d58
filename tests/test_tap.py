"""The way in for twistd."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from twisted.application.service import Application, Service
from twisted.logger import ILogObserver

from portero.config import Settings
from portero.tap import EX_CONFIG, Options, _Logged

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

# What twistd does with a log file.
LOGGED = """
import os, signal
from types import SimpleNamespace
from twisted.application.service import Application, Service
from twisted.internet import reactor
from twisted.logger import ILogObserver, Logger, globalLogBeginner
from portero.config import Settings
from portero.tap import _Logged

settings = Settings.model_validate({{"log": {{"format": "{log_format}"}}}})
options = SimpleNamespace(settings=settings, parent={{"logfile": "{file}", "nodaemon": True}})
application = Application("portero")
_Logged(Service(), options, reactor).setServiceParent(application)
observer = application.getComponent(ILogObserver)
globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)
log = Logger("portero")
log.info("before \\x1b[2J")
reactor.callWhenRunning(os.kill, os.getpid(), signal.SIGUSR1)
reactor.callLater(0.1, log.info, "after")
reactor.callLater(0.2, reactor.stop)
reactor.run()
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


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_twistds_own_log_file_is_written_as_the_settings_want_and_rotated_by_sigusr1(
    tmp_path: Path, log_format: str
) -> None:
    code = LOGGED.format(file=str(tmp_path / "portero.log"), log_format=log_format)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=15,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    written = [(tmp_path / name).read_text() for name in ("portero.log.1", "portero.log")]
    assert all("\x1b" not in text for text in written)
    assert "before" in written[0]
    assert "after" in written[1]
    assert ('"message": "before' in written[0]) == (log_format == "json")


@pytest.mark.parametrize(
    "parent",
    [
        {"nodaemon": 1, "syslog": True},
        {"nodaemon": 1, "logger": "x.y"},
        {"nodaemon": 0, "logfile": "-"},
        {"reactor": "epoll"},  # twist: `python -m twisted portero`
        None,
    ],
)
def test_what_twistd_is_told_of_the_log_is_up_to_twistd(
    parent: dict[str, object] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = SimpleNamespace(settings=Settings(), parent=parent)
    application = Application("portero")
    _Logged(Service(), given, None).setServiceParent(application)  # type: ignore[arg-type, no-untyped-call]
    assert application.getComponent(ILogObserver) is None
    assert list(tmp_path.iterdir()) == []


def test_a_daemon_without_a_log_file_writes_twistds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("signal.getsignal", lambda _: "taken")
    given = SimpleNamespace(settings=Settings(), parent={"nodaemon": False})
    application = Application("portero")
    _Logged(Service(), given, None).setServiceParent(application)  # type: ignore[arg-type, no-untyped-call]
    application.getComponent(ILogObserver)({"log_format": "hello", "log_time": 0.0})
    assert "hello" in (tmp_path / "twistd.log").read_text()
