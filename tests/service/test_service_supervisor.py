"""sd_notify(3), as systemd hears it."""

from __future__ import annotations

import errno
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from twisted.internet.task import Clock
from twisted.logger import Logger, formatEvent

from portero.service.supervisor import Supervisor

PATIENCE = 30.0
# A watchdog of 40 ms, and a reactor that stands still, when it is told to, for ten times as long.
BLOCKED = """
import os, signal, time
from twisted.internet import reactor
from portero.service.supervisor import Supervisor

def block():
    print("blocked", flush=True)
    time.sleep(0.4)
    print("blocked still", flush=True)
    input()

signal.signal(signal.SIGUSR1, lambda *_: reactor.callFromThread(block))
reactor.callWhenRunning(Supervisor(os.environ, reactor).ready, "ready")
reactor.run()
"""


class Systemd:
    """Reads what services tell it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self.socket.setblocking(False)

    def told(self) -> list[list[str]]:
        heard = []
        while True:
            try:
                heard.append(self.socket.recv(4096).decode().split("\n"))
            except BlockingIOError:
                return heard

    def hears(self, wanted: list[str]) -> None:
        """Wait until that is told."""
        while wanted not in self.told():
            assert select.select([self.socket], [], [], PATIENCE)[0], f"nobody said {wanted}"


@pytest.fixture(params=["file", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Systemd]:
    address = f"@portero-{os.getpid()}" if request.param == "abstract" else f"{tmp_path}/notify"
    listening = Systemd(address)
    yield listening
    listening.socket.close()


def test_ready_and_how_it_is(systemd: Systemd) -> None:
    supervisor = Supervisor({"NOTIFY_SOCKET": systemd.address}, Clock())
    supervisor.ready("ready: 0 calls")
    supervisor.status("two\nlines")
    assert systemd.told() == [["READY=1", "STATUS=ready: 0 calls"], ["STATUS=two lines"]]
    supervisor.status("two lines")
    assert systemd.told() == []
    supervisor.status("ready: 0 calls")
    assert systemd.told() == [["STATUS=ready: 0 calls"]]


def test_a_reload_is_told_with_the_monotonic_time(systemd: Systemd) -> None:
    clock = Clock()
    clock.advance(12.5)
    Supervisor({"NOTIFY_SOCKET": systemd.address}, clock).reloading()
    assert systemd.told() == [["RELOADING=1", "MONOTONIC_USEC=12500000"]]


def test_who_drains_asks_for_the_time_that_it_takes(systemd: Systemd) -> None:
    Supervisor({"NOTIFY_SOCKET": systemd.address}, Clock()).stopping("draining", 70)
    assert systemd.told() == [["STOPPING=1", "STATUS=draining", "EXTEND_TIMEOUT_USEC=70000000"]]


def test_the_watchdog_is_fed_twice_in_its_time_and_not_after_the_end(systemd: Systemd) -> None:
    clock = Clock()
    environ = {
        "NOTIFY_SOCKET": systemd.address,
        "WATCHDOG_USEC": "30000000",
        "WATCHDOG_PID": str(os.getpid()),
    }
    supervisor = Supervisor(environ, clock)
    supervisor.ready("ready")
    assert systemd.told() == [["READY=1", "STATUS=ready"], ["WATCHDOG=1"]]
    clock.pump([15.0, 15.0])
    assert systemd.told() == [["WATCHDOG=1"]] * 2
    supervisor.ready("again, after a reload")
    assert systemd.told() == [["READY=1", "STATUS=again, after a reload"]]
    supervisor.close()
    clock.pump([15.0, 15.0])
    assert systemd.told() == []
    assert clock.getDelayedCalls() == []


@pytest.mark.parametrize(
    "watchdog",
    [
        {},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"},
    ],
)
def test_nobody_watches(systemd: Systemd, watchdog: dict[str, str]) -> None:
    clock = Clock()
    Supervisor({"NOTIFY_SOCKET": systemd.address, **watchdog}, clock).ready("ready")
    assert systemd.told() == [["READY=1", "STATUS=ready"]]
    assert clock.getDelayedCalls() == []


def test_without_systemd_nobody_is_told() -> None:
    clock = Clock()
    supervisor = Supervisor({"WATCHDOG_USEC": "30000000"}, clock)
    supervisor.ready("ready")
    supervisor.stopping("draining", 10)
    supervisor.close()
    assert clock.getDelayedCalls() == []


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said in the log."""
    said: list[str] = []
    told = Logger(observer=lambda event: said.append(formatEvent(event)))
    monkeypatch.setattr(Supervisor, "_log", told)
    return said


