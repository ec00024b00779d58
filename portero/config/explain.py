"""pydantic's findings as problems that an installer can act on, each with its place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import ErrorDetails

from portero.config.document import Document
from portero.config.fields import home_of, is_secret, names_at, nearest
from portero.config.problems import KeyPath, Place, Problem
from portero.config.rules import WEEKDAYS
from portero.config.units import FORMS
from portero.messages import CATALOGUE

HIDDEN: Final = "***"

# pydantic's error types, by the message that says the same to a person.
_KEYS: Final = {
    "missing": "missing",
    **dict.fromkeys(
        ("int_parsing", "int_type", "int_from_float", "int_parsing_size"), "whole_number"
    ),
    **dict.fromkeys(("float_parsing", "float_type", "finite_number"), "number"),
    **dict.fromkeys(("bool_parsing", "bool_type"), "yes_no"),
    "string_type": "text_wanted",
    "string_too_short": "too_short",
    "string_too_long": "text_too_long",
    "greater_than_equal": "at_least",
    "greater_than": "more_than",
    "less_than_equal": "at_most",
    **dict.fromkeys(("model_type", "dict_type", "model_attributes_type"), "section_wanted"),
    **dict.fromkeys(("tuple_type", "list_type"), "list_wanted"),
}


_SPANISH_DAYS: Final = dict(
    zip(("lun", "mar", "mie", "jue", "vie", "sab", "dom"), WEEKDAYS, strict=True)
)


class Places:
    """Where each path stands: in the file, in the environment, or (what is missing) above it."""

    def __init__(self, document: Document, filled: Mapping[KeyPath, str]) -> None:
        self._document = document
        self._filled = filled

    def of_value(self, path: KeyPath) -> Place:
        if path in self._filled:
            return Place(self._filled[path])
        while path and path not in self._document.places:
            path = path[:-1]
        return self._document.places.get(path, Place(self._document.file))

    def of_key(self, path: KeyPath) -> Place:
        return self._document.keys.get(path) or self.of_value(path)


def explain(
    errors: list[ErrorDetails], data: dict[str, Any], places: Places, sealed: Mapping[KeyPath, str]
) -> dict[KeyPath, Problem]:
    """One problem for each faulty path; of several findings on one path the last, most exact one.

    `data` is what was validated; values that are `sealed` or secret are not quoted.
    """
    problems = {}
    for error in errors:
        path = _path_in(data, error)
        hide = is_secret(path) or any(hidden[: len(path)] == path for hidden in sealed)
        key, values = _message(error, path, data)
        if hide and "value" in values:
            values["value"] = HIDDEN
        place = places.of_key(path) if _is_about_key(error) else places.of_value(path)
        problems[path] = Problem(key, values, place, path)
    return problems


def _is_about_key(error: ErrorDetails) -> bool:
    return error["type"] == "extra_forbidden" or error["loc"][-1:] == ("[key]",)


def _path_in(data: Any, error: ErrorDetails) -> KeyPath:
    """The path of a finding without the steps that pydantic adds for unions and keys."""
    path: list[str | int] = []
    for step in error["loc"]:
        inside = isinstance(data, dict) and step in data
        if inside or (isinstance(data, list) and isinstance(step, int) and step < len(data)):
            path.append(step)
            data = data[step]
        elif error["type"] == "missing" and step == error["loc"][-1]:
            path.append(step)
    return tuple(path)


def _message(error: ErrorDetails, path: KeyPath, data: Any) -> tuple[str, dict[str, Any]]:
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    if kind == "extra_forbidden":
        return _unknown_key(path, data)
    if kind in ("literal_error", "union_tag_invalid"):
        expected = context.get("expected") or context.get("expected_tags", "")
        shown = context.get("tag", value)
        choices = re.findall(r"'([^']*)'", expected)
        return _weekday(shown, choices) if "mon" in choices else choice("choice", shown, choices)
    if kind == "string_pattern_mismatch":
        return FORMS.get(context["pattern"], "invalid"), {"value": value, "reason": kind}
    key = _KEYS.get(kind, kind)
    if key not in CATALOGUE:
        return "invalid", {"reason": error["msg"]}
    names = ("ge", "gt", "le", "max_length")
    limit = next((context[name] for name in names if name in context), "")
    return key, {"value": _short(value), "limit": _short(limit)}


def _short(value: Any) -> Any:
    """7200 for 7200.0: the number that people wrote, not pydantic's."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _weekday(value: Any, choices: list[str]) -> tuple[str, dict[str, Any]]:
    """A day as people write it: Mon, Monday, lun, miércoles. By likeness `lun` would be `sun`."""
    plain = unicodedata.normalize("NFKD", str(value).casefold()).encode("ascii", "ignore")
    said = plain.decode()[:3]
    meant = _SPANISH_DAYS.get(said, said)
    listed = {"value": value, "choices": ", ".join(choices)}
    return (
        ("weekday_near", {**listed, "nearest": meant}) if meant in choices else ("weekday", listed)
    )


def choice(key: str, value: Any, choices: list[str]) -> tuple[str, dict[str, Any]]:
    """The message `key` for a value that is none of `choices`, or `key_near` with a likely one."""
    meant = nearest(str(value), choices)
    listed = {"value": value, "choices": ", ".join(choices)}
    return (f"{key}_near", {**listed, "nearest": meant}) if meant else (key, listed)


def _unknown_key(path: KeyPath, data: Any) -> tuple[str, dict[str, Any]]:
    for step in path[:-1]:
        data = data[step]
    names = names_at(path[:-1], data)
    if (meant := nearest(str(path[-1]), names)) is not None:
        return "unknown_key_near", {"nearest": meant}
    if (home := home_of(path)) is not None:
        return "unknown_key_elsewhere", {"nearest": home}
    return "unknown_key", {"names": ", ".join(names)}
