"""A YAML file as plain values, with the place of every one of them and all that is wrong with it.

Scalars follow YAML's core schema (1.2): `no` and `on` are text, and `0201` or `+52155…` stay the
extensions and numbers they are; PyYAML's own rules would make false, 129 and 52155… of them.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from portero import limits
from portero.config.problems import KeyPath, Place, Problem

_NULL: Final = "tag:yaml.org,2002:null"
_BOOL: Final = "tag:yaml.org,2002:bool"
_INT: Final = "tag:yaml.org,2002:int"
_FLOAT: Final = "tag:yaml.org,2002:float"
_STR: Final = "tag:yaml.org,2002:str"
_CORE_SCHEMA: Final = (
    (_NULL, r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    (_BOOL, r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    (_INT, r"-?(?:0|[1-9][0-9]*)", list("-0123456789")),
    (_FLOAT, r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", list("-0123456789")),
)

_ENVIRONMENT_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_CREDENTIAL_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)
CREDENTIALS: Final = "credentials"
"""The folder beside the settings that `!credential NAME` reads, where systemd gives none."""
# What PyYAML quotes in its reasons, but for single characters and names of its own tokens.
_QUOTED: Final = re.compile(r"'(?!<[a-z ]+>')[^']{2,}'")
_LONGEST_INT: Final = 20  # longer is a number of something to call, never a setting's


class _Bad(Exception):
    """A value that can't be had: the key and values of its message."""

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class _Composer(yaml.SafeLoader):
    """PyYAML up to its tree of nodes; what the nodes mean is decided here, not by PyYAML."""

    yaml_implicit_resolvers = {}


for _tag, _pattern, _first in _CORE_SCHEMA:
    _Composer.add_implicit_resolver(_tag, re.compile(rf"^(?:{_pattern})$", re.ASCII), _first)


@dataclass
class Document:
    """What was read: `data`, and for each path into it where it stands.

    `open_to_all` says that every user of the machine can read the file.
    `sealed` are paths whose value came by `!env`, `!file` or `!credential`: they are never shown.
    `nulls` are paths with nothing behind them: a default stands there.
    `broken` are paths that already have a problem, so that nobody complains of them twice.
    """

    file: str
    open_to_all: bool = False
    data: Any = field(default_factory=dict)
    places: dict[KeyPath, Place] = field(default_factory=dict)
    keys: dict[KeyPath, Place] = field(default_factory=dict)
    sealed: dict[KeyPath, str] = field(default_factory=dict)
    nulls: set[KeyPath] = field(default_factory=set)
    broken: set[KeyPath] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def origin(self, path: KeyPath) -> str:
        """The file or the variable that a sealed value comes from; empty for any other."""
        kind, _, name = self.sealed.get(path, "").partition(" ")
        folder = Path(self.file).parent
        match kind:
            case "!credential":
                return str(folder / CREDENTIALS / name)
            case "!file":
                return str(folder / name)
            case "!env":
                return f"${name}"
        return ""


def read_document(path: Path, environ: Mapping[str, str]) -> Document:
    """Reads a settings file; whatever is wrong with it is in `problems`, nothing is raised."""
    document = Document(str(path))
    try:
        content = _read_text(path, limits.CONFIG_BYTES_MAX)
    except _Bad as bad:
        key = "settings_missing" if bad.key == "file_missing" else bad.key
        document.problems.append(Problem(key, bad.values, Place(str(path))))
        return document
    document.open_to_all = _is_open_to_all(path)
    return parse_document(content, document, path.parent, environ)


def parse_document(
    content: str, document: Document, folder: Path, environ: Mapping[str, str]
) -> Document:
    """Fills `document` from YAML text; `!file` is looked up from `folder`."""
    if content.lstrip().startswith("<"):
        document.problems.append(Problem("yaml_html", {}, Place(document.file)))
        return document
    try:
        root = _compose(content)
    except yaml.MarkedYAMLError as error:
        document.problems.append(_syntax_problem(error, document.file))
    except yaml.reader.ReaderError as error:
        line = content.count("\n", 0, error.position) + 1
        document.problems.append(Problem("yaml_character", {}, Place(document.file, line)))
    except RecursionError:
        document.problems.append(Problem("yaml_too_large", {}, Place(document.file)))
    else:
        if root is not None:
            _Builder(document, folder, environ).build_root(root)
    return document


def _compose(content: str) -> Node | None:
    loader = _Composer(content)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _syntax_problem(error: yaml.MarkedYAMLError, file: str) -> Problem:
    """One line from PyYAML's several; it quotes nothing of the file, which may hold a secret."""
    mark = error.problem_mark or error.context_mark
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
    reason = error.problem or error.context or ""
    if "could not find expected ':'" in reason:
        return Problem("yaml_colon", {}, _begun(error, place))
    if "<stream end>" in reason or "end of stream" in reason:
        return Problem("yaml_cut", {}, _begun(error, place))
    if "'\\t'" in reason:
        return Problem("yaml_tab", {}, place)
    if "cannot start any token" in reason or "alias" in reason:
        return Problem("yaml_quote", {}, place)
    if "single document" in (error.context or ""):
        return Problem("yaml_documents", {}, place)
    if "<block end>" in reason or "mapping values" in reason:
        return Problem("yaml_indent", {}, place)
    return Problem("yaml_syntax", {"reason": _QUOTED.sub("'…'", reason)}, place)


