"""The doctor at work on a real Asterisk, in this process: one thing is broken, and found."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from twisted.internet import reactor

from portero.config import load
from portero.doctor.bench import Bench
from portero.doctor.findings import Finding, Level
from portero.doctor.plan import STEPS
from portero.doctor.steps import choose, run_steps
from portero.messages import text

from .asterisk_server import AsteriskServer
from .daemon import settings

NO_CONSOLE = ("/bin/false",)
ASTERISK = ("ami", "asterisk", "dialplan", "fastagi", "media")


def console(asterisk: AsteriskServer) -> Sequence[str]:
    """How root of the same machine runs Asterisk's console."""
    assert asterisk._process is not None
    enter = ["nsenter", "--target", str(asterisk._process.pid), "--mount"]
    return [*enter, "chroot", str(asterisk.root), "asterisk", "-C", "/mnt/etc/asterisk.conf"]


class Room:
    """A config that can be bent, and the doctor who looks at it."""

    def __init__(self, asterisk: AsteriskServer, folder: Path) -> None:
        self.asterisk = asterisk
        self.folder = folder
        self.config = settings(asterisk, folder, "ws://127.0.0.1:1")
        self.config["asterisk"]["max_calls"] = 10
        self.config["console"]["socket"] = str(folder / "portero.sock")
        self.root = True

    @property
    def ami(self) -> dict[str, Any]:
        found: dict[str, Any] = self.config["asterisk"]["ami"]
        return found

    async def look(self, *only: str) -> list[Finding]:
        """All findings of these steps, and of those that they need."""
        file = self.folder / "config.yaml"
        file.write_text(yaml.safe_dump(self.config, allow_unicode=True))
        file.chmod(0o600)
        bench = Bench(
            load(file, {}),
            file,
            {},
            reactor,
            time.time,
            console=console(self.asterisk) if self.root else NO_CONSOLE,
        )
        await bench.find_daemon()
        try:
            return await run_steps(choose(STEPS, only or ASTERISK), bench, tell=check)
        finally:
            await bench.close()

    async def finds(self, word: str, *only: str) -> Finding:
        """The finding of that word, which must be there."""
        findings = await self.look(*only)
        found = [finding for finding in findings if finding.word == word]
        assert found, [(finding.step, finding.word, dict(finding.values)) for finding in findings]
        return found[0]


def check(finding: Finding) -> None:
    """Both texts can be written in both languages, without the secret; what is wrong has a cure."""
    for language in ("es", "en"):
        said = text(finding.word, language, **finding.values)
        if finding.cure:
            said += text(finding.cure, language, **finding.values)
        assert "change-this-secret" not in said
    assert bool(finding.cure) == (finding.level in (Level.YELLOW, Level.RED)), finding
