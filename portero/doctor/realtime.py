"""The doctor's look at the speech model: reached, key taken, model there, first sound in time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from portero.call.setup import session_prices, session_setup
from portero.config.problems import printable
from portero.config.settings import RealtimeSettings, Settings, TenantSettings
from portero.doctor.findings import Finding, Level
from portero.doctor.reach import NotReached, Reached, reach
from portero.doctor.trial import Connect, Outcome, try_session
from portero.doorman.catalog import build_catalog, tools_for
from portero.limits import (
    DOCTOR_SESSION_SECONDS,
    DOCTOR_SOUND_GREEN_SECONDS,
    DOCTOR_SOUND_YELLOW_SECONDS,
    DOCTOR_TENANTS,
)
from portero.media.service import leg_format
from portero.realtime import client
from portero.realtime.cost import cost_usd
from portero.realtime.dialects import BadAddress, OpenAI
from portero.realtime.errors import RealtimeError, UpgradeRefused
from portero.realtime.session import Setup

REACH: Final = "realtime.reach"
KEY: Final = "realtime.key"
MODEL: Final = "realtime.model"
SESSION: Final = "realtime.session"
SOUND: Final = "realtime.sound"

_PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


@dataclass(frozen=True, slots=True)
class _Trouble:
    step: str
    word: str
    cure: str


_KEY: Final = _Trouble(KEY, "doctor_realtime_key", "doctor_cure_realtime_key")
_RIGHTS: Final = _Trouble(KEY, "doctor_realtime_forbidden", "doctor_cure_realtime_forbidden")
_QUOTA: Final = _Trouble(KEY, "doctor_realtime_quota", "doctor_cure_realtime_quota")
_RATE: Final = _Trouble(KEY, "doctor_realtime_rate", "doctor_cure_realtime_rate")
_NO_MODEL: Final = _Trouble(MODEL, "doctor_realtime_model_missing", "doctor_cure_realtime_model")
_ADDRESS: Final = _Trouble(MODEL, "doctor_realtime_address", "doctor_cure_realtime_address")
_DOWN: Final = _Trouble(MODEL, "doctor_realtime_down", "doctor_cure_realtime_down")
_FORMAT: Final = _Trouble(SESSION, "doctor_realtime_format", "doctor_cure_realtime_format")
_REFUSED: Final = _Trouble(SESSION, "doctor_realtime_refused", "doctor_cure_realtime_refused")

# What a server says instead of 101, and the codes of its errors (openai-realtime.md 1.4).
_STATUSES: Final[Mapping[int, _Trouble]] = {
    400: _ADDRESS,
    401: _KEY,
    403: _RIGHTS,
    404: _NO_MODEL,
    429: _RATE,
}
_CODES: Final[Mapping[str, _Trouble]] = {
    "invalid_api_key": _KEY,
    "account_deactivated": _RIGHTS,
    "insufficient_quota": _QUOTA,
    "billing_hard_limit_reached": _QUOTA,
    "rate_limit_exceeded": _RATE,
    "model_not_found": _NO_MODEL,
    "invalid_model": _NO_MODEL,
    "invalid_intent": _ADDRESS,
    "beta_api_shape_disabled": _ADDRESS,
    "server_error": _DOWN,
    "wrong_format": _FORMAT,
}


async def look_at_reach(
    settings: Settings, reactor: Any, *, now: Callable[[], float], environ: Mapping[str, str]
) -> tuple[list[Finding], float | None]:
    """Name, TCP, TLS; and how far the server's clock is ahead of ours, in seconds."""
    url = settings.realtime.url
    proxies = [name for name in _PROXIES if environ.get(name)]
    try:
        reached: Reached = await reach(url, reactor, now=now, ask_time=True)
    except NotReached as failure:
        findings = [failure.finding(REACH, "realtime.url")]
        if proxies:
            values = {"name": proxies[0], "server": failure.values["server"]}
            findings.append(
                Finding(REACH, Level.YELLOW, "doctor_realtime_proxy", values, "doctor_cure_proxy")
            )
        return findings, None
    values = {"server": reached.server, "ms": reached.ms}
    return [Finding(REACH, Level.GREEN, "doctor_reach_ok", values)], reached.ahead


async def look_at_sessions(
    settings: Settings, reactor: Any, *, connect: Connect | None = None
) -> list[Finding]:
    """A session for each tenant as its calls would have; the first one's agent greets.

    It costs what one greeting costs, and says how much.
    """
    if connect is None:
        try:
            connect = _connect(settings.realtime, reactor)
        except BadAddress as error:
            return [_finding(_ADDRESS, settings, why=str(error))]
    first, *others = _setups(settings) or [("-", Setup(settings.realtime.model, ""))]
    findings: list[Finding] = []
    for tenant, setup in [first, *((name, _mute(setup)) for name, setup in others)]:
        try:
            outcome = await try_session(
                connect, setup, clock=reactor, seconds=DOCTOR_SESSION_SECONDS
            )
        except RealtimeError as error:
            return [*findings, _not_opened(error, settings)]
        new = list(_tell(outcome, settings, tenant, first=not findings, setup=setup))
        findings += new
        if any(it.level is Level.RED and it.step in (KEY, MODEL) for it in new):
            break  # the next one would hear the same
    return findings


