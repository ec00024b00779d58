"""The doctor's look at what portero's AMI user may do, and at what he should not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from portero.asterisk.manager import AMIProtocol
from portero.config.settings import GateSettings, Settings
from portero.doctor.ami import LOGIN
from portero.doctor.around import Look
from portero.doctor.bench import Bench
from portero.doctor.findings import Finding, Level
from portero.doctor.manageruser import read_user

RIGHTS: Final = "ami.rights"

# What portero uses, and the class of `write=` that allows each (freepbx.md 1).
_NEEDED: Final = {"hangup": "call", "getvar": "call", "coreshowchannels": "reporting"}
_KEYS: Final = {"playdtmf": "call"}
_CALLS: Final = {"originate": "originate"}
# Actions that stand for a class that nobody but an administrator should have.
_DANGEROUS: Final = {"command": "command", "moduleload": "system", "updateconfig": "config"}
_READ: Final = ("call", "dtmf")


async def look_at_rights(bench: Bench) -> list[Finding]:
    """The list of allowed actions; the classes of events are known to the console only."""
    settings = bench.settings
    allowed = await allowed_actions(bench)
    needed = dict(needed_actions(settings))
    missing = {name: needed[name] for name in needed if name not in allowed}
    classes = sorted({"call", "reporting", *needed.values()})
    values = {"user": settings.asterisk.ami.username, "wanted": ",".join(classes)}
    findings = []
    if missing:
        values["missing"] = ", ".join(sorted(missing))
        word = "doctor_rights_calls" if missing == _CALLS else "doctor_rights_missing"
        findings.append(Finding(RIGHTS, Level.RED, word, values, "doctor_cure_rights"))
    findings += await _reading(bench)
    excess = sorted({kind for name, kind in _DANGEROUS.items() if name in allowed})
    if excess:
        told = {**values, "excess": ", ".join(excess)}
        cure = "doctor_cure_rights_excess"
        findings.append(Finding(RIGHTS, Level.YELLOW, "doctor_rights_excess", told, cure))
    return findings or [Finding(RIGHTS, Level.GREEN, "doctor_rights_ok", values)]


async def allowed_actions(bench: Bench) -> frozenset[str]:
    """What the AMI user may do, in lower case: asked once in a session."""
    if not bench.rights:
        assert isinstance(bench.ami, AMIProtocol)
        bench.rights = frozenset(name.lower() for name in await bench.ami.listCommands())
    return bench.rights


def needed_actions(settings: Settings) -> Iterator[tuple[str, str]]:
    """Names of actions in lower case, and their classes."""
    yield from _NEEDED.items()
    if calls_out(settings):
        yield from _CALLS.items()
    if any(gate.driver == "dtmf" for gate in _gates(settings)) or any(
        tool.dtmf is not None for tool in settings.tools.values()
    ):
        yield from _KEYS.items()


def calls_out(settings: Settings) -> bool:
    """Whether portero makes calls: to residents, to a guard under duress, to extensions."""
    return (
        calls_people(settings)
        or any(tool.originate is not None for tool in settings.tools.values())
        or any(gate.driver == "asterisk" for gate in _gates(settings))
    )


def calls_people(settings: Settings) -> bool:
    """Whether it calls persons, who hear the context portero-resident."""
    return any(
        any(step.by == "call" for step in tenant.notify.chain) or bool(tenant.duress.words)
        for tenant in settings.tenants
    )


def _gates(settings: Settings) -> Iterator[GateSettings]:
    for tenant in settings.tenants:
        yield from tenant.gates.values()


async def _reading(bench: Bench) -> list[Finding]:
    """`read=`: without it no event comes, and Asterisk says nothing about that."""
    name = bench.settings.asterisk.ami.username
    said = await bench.ask_console(f"manager show user {name}")
    user = None if said is None else read_user(said)
    if user is None or "all" in user.read:
        return []
    missing = [kind for kind in _READ if kind not in user.read]
    if not missing:
        return []
    values = {"user": name, "missing": ",".join(missing)}
    return [Finding(RIGHTS, Level.RED, "doctor_rights_read", values, "doctor_cure_rights_read")]


LOOKS: Final = (Look(RIGHTS, look_at_rights, (LOGIN,)),)
