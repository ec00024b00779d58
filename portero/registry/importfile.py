"""Reading an import file: YAML or CSV in, checked rows and all their mistakes out (pure).

Values are taken as text, so that a house number keeps its zeros.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from portero.errors import PorteroError
from portero.limits import IMPORT_ROWS
from portero.messages import CATALOGUE, text
from portero.registry.rows import KINDS, Row


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong (a key of `portero.messages` with its values), with what, in which line."""

    line: int
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""

    def said(self, language: str) -> str:
        words = text(self.key, language, **self.values)
        return f"{self.about}: {words}" if self.about else words

    @property
    def text(self) -> str:
        """In English, for a log."""
        return self.said("en")


class BadImport(PorteroError):
    """A file that can't be imported; `mistakes` has all of them, by line."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda mistake: mistake.line))
        super().__init__("\n".join(f"line {m.line}: {m.text}" for m in self.mistakes))


@dataclass(frozen=True, slots=True)
class Located:
    """A row and the line it starts in."""

    line: int
    row: Row


@dataclass(slots=True)
class _Raw:
    """A row before its check: texts by field, and the line of each."""

    kind: str
    line: int
    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


def read_import(content: str, suffix: str, zone: tzinfo | None = None) -> list[Located]:
    """The rows of a file; `suffix` (.yaml, .yml, .csv) tells its format. Raises BadImport.

    zone: of dates that name none, where the file has no `timezone:`; None is the machine's own.
    """
    mistakes: list[Mistake] = []
    reader = {".csv": _read_csv, ".yaml": _read_yaml, ".yml": _read_yaml}.get(suffix.lower())
    if reader is None:
        raise BadImport([Mistake(1, "import_suffix", {"value": suffix or "-"})])
    raws, own_zone = reader(content, mistakes)
    if len(raws) > IMPORT_ROWS:
        line = raws[IMPORT_ROWS].line
        raise BadImport([Mistake(line, "import_rows", {"most": IMPORT_ROWS})])
    rows = [located for raw in raws for located in _check(raw, own_zone or zone, mistakes)]
    if mistakes:
        raise BadImport(mistakes)
    return rows


def _check(raw: _Raw, zone: tzinfo | None, mistakes: list[Mistake]) -> Iterator[Located]:
    try:
        yield Located(raw.line, KINDS[raw.kind].model_validate(raw.values, context={"zone": zone}))
    except ValidationError as error:
        for problem in error.errors():
            name = str(problem["loc"][0]) if problem["loc"] else raw.kind
            key, values = _words(problem, raw.kind)
            mistakes.append(Mistake(raw.lines.get(name, raw.line), key, values, name))


# pydantic's error types, by the message that says the same to a person.
_KEYS: Final = {
    "missing": "missing",
    "string_too_short": "too_short",
    **dict.fromkeys(("string_too_long", "too_long"), "import_too_long"),
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "whole_number"),
    "greater_than_equal": "at_least",
    "less_than_equal": "at_most",
}


def _words(problem: ErrorDetails, kind: str) -> tuple[str, dict[str, Any]]:
    """The message for one of pydantic's findings; our own checks name theirs themselves."""
    found, context = problem["type"], problem.get("ctx", {})
    if found == "extra_forbidden":
        return "unknown_key", {"names": ", ".join(KINDS[kind].model_fields)}
    key = _KEYS.get(found, found)
    if key not in CATALOGUE:
        return "invalid", {"reason": problem["msg"].removeprefix("Value error, ")}
    limit = next((context[name] for name in ("ge", "le", "max_length") if name in context), "")
    return key, {"value": problem["input"], "limit": limit}


# -- CSV


