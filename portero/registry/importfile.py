"""Reading an import file: YAML or CSV in, checked rows and all their mistakes out (pure).

Values are taken as text, so that a house number keeps its zeros.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from zoneinfo import ZoneInfo

import yaml
from pydantic import ValidationError

from portero.errors import PorteroError
from portero.limits import IMPORT_ROWS
from portero.registry.rows import KINDS, Row


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """What is wrong, and in which line."""

    line: int
    text: str


class BadImport(PorteroError):
    """A file that can't be imported; `mistakes` has all of them, by line."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes))
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


def read_import(text: str, suffix: str, zone: tzinfo | None = None) -> list[Located]:
    """The rows of a file; `suffix` (.yaml, .yml, .csv) tells its format. Raises BadImport.

    zone: of dates that name none, where the file has no `timezone:`; None is the machine's own.
    """
    mistakes: list[Mistake] = []
    reader = {".csv": _read_csv, ".yaml": _read_yaml, ".yml": _read_yaml}.get(suffix.lower())
    if reader is None:
        raise BadImport([Mistake(1, f"a file ending in {suffix or 'nothing'} is not known here")])
    raws, own_zone = reader(text, mistakes)
    if len(raws) > IMPORT_ROWS:
        raise BadImport([Mistake(raws[IMPORT_ROWS].line, f"more than {IMPORT_ROWS} rows")])
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
            message = problem["msg"].removeprefix("Value error, ")
            mistakes.append(Mistake(raw.lines.get(name, raw.line), f"{name}: {message}"))


# -- CSV


def _read_csv(text: str, mistakes: list[Mistake]) -> tuple[list[_Raw], tzinfo | None]:
    text = text.removeprefix("\ufeff")
    columns = text.partition("\n")[0]
    # Excel writes semicolons where the comma is the decimal sign.
    delimiter = max(",;\t", key=columns.count)
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, strict=True)
    raws: list[_Raw] = []
    try:
        if "kind" not in (reader.fieldnames or ()):
            raise BadImport([Mistake(1, "the first line must name the columns, `kind` among them")])
        for record in reader:
            raws.extend(_csv_row(record, reader.line_num, mistakes))
    except csv.Error as error:
        mistakes.append(Mistake(reader.reader.line_num, f"this is no CSV: {error}"))
    return raws, None


def _csv_row(
    record: dict[str | None, str | None], line: int, mistakes: list[Mistake]
) -> Iterator[_Raw]:
    if None in record:
        mistakes.append(Mistake(line, "there are more values than columns"))
        return
    values = {str(name): value for name, value in record.items() if value}
    kind = values.pop("kind", "")
    if f"{kind}s" in KINDS:
        yield _Raw(f"{kind}s", line, values)
    elif kind or values:
        known = ", ".join(name.removesuffix("s") for name in KINDS)
        mistakes.append(Mistake(line, f"kind: {kind!r} is not one of {known}"))


# -- YAML


def _read_yaml(text: str, mistakes: list[Mistake]) -> tuple[list[_Raw], tzinfo | None]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadImport([Mistake(line, f"this is no YAML: {error.problem}")]) from None
    except yaml.YAMLError as error:
        raise BadImport([Mistake(1, f"this is no YAML: {error}")]) from None
    except RecursionError:
        raise BadImport([Mistake(1, "this is nested too deeply")]) from None
    if not isinstance(root, yaml.MappingNode):
        raise BadImport([Mistake(1, f"expected lists named {', '.join(KINDS)}")])
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
            mistakes.append(Mistake(_line(key), f"{name}: is not one of {known}"))
    return raws, zone


def _yaml_rows(kind: str, node: yaml.Node, mistakes: list[Mistake]) -> Iterator[_Raw]:
    if _is_null(node):
        return
    if not isinstance(node, yaml.SequenceNode):
        mistakes.append(Mistake(_line(node), f"{kind}: must be a list"))
        return
    for item in node.value:
        if not isinstance(item, yaml.MappingNode):
            mistakes.append(Mistake(_line(item), f"{kind}: each entry must be `field: value`"))
            continue
        raw = _Raw(kind, _line(item))
        for key, value in item.value:
            _yaml_field(raw, key, value, mistakes)
        yield raw


def _yaml_field(raw: _Raw, key: yaml.Node, value: yaml.Node, mistakes: list[Mistake]) -> None:
    name = _name(key)
    if name in raw.lines:
        mistakes.append(Mistake(_line(key), f"{name}: is here twice"))
        return
    raw.lines[name] = _line(key)
    if name == "gates" and isinstance(value, yaml.SequenceNode):
        # As a CSV file has them; an item that is no text is no gate's name either.
        raw.values[name] = "|".join(str(item.value) for item in value.value)
        return
    if not isinstance(value, yaml.ScalarNode):
        mistakes.append(Mistake(_line(value), f"{name}: must be a single value"))
    raw.values[name] = "" if _is_null(value) else str(value.value)


def _zone(node: yaml.Node, mistakes: list[Mistake]) -> tzinfo | None:
    try:
        return ZoneInfo(str(node.value))
    except (KeyError, ValueError, OSError):
        mistakes.append(Mistake(_line(node), "timezone: is none, like America/Mexico_City"))
        return None


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _name(key: yaml.Node) -> str:
    return str(key.value) if isinstance(key, yaml.ScalarNode) else "a key"


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1
