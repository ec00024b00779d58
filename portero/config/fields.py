"""Which setting a path leads to: its section's names, and whether its value may be shown."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import SecretStr

from portero.config.problems import KeyPath, dotted
from portero.config.settings import Section, SemanticVad, ServerVad, Settings


def section_at(path: KeyPath, value: Any = None) -> type[Section]:
    """The section that `path` leads to or lies in; `value` tells the kinds of `vad` apart."""
    section: type[Section] = Settings
    for step in path:
        field = section.model_fields.get(str(step))
        inner = list(_sections_in(field.annotation)) if field else []
        if ServerVad in inner:
            semantic = isinstance(value, dict) and value.get("type") == "semantic_vad"
            section = SemanticVad if semantic else ServerVad
        elif inner:
            section = inner[0]
    return section


def is_secret(path: KeyPath) -> bool:
    """Whether the value at `path` must never be shown: a secret, or what may carry one."""
    section: type[Section] = Settings
    secret = False
    for step in path:
        field = section.model_fields.get(str(step))
        if field is not None:
            secret = not field.repr or _holds_secret(field.annotation)
            section = next(_sections_in(field.annotation), section)
    return secret


def nearest(word: str, words: list[str]) -> str | None:
    """The word that was most likely meant, or None."""
    return next(iter(get_close_matches(word.lower(), words, 1)), None)


def home_of(path: KeyPath) -> str | None:
    """The one place where the last key of `path` belongs, where it stands in a wrong one."""
    homes = [home for home in _all_names() if home[-1] == path[-1] and home != path]
    return dotted(homes[0]) if len(homes) == 1 else None


def _all_names(section: type[Section] = Settings, at: KeyPath = ()) -> Iterator[KeyPath]:
    """The path of every setting; positions in lists and names of gates are left out."""
    for name, field in section.model_fields.items():
        yield (*at, name)
        for inner in _sections_in(field.annotation):
            yield from _all_names(inner, (*at, name))


def _sections_in(annotation: Any) -> Iterator[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for part in get_args(annotation):
        yield from _sections_in(part)


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_holds_secret(part) for part in get_args(annotation))
