"""The daemon of the demo: a real ``portero`` in a process of its own, with settings made for it."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ProcessExitedAlready
from twisted.internet.interfaces import IProcessTransport, IReactorTime
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import formatEvent
from twisted.python.failure import Failure

from portero.errors import PorteroError

START_SECONDS: Final = 20.0
STOP_SECONDS: Final = 8.0
LAST_LINES: Final = 12
RTP_PORTS: Final = 8
FIRST_RTP_PORT: Final = 21000
# What a shell may have that would change the settings of the demo.
KEPT_ENVIRONMENT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")
# The JSON log forgets how a number was to be formatted.
LONG_FLOAT: Final = re.compile(r"(\d+\.\d)\d{6,}")
RECORD_SEPARATOR: Final = "\x1e"  # RFC 7464


class DemoError(PorteroError):
    """A part of the demo could not be had."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the daemon's log; ``call`` is empty where it is about no call."""

    text: str
    call: str
    error: bool

    @classmethod
    def parse(cls, line: str) -> LogLine | None:
        """Of a line of ``twist --log-format=json``; None for what is none (a traceback)."""
        try:
            event = json.loads(line.strip(RECORD_SEPARATOR))
        except ValueError:
            return None
        call = event.get("call", "")
        text = LONG_FLOAT.sub(r"\1", formatEvent(event).removeprefix(f"[{call}] "))
        return cls(text, call, event["log_level"]["name"] in {"error", "critical"})


def free_tcp_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def free_udp_ports(count: int = RTP_PORTS) -> str:
    """``first-last`` of so many UDP ports in a row, outside Asterisk's own range."""
    for first in range(FIRST_RTP_PORT, 60000, count):
        if all(_udp_port_is_free(port) for port in range(first, first + count)):
            return f"{first}-{first + count - 1}"
    raise DemoError(f"no {count} UDP ports in a row are free on 127.0.0.1")


def _udp_port_is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def write_settings(folder: Path, settings: Mapping[str, Any]) -> Path:
    """A config.yaml in ``folder``."""
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(dict(settings), allow_unicode=True), encoding="utf-8")
    return path


class Daemon(ProcessProtocol):
    """``python -m twisted portero`` as a child; ``heard`` gets each line of its log."""

    transport: IProcessTransport

    def __init__(self, clock: IReactorTime, heard: Callable[[LogLine], None]) -> None:
        self._clock = clock
        self._heard = heard
        self._buffer = b""
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        self._ready: Deferred[None] = Deferred()
        self._gone: Deferred[None] = Deferred()
        self.running = False

    @classmethod
    async def start(cls, reactor: Any, config: Path, heard: Callable[[LogLine], None]) -> Daemon:
        """A daemon that listens for calls; raises DemoError with its last words if it does not."""
        daemon = cls(reactor, heard)
        environment = {key: os.environ[key] for key in KEPT_ENVIRONMENT if key in os.environ}
        portero = ["portero", "--config", str(config)]
        arguments = [sys.executable, "-m", "twisted", "--log-format=json", *portero]
        reactor.spawnProcess(daemon, sys.executable, arguments, env=environment)
        daemon.running = True
        # Also when the demo itself is told to go (SIGTERM, Ctrl-C).
        reactor.addSystemEventTrigger(
            "before", "shutdown", lambda: Deferred.fromCoroutine(daemon.stop())
        )
        await daemon.ready()
        return daemon

    async def ready(self) -> None:
        """Wait until it listens; raises DemoError with its last words if that does not come."""
        patience = self._clock.callLater(START_SECONDS, self._too_slow)
        try:
            await self._ready
        finally:
            if patience.active():
                patience.cancel()

    async def stop(self) -> None:
        """Ask it to go, and make it go if it does not; returns when it is gone."""
        if not self.running:
            return
        self._signal("TERM")
        patience = self._clock.callLater(STOP_SECONDS, self._signal, "KILL")
        await self._gone
        if patience.active():
            patience.cancel()

    def outReceived(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._line(line.decode("utf-8", "replace"))

    def errReceived(self, data: bytes) -> None:
        self.outReceived(data)

    def processEnded(self, reason: Failure) -> None:
        self.running = False
        how = "" if reason.check(ProcessDone) else f" ({reason.value})"
        self._not_ready(f"the daemon ended before it was ready{how}")
        self._gone.callback(None)

    def _line(self, text: str) -> None:
        line = LogLine.parse(text)
        self._last.append(line.text if line else text)
        if line is None:
            return
        if line.text.startswith("portero listens on") and not self._ready.called:
            self._ready.callback(None)
        self._heard(line)

    def _too_slow(self) -> None:
        self._signal("KILL")
        self._not_ready(f"the daemon was not ready after {START_SECONDS:.0f} s")

    def _not_ready(self, why: str) -> None:
        if not self._ready.called:
            self._ready.errback(DemoError("\n  ".join([f"{why}; its last words:", *self._last])))

    def _signal(self, name: str) -> None:
        try:
            self.transport.signalProcess(name)
        except ProcessExitedAlready:
            self.running = False
