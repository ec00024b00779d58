"""The doctor's look at the dialplan: portero's contexts, where they lead to, and the guards."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from portero.asterisk.amiwire import Message
from portero.asterisk.error import AMICommandFailure
from portero.asterisk.manager import AMIProtocol
from portero.call.echo import SCRIPT
from portero.call.phone import CONTEXT as RESIDENT
from portero.config.problems import printable
from portero.doctor.ami import LOGIN
from portero.doctor.around import Look
from portero.doctor.bench import Bench, is_loopback
from portero.doctor.findings import Finding, Level
from portero.doctor.rights import calls_people

CONTEXT: Final = "dialplan.context"
ADDRESS: Final = "dialplan.agi"
GUARD: Final = "dialplan.guard"

PORTERO: Final = "portero"
_NEWER: Final = ((SCRIPT, "test"), (PORTERO, "did0"))
"""What a dialplan may lack that was written for an older portero, or by hand: the doctor's call,
and `portero call --did`."""
_URL: Final = re.compile(r"agi://[^\s,\"')]+")
_GLOBALS: Final = {
    PORTERO: "PORTERO_URL",
    RESIDENT: "PORTERO_RESIDENT_URL",
    SCRIPT: "PORTERO_DOCTOR_URL",
}


async def look_at_contexts(bench: Bench) -> list[Finding]:
    """[portero] must be there, [portero-resident] where people are called."""
    findings = []
    if not await exists(bench, PORTERO, "s"):
        values = {"context": PORTERO}
        cure = "doctor_cure_context"
        return [Finding(CONTEXT, Level.RED, "doctor_context_missing", values, cure)]
    if calls_people(bench.settings) and not await exists(bench, RESIDENT, "s"):
        values = {"context": RESIDENT}
        cure = "doctor_cure_context"
        findings.append(Finding(CONTEXT, Level.RED, "doctor_context_missing", values, cure))
    for context, extension in _NEWER:
        if not await exists(bench, context, extension):
            values = {"context": context, "extension": extension}
            cure = "doctor_cure_context_old"
            findings.append(Finding(CONTEXT, Level.YELLOW, "doctor_context_old", values, cure))
    if not findings:
        findings = [Finding(CONTEXT, Level.GREEN, "doctor_context_ok", {"context": PORTERO})]
    return findings


async def look_at_addresses(bench: Bench) -> list[Finding]:
    """Each context's agi:// address against what the settings listen on."""
    wanted = {PORTERO: bench.settings.asterisk.fastagi.script, SCRIPT: SCRIPT}
    if calls_people(bench.settings):
        wanted[RESIDENT] = RESIDENT
    findings = []
    for context, script in wanted.items():
        url = await _url_of(bench, context)
        if url is not None:
            findings.append(_compared(bench, context, url, script))
    return findings


async def look_at_guards(bench: Bench) -> list[Finding]:
    """Every tenant's guard must be an extension of the dialplan."""
    findings = []
    for tenant in bench.settings.tenants:
        guard = tenant.guard
        if guard is None:
            continue
        values = {"tenant": tenant.id, "extension": guard.extension, "context": guard.context}
        if await exists(bench, guard.context, guard.extension):
            findings.append(Finding(GUARD, Level.GREEN, "doctor_guard_ok", values))
        else:
            cure = "doctor_cure_guard"
            findings.append(Finding(GUARD, Level.RED, "doctor_guard_missing", values, cure))
    return findings


async def exists(bench: Bench, context: str, extension: str) -> bool:
    """Whether the dialplan has that extension, also by a pattern or an include."""
    assert bench.getvar is not None
    said = await bench.getvar(f"DIALPLAN_EXISTS({context},{extension},1)")
    return said.strip() not in ("", "0")


async def _url_of(bench: Bench, context: str) -> str | None:
    """Where AGI() of that context goes; None if there is no such context. "": nowhere."""
    assert bench.getvar is not None
    assert isinstance(bench.ami, AMIProtocol)
    try:
        listed = await bench.ami.collectDeferred({"action": "ShowDialPlan", "context": context})
    except AMICommandFailure:
        return None
    name = _GLOBALS[context]
    lines = [message.get("appdata", "") for message in listed]
    if any(f"${{{name}}}" in line for line in lines):
        told = (await bench.getvar(name)).strip()
        if told:
            return printable(told)
    return printable(_first_url(listed))


def _first_url(listed: Sequence[Message]) -> str:
    for message in listed:
        found = _URL.search(message.get("appdata", ""))
        if found is not None and message.get("application") in ("AGI", "Set"):
            return found[0]
    return ""


def _compared(bench: Bench, context: str, url: str, script: str) -> Finding:
    fastagi = bench.settings.asterisk.fastagi
    wanted = f"agi://{_reached_at(bench)}:{fastagi.port}/{script}"
    values = {"context": context, "url": url or "-", "wanted": wanted, "name": _GLOBALS[context]}
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 4573
    except ValueError:
        host, port, parts = "", 0, urlsplit("")
    if not url:
        return Finding(ADDRESS, Level.RED, "doctor_agi_none", values, "doctor_cure_agi")
    if port != fastagi.port:
        word = "doctor_agi_freepbx" if port == 4573 else "doctor_agi_port"
        return Finding(ADDRESS, Level.RED, word, values, "doctor_cure_agi")
    if parts.path.strip("/") != script:
        return Finding(ADDRESS, Level.RED, "doctor_agi_script", values, "doctor_cure_agi")
    if not _is_ours(host, fastagi.interface):
        return Finding(ADDRESS, Level.RED, "doctor_agi_host", values, "doctor_cure_agi")
    if host == "localhost":
        return Finding(ADDRESS, Level.YELLOW, "doctor_agi_localhost", values, "doctor_cure_agi")
    return Finding(ADDRESS, Level.GREEN, "doctor_agi_ok", values)


def _reached_at(bench: Bench) -> str:
    interface = bench.settings.asterisk.fastagi.interface
    return bench.settings.media.host if interface in ("0.0.0.0", "::", "") else interface


def _is_ours(host: str, interface: str) -> bool:
    """Whether what listens on `interface` is reached at `host`, as far as that can be told."""
    if interface in ("0.0.0.0", "::", ""):
        return True
    return host == interface or (is_loopback(host) and is_loopback(interface))


LOOKS: Final = (
    Look(CONTEXT, look_at_contexts, (LOGIN,)),
    Look(ADDRESS, look_at_addresses, (LOGIN, CONTEXT)),
    Look(GUARD, look_at_guards, (LOGIN,)),
)
