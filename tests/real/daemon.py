"""``twistd portero`` as a child process, with a generated config; its log can be waited for."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import yaml
from locked_memory import keep_programs_of

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol

from .asterisk_server import AsteriskServer, free_udp_range

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 15.0
MEDIA_PORTS = 40


class Daemon(ProcessProtocol):
    """One run of the daemon; ``log`` is all that it has written."""

    def __init__(self) -> None:
        self.log = ""
        self.ended: Deferred[int] = Deferred()
        self._waiting: list[tuple[re.Pattern[str], int, Deferred[re.Match[str]]]] = []

    def outReceived(self, data: bytes) -> None:
        self.log += data.decode("utf-8", "replace")
        for waiting in list(self._waiting):
            pattern, start, deferred = waiting
            match = pattern.search(self.log, start)
            if match:
                self._waiting.remove(waiting)
                deferred.callback(match)

    errReceived = outReceived

    def processEnded(self, reason: Any) -> None:
        self.ended.callback(reason.value.exitCode)

    def logged(
        self, pattern: str, *, since: int = 0, patience: float = PATIENCE
    ) -> Deferred[re.Match[str]]:
        """The first match in what was logged after the first ``since`` characters."""
        compiled = re.compile(pattern)
        match = compiled.search(self.log, since)
        deferred: Deferred[re.Match[str]] = Deferred()
        if match:
            deferred.callback(match)
            return deferred
        self._waiting.append((compiled, since, deferred))

        def tell(*_: object) -> re.Match[str]:
            raise AssertionError(f"not logged: {pattern}\n{self.log[since:]}")

        return deferred.addTimeout(patience, reactor, tell)  # type: ignore[arg-type]

    async def stop(self) -> int | None:
        """Stop it in good order; returns its exit status."""
        if not self.ended.called:
            self.transport.signalProcess("TERM")  # type: ignore[union-attr]
        return await self.ended

    def kill(self) -> Deferred[int]:
        """End it at once, as a crash would."""
        self.transport.signalProcess("KILL")  # type: ignore[union-attr]
        return self.ended


def settings(
    asterisk: AsteriskServer, folder: Path, realtime_url: str, **media: object
) -> dict[str, Any]:
    """A config for that Asterisk: tenant ``lomas`` at DID 1000, with a gate and guard 100."""
    ports = free_udp_range(MEDIA_PORTS, 22000, 23999)  # bench and demo start at 21000
    return {
        "debug": True,
        "asterisk": {
            "ami": {"port": asterisk.ports.ami, "password": "change-this-secret"},
            "fastagi": {"port": asterisk.ports.fastagi},
            "drain_seconds": 0,  # tests that stop it with a visitor inside do not wait
        },
        "media": {"ports": f"{ports}-{ports + MEDIA_PORTS - 1}", **media},
        "realtime": {"url": realtime_url, "api_key": "sk-canary", "connect_timeout": 3},
        "registry": {"url": f"sqlite:///{folder}/portero.db"},
        "console": {"port": 0},
        "tenants": [
            {
                "id": "lomas",
                "name": "Las Lomas",
                "dids": ["1000"],
                "guard": {"extension": "100", "context": "guards", "ring_seconds": 5},
            }
        ],
    }


async def start_daemon(config: dict[str, Any], folder: Path) -> Daemon:
    """Start it, and return once it listens and is logged in to the AMI."""
    daemon = spawn_daemon(config, folder)
    await daemon.logged(r"portero listens on")
    await daemon.logged(r"logged in as")
    keep_programs_of(daemon.transport.pid)  # type: ignore[union-attr]
    return daemon


def spawn_daemon(config: dict[str, Any], folder: Path) -> Daemon:
    """Start it, whatever comes of it."""
    file = folder / "config.yaml"
    file.write_text(yaml.safe_dump(config, allow_unicode=True))
    daemon = Daemon()
    command = ["twistd", "-n", "--pidfile=", "portero", "--config", str(file)]
    reactor.spawnProcess(  # type: ignore[attr-defined]
        daemon,
        sys.executable,
        [sys.executable, "-m", "twisted.scripts.twistd", *command[1:]]
        if not (Path(sys.executable).parent / "twistd").exists()
        else [sys.executable, str(Path(sys.executable).parent / "twistd"), *command[1:]],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        path=str(folder),
    )
    return daemon
