"""What a reload changes, and what has to wait for a restart (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from portero.config import Settings
from portero.config.section import Section

# What was opened or logged in with when the daemon started: sockets, the database, the AMI session.
FIXED: Final = (
    "asterisk.ami",
    "asterisk.fastagi",
    "asterisk.prompts",
    "media.leg",
    "media.format",
    "media.host",
    "media.ports",
    "media.audiosocket_port",
    "doorman.webhook",
    "doorman.whatsapp",
    "registry.url",
    "console",
    "log",
)


@dataclass(frozen=True, slots=True)
class Change:
    """The settings that count from now on, and the paths that are different, or wait."""

    settings: Settings
    changed: tuple[str, ...]
    waiting: tuple[str, ...]


def change(old: Settings, new: Settings) -> Change:
    """What becomes of `old` when `new` is read while the daemon runs; paths like `asterisk.ami`."""
    waiting = tuple(path for path in FIXED if _at(old, path) != _at(new, path))
    effective = new
    for path in waiting:
        effective = _with(effective, path.split("."), _at(old, path))
    return Change(effective, tuple(_different(old, effective)), waiting)


def _at(settings: Settings, path: str) -> Any:
    value: Any = settings
    for name in path.split("."):
        value = getattr(value, name)
    return value


def _with(section: Any, path: list[str], value: Any) -> Any:
    name, *rest = path
    inner = _with(getattr(section, name), rest, value) if rest else value
    return section.model_copy(update={name: inner})


def _different(old: Settings, new: Settings) -> Iterator[str]:
    """The sections that differ; of tenants, which."""
    for name in type(old).model_fields:
        before, after = getattr(old, name), getattr(new, name)
        if name == "tenants":
            yield from _tenants(before, after)
        elif isinstance(before, Section):
            fields = type(before).model_fields
            yield from (
                f"{name}.{key}" for key in fields if getattr(before, key) != getattr(after, key)
            )
        elif before != after:
            yield name


def _tenants(before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[str]:
    old, new = ({tenant.id: tenant for tenant in tenants} for tenants in (before, after))
    for tenant_id in {**old, **new}:
        if old.get(tenant_id) != new.get(tenant_id):
            yield f"tenants.{tenant_id}"
