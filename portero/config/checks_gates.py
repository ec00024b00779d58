"""What must hold for gates and cameras: each driver has what it needs, and nothing else (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from portero.config.findings import Finding
from portero.config.gates import CameraSettings, GateSettings
from portero.config.problems import KeyPath
from portero.config.settings import Settings, TenantSettings

_DIGITS: Final = re.compile(r"[0-9*#A-D]+", re.ASCII)  # gates-and-notices.md 2; AMI PlayDTMF
_COMMON: Final = ("name", "driver", "policy")
_TAKES: Final = {
    "backend": ("door", "timeout"),
    "webhook": ("url", "method", "headers", "body", "certificate", "timeout"),
    "hikvision": (
        *("url", "username", "password", "certificate"),
        *("kind", "door", "confirm", "timeout"),
    ),
    "dtmf": ("digits", "tone_ms", "gap_ms"),
    "asterisk": ("extension", "context", "timeout"),
}
_NEEDS: Final = {
    "webhook": ("url",),
    "hikvision": ("url", "username", "password"),
    "dtmf": ("digits",),
    "asterisk": ("extension",),
}


def check_gates(settings: Settings, tenant: TenantSettings, at: KeyPath) -> Iterator[Finding]:
    """What does not fit in a tenant's gates and cameras."""
    for name, gate in tenant.gates.items():
        yield from _check_gate(settings, gate, (*at, "gates", name))
    for name, camera in tenant.cameras.items():
        yield from _check_camera(camera, (*at, "cameras", name))


def check_digits(digits: SecretStr, path: KeyPath) -> Iterator[Finding]:
    """Digits that no telephone has; they are never quoted."""
    written = digits.get_secret_value()
    if written and _DIGITS.fullmatch(written) is None:
        yield Finding(path, "digits_form")


def _check_gate(settings: Settings, gate: GateSettings, at: KeyPath) -> Iterator[Finding]:
    yield from _missing(gate, _NEEDS.get(gate.driver, ()), gate.driver, at)
    yield from check_digits(gate.digits, (*at, "digits"))
    if gate.certificate and not _is_https(gate.url):
        yield Finding((*at, "certificate"), "certificate_without_tls")
    if gate.driver == "backend" and settings.doorman.backend_url is None:
        yield Finding(at, "gate_without_device")
    if gate.driver == "hikvision":
        yield from _check_device(gate.url, at)
    for key in sorted(gate.model_fields_set - {*_COMMON, *_TAKES[gate.driver], "certificate"}):
        values = {"driver": gate.driver, "choices": ", ".join(_TAKES[gate.driver])}
        yield Finding((*at, key), "gate_key_unused", values, warning=True)


def _check_camera(camera: CameraSettings, at: KeyPath) -> Iterator[Finding]:
    yield from _missing(camera, ("username", "password"), "hikvision", at)
    yield from _check_device(camera.url, at)
    if camera.certificate and not _is_https(camera.url):
        yield Finding((*at, "certificate"), "certificate_without_tls")


def _missing(
    section: GateSettings | CameraSettings, names: tuple[str, ...], driver: str, at: KeyPath
) -> Iterator[Finding]:
    missing = [name for name in names if getattr(section, name) in (None, "", SecretStr(""))]
    if missing:
        key = "gate_needs_digits" if missing == ["digits"] else "gate_needs"
        yield Finding(at, key, {"driver": driver, "names": ", ".join(missing)})


def _check_device(url: str | None, at: KeyPath) -> Iterator[Finding]:
    if url is None:
        return
    parts = urlsplit(url)
    if parts.path not in ("", "/") or parts.query:
        yield Finding((*at, "url"), "device_url_path")
    if not _is_https(url):
        yield Finding((*at, "url"), "device_in_clear", warning=True)


def _is_https(url: str | None) -> bool:
    return (url or "").startswith("https:")