def _read_csv(content: str, mistakes: list[Mistake]) -> tuple[list[_Raw], tzinfo | None]:
    content = content.removeprefix("\ufeff")
    columns = content.partition("\n")[0]
    # Excel writes semicolons where the comma is the decimal sign.
    delimiter = max(",;\t", key=columns.count)
    reader = csv.DictReader(io.StringIO(content), delimiter=delimiter, strict=True)
    raws: list[_Raw] = []
    try:
        if "kind" not in (reader.fieldnames or ()):
            raise BadImport([Mistake(1, "import_columns")])
        for record in reader:
            raws.extend(_csv_row(record, reader.line_num, mistakes))
    except csv.Error as error:
        mistakes.append(Mistake(reader.reader.line_num, "import_no_csv", {"reason": error}))
    return raws, None


def _csv_row(
    record: dict[str | None, str | None], line: int, mistakes: list[Mistake]
) -> Iterator[_Raw]:
    if None in record:
        mistakes.append(Mistake(line, "import_more_values"))
        return
    values = {str(name): value for name, value in record.items() if value}
    kind = values.pop("kind", "")
    if f"{kind}s" in KINDS:
        yield _Raw(f"{kind}s", line, values)
    elif kind or values:
        known = [name.removesuffix("s") for name in KINDS]
        values = {"value": kind, "choices": ", ".join(known)}
        mistakes.append(Mistake(line, "choice", values, "kind"))


# -- YAML


def _read_yaml(content: str, mistakes: list[Mistake]) -> tuple[list[_Raw], tzinfo | None]:
    try:
        root = yaml.compose(content, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadImport([Mistake(line, "yaml_syntax", {"reason": error.problem})]) from None
    except yaml.YAMLError as error:
        raise BadImport([Mistake(1, "yaml_syntax", {"reason": error})]) from None
    except RecursionError:
        raise BadImport([Mistake(1, "yaml_too_large")]) from None
    if not isinstance(root, yaml.MappingNode):
        raise BadImport([Mistake(1, "import_lists", {"choices": ", ".join(KINDS)})])
    raws: list[_Raw] = []
    zone: tzinfo | None = None
    for key, node in root.value:
        name = _name(key)
        if name == "timezone":
            zone = _zone(node, mistakes)
        elif name in KINDS:
            raws.extend(_yaml_rows(name, node, mistakes))
        else:
            known = ", ".join(["timezone", *KINDS])
            mistakes.append(Mistake(_line(key), "unknown_key", {"names": known}, name))
    return raws, zone


def _yaml_rows(kind: str, node: yaml.Node, mistakes: list[Mistake]) -> Iterator[_Raw]:
    if _is_null(node):
        return
    if not isinstance(node, yaml.SequenceNode):
        mistakes.append(Mistake(_line(node), "import_list", about=kind))
        return
    for item in node.value:
        if not isinstance(item, yaml.MappingNode):
            mistakes.append(Mistake(_line(item), "yaml_not_mapping", about=kind))
            continue
        raw = _Raw(kind, _line(item))
        for key, value in item.value:
            _yaml_field(raw, key, value, mistakes)
        yield raw


def _yaml_field(raw: _Raw, key: yaml.Node, value: yaml.Node, mistakes: list[Mistake]) -> None:
    name = _name(key)
    if name in raw.lines:
        mistakes.append(Mistake(_line(key), "duplicate_key", {"line": raw.lines[name]}, name))
        return
    raw.lines[name] = _line(key)
    if name == "gates" and isinstance(value, yaml.SequenceNode):
        # As a CSV file has them; an item that is no text is no gate's name either.
        raw.values[name] = "|".join(str(item.value) for item in value.value)
        return
    if not isinstance(value, yaml.ScalarNode):
        mistakes.append(Mistake(_line(value), "import_single", about=name))
    raw.values[name] = "" if _is_null(value) else str(value.value)


def _zone(node: yaml.Node, mistakes: list[Mistake]) -> tzinfo | None:
    try:
        return ZoneInfo(str(node.value))
    except (KeyError, ValueError, OSError):
        mistakes.append(Mistake(_line(node), "time_zone", {"value": node.value}, "timezone"))
        return None


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _name(key: yaml.Node) -> str:
    return str(key.value) if isinstance(key, yaml.ScalarNode) else "a key"


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1
