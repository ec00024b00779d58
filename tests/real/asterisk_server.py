"""A real Asterisk of the tests' own: private directories, free loopback ports, no traces.

The root (``script/asterisk`` makes it) is shared and never written to: a mount namespace lays the
private directory over its ``/mnt``, and goes away with the process.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from locked_memory import keep_programs_of

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
SAMPLES = REPOSITORY / "etc" / "asterisk"
# Asterisk's own files that it complains about when they are missing; read from the root.
FROM_ROOT = ["acl", "ccss", "cdr", "cel", "features", "indications", "pjproject", "udptl"]
START_SECONDS = 30.0
STOP_SECONDS = 10.0
RTP_PORTS = 200
FREE_PORTS = (12000, 18000)  # below Linux's own (ip_local_port_range: from 32768 on) and all RTP
_given: set[tuple[socket.SocketKind, int]] = set()


class NoAsterisk(Exception):
    """No Asterisk can be had here; the text says why."""


def find_root() -> Path:
    """The root that holds an Asterisk, made by ``script/asterisk`` or ``NoAsterisk``."""
    if os.geteuid() != 0:
        raise NoAsterisk("a real Asterisk needs root (mount namespace and chroot)")
    script = REPOSITORY / "script" / "asterisk"
    made = subprocess.run([script, "--no-make"], capture_output=True, text=True)
    if made.returncode:
        raise NoAsterisk(made.stderr.strip())
    return Path(made.stdout.strip())


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A loopback port that nobody has, and that nobody gets who asks for just any port.

    It is taken later, and again and again: one of those that the kernel hands out may be somebody's
    by then. The same one is not given twice.
    """
    ports = [it for it in range(*FREE_PORTS) if (kind, it) not in _given]
    port = next(it for it in random.sample(ports, len(ports)) if _is_free(it, kind))
    _given.add((kind, port))
    return port


def free_udp_range(size: int, first: int = 24000, last: int = 31000) -> int:
    """The start of so many free UDP ports in a row."""
    for start in range(first, last, size):
        if all(_is_free(port, socket.SOCK_DGRAM) for port in range(start, start + size)):
            return start
    raise NoAsterisk(f"no {size} free UDP ports in a row between {first} and {last}")


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@dataclass(frozen=True)
class Ports:
    """Where this Asterisk listens, and where it looks for portero."""

    ami: int
    sip: int
    rtp: int
    fastagi: int


class AsteriskServer:
    """One Asterisk, started and stopped as often as a test likes; ports and files stay.

    ``directory`` is seen as ``/mnt`` from inside; ``inside`` translates a path.
    """

    def __init__(self, root: Path, directory: Path, ports: Ports | None = None) -> None:
        self.root = root
        self.directory = directory
        self.ports = ports or Ports(
            ami=free_port(),
            sip=free_port(socket.SOCK_DGRAM),
            rtp=free_udp_range(RTP_PORTS),
            fastagi=free_port(),
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._log_read = 0
        for name in ("etc", "run", "spool", "log", "db", "varlib", "agi-bin", "sounds", "record"):
            (directory / name).mkdir(parents=True)
        self._write_configuration()

    # -- life

    def start(self) -> None:
        """Start it, and return when it is fully booted."""
        assert self._process is None, "it runs already"
        self._process = subprocess.Popen(
            [*_OWN_MOUNTS, "sh", "-euc", _ENTER, "asterisk", str(self.root), str(self.directory)],
            stdin=subprocess.DEVNULL,
            stdout=(self.directory / "log" / "console").open("ab"),
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + START_SECONDS
        while "fully booted" not in self._remote_console("core waitfullybooted").stdout:
            if self._process.poll() is not None or time.monotonic() > deadline:
                console = (self.directory / "log" / "console").read_text(errors="replace")
                self.kill()
                raise NoAsterisk(f"Asterisk did not start; its last words: {console[-500:]}")
            time.sleep(0.05)
        keep_programs_of(self._process.pid)

    def stop(self) -> None:
        """Stop it in good order, or by force after ``STOP_SECONDS``."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    # -- talk

    def cli(self, command: str) -> str:
        """What ``asterisk -rx COMMAND`` prints (blocks the reactor for some 20 ms)."""
        done = self._remote_console(command)
        if done.returncode:
            raise RuntimeError(f"asterisk -rx '{command}': {done.stdout}{done.stderr}")
        return done.stdout

    def log(self) -> str:
        """The whole log so far."""
        return (self.directory / "log" / "full").read_text(errors="replace")

    def complaints(self) -> list[str]:
        """The WARNING and ERROR lines of the log since the last call."""
        text = self.log()
        new, self._log_read = text[self._log_read :], len(text)
        return [line for line in new.splitlines() if re.search(r"\] (WARNING|ERROR)\[", line)]

    # -- files

    def inside(self, path: Path) -> str:
        """How Asterisk sees a path below ``directory``."""
        return f"/mnt/{path.relative_to(self.directory)}"

    def add_sound(self, name: str, pcm: bytes, rate: int) -> str:
        """Store 16 bit little-endian PCM; the answer is what ``Playback`` wants."""
        extension = "sln" if rate == 8000 else f"sln{rate // 1000}"
        (self.directory / "sounds" / f"{name}.{extension}").write_bytes(pcm)
        return f"/mnt/sounds/{name}"

    def ask_names_at(self, *addresses: str) -> None:
        """While it runs: the only name servers that it knows, on loopback; none: none.

        One that runs in this process can't answer while a start or a stop is waited for.
        """
        lines = (f"nameserver {address}\n" for address in addresses)
        (self.directory / "etc" / "no-resolv.conf").write_text("".join(lines))

    def recorded(self, name: str) -> Path:
        """Where a recording of that name lies."""
        return self.directory / "record" / name

    def _remote_console(self, command: str) -> subprocess.CompletedProcess[str]:
        assert self._process is not None, "it does not run"
        enter = ["nsenter", "--target", str(self._process.pid), "--mount", "chroot", str(self.root)]
        return subprocess.run(
            [*enter, "asterisk", "-C", "/mnt/etc/asterisk.conf", "-rx", command],
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            stdin=subprocess.DEVNULL,
        )

    def _write_configuration(self) -> None:
        etc = self.directory / "etc"
        for name in FROM_ROOT:
            shutil.copy(self.root / "etc/asterisk" / f"{name}.conf", etc)
        for sample in SAMPLES.glob("*.conf"):
            shutil.copy(sample, etc)  # as they are: what installers get is what is tested
        values = {
            "AMI_PORT": self.ports.ami,
            "SIP_PORT": self.ports.sip,
            "RTP_START": self.ports.rtp,
            "RTP_END": self.ports.rtp + RTP_PORTS - 1,
            "AGI_PORT": self.ports.fastagi,
        }
        for template in (HERE / "config").glob("*.conf"):
            text = template.read_text()
            for key, value in values.items():
                text = text.replace(f"@{key}@", str(value))
            (etc / template.name).write_text(text)


_OWN_MOUNTS = ("unshare", "--mount", "--propagation", "private")
# $1: the root, $2: the private directory. No name servers but those of a test: nothing is to leave
# this machine.
_ENTER = """
mount -t proc proc "$1/proc"
mount --bind "$2" "$1/mnt"
touch "$2/etc/no-resolv.conf"
[ ! -e "$1/etc/resolv.conf" ] || mount --bind "$2/etc/no-resolv.conf" "$1/etc/resolv.conf"
exec chroot "$1" asterisk -f -C /mnt/etc/asterisk.conf
"""
