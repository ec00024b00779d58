"""Requests with `{argument}` placeholders (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from portero.limits import TOOL_TEXT_CHARS

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)\}")


class _Absent(Exception):
    """An optional argument that the template wants was not given."""


def placeholders(template: object) -> Iterator[str]:
    """Every name that `template` (text, mapping, list) asks for."""
    if isinstance(template, str):
        yield from _PLACEHOLDER.findall(template)
    elif isinstance(template, Mapping):
        for value in template.values():
            yield from placeholders(value)
    elif isinstance(template, list | tuple):
        for value in template:
            yield from placeholders(value)


def fill(template: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """`template` with its placeholders replaced; a key that needs an absent value is left out.

    A text that is one placeholder takes the value with its type: `{minutes}` stays a number.
    """
    filled = {}
    for key, value in template.items():
        try:
            filled[key] = _fill(value, values)
        except _Absent:
            continue
    return filled


def fill_path(template: str, values: Mapping[str, Any]) -> str:
    """A path with its placeholders replaced and quoted, so that no value adds a segment.

    Raises KeyError for an absent value, and ValueError for `.`, `..` and a slash: some servers
    undo the quoting before they look for the route.
    """

    def segment(match: re.Match[str]) -> str:
        value = str(values[match[1]])
        if value in ("", ".", "..") or "/" in value or "\\" in value:
            raise ValueError(f"{match[1]}: {value!r} can't be part of a path")
        return quote(value, safe="")

    return _PLACEHOLDER.sub(segment, template)


def fill_url(template: str, values: Mapping[str, Any]) -> str:
    """An address with placeholders in its path and query, each quoted; the host is as it stands.

    Raises KeyError for an absent value, and ValueError for a value that the path can't take.
    """
    host = host_of(template)
    path, mark, query = template[len(host) :].partition("?")

    def quoted(match: re.Match[str]) -> str:
        return quote(str(values[match[1]]), safe="")

    return host + fill_path(path, values) + mark + _PLACEHOLDER.sub(quoted, query)


def host_of(template: str) -> str:
    """The part of an address that no argument may change: scheme, host and port."""
    start = template.index("://") + 3
    rest = template[start:]
    return template[: start + min(f"{rest}{mark}".find(mark) for mark in "/?#")]


def fill_text(template: str, answer: Mapping[str, Any]) -> str:
    """A text made of an answer's fields (dots go deeper); what is not there is left out."""

    def found(match: re.Match[str]) -> str:
        value: Any = answer
        for step in match[1].split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        return str(value)[:TOOL_TEXT_CHARS] if isinstance(value, str | int | float) else ""

    return _PLACEHOLDER.sub(found, template)


def _fill(template: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(template, Mapping):
        return fill(template, values)
    if not isinstance(template, str):
        return template
    if whole := _PLACEHOLDER.fullmatch(template):
        return _value(whole[1], values)
    return _PLACEHOLDER.sub(lambda match: str(_value(match[1], values)), template)


def _value(name: str, values: Mapping[str, Any]) -> Any:
    if name not in values:
        raise _Absent(name)
    return values[name]
