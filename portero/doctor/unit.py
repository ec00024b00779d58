"""The doctor's look at the systemd service: installed, enabled, running, watched over."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from twisted.internet.threads import deferToThreadPool

from portero.config.problems import printable
from portero.doctor.findings import Finding, Level
from portero.limits import DOCTOR_REACH_SECONDS

UNIT: Final = "host.unit"
NAME: Final = "portero.service"

_PROPERTIES: Final = (
    "LoadState,ActiveState,SubState,UnitFileState,Type,WatchdogUSec,NRestarts,User,LimitNOFILE,"
    "Result"
)
_COMMAND: Final = ("systemctl", "show", NAME, "--property", _PROPERTIES)
_BOOTED: Final = Path("/run/systemd/system")  # sd_booted(3)

Ask = Callable[[], Mapping[str, str] | None]


def ask_systemd() -> Mapping[str, str] | None:
    """What `systemctl show` tells of the service; None on a machine without systemd. It blocks."""
    if not _BOOTED.is_dir():
        return None
    try:
        told = subprocess.run(
            _COMMAND, capture_output=True, text=True, timeout=DOCTOR_REACH_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return dict(line.split("=", 1) for line in told.stdout.splitlines() if "=" in line)


async def ask_in_thread(reactor: Any, ask: Ask = ask_systemd) -> Mapping[str, str] | None:
    """`ask`, while the reactor goes on."""
    told: Mapping[str, str] | None = await deferToThreadPool(reactor, reactor.getThreadPool(), ask)
    return told


def open_files(told: Mapping[str, str] | None) -> int | None:
    """LimitNOFILE of a unit that is installed."""
    limit = (told or {}).get("LimitNOFILE", "")
    installed = (told or {}).get("LoadState") == "loaded"
    return int(limit) if installed and limit.isascii() and limit.isdigit() else None


def look_at_unit(told: Mapping[str, str] | None) -> list[Finding]:
    """From what systemd tells; see `ask_systemd`."""
    if told is None:
        return [Finding(UNIT, Level.SKIPPED, "doctor_unit_unasked")]
    if told.get("LoadState") != "loaded":
        return [_finding(Level.YELLOW, "doctor_unit_missing", "doctor_cure_unit_install", told)]
    findings = [_running(told)]
    if told.get("UnitFileState") not in ("enabled", "enabled-runtime", "static"):
        cure = "doctor_cure_unit_enable"
        findings.append(_finding(Level.YELLOW, "doctor_unit_disabled", cure, told))
    if told.get("Type") != "notify" or told.get("WatchdogUSec") in (None, "0", "infinity"):
        cure = "doctor_cure_unit_install"
        findings.append(_finding(Level.YELLOW, "doctor_unit_unwatched", cure, told))
    if told.get("NRestarts", "0") not in ("", "0"):
        cure = "doctor_cure_unit_log"
        findings.append(_finding(Level.YELLOW, "doctor_unit_restarts", cure, told))
    return findings


def _running(told: Mapping[str, str]) -> Finding:
    match told.get("ActiveState"):
        case "active" | "reloading":
            return _finding(Level.GREEN, "doctor_unit_active", "", told)
        case "failed":
            return _finding(Level.RED, "doctor_unit_failed", "doctor_cure_unit_log", told)
        case "activating" | "deactivating":
            return _finding(Level.YELLOW, "doctor_unit_changing", "doctor_cure_unit_log", told)
        case _:
            return _finding(Level.YELLOW, "doctor_unit_inactive", "doctor_cure_unit_start", told)


def _finding(level: Level, word: str, cure: str, told: Mapping[str, str]) -> Finding:
    values = {
        "name": NAME,
        "state": printable(f"{told.get('ActiveState', '?')}/{told.get('SubState', '?')}"),
        "result": printable(told.get("Result", "?")),
        "enabled": printable(told.get("UnitFileState", "?")),
        "restarts": printable(told.get("NRestarts", "0")),
    }
    return Finding(UNIT, level, word, values, cure)