def _connect(realtime: RealtimeSettings, reactor: Any) -> Connect:
    key = realtime.api_key.get_secret_value()
    target = OpenAI().target(realtime.url, realtime.model, key)
    return lambda listener: client.connect(
        reactor, target, listener, timeout=realtime.connect_timeout
    )


def _setups(settings: Settings) -> list[tuple[str, Setup]]:
    """One for each tenant, but tenants with the same voice, language and tools count once."""
    catalog = build_catalog(settings.tools)
    audio = leg_format(settings.media).session.name

    def setup(tenant: TenantSettings) -> Setup:
        tools = [tool.declaration() for tool in tools_for(tenant, catalog).values()]
        return session_setup(settings.realtime, tenant, tools, audio)

    made = [(tenant.id, setup(tenant)) for tenant in settings.tenants]
    seen: list[tuple[Any, ...]] = []
    different = []
    for name, one in made:
        kind = (one.voice, one.language, one.tools)
        if kind not in seen:
            seen.append(kind)
            different.append((name, one))
    return different[:DOCTOR_TENANTS]


def _mute(setup: Setup) -> Setup:
    return replace(setup, greeting=None)


# -- what is told


def _not_opened(error: RealtimeError, settings: Settings) -> Finding:
    if isinstance(error, UpgradeRefused):
        trouble = _STATUSES.get(error.status, _DOWN if error.status >= 500 else _ADDRESS)
        return _finding(trouble, settings, why=f"HTTP {error.status}")
    return _finding(_DOWN, settings, why=getattr(error, "why", "") or str(error))


def _tell(
    outcome: Outcome, settings: Settings, tenant: str, *, first: bool, setup: Setup
) -> Iterator[Finding]:
    spent = outcome.failed or _loss(outcome)
    accepted = outcome.set_up is not None
    if first and (accepted or (outcome.greeted is not None and _step_of(spent) == SESSION)):
        yield Finding(KEY, Level.GREEN, "doctor_realtime_key_ok")
        seconds = outcome.greeted if outcome.set_up is None else outcome.set_up
        values = {"model": settings.realtime.model, "seconds": f"{seconds or 0:.1f}"}
        yield Finding(MODEL, Level.GREEN, "doctor_realtime_model_ok", values)
    if spent is not None:
        code, why = spent
        trouble = _CODES.get(code, _REFUSED)
        yield _finding(trouble, settings, why=f"{code}: {why}", tenant=tenant, setup=setup)
    elif outcome.late and not accepted:
        yield _finding(_DOWN, settings, why=f"> {DOCTOR_SESSION_SECONDS:g} s")
    elif accepted:
        values = {"tenant": tenant, "voice": setup.voice, "tools": str(len(setup.tools))}
        yield Finding(
            SESSION,
            Level.GREEN,
            "doctor_realtime_session_ok",
            {**values, "format": setup.output_format},
        )
        if setup.greeting is not None:
            yield _sound(outcome, settings)


def _loss(outcome: Outcome) -> tuple[str, str] | None:
    """The server hung up without an `error`: its reason ends with the code, if it gave one."""
    if outcome.lost is None:
        return None
    reason = outcome.lost.reason
    code = reason.rpartition(".")[2] if outcome.lost.fatal else "server_error"
    return code, f"{reason or 'no reason'}, close code {outcome.lost.code}"


def _step_of(spent: tuple[str, str] | None) -> str | None:
    return None if spent is None else _CODES.get(spent[0], _REFUSED).step


def _sound(outcome: Outcome, settings: Settings) -> Finding:
    """Time to the first sound, from the first byte of the connection: what a visitor waits."""
    prices = session_prices(settings.realtime)
    cost = "?" if prices is None else f"{cost_usd(outcome.usage, prices):.4f}"
    if outcome.sound is None:
        seconds = f"{DOCTOR_SESSION_SECONDS:g}"
        return Finding(
            SOUND,
            Level.RED,
            "doctor_realtime_mute",
            {"seconds": seconds, "model": settings.realtime.model},
            "doctor_cure_realtime_down",
        )
    values = {"seconds": f"{outcome.sound:.1f}", "cost": cost}
    values["spoken"] = f"{outcome.spoken_ms / 1000:.1f}"
    if outcome.sound < DOCTOR_SOUND_GREEN_SECONDS:
        return Finding(SOUND, Level.GREEN, "doctor_realtime_sound", values)
    slow = outcome.sound >= DOCTOR_SOUND_YELLOW_SECONDS
    level = Level.RED if slow else Level.YELLOW
    return Finding(SOUND, level, "doctor_realtime_sound", values, "doctor_cure_realtime_slow")


def _finding(
    trouble: _Trouble,
    settings: Settings,
    *,
    why: str,
    tenant: str = "",
    setup: Setup | None = None,
) -> Finding:
    """A red one; the server's words, but for the key, which some servers repeat."""
    key = settings.realtime.api_key.get_secret_value()
    told = re.sub(rf"(?<!\w){re.escape(key)}(?!\w)", "…", why) if key else why
    values = {
        "model": settings.realtime.model,
        "why": "" if trouble is _KEY else printable(told),
        "tenant": tenant,
        "voice": setup.voice if setup else "",
    }
    return Finding(trouble.step, Level.RED, trouble.word, values, trouble.cure)
