"""Settings from a file, the environment and the defaults: checked whole, all origins kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any, Final

from portero.config.document import Document, read_document
from portero.config.environment import fill_in
from portero.config.fields import is_password, public_part
from portero.config.problems import KeyPath, Place, Problem, printable
from portero.config.settings import Settings
from portero.config.validation import validate
from portero.errors import ConfigError

SYSTEM_FILE: Final = Path("/etc/portero/config.yaml")
LOCAL_FILE: Final = Path("config.yaml")


@dataclass(frozen=True)
class Examined:
    """What came of looking at settings: `loaded` if they hold, and every problem as it may be told.

    `errors` and `warnings` are each in the order of the file.
    """

    language: str
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    loaded: Loaded | None


@dataclass(frozen=True)
class Loaded:
    """Settings that hold, what is doubtful about them, and where each value came from.

    `places` has the paths that the file gives, `variables` those of the environment, `sealed`
    those that came by `!env` or `!file`; every other value is a default.
    """

    settings: Settings
    language: str
    warnings: tuple[str, ...]
    places: Mapping[KeyPath, Place]
    variables: Mapping[KeyPath, str]
    sealed: Mapping[KeyPath, str]


def load_settings(config: str | Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings of the file that `find_config` chooses, under the environment of a process.

    Raises:
        ConfigError: with a line for every problem, in the installer's language.
    """
    return load(find_config(config, environ), environ).settings


def find_config(option: str | Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file to read: `option`, else $PORTERO_CONFIG, else ./config.yaml, else /etc/portero's.

    What was asked for by name is returned even if it is missing, so that its reader complains.
    """
    asked = option or environ.get("PORTERO_CONFIG")
    if asked:
        return Path(asked)
    return next((file for file in (LOCAL_FILE, SYSTEM_FILE) if _may_be_there(file)), None)


def _may_be_there(file: Path) -> bool:
    """Whether there is a file; one in a folder that is closed to us counts, so that it is told."""
    try:
        return file.exists()
    except PermissionError:
        return True


def load(file: Path | None, environ: Mapping[str, str]) -> Loaded:
    """Reads and checks everything; without a file, the environment and the defaults.

    Raises:
        ConfigError: with a line for every problem, in the installer's language.
    """
    found = examine(file, environ)
    if found.loaded is None:
        language = found.language
        errors, warnings = (_lines(it, language) for it in (found.errors, found.warnings))
        raise ConfigError(errors, warnings, language)
    return found.loaded


def examine(file: Path | None, environ: Mapping[str, str]) -> Examined:
    """Reads and checks everything, and raises nothing."""
    document = read_document(file, environ) if file else Document("")
    language = installer_language(document.data, environ)
    problems = [*document.problems, *_check_secrecy(document)]
    if file is None:
        places = f"{LOCAL_FILE}, {SYSTEM_FILE}"
        problems.append(Problem("no_file", {"places": places}, Place("portero"), warning=True))
    settings: Settings | None = None
    variables: Mapping[KeyPath, str] = {}
    if document.data or not document.problems:  # a file that can't be read has only that problem
        variables = fill_in(document.data, environ)
        settings, found = validate(document, variables)
        problems += [replace(it, origin=printable(document.origin(it.path))) for it in found]
    told = _public(problems)
    errors = tuple(problem for problem in told if not problem.warning)
    warnings = tuple(problem for problem in told if problem.warning)
    if errors or settings is None:
        return Examined(language, errors, warnings, None)
    given = {path: at for path, at in document.places.items() if path not in document.nulls}
    lines = _lines(warnings, language)
    loaded = Loaded(settings, language, lines, given, variables, document.sealed)
    return Examined(language, errors, warnings, loaded)


def installer_language(data: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """The language for an installer: the settings' own, else the environment's, else Spanish."""
    asked = ("LC_ALL", "LC_MESSAGES", "LANG")  # locale(7): the first that is set
    locale = next((environ[name] for name in asked if environ.get(name)), "")
    for language in (data.get("language"), locale[:2]):
        if language in ("es", "en"):
            return str(language)
    return "es"


def _public(problems: Iterable[Problem]) -> list[Problem]:
    """The problems in the order of the file, without what may be a piece of a secret."""
    ordered = sorted(problems, key=lambda problem: (problem.place.line, problem.place.column))
    return [replace(problem, path=public_part(problem.path)) for problem in ordered]


def _lines(problems: Iterable[Problem], language: str) -> tuple[str, ...]:
    return tuple(problem.line(language) for problem in problems)


def _check_secrecy(document: Document) -> Iterator[Problem]:
    """Warns of each secret that is written into a file that every user can read."""
    if not document.open_to_all or not document.data:
        return
    for path, place in document.places.items():
        if path in document.sealed or not is_password(path):
            continue
        if isinstance(reduce(getitem, path, document.data), str):
            values = {"name": document.file}
            yield Problem("secret_open_to_all", values, place, path, warning=True)
