"""The settings in effect, for people: each value with its origin, secrets hidden."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from pydantic import SecretStr

from portero.config.fields import is_secret
from portero.config.loader import Loaded
from portero.config.problems import KeyPath, dotted, printable
from portero.config.settings import Section
from portero.messages import text


class Entry(NamedTuple):
    """A setting: its path, its value as it may be shown, and where that came from."""

    path: str
    value: str
    origin: str


def report(loaded: Loaded) -> Iterator[str]:
    """A line for each setting: `path = value  (origin)`."""
    for entry in entries(loaded):
        yield f"{entry.path} = {entry.value}  ({entry.origin})"


def entries(loaded: Loaded) -> Iterator[Entry]:
    """Each setting in effect."""
    for path, value in _leaves(loaded.settings, ()):
        yield Entry(dotted(path), _shown(path, value, loaded), _origin(path, loaded))


def _leaves(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    """Every value that is no section, list of sections or mapping of sections, with its path."""
    if isinstance(value, Section):
        for name in type(value).model_fields:
            yield from _leaves(getattr(value, name), (*path, name))
    elif isinstance(value, tuple) and any(isinstance(item, Section) for item in value):
        for at, item in enumerate(value):
            yield from _leaves(item, (*path, at))
    elif isinstance(value, dict) and any(isinstance(item, Section) for item in value.values()):
        for name, item in value.items():
            yield from _leaves(item, (*path, name))
    else:
        yield path, value


def _shown(path: KeyPath, value: Any, loaded: Loaded) -> str:
    if value is None or value in ((), {}, "") or value == SecretStr(""):
        return text("not_set", loaded.language)
    if any(hidden[: len(path)] == path for hidden in loaded.sealed):
        return text("hidden", loaded.language)
    if is_secret(path):
        is_url = isinstance(value, str) and path[-1] in ("url", "backend_url")
        shown = _without_secrets(value, bool(_HOOKS & set(path))) if is_url else None
        return shown or text("hidden", loaded.language)
    if path == ("media", "ports"):
        return f"{value[0]}-{value[1]}"
    if path[-1] == "hours":
        return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in value)
    if isinstance(value, tuple):
        return printable(", ".join(str(item) for item in value))
    return str(value).lower() if isinstance(value, bool) else printable(value)


# Sections whose addresses are often webhooks: the path is all the secret that they have.
_HOOKS: Final = frozenset({"gates", "tools", "duress"})

# Scheme, user, host, path: what shows of an address is its scheme, host and perhaps path.
_ADDRESS: Final = re.compile(r"(\w[^:]*://)(?:[^/?#@]*@)?([^/?#@]*)(/[^?#@]*)?([?#][^@]*)?")


def _without_secrets(url: str, hide_path: bool) -> str:
    """An address without user and query, which may hold a secret; so may the path of a webhook.

    A password with a / ? or # in it blurs where the host begins: nothing but the scheme is shown.
    """
    parts = _ADDRESS.fullmatch(url)
    if parts is None:
        return printable(f"{url.partition('://')[0]}://…")
    scheme, host, path = parts[1], parts[2], parts[3] or ""
    return printable(f"{scheme}{host}{'/…' if hide_path and len(path) > 1 else path}")


def _origin(path: KeyPath, loaded: Loaded) -> str:
    """`config.yaml:12`, `environment NAME` or `default`, in the installer's language."""
    if path in loaded.variables:
        return text("from_environment", loaded.language, name=loaded.variables[path])
    if path not in loaded.places:
        return text("from_default", loaded.language)
    place = loaded.places[path]
    written = f"{place.source}:{place.line}"
    return f"{written}, {loaded.sealed[path]}" if path in loaded.sealed else written
