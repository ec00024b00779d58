"""The doctor's look at an external Backend API: reached, token taken, every tenant known, fast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from treq.client import HTTPClient

from portero.config.settings import Settings
from portero.doctor.findings import Finding, Level
from portero.doctor.reach import NotReached, brief, reach
from portero.doorman.backend import BackendClient
from portero.doorman.failures import RequestFailed, Trouble
from portero.limits import DOCTOR_ANSWER_SECONDS

REACH: Final = "backend.reach"
ASK: Final = "backend.ask"

# A plate that nobody has: asked for, it changes nothing and names nobody.
PLATE: Final = "DOCTOR0000"

_SETTING: Final = "doorman.backend_url"
# Text and cure of each trouble; those that are not here read as the last.
_TEXTS: Final = {
    Trouble.DENIED: ("doctor_backend_denied", "doctor_cure_backend_token"),
    Trouble.MISSING: ("doctor_backend_missing", "doctor_cure_backend_tenant"),
    Trouble.REFUSED: ("doctor_backend_refused", "doctor_cure_backend_tenant"),
    Trouble.GARBLED: ("doctor_backend_garbled", "doctor_cure_backend_address"),
    Trouble.SLOW: ("doctor_backend_slow", "doctor_cure_backend_log"),
    Trouble.BROKEN: ("doctor_backend_broken", "doctor_cure_backend_log"),
}

_OF_ONE_TENANT: Final = (
    "doctor_backend_ok",
    "doctor_backend_lame",
    "doctor_backend_careless",
    "doctor_backend_missing",
    "doctor_backend_refused",
)


async def look_at_reach(
    settings: Settings, reactor: Any, *, now: Callable[[], float]
) -> tuple[list[Finding], float | None]:
    """Name, TCP, TLS; and how far its clock is ahead of ours, in seconds."""
    url = settings.doorman.backend_url
    if url is None:
        return [Finding(REACH, Level.GREEN, "doctor_backend_embedded")], None
    try:
        reached = await reach(url, reactor, now=now, ask_time=True)
    except NotReached as failure:
        return [failure.finding(REACH, _SETTING)], None
    values = {"server": reached.server, "ms": reached.ms}
    return [Finding(REACH, Level.GREEN, "doctor_reach_ok", values)], reached.ahead


async def look_at_answers(
    settings: Settings, reactor: Any, *, http: HTTPClient | None = None
) -> list[Finding]:
    """Ask it, for each tenant, about a plate that nobody has; nothing with the embedded one."""
    doorman = settings.doorman
    if doorman.backend_url is None:
        return []
    token = doorman.backend_token
    client = BackendClient(
        doorman.backend_url,
        None if token is None else token.get_secret_value(),
        reactor=reactor,
        http=http,
        timeout=doorman.timeout,
    )
    try:
        findings = []
        for tenant in settings.tenants:
            findings.append(await _ask(client, tenant.id, reactor))
            if findings[-1].word not in _OF_ONE_TENANT:
                break  # a wrong token, or a backend that hangs: the next would hear the same
        return findings
    finally:
        await client.close()


async def _ask(client: BackendClient, tenant: str, reactor: Any) -> Finding:
    began = reactor.seconds()
    values: dict[str, Any] = {"tenant": tenant, "plate": PLATE}
    try:
        answer = await client.request(
            "GET", "/access/visitors/check", tenant=tenant, query={"plate": PLATE}
        )
    except RequestFailed as failure:
        word, cure = _TEXTS.get(failure.trouble, _TEXTS[Trouble.BROKEN])
        values["why"] = brief(failure)
        return Finding(ASK, Level.RED, word, values, cure)
    seconds = reactor.seconds() - began
    values["ms"] = round(seconds * 1000)
    authorized = answer.get("authorized") if isinstance(answer, dict) else None
    if authorized is True:
        return Finding(ASK, Level.RED, "doctor_backend_careless", values, "doctor_cure_backend_log")
    if authorized is not False:
        values["why"] = "authorized?"
        return Finding(
            ASK, Level.RED, "doctor_backend_garbled", values, "doctor_cure_backend_address"
        )
    if seconds > DOCTOR_ANSWER_SECONDS:
        cure = "doctor_cure_backend_log"
        return Finding(ASK, Level.YELLOW, "doctor_backend_lame", values, cure)
    return Finding(ASK, Level.GREEN, "doctor_backend_ok", values)