@pytest.mark.parametrize("kind", ["gone", "folder", "file", "deaf", "long"])
def test_a_systemd_that_does_not_hear_stops_nothing_and_is_told_of_once(
    tmp_path: Path, warnings: list[str], kind: str
) -> None:
    path = tmp_path / ("notify" if kind != "long" else "x" * 200)
    match kind:
        case "folder":
            path.mkdir()
        case "file":
            path.write_text("")
        case "deaf":  # a socket whose owner has died
            Systemd(str(path)).socket.close()
    clock = Clock()
    watched = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "30000000"}
    supervisor = Supervisor(watched, clock)
    supervisor.ready("ready")
    for number in range(10):
        supervisor.status(f"{number} calls")
        clock.advance(15)
    (warning,) = warnings
    assert f"READY=1; STATUS=ready ($NOTIFY_SOCKET is {path})" in warning

    if kind == "folder":
        path.rmdir()
    path.unlink(missing_ok=True)
    if kind == "long":
        return
    systemd = Systemd(str(path))
    clock.advance(15)
    assert systemd.told() == [["WATCHDOG=1"]]
    systemd.socket.close()
    clock.advance(30)
    assert len(warnings) == 2


def test_a_socket_that_may_not_be_written_to_is_told_of_once(
    warnings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> socket.socket:
        raise PermissionError(errno.EACCES, "Permission denied")

    clock = Clock()
    supervisor = Supervisor({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "30000000"}, clock)
    with monkeypatch.context() as refusing:
        refusing.setattr(socket.socket, "sendto", refuse)
        supervisor.ready("ready")
        clock.advance(15)
    assert len(warnings) == 1


def test_the_watchdog_is_fed_again_after_all_files_were_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(*_: object) -> socket.socket:
        raise OSError(errno.EMFILE, "Too many open files")

    systemd, clock = Systemd(f"{tmp_path}/notify"), Clock()
    environ = {"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "30000000"}
    Supervisor(environ, clock).ready("ready")
    with monkeypatch.context() as full:
        full.setattr(socket, "socket", none_left)
        clock.advance(15)
    systemd.told()
    clock.advance(15)
    assert systemd.told() == [["WATCHDOG=1"]]
    systemd.socket.close()


def test_a_status_of_half_characters_is_told(tmp_path: Path) -> None:
    systemd = Systemd(f"{tmp_path}/notify")
    Supervisor({"NOTIFY_SOCKET": systemd.address}, Clock()).ready("ready \udcff")
    assert systemd.told() == [["READY=1", "STATUS=ready \\udcff"]]
    systemd.socket.close()


def test_nobody_feeds_the_watchdog_of_a_reactor_that_stands_still(tmp_path: Path) -> None:
    """On a real one: no thread, and no signal, does it for the reactor."""
    systemd = Systemd(f"{tmp_path}/notify")
    feeding = subprocess.Popen(
        [sys.executable, "-c", BLOCKED],
        env={"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "40000"},
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert feeding.stdin is not None
    assert feeding.stdout is not None
    try:
        for _ in range(3):
            systemd.hears(["WATCHDOG=1"])
        feeding.send_signal(signal.SIGUSR1)
        assert feeding.stdout.readline() == "blocked\n"
        systemd.told()
        assert feeding.stdout.readline() == "blocked still\n"
        assert systemd.told() == []
        feeding.stdin.write("go on\n")
        feeding.stdin.flush()
        systemd.hears(["WATCHDOG=1"])
    finally:
        feeding.kill()
        feeding.communicate()
        systemd.socket.close()
