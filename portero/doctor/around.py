"""The doctor's steps beside Asterisk: model, backend, database, gates, WhatsApp, this machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from portero.asterisk.error import AMICommandFailure
from portero.config.loader import Loaded
from portero.config.settings import Settings
from portero.doctor import backend, database, gates, realtime, unit, whatsapp
from portero.doctor.clock import look_at_clock
from portero.doctor.findings import Finding
from portero.doctor.host import look_at_host
from portero.doctor.permissions import look_at_files
from portero.doctor.reach import host_and_port
from portero.limits import DOCTOR_ASTERISK_SECONDS, DOCTOR_LONG_SECONDS, DOCTOR_SESSIONS_SECONDS


class Ground(Protocol):
    """What the steps stand on; `aheads` is filled by those that hear what time it is.

    loaded, config: the settings and their file. now: the wall clock, seconds of the epoch.
    getvar: asks Asterisk for a dialplan expression; None without a session on the AMI.
    aheads: by name of who told it, how far his clock is ahead of ours, in seconds.
    """

    loaded: Loaded
    config: Path | None
    environ: Mapping[str, str]
    reactor: Any
    now: Callable[[], float]
    getvar: gates.Getvar | None
    aheads: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Look:
    """A step: what `--only` knows it by, what it needs, and how long it may take (seconds)."""

    name: str
    look: Callable[[Any], Awaitable[list[Finding]]]
    needs: tuple[str, ...] = ()
    seconds: float = DOCTOR_LONG_SECONDS


def _settings(ground: Ground) -> Settings:
    return ground.loaded.settings


async def _realtime_reach(ground: Ground) -> list[Finding]:
    ours = _settings(ground)
    findings, ahead = await realtime.look_at_reach(
        ours, ground.reactor, now=ground.now, environ=ground.environ
    )
    ground.aheads[host_and_port(ours.realtime.url)] = ahead
    return findings


async def _realtime(ground: Ground) -> list[Finding]:
    return await realtime.look_at_sessions(_settings(ground), ground.reactor)


async def _backend_reach(ground: Ground) -> list[Finding]:
    ours = _settings(ground)
    findings, ahead = await backend.look_at_reach(ours, ground.reactor, now=ground.now)
    if ours.doorman.backend_url is not None:
        ground.aheads[host_and_port(ours.doorman.backend_url)] = ahead
    return findings


async def _backend(ground: Ground) -> list[Finding]:
    return await backend.look_at_answers(_settings(ground), ground.reactor)


async def _database(ground: Ground) -> list[Finding]:
    return await database.look_at_database(_settings(ground), ground.reactor)


async def _gates(ground: Ground) -> list[Finding]:
    return await gates.look_at_gates(
        _settings(ground), ground.reactor, now=ground.now, getvar=ground.getvar
    )


async def _whatsapp(ground: Ground) -> list[Finding]:
    return await whatsapp.look_at_whatsapp(_settings(ground), ground.reactor, now=ground.now)


async def _clock(ground: Ground) -> list[Finding]:
    """Against the servers that were asked already (`--only clock`: now), and Asterisk."""
    findings: list[Finding] = []
    if not ground.aheads:
        for look in (_realtime_reach, _backend_reach):
            findings += [it for it in await look(ground) if it.cure == "doctor_cure_clock"]
    if ground.getvar is not None:
        try:
            told = (await ground.getvar("EPOCH")).strip()
        except AMICommandFailure:
            told = ""
        if told.isascii() and told.isdigit():
            # Asterisk tells whole seconds: on the average half of one is missing.
            ground.aheads["Asterisk"] = int(told) + DOCTOR_ASTERISK_SECONDS - ground.now()
    return findings or look_at_clock(ground.aheads)


async def _host(ground: Ground) -> list[Finding]:
    told = await unit.ask_in_thread(ground.reactor)
    user = (told or {}).get("User", "") if (told or {}).get("LoadState") == "loaded" else ""
    return [
        *look_at_host(_settings(ground), open_files=unit.open_files(told)),
        *look_at_files(ground.loaded, ground.config, user=user),
        *unit.look_at_unit(told),
    ]


LOOKS: Final = (
    Look("host", _host),
    Look("database", _database),
    Look("realtime.reach", _realtime_reach),
    Look("realtime", _realtime, ("realtime.reach",), DOCTOR_SESSIONS_SECONDS),
    Look("backend.reach", _backend_reach),
    Look("backend", _backend, ("backend.reach",)),
    Look("gates", _gates),
    Look("whatsapp", _whatsapp),
    Look("clock", _clock),  # after those that ask others
)
"""In the order of a report; `needs`: steps that must have no red finding."""
