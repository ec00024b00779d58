"""sd_notify(3), as systemd hears it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from twisted.internet.task import Clock

from portero.service.supervisor import Supervisor


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


def test_a_systemd_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    Supervisor({"NOTIFY_SOCKET": f"{tmp_path}/nobody"}, Clock()).ready("ready")
