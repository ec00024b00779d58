"""A house as an installer finds it: a clean Debian, Asterisk beside it, ports as they come."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from twisted.internet import reactor
from twisted.internet.task import deferLater

from portero.simulator.realtime import RealtimeServer

from . import visit
from .ami_probe import AmiProbe, log_in
from .asterisk_server import AsteriskServer, Ports
from .debian_machine import REPOSITORY, DebianMachine, find_root
from .gatehouse import BRISK, Gatehouse

DEFAULTS = Ports(ami=5038, sip=5060, rtp=10000, fastagi=4574)
BUILD_SECONDS = 400.0
PATIENCE = 30.0
KEY = "sk-canary-of-the-package"
DROP_IN = "/etc/systemd/system/portero.service.d/test.conf"


def build(folder: Path) -> Path:
    """The package, made by ``script/deb``; PORTERO_DEB names one that is there already."""
    if known := os.environ.get("PORTERO_DEB"):
        return Path(known)
    made = subprocess.run(
        [REPOSITORY / "script" / "deb", folder],
        env={**os.environ, "DPKG_DEB_COMPRESSOR_TYPE": "gzip", "DPKG_DEB_COMPRESSOR_LEVEL": "1"},
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return Path(made.stdout.strip())


# Asterisk lives in a root of its own: its console is run there, as `asterisk -rx` is on a PBX.
_CONSOLE = """#!/bin/sh
exec chroot /srv/asterisk asterisk -C /mnt/etc/asterisk.conf "$@"
"""


class PackagedHouse:
    """``await open()`` installs, sets up and starts portero; ``await close()`` ends it all."""

    def __init__(self, asterisk_root: Path, package: Path, folder: Path) -> None:
        self.asterisk = AsteriskServer(asterisk_root, folder / "private", DEFAULTS)
        _include_as_freepbx(self.asterisk.directory / "etc")
        visit.add_tones(self.asterisk)
        shared = folder / "shared"
        shared.mkdir()
        shutil.copy(package, shared / "portero.deb")
        (folder / "machine").mkdir()
        self.machine = DebianMachine(
            find_root(),
            folder / "machine",
            {
                "/srv/shared": shared,
                "/etc/asterisk": self.asterisk.directory / "etc",
                "/srv/asterisk": asterisk_root,
                "/srv/asterisk/mnt": self.asterisk.directory,
            },
        )
        self.folder = folder
        self.installed = self.set_up = ""

    # -- life

    async def open(self) -> None:
        """From nothing to a portero that takes calls."""
        self.asterisk.start()
        self.machine.start()
        console = self.machine.path("/usr/sbin/asterisk")
        console.write_text(_CONSOLE)
        console.chmod(0o755)
        self.house = Gatehouse(self.asterisk, self.folder)
        await self.house.realtime.stopService()
        self.house.realtime = RealtimeServer(reactor, manners=BRISK, tls=True, api_key=KEY)
        self.house.realtime.startService()
        self.ami: AmiProbe = await log_in(DEFAULTS.ami, "tester", "tester")
        self.installed = self.install()
        self.set_up = self._set_up()
        self._stand_in_for_openai()
        # By root, before the daemon has ever run: the database must be the daemon's all the same.
        self.machine.run("portero", "registry", "import", "/usr/share/portero/registry.yaml")
        self.machine.run("systemctl", "enable", "--now", "portero")
        await self.logged("logged in as portero")

    async def close(self) -> None:
        """Switch everything off."""
        if hasattr(self, "ami"):
            await self.ami.close()
        if hasattr(self, "house"):
            await self.house.close()
        self.machine.stop()
        self.asterisk.stop()

    # -- use

    def install(self) -> str:
        """Install the package, or install it again; what apt says."""
        command = ("apt-get", "install", "--reinstall", "-y", "/srv/shared/portero.deb")
        return self.machine.run(*command, env={"DEBIAN_FRONTEND": "noninteractive"}).stdout

    def state(self) -> str:
        """Of the unit: active, inactive, failed ..."""
        return self.machine.shows("portero", "ActiveState")

    @property
    def pid(self) -> int:
        """The daemon's, as the machine counts."""
        return int(self.machine.shows("portero", "MainPID"))

    async def logged(self, what: str, *, since: int = 0) -> None:
        """Wait until the journal has it, after its first ``since`` characters."""
        await self.until(lambda: what in self.machine.journal("portero")[since:], what)

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait for something that only looking at it tells."""
        deadline = reactor.seconds() + PATIENCE  # type: ignore[attr-defined]
        while not holds():
            late = reactor.seconds() > deadline  # type: ignore[attr-defined]
            assert not late, f"{what}\n{self.machine.journal('portero')[-3000:]}"
            await deferLater(reactor, 0.1)  # type: ignore[arg-type]

    def drop_in(self, *settings: str) -> None:
        """Settings of the test's own for the service, from its next start."""
        text = "\n".join(("[Service]", f"Environment={self.environment}", *settings, ""))
        file = self.machine.path(DROP_IN)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self.machine.run("systemctl", "daemon-reload")

    @property
    def environment(self) -> str:
        """Where OpenAI is, in this house."""
        return f"OPENAI_REALTIME_URL={self.house.realtime.url}"

    def processes(self) -> list[str]:
        """The command lines of portero's user, in the machine."""
        user = self.machine.run("id", "-u", "portero", check=False).stdout.strip()
        script = (
            'for process in /proc/[0-9]*; do [ "$(stat -c %u "$process")" = "$0" ] && '
            'tr "\\0" " " <"$process/cmdline" && echo; done; true'
        )
        return self.machine.run("sh", "-c", script, user).stdout.splitlines()

    def _set_up(self) -> str:
        key = self.machine.path("/root/key.txt")
        key.write_text(f"{KEY}\n")
        answers = {
            "--tenant": "lomas",
            "--name": "Las Lomas",
            "--did": "1000",
            "--guard": "100",
            "--guard-context": "guards",
            "--gate": "webhook",
            "--gate-url": self.house.relay.url,
            "--openai-key-file": "/root/key.txt",
            "--language": "en",
        }
        words = [word for pair in answers.items() for word in pair]
        return self.machine.run("portero", "init", "--yes", "--apply", *words).stdout

    def _stand_in_for_openai(self) -> None:
        """The stand-in is trusted by the system, as an authority of the installer's own is."""
        assert self.house.realtime.certificate is not None
        trusted = self.machine.path("/usr/local/share/ca-certificates/stand-in.crt")
        certificate = self.house.realtime.certificate.original.to_cryptography()
        trusted.write_bytes(certificate.public_bytes(Encoding.PEM))
        self.machine.run("update-ca-certificates")
        self.drop_in()


def _include_as_freepbx(etc: Path) -> None:
    """The files that people write, and FreePBX's that include them; nothing of portero's yet."""
    for name, leader in (("extensions", "extensions.conf"), ("manager", "manager.conf")):
        (etc / f"{name}_portero.conf").unlink()
        (etc / f"{name}_custom.conf").touch(mode=0o640)
        file = etc / leader
        text = file.read_text()
        lines = [line for line in text.splitlines() if not line.startswith("PORTERO_")]
        file.write_text(
            "\n".join(lines).replace(f"{name}_portero.conf", f"{name}_custom.conf") + "\n"
        )
