"""What must hold between settings: pure, and told by path, so that the loader adds the places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from portero.config.checks_gates import check_gates
from portero.config.checks_people import check_people, check_webhook
from portero.config.checks_rules import check_rules
from portero.config.checks_tools import check_tools
from portero.config.explain import choice
from portero.config.findings import Finding as Finding
from portero.config.prices import PRICES, TRANSCRIPTION_PRICES
from portero.config.problems import KeyPath
from portero.config.settings import BUILT_IN_TOOLS, MediaSettings, Settings, TenantSettings

# Asterisk's rtp.conf: rtpstart=10000, rtpend=20000 (freepbx.md 3).
ASTERISK_RTP_PORTS: Final = (10_000, 20_000)
FREEPBX_FASTAGI_PORT: Final = 4573  # freepbx.md 0, first item
# openai-realtime.md 2.3
VOICES: Final = (
    "alloy",
    "ash",
    "ballad",
    "coral",
    "echo",
    "sage",
    "shimmer",
    "verse",
    "marin",
    "cedar",
)
OPENAI_HOSTS: Final = ("openai.com", "openai.azure.com")
_KEY: Final = re.compile(r"[!#-&(-~]*")  # what a header takes, without quotes
FORMATS: Final = {  # asterisk.md, "The media leg, without ARI" and "AudioSocket, the other leg"
    "rtp": ("slin16", "slin", "g722", "ulaw", "alaw"),
    "audiosocket": ("slin16", "slin24"),
}


def check(settings: Settings) -> Iterator[Finding]:
    """Everything that does not fit together, warnings included."""
    yield from _check_realtime(settings)
    yield from _check_asterisk(settings)
    yield from _check_media(settings)
    yield from check_tools(settings)
    yield from check_webhook(settings)
    if not settings.tenants:
        yield Finding(("tenants",), "no_tenants", warning=True)
    yield from _check_twice(settings.tenants)
    for at, tenant in enumerate(settings.tenants):
        yield from _check_tenant(settings, tenant, ("tenants", at))


def _check_realtime(settings: Settings) -> Iterator[Finding]:
    realtime = settings.realtime
    key = realtime.api_key.get_secret_value()
    if not key and not _is_local(realtime.url):
        yield Finding(("realtime", "api_key"), "api_key_missing")
    if not _KEY.fullmatch(key):
        yield Finding(("realtime", "api_key"), "api_key_form")
    if realtime.model.startswith("gpt-live"):  # openai-realtime.md 2.6
        yield Finding(("realtime", "model"), "live_model", {"value": realtime.model})
    yield from _check_voice(settings, realtime.voice, ("realtime", "voice"))


def _check_voice(settings: Settings, voice: str, path: KeyPath) -> Iterator[Finding]:
    host = urlsplit(settings.realtime.url).hostname or ""
    known = not voice or voice in VOICES or voice.startswith("voice_")
    if not known and host.endswith(OPENAI_HOSTS):
        values = {"value": voice, "choices": ", ".join(VOICES)}
        yield Finding(path, "voice_unknown", values, warning=True)


def _check_limit(settings: Settings, tenant: TenantSettings, path: KeyPath) -> Iterator[Finding]:
    """A limit of money holds for what has a price."""
    realtime = settings.realtime
    model, transcription, own = realtime.model, realtime.transcription.model, realtime.prices
    if tenant.daily_limit_usd is None:
        return
    if own is None and model not in PRICES:
        yield Finding(path, "limit_without_price", {"value": model}, warning=True)
    elif transcription not in TRANSCRIPTION_PRICES and (own is None or own.transcription is None):
        yield Finding(path, "limit_without_words", {"value": transcription}, warning=True)


def _is_local(url: str) -> bool:
    """A server on this machine: the stand-in, LocalAI and the like, which ask for no key."""
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")


def _check_asterisk(settings: Settings) -> Iterator[Finding]:
    asterisk = settings.asterisk
    if not asterisk.ami.password.get_secret_value():
        yield Finding(("asterisk", "ami", "password"), "ami_password_missing")
    if asterisk.fastagi.port == FREEPBX_FASTAGI_PORT:
        yield Finding(("asterisk", "fastagi", "port"), "port_of_freepbx", warning=True)


def _check_media(settings: Settings) -> Iterator[Finding]:
    media, fastagi = settings.media, settings.asterisk.fastagi.port
    fitting = FORMATS[media.leg]
    if media.format not in fitting:
        values = {"value": media.format, "leg": media.leg, "choices": ", ".join(fitting)}
        yield Finding(("media", "format"), "format_for_leg", values)
    if media.audiosocket_port == fastagi:
        taken = {"port": fastagi, "other": "asterisk.fastagi.port"}
        yield Finding(("media", "audiosocket_port"), "port_taken", taken)
    yield from _check_ports(media, fastagi)
    if media.leg == "rtp":
        yield from _check_room(media.ports, settings.asterisk.max_calls)


def _check_room(ports: tuple[int, int], max_calls: int) -> Iterator[Finding]:
    low, high = ports
    calls = high // 2 - (low - 1) // 2  # one on each even port (RFC 3550, section 11)
    if calls < max_calls:
        values = {"value": calls, "limit": max_calls}
        yield Finding(("media", "ports"), "ports_few", values, warning=calls > 0)


def _check_ports(media: MediaSettings, fastagi: int) -> Iterator[Finding]:
    low, high = media.ports
    shown = f"{low}-{high}"
    if low <= ASTERISK_RTP_PORTS[1] and high >= ASTERISK_RTP_PORTS[0]:
        yield Finding(("media", "ports"), "ports_of_asterisk", {"value": shown})
    others = {"asterisk.fastagi.port": fastagi, "media.audiosocket_port": media.audiosocket_port}
    for other, port in others.items():
        if low <= port <= high:
            values = {"value": shown, "port": port, "other": other}
            yield Finding(("media", "ports"), "ports_overlap", values)


def _check_twice(tenants: tuple[TenantSettings, ...]) -> Iterator[Finding]:
    owners: dict[tuple[str, str], int] = {}
    for at, tenant in enumerate(tenants):
        for path, value in _names_of(tenant):
            owner = owners.setdefault((str(path[0]), value), at)
            if owner != at:
                values = {"value": value, "other": f"tenants[{owner}] ({tenants[owner].id})"}
                yield Finding(("tenants", at, *path), "given_twice", values)


def _names_of(tenant: TenantSettings) -> Iterator[tuple[KeyPath, str]]:
    yield ("id",), tenant.id
    for at, extension in enumerate(tenant.extensions):
        yield ("extensions", at), extension
    for at, did in enumerate(tenant.dids):
        yield ("dids", at), did


def _check_tenant(settings: Settings, tenant: TenantSettings, at: KeyPath) -> Iterator[Finding]:
    yield from _check_voice(settings, tenant.voice, (*at, "voice"))
    yield from _check_limit(settings, tenant, (*at, "daily_limit_usd"))
    recording = tenant.recording
    if recording.enabled and recording.notice and not settings.asterisk.prompts.folder:
        yield Finding((*at, "recording", "notice"), "notice_no_voice", warning=True)
    known = [*BUILT_IN_TOOLS, *(name for name in settings.tools if name not in BUILT_IN_TOOLS)]
    for index, name in enumerate(tenant.tools):
        if name not in known:
            yield Finding((*at, "tools", index), *choice("tool_unknown", name, known))
    if "open_gate" in tenant.tools and not tenant.gates:
        yield Finding((*at, "gates"), "tenant_no_gates", warning=True)
    if "transfer_to_guard" in tenant.tools and tenant.guard is None:
        yield Finding((*at, "guard"), "tenant_no_guard", warning=True)
    yield from check_gates(settings, tenant, at)
    yield from check_rules(tenant, at)
    yield from check_people(settings, tenant, at)
    for tool_name in tenant.tools:
        tool = settings.tools.get(tool_name)
        if tenant.gates and tool is not None and tool.gate and tool.gate not in tenant.gates:
            key, values = choice("gate_unknown", tool.gate, list(tenant.gates))
            yield Finding(("tools", tool_name, "gate"), key, {**values, "tenant": tenant.id})
