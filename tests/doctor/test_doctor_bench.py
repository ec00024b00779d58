"""What the steps share: Asterisk's console, and the running daemon."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import pytest_twisted

from twisted.internet import reactor

from portero.config.loader import Loaded
from portero.config.settings import Settings
from portero.doctor.bench import CONSOLE, Bench


def bench(host: str = "127.0.0.1", console: Sequence[str] = CONSOLE, socket: str = "") -> Bench:
    told = {"asterisk": {"ami": {"host": host}}, "console": {"socket": socket}}
    loaded = Loaded(Settings.model_validate(told), "es", (), {}, {}, {})
    return Bench(loaded, None, {}, reactor, time.time, console=console)


@pytest_twisted.ensureDeferred
async def test_the_console_is_asked_in_its_own_way() -> None:
    assert await bench(console=("/bin/echo", "-C", "x")).ask_console("core show") == (
        "-C x -rx core show\n"
    )


@pytest_twisted.ensureDeferred
async def test_a_console_that_cannot_be_run_says_nothing() -> None:
    assert await bench(console=("/bin/false",)).ask_console("core show version") is None
    assert await bench(console=("/no/such/asterisk",)).ask_console("core show version") is None


@pytest_twisted.ensureDeferred
async def test_this_machines_console_is_not_that_of_another_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asterisk = tmp_path / "asterisk"
    asterisk.write_text("#!/bin/sh\necho here\n")
    asterisk.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert await bench().ask_console("core show version") == "here\n"
    assert await bench("192.0.2.1").ask_console("core show version") is None
    given = bench("192.0.2.1", ("/bin/echo",))  # a container's, asked for by name
    assert await given.ask_console("core show version") is not None


@pytest_twisted.ensureDeferred
async def test_no_daemon(tmp_path: Path) -> None:
    one = bench(socket=str(tmp_path / "none.sock"))
    await one.find_daemon()
    assert (one.daemon, one.denied) == (None, "")
