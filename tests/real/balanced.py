"""Two daemons on one PostgreSQL behind a real HAProxy, which runs with the sample of ``etc``."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from .asterisk_server import AsteriskServer, free_port, free_udp_range
from .daemon import MEDIA_PORTS, REPOSITORY
from .gatehouse import Gatehouse

SAMPLE = REPOSITORY / "etc" / "haproxy" / "portero.cfg"
CHECKS = "inter 1s fall 2 rise 1"


class Balancer:
    """HAProxy, with the sample's addresses replaced by ours."""

    def __init__(self, folder: Path, daemons: list[dict[str, Any]]) -> None:
        self.checks = CHECKS
        self.port = free_port()
        self._file = folder / "haproxy.cfg"
        self._log = folder / "haproxy.log"
        self._daemons = daemons
        self._process: subprocess.Popen[bytes] | None = None

    def _write(self) -> None:
        text = SAMPLE.read_text()
        for said, meant in self._replaced().items():
            assert text.count(said) == 1, said
            text = text.replace(said, meant)
        self._file.write_text(
            f"global\n    log stdout format raw local0\ndefaults\n    log global\n{text}"
        )

    def _replaced(self) -> dict[str, str]:
        one, two = (
            f"127.0.0.1:{each['asterisk']['fastagi']['port']} port {each['console']['port']}"
            for each in self._daemons
        )
        return {
            "bind 127.0.0.1:4574": f"bind 127.0.0.1:{self.port}",
            f"check port 4576 {CHECKS}": f"check {self.checks}",  # each of ours has its own port
            "server one 10.0.0.11:4574": f"server one {one}",
            "server two 10.0.0.12:4574": f"server two {two}",
        }

    def start(self) -> None:
        """Check the file as the manual says, and run it; nothing if it runs."""
        if self._process is not None:
            return
        program = shutil.which("haproxy", path="/usr/sbin:/usr/bin:/sbin:/bin")
        assert program is not None
        self._write()
        checked = subprocess.run([program, "-c", "-f", self._file], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        assert "WARNING" not in checked.stderr, checked.stderr
        self._process = subprocess.Popen(
            [program, "-db", "-f", self._file],
            stdout=self._log.open("wb"),
            stderr=subprocess.STDOUT,
        )

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    @property
    def listens(self) -> bool:
        """Whether it takes calls; a connection to find out would be one."""
        sockets = Path("/proc/net/tcp").read_text()
        return re.search(rf"^ *\d+: \w+:{self.port:04X} \w+:0000 0A ", sockets, re.M) is not None

    def state(self, server: str) -> str:
        """UP or DOWN, as HAProxy sees it; it takes every server for one that is up, at first."""
        told = re.findall(rf"Server portero/{server} is (\w+)", self.log)
        return told[-1] if told else "UP"

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")


def two_houses(asterisk: AsteriskServer, folder: Path, url: str) -> tuple[Gatehouse, Gatehouse]:
    """Two daemons that share an Asterisk and a database, and nothing else."""
    houses = []
    for number, name in enumerate(("one", "two")):
        (folder / name).mkdir()
        house = Gatehouse(asterisk, folder / name)
        house.config["registry"]["url"] = url
        house.config["asterisk"]["fastagi"]["port"] = free_port()
        house.config["asterisk"]["drain_seconds"] = 20
        house.config["console"]["port"] = free_port()
        # Ports of its own: a daemon that starts hangs up whatever is on its ports.
        first = free_udp_range(MEDIA_PORTS, 24000 + 1000 * number, 24999 + 1000 * number)
        house.config["media"]["ports"] = f"{first}-{first + MEDIA_PORTS - 1}"
        houses.append(house)
    one, two = houses
    return one, two
