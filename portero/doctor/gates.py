"""The doctor's look at gates and cameras. Nothing is opened: no order is given to any of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred, gatherResults

from portero.asterisk.error import AMICommandFailure
from portero.config.settings import GateSettings, Settings
from portero.doctor.findings import Finding, Level
from portero.doctor.hikvision import look_at_camera, look_at_door
from portero.doctor.reach import NotReached, reach
from portero.doorman.devices import Devices

REACH: Final = "gate.reach"
WAY: Final = "gate.way"
OPENED: Final = "gate.opened"

Getvar = Callable[[str], Awaitable[str]]
"""Asks Asterisk for the value of a dialplan function, such as DIALPLAN_EXISTS(a,b,1)."""


async def look_at_gates(
    settings: Settings,
    reactor: Any,
    *,
    now: Callable[[], float],
    getvar: Getvar | None = None,
    devices: Devices | None = None,
) -> list[Finding]:
    """Every gate and camera of every tenant; `getvar` None: without a session on the AMI."""
    devices = devices or Devices(reactor)
    jobs: list[_Job] = []
    for tenant in settings.tenants:
        for key, gate in tenant.gates.items():
            place = f"tenants.{tenant.id}.gates.{key}"
            look = partial(_gate, place, gate, settings, reactor, now, getvar, devices)
            jobs.append(_Job(_netloc(gate.url) or place, look))
        for key, camera in tenant.cameras.items():
            place = f"tenants.{tenant.id}.cameras.{key}"
            look = partial(look_at_camera, place, camera, devices, reactor, now=now)
            jobs.append(_Job(_netloc(camera.url), look))
    try:
        findings = await _all(jobs)
    finally:
        await devices.close()
    if any(tenant.gates for tenant in settings.tenants):
        findings.append(Finding(OPENED, Level.GREEN, "doctor_nothing_opened"))
    return findings


@dataclass(frozen=True, slots=True)
class _Job:
    """A look at what is at `where`."""

    where: str
    look: Callable[[], Awaitable[list[Finding]]]


async def _all(jobs: Sequence[_Job]) -> list[Finding]:
    """Devices at the same time, each with one look after the other; findings in the jobs' order."""
    found: dict[int, list[Finding]] = {}

    async def one_device(where: str) -> None:
        for at, job in enumerate(jobs):
            if job.where == where:
                found[at] = await job.look()

    places = dict.fromkeys(job.where for job in jobs)
    looking = [Deferred.fromCoroutine(one_device(where)) for where in places]
    await gatherResults(looking, consumeErrors=True)
    return [finding for at in range(len(jobs)) for finding in found[at]]


def _netloc(url: object) -> str:
    return urlsplit(str(url)).netloc if url is not None else ""


async def _gate(
    place: str,
    gate: GateSettings,
    settings: Settings,
    reactor: Any,
    now: Callable[[], float],
    getvar: Getvar | None,
    devices: Devices,
) -> list[Finding]:
    match gate.driver:
        case "hikvision":
            return await look_at_door(place, gate, devices, reactor, now=now)
        case "webhook":
            return [await _webhook(place, gate, reactor, now)]
        case "asterisk":
            return [await _extension(place, gate, getvar)]
        case "dtmf":
            values = {"place": place, "count": len(gate.digits.get_secret_value())}
            return [Finding(WAY, Level.GREEN, "doctor_gate_dtmf", values)]
        case "backend":
            return [_by_backend(place, settings)]


async def _webhook(
    place: str, gate: GateSettings, reactor: Any, now: Callable[[], float]
) -> Finding:
    """TCP and TLS, and not a byte more: many of these open on any request."""
    try:
        reached = await reach(str(gate.url), reactor, now=now, certificate=gate.certificate)
    except NotReached as failure:
        return failure.finding(REACH, f"{place}.url")
    values = {"place": place, "server": reached.server, "ms": reached.ms}
    return Finding(REACH, Level.GREEN, "doctor_gate_webhook", values)


async def _extension(place: str, gate: GateSettings, getvar: Getvar | None) -> Finding:
    values = {"place": place, "extension": gate.extension, "context": gate.context}
    if getvar is None:
        return Finding(WAY, Level.SKIPPED, "doctor_gate_unasked", values)
    asked = f"DIALPLAN_EXISTS({gate.context},{gate.extension},1)"
    try:
        exists = (await getvar(asked)).strip() == "1"
    except AMICommandFailure:  # what is wrong with the session is told where that is looked at
        return Finding(WAY, Level.SKIPPED, "doctor_gate_unasked", values)
    if exists:
        return Finding(WAY, Level.GREEN, "doctor_gate_extension", values)
    return Finding(WAY, Level.RED, "doctor_gate_no_extension", values, "doctor_cure_gate_extension")


def _by_backend(place: str, settings: Settings) -> Finding:
    if settings.doorman.backend_url is None:
        cure = "doctor_cure_gate_driver"
        return Finding(WAY, Level.RED, "doctor_gate_no_backend", {"place": place}, cure)
    return Finding(WAY, Level.GREEN, "doctor_gate_backend", {"place": place})
