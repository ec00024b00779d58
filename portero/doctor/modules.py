"""The doctor's look at Asterisk itself: its version, and the modules that portero needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from portero.asterisk.manager import AMIProtocol
from portero.config.problems import printable
from portero.config.settings import Settings
from portero.doctor.ami import LOGIN
from portero.doctor.around import Look
from portero.doctor.bench import Bench
from portero.doctor.findings import Finding, Level
from portero.doctor.rights import calls_out

VERSION: Final = "asterisk.version"
MODULES: Final = "asterisk.modules"

_OLDEST: Final = 18
# Where the holes of freepbx.md 4 are closed, by branch.
_FIXED: Final = {18: (18, 24, 2), 20: (20, 9, 2), 21: (21, 4, 2), 22: (22, 10, 1)}
# Wideband over AudioSocket (asterisk.md, "AudioSocket"); no 21 has it.
_AUDIOSOCKET: Final = {20: (20, 17, 0), 22: (22, 7, 0), 23: (23, 1, 0)}
_NUMBER: Final = re.compile(r"(?:certified[/-])?(\d+)\.(\d+)(?:\.(\d+))?")

Version = tuple[int, int, int]


async def look_at_version(bench: Bench) -> list[Finding]:
    """CoreSettings tells it, to whoever has `reporting`."""
    assert isinstance(bench.ami, AMIProtocol)
    told = (await bench.ami.action("CoreSettings")).get("asteriskversion", "")
    return list(judge_version(printable(told), bench.settings.media.leg))


def judge_version(told: str, leg: str) -> Iterator[Finding]:
    """What to say of a version as Asterisk writes it, such as `22.10.1~dfsg` or `GIT-master-…`."""
    number = _NUMBER.match(told)
    values = {"version": told or "?", "oldest": _OLDEST}
    if number is None:
        yield Finding(VERSION, Level.YELLOW, "doctor_version_unknown", values, "doctor_cure_unsure")
        return
    version: Version = (int(number[1]), int(number[2]), int(number[3] or 0))
    if version[0] < _OLDEST:
        yield Finding(VERSION, Level.RED, "doctor_version_old", values, "doctor_cure_version")
        return
    bad = False
    if leg == "audiosocket" and not _has_audiosocket(version):
        bad = True
        cure = "doctor_cure_version_leg"
        yield Finding(VERSION, Level.RED, "doctor_version_leg", values, cure)
    fixed = _FIXED.get(version[0])
    if fixed is not None and version < fixed and not told.startswith("certified"):
        bad = True
        values = {**values, "fixed": ".".join(map(str, fixed))}
        cure = "doctor_cure_version_holes"
        yield Finding(VERSION, Level.YELLOW, "doctor_version_holes", values, cure)
    if not bad:
        yield Finding(VERSION, Level.GREEN, "doctor_version_ok", values)


def _has_audiosocket(version: Version) -> bool:
    newest = max(_AUDIOSOCKET)
    first = _AUDIOSOCKET.get(version[0])
    return version[0] > newest if first is None else version >= first


async def look_at_modules(bench: Bench) -> list[Finding]:
    """Ask for each by the dialplan's IFMODULE, which needs no right of its own."""
    assert bench.getvar is not None
    if await _loaded(bench, "func_module") is None:
        said = await bench.ask_console("module show")
        if said is None:
            cure = "doctor_cure_modules_unseen"
            return [Finding(MODULES, Level.YELLOW, "doctor_modules_unseen", {}, cure)]
        there = {name for name in needed_modules(bench.settings) if f"{name}.so" in said}
    else:
        there = {name for name in needed_modules(bench.settings) if await _loaded(bench, name)}
    needed = needed_modules(bench.settings)
    missing = [name for name in needed if name not in there]
    findings = [
        Finding(
            MODULES,
            Level.RED,
            "doctor_module_missing",
            {"module": f"{name}.so", "why": needed[name]},
            "doctor_cure_module",
        )
        for name in missing
    ]
    values = {"names": ", ".join(needed)}
    return findings or [Finding(MODULES, Level.GREEN, "doctor_modules_ok", values)]


def needed_modules(settings: Settings) -> dict[str, str]:
    """Names without `.so`, and what of the settings, or of the dialplan, needs each."""
    needed = {
        "res_agi": "AGI()",
        "app_dial": "Dial()",
        "pbx_config": "extensions.conf",
        "func_strings": "FILTER()",
        "codec_resample": "media.format",
    }
    if settings.media.leg == "rtp":
        needed |= {"chan_rtp": "media.leg: rtp", "res_rtp_asterisk": "media.leg: rtp"}
    else:
        needed |= {
            "chan_audiosocket": "media.leg: audiosocket",
            "res_audiosocket": "media.leg: audiosocket",
        }
    codec = {"g722": "codec_g722", "ulaw": "codec_ulaw", "alaw": "codec_alaw"}.get(
        settings.media.format
    )
    if codec is not None:
        needed[codec] = f"media.format: {settings.media.format}"
    if any(tenant.recording.enabled for tenant in settings.tenants):
        needed |= {"app_mixmonitor": "recording.enabled"}
        formats = {tenant.recording.format for tenant in settings.tenants}
        needed |= {"format_gsm" if it == "gsm" else "format_wav": "recording" for it in formats}
    if calls_out(settings):
        needed["app_stack"] = "portero-resident"
    return needed


async def _loaded(bench: Bench, module: str) -> bool | None:
    """None where Asterisk can't say: func_module is not there itself."""
    assert bench.getvar is not None
    said = (await bench.getvar(f"IFMODULE({module}.so)")).strip()
    return None if said not in ("0", "1") else said == "1"


LOOKS: Final = (
    Look(VERSION, look_at_version, (LOGIN,)),
    Look(MODULES, look_at_modules, (LOGIN,)),
)
