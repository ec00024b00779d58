"""The doctor's look at this machine: room on disks, memory, open files, versions."""

from __future__ import annotations

import os
import platform
import resource
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from OpenSSL import SSL
from sqlalchemy.engine import make_url

from portero import __version__
from portero.config.settings import Settings
from portero.doctor.findings import Finding, Level
from portero.limits import (
    DOCTOR_DISK_RED_BYTES,
    DOCTOR_DISK_YELLOW_BYTES,
    DOCTOR_FILES_BASE,
    DOCTOR_FILES_PER_CALL,
    DOCTOR_MEMORY_BASE_BYTES,
    DOCTOR_MEMORY_PER_CALL_BYTES,
)

DISK: Final = "host.disk"
MEMORY: Final = "host.memory"
FILES: Final = "host.files"
VERSIONS: Final = "host.versions"

_MB: Final = 1_000_000
_LOGS: Final = Path("/var/log")
_RECORDINGS: Final = Path("/var/spool/asterisk/monitor")
_MEMINFO: Final = Path("/proc/meminfo")


def look_at_host(settings: Settings, *, open_files: int | None = None) -> list[Finding]:
    """`open_files`: the limit that the service has (LimitNOFILE); None: this process's own."""
    if open_files is None:
        open_files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return [
        *look_at_disks(folders(settings)),
        *look_at_memory(settings.asterisk.max_calls),
        look_at_open_files(settings.asterisk.max_calls, open_files),
        _versions(),
    ]


def folders(settings: Settings) -> list[Path]:
    """Where portero writes, and Asterisk for it."""
    wanted = [_LOGS]
    url = make_url(settings.registry.url)
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        wanted.append(Path(str(url.database)).absolute().parent)
    if settings.asterisk.prompts.folder:
        wanted.append(Path(settings.asterisk.prompts.folder))
    for tenant in settings.tenants:
        if tenant.recording.enabled:
            wanted.append(Path(tenant.recording.folder or _RECORDINGS))
    return wanted


def look_at_disks(wanted: Iterable[Path]) -> list[Finding]:
    """One finding for each file system; a folder that is not there (another host's) is left out."""
    findings: dict[int, Finding] = {}
    for folder in wanted:
        if folder.is_dir():
            findings.setdefault(folder.stat().st_dev, _disk(folder))
    return list(findings.values())


def _disk(folder: Path) -> Finding:
    disk = os.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize
    values = {"folder": str(folder), "free": round(free / _MB)}
    if disk.f_flag & os.ST_RDONLY:
        return Finding(DISK, Level.RED, "doctor_disk_read_only", values, "doctor_cure_disk_fault")
    if disk.f_files and not disk.f_favail:
        return Finding(DISK, Level.RED, "doctor_disk_no_inodes", values, "doctor_cure_disk")
    if free < DOCTOR_DISK_RED_BYTES:
        return Finding(DISK, Level.RED, "doctor_disk", values, "doctor_cure_disk")
    if free < DOCTOR_DISK_YELLOW_BYTES:
        return Finding(DISK, Level.YELLOW, "doctor_disk", values, "doctor_cure_disk")
    return Finding(DISK, Level.GREEN, "doctor_disk", values)


def look_at_memory(max_calls: int, meminfo: Path = _MEMINFO) -> list[Finding]:
    """What is available against what so many calls take; nothing where the kernel does not tell."""
    try:
        lines = meminfo.read_text().splitlines()
    except OSError:
        return []
    told = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), None)
    if told is None:
        return []
    free = int(told) * 1024
    need = DOCTOR_MEMORY_BASE_BYTES + max_calls * DOCTOR_MEMORY_PER_CALL_BYTES
    values = {"free": round(free / _MB), "need": round(need / _MB), "calls": max_calls}
    if free < need:
        return [Finding(MEMORY, Level.YELLOW, "doctor_memory", values, "doctor_cure_memory")]
    return [Finding(MEMORY, Level.GREEN, "doctor_memory", values)]


def look_at_open_files(max_calls: int, limit: int) -> Finding:
    """The sockets of `max_calls` against the limit; RLIM_INFINITY is below zero."""
    need = DOCTOR_FILES_BASE + max_calls * DOCTOR_FILES_PER_CALL
    values = {"limit": limit, "need": need, "calls": max_calls}
    if 0 <= limit < need:
        return Finding(FILES, Level.RED, "doctor_files", values, "doctor_cure_files")
    return Finding(FILES, Level.GREEN, "doctor_files", values)


def _versions() -> Finding:
    values = {
        "portero": __version__,
        "python": platform.python_version(),
        "openssl": SSL.SSLeay_version(SSL.SSLEAY_VERSION).decode(),
    }
    return Finding(VERSIONS, Level.GREEN, "doctor_versions", values)
