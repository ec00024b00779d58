"""Which setting a path leads to: its section's names, and whether its value may be shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from portero.config.problems import KeyPath, dotted
from portero.config.settings import Section, SemanticVad, ServerVad, Settings


@dataclass(frozen=True)
class Step:
    """One step of a path: the setting that it names, if any, and the sections it was looked for in.

    `chosen` says that people choose the key here: the name of a gate, a header, a JSON Schema.
    """

    field: FieldInfo | None
    sections: tuple[type[Section], ...]
    chosen: bool


def walk(path: KeyPath) -> Iterator[Step]:
    """The steps of `path` from the top of the file on."""
    sections: tuple[type[Section], ...] = (Settings,)
    chosen = False
    for key in path:
        known = (section.model_fields.get(str(key)) for section in sections)
        field = None if chosen or isinstance(key, int) else next(filter(None, known), None)
        yield Step(field, sections, chosen)
        if field is not None:
            sections = tuple(_sections_in(field.annotation))
        chosen = _is_mapping(field.annotation) if field is not None else chosen and not sections


def names_at(path: KeyPath, value: Any = None) -> list[str]:
    """The keys that may stand at `path`; `value`, what stands there, tells kinds of vad apart."""
    *_, last = walk((*path, ""))
    sections = last.sections
    if len(sections) > 1:
        kind = value.get("type", "") if isinstance(value, dict) else ""
        sections = (SemanticVad,) if kind == "semantic_vad" else (ServerVad,)
    return [name for section in sections for name in section.model_fields]


def is_secret(path: KeyPath) -> bool:
    """Whether the value at `path` must never be shown: a secret, or what may carry one."""
    field = _field_of(path)
    return field is not None and (not field.repr or _holds_secret(field.annotation))


def is_password(path: KeyPath) -> bool:
    """Whether the value at `path` is a secret and nothing else, as its model says."""
    field = _field_of(path)
    return field is not None and _holds_secret(field.annotation)


def _field_of(path: KeyPath) -> FieldInfo | None:
    """The last setting that `path` names: of an item of a list or mapping, that which holds it."""
    fields = [step.field for step in walk(path) if step.field is not None]
    return fields[-1] if fields else None


def public_part(path: KeyPath) -> KeyPath:
    """`path` up to what may be a piece of a secret: a part of one, or a key like none we know.

    A comma in an unquoted password makes a key of what follows it: `{password: abc,def}`.
    """
    for at, step in enumerate(walk(path)):
        above = path[:at]
        known = step.field is not None or step.chosen or isinstance(path[at], int)
        if is_secret(above) or not (known or _resembles(path[: at + 1])):
            return above
    return path


def _resembles(path: KeyPath) -> bool:
    return bool(nearest(str(path[-1]), names_at(path[:-1])) or home_of(path))


def nearest(word: str, words: list[str]) -> str | None:
    """The word that was most likely meant, or None."""
    return next(iter(get_close_matches(word.lower(), words, 1)), None)


def home_of(path: KeyPath) -> str | None:
    """The one place where the last key of `path` belongs, where it stands in a wrong one."""
    homes = [home for home in all_names() if home[-1] == path[-1] and home != path]
    return dotted(homes[0]) if len(homes) == 1 else None


def all_names(section: type[Section] = Settings, at: KeyPath = ()) -> Iterator[KeyPath]:
    """The path of every setting; positions in lists and names of gates are left out."""
    for name, field in section.model_fields.items():
        yield (*at, name)
        for inner in _sections_in(field.annotation):
            yield from all_names(inner, (*at, name))


def _sections_in(annotation: Any) -> Iterator[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for part in get_args(annotation):
        yield from _sections_in(part)


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_holds_secret(part) for part in get_args(annotation))


def _is_mapping(annotation: Any) -> bool:
    return get_origin(annotation) is dict or any(map(_is_mapping, get_args(annotation)))
