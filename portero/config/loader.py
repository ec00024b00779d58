"""Settings from a file, the environment and the defaults: checked whole, all origins kept."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from portero.config.checks import Finding, check
from portero.config.document import Document, read_document
from portero.config.environment import fill_in
from portero.config.explain import HIDDEN, Places, explain
from portero.config.fields import public_part
from portero.config.problems import KeyPath, Place, Problem
from portero.config.settings import Settings
from portero.errors import ConfigError

SYSTEM_FILE: Final = Path("/etc/portero/config.yaml")
LOCAL_FILE: Final = Path("config.yaml")
_REPAIRS: Final = 5  # rounds: each one uncovers what stood behind the findings of the last


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
    return next((file for file in (LOCAL_FILE, SYSTEM_FILE) if file.exists()), None)


def load(file: Path | None, environ: Mapping[str, str]) -> Loaded:
    """Reads and checks everything; without a file, the environment and the defaults.

    Raises:
        ConfigError: with a line for every problem, in the installer's language.
    """
    document = read_document(file, environ) if file else Document("")
    variables = fill_in(document.data, environ)
    language = installer_language(document.data, environ)
    problems = list(document.problems)
    if file is None:
        places = f"{LOCAL_FILE}, {SYSTEM_FILE}"
        problems.append(Problem("no_file", {"places": places}, Place("portero"), warning=True))
    settings: Settings | None = None
    if document.data or not document.problems:
        settings, found = _validate(document, variables)
        problems += found
    errors, warnings = _lines(problems, language)
    if errors or settings is None:
        raise ConfigError(errors, warnings, language)
    given = {path: at for path, at in document.places.items() if path not in document.nulls}
    return Loaded(settings, language, warnings, given, variables, document.sealed)


def installer_language(data: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """The language for an installer: the settings' own, else the environment's, else Spanish."""
    locale = environ.get("LC_ALL") or environ.get("LANG") or ""
    for language in (data.get("language"), locale[:2]):
        if language in ("es", "en"):
            return str(language)
    return "es"


def _lines(problems: Iterable[Problem], language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The errors and the warnings, each in the order of the file."""
    ordered = sorted(problems, key=lambda problem: (problem.place.line, problem.place.column))
    lines: dict[bool, list[str]] = {False: [], True: []}
    for problem in ordered:
        public = replace(problem, path=public_part(problem.path))
        lines[problem.warning].append(public.line(language))
    return tuple(lines[False]), tuple(lines[True])


def _validate(
    document: Document, variables: Mapping[KeyPath, str]
) -> tuple[Settings | None, list[Problem]]:
    """The settings if they can be had, and all that is wrong with them.

    What pydantic refuses is set right in a copy, so that the rest can still be checked whole.
    """
    places = Places(document, variables)
    broken = set(document.broken)
    problems: list[Problem] = []
    data = copy.deepcopy(document.data)
    settings = None
    for _round in range(_REPAIRS):
        try:
            settings = Settings.model_validate(data)
            break
        except ValidationError as error:
            found = explain(error.errors(include_url=False), data, places, document.sealed)
        for path, problem in found.items():
            if not _touches(path, broken):
                problems.append(problem)
            broken.add(path)
            _repair(data, path, problem)
    if settings is not None:
        problems += [
            _placed(finding, places, document.sealed)
            for finding in check(settings)
            if not _touches(finding.path, broken)
        ]
    return settings, problems


def _placed(finding: Finding, places: Places, sealed: Mapping[KeyPath, str]) -> Problem:
    values = {**finding.values, "value": HIDDEN} if finding.path in sealed else finding.values
    place = places.of_value(finding.path)
    return Problem(finding.key, values, place, finding.path, finding.warning)


def _touches(path: KeyPath, broken: set[KeyPath]) -> bool:
    """Whether `path`, or what it lies in, already has its problem."""
    return any(path[:length] in broken for length in range(1, len(path) + 1))


def _repair(root: dict[str, Any], path: KeyPath, problem: Problem) -> None:
    """Puts something valid in a faulty place: the default, or for what must be there a 0.

    A 0 passes as a number, a name or an extension; a list keeps its length, for its paths' sake.
    """
    data: Any = root
    for step in path[:-1]:
        data = data[step]
    last = path[-1]
    if problem.key == "missing":
        data[last] = 0
    elif isinstance(data, list):
        data[int(last)] = {} if problem.key == "section_wanted" else 0
    elif last in data:
        del data[last]
