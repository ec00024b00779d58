"""Who has a port of this machine, by /proc (proc(5)); root sees everybody's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_LISTENING: Final = "0A"  # TCP_LISTEN of the kernel's tcp_states.h


@dataclass(frozen=True, slots=True)
class Owner:
    """A process: its id, and how it was started (cut)."""

    pid: int
    command: str

    def __str__(self) -> str:
        return f"{self.command} (pid {self.pid})"


def who_listens(port: int) -> Owner | None:
    """The process that listens on that TCP port; None: nobody, or it can't be seen."""
    inodes = {
        fields[9]
        for name in ("tcp", "tcp6")
        for fields in _table(name)
        if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port
    }
    return _owner(inodes) if inodes else None


def who_has_udp(ports: frozenset[int]) -> dict[int, Owner | None]:
    """The processes that have these UDP ports; ports that nobody has are left out."""
    found = {
        int(fields[1].rpartition(":")[2], 16): fields[9]
        for name in ("udp", "udp6")
        for fields in _table(name)
    }
    return {port: _owner({inode}) for port, inode in found.items() if port in ports}


def _table(name: str) -> list[list[str]]:
    try:
        lines = (_PROC / "net" / name).read_text().splitlines()[1:]
    except OSError:
        return []
    return [line.split() for line in lines]


def _owner(inodes: set[str]) -> Owner | None:
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in _PROC.iterdir():
        if process.name.isdigit() and _has(process, wanted):
            try:
                written = (process / "cmdline").read_bytes().replace(b"\0", b" ")
            except OSError:
                return None
            return Owner(int(process.name), written.decode("utf-8", "replace").strip()[:80])
    return None


def _has(process: Path, wanted: set[str]) -> bool:
    try:
        return any(str(file.readlink()) in wanted for file in (process / "fd").iterdir())
    except OSError:  # another user's, or over already
        return False