def _begun(error: yaml.MarkedYAMLError, place: Place) -> Place:
    """Where that began which has no end: it tells more than the end of the file."""
    mark = error.context_mark
    return Place(place.source, mark.line + 1, mark.column + 1) if mark else place


class _Builder:
    """Turns nodes into values and notes where each stands."""

    def __init__(self, document: Document, folder: Path, environ: Mapping[str, str]) -> None:
        self._document = document
        self._folder = folder
        self._environ = environ
        self._nodes_left = limits.CONFIG_NODES_MAX

    def build_root(self, root: Node) -> None:
        data = self._build(root, ())
        if () in self._document.broken:
            return
        if isinstance(data, dict):
            self._document.data = data
        elif data is not None:
            self._report("yaml_not_mapping", (), root)

    def _build(self, node: Node, path: KeyPath) -> Any:
        self._document.places[path] = self._place(node)
        self._nodes_left -= 1
        if self._nodes_left < 0 or len(path) > limits.CONFIG_DEPTH_MAX:
            if () not in self._document.broken:
                self._report("yaml_too_large", (), node)
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self._build(item, (*path, at)) for at, item in enumerate(node.value)]
        assert isinstance(node, ScalarNode)  # PyYAML has no fourth kind
        try:
            return self._scalar(node, path)
        except _Bad as bad:
            self._report(bad.key, path, node, **bad.values)
            return None

    def _mapping(self, node: MappingNode, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self._report("yaml_key", path, key_node)
                continue
            key_path = (*path, key_node.value)
            if key_node.value in values:
                first = self._document.keys[key_path].line
                self._report("duplicate_key", key_path, key_node, line=first)
                continue
            self._document.keys[key_path] = self._place(key_node)
            values[key_node.value] = self._build(value_node, key_path)
        return values

    def _scalar(self, node: ScalarNode, path: KeyPath) -> Any:
        match node.tag:
            case "tag:yaml.org,2002:null":
                self._document.nulls.add(path)
                return None
            case "tag:yaml.org,2002:bool":
                return node.value.lower() == "true"
            case "tag:yaml.org,2002:int":
                return int(node.value) if len(node.value) < _LONGEST_INT else node.value
            case "tag:yaml.org,2002:float":
                return float(node.value)
            case "tag:yaml.org,2002:str":
                return node.value
            case "!env":
                return self._from_environment(node.value, path)
            case "!file":
                return self._from_file(node, path)
            case "!credential":
                return self._from_credential(node, path)
            case _:
                raise _Bad("yaml_tag")

    def _from_environment(self, name: str, path: KeyPath) -> str:
        self._document.sealed[path] = f"!env {name}"
        if _ENVIRONMENT_NAME.fullmatch(name) is None:
            raise _Bad("env_name")
        value = self._environ.get(name, "").strip()
        if not value:
            raise _Bad("env_missing", name=name)
        return value

    def _from_file(self, node: ScalarNode, path: KeyPath) -> str:
        self._document.sealed[path] = f"!file {node.value}"
        return self._read_secret(self._folder / node.value, node, path)

    def _from_credential(self, node: ScalarNode, path: KeyPath) -> str:
        """What systemd hands to the service; for a command, the file that systemd took it from.

        systemd.exec(5): LoadCredential=portero:FOLDER makes `portero_NAME` of each file in it.
        """
        name = node.value
        self._document.sealed[path] = f"!credential {name}"
        if _CREDENTIAL_NAME.fullmatch(name) is None:
            raise _Bad("credential_name")
        own = self._folder / CREDENTIALS / name
        given = self._environ.get("CREDENTIALS_DIRECTORY", "")
        copies = [Path(given) / name, Path(given) / f"portero_{name}"] if given else []
        for file in (*copies, own):
            try:
                file.stat()
            except (FileNotFoundError, NotADirectoryError):
                continue
            except PermissionError:
                if not given:
                    raise _Bad("file_closed", name=str(own)) from None
                continue
            except OSError:
                pass  # what is the matter with it is told by who reads it
            return self._read_secret(file, node, path)
        raise _Bad("credential_missing", name=str(own))

    def _read_secret(self, file: Path, node: ScalarNode, path: KeyPath) -> str:
        content = _read_text(file, limits.SECRET_BYTES_MAX)
        if not content.strip():
            raise _Bad("file_empty", name=str(file))
        if _is_open_to_all(file):
            place = self._place(node)
            self._document.problems.append(
                Problem("file_open_to_all", {"name": str(file)}, place, path, warning=True)
            )
        return content.rstrip("\r\n")

    def _report(self, key: str, path: KeyPath, node: Node, **values: Any) -> None:
        self._document.broken.add(path)
        self._document.problems.append(Problem(key, values, self._place(node), path))

    def _place(self, node: Node) -> Place:
        mark = node.start_mark
        return Place(self._document.file, mark.line + 1, mark.column + 1)


def _read_text(path: Path, most: int) -> str:
    """The text of a regular file of at most `most` bytes; `_Bad` says why there is none."""
    name = str(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise _Bad("file_is_folder", name=name)
        if not stat.S_ISREG(mode):
            raise _Bad("file_not_regular", name=name)
        with path.open("rb") as file:
            content = file.read(most + 1)
    except FileNotFoundError:
        raise _Bad("file_missing", name=name) from None
    except PermissionError:
        raise _Bad("file_closed", name=name) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise _Bad("file_unreadable", name=name, reason=reason) from None
    if len(content) > most:
        raise _Bad("file_too_large", name=name, most=most)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Bad("file_not_text", name=name) from None


def _is_open_to_all(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IROTH)
