"""All that is wrong with settings at once: what pydantic refuses, and what does not fit."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from portero.config.checks import Finding, check
from portero.config.document import Document
from portero.config.explain import HIDDEN, Places, explain
from portero.config.problems import KeyPath, Problem
from portero.config.settings import Settings

_REPAIRS: Final = 5  # rounds: each one uncovers what stood behind the findings of the last


def validate(
    document: Document, variables: Mapping[KeyPath, str]
) -> tuple[Settings | None, list[Problem]]:
    """The settings if they can be had, and all that is wrong with them.

    What pydantic refuses is set right in a copy, so that the rest can still be checked whole.
    `variables`: the paths that the environment filled in, by its variables' names.
    """
    places = Places(document, variables)
    broken = set(document.broken)
    problems: list[Problem] = []
    data = copy.deepcopy(document.data)
    for _round in range(_REPAIRS):
        try:
            settings = Settings.model_validate(data)
        except ValidationError as error:
            found = explain(error.errors(include_url=False), data, places, document.sealed)
        else:
            doubts = [_placed(finding, places, document.sealed) for finding in check(settings)]
            return settings, problems + [it for it in doubts if not _follows(it, broken)]
        for path, problem in found.items():
            if not _touches(path, broken):
                problems.append(problem)
            again = path in broken and problem.key != "missing"
            repaired = path[:-1] if again else path
            _repair(data, repaired, problem)
            broken |= {path, repaired}
    return None, problems


def _placed(finding: Finding, places: Places, sealed: Mapping[KeyPath, str]) -> Problem:
    values = {**finding.values, "value": HIDDEN} if finding.path in sealed else finding.values
    place = places.of_value(finding.path)
    return Problem(finding.key, values, place, finding.path, finding.warning)


def _touches(path: KeyPath, broken: set[KeyPath]) -> bool:
    """Whether `path`, or what it lies in, already has its problem."""
    return any(path[:length] in broken for length in range(1, len(path) + 1))


def _follows(doubt: Problem, broken: set[KeyPath]) -> bool:
    """Whether a doubt may come from a faulty value, or from the default that stands in for it."""
    section = doubt.path[:-1] if doubt.warning else doubt.path
    inside = any(path[: len(section)] == section for path in broken if section)
    return inside or _touches(doubt.path, broken)


def _repair(root: dict[str, Any], path: KeyPath, problem: Problem) -> None:
    """Puts something valid in a faulty place: the default, or for what must be there a 0.

    A 0 passes as a number, a name or an extension; a list keeps its length, for its paths' sake.
    What a 0 does not pass for comes back in the next round, and then goes with its list.
    """
    data: Any = root
    for step in path[:-1]:
        if data[step] is None:  # nothing behind the key: a section with all its defaults
            data[step] = {}
        data = data[step]
    last = path[-1]
    if problem.key == "missing":
        data[last] = 0
    elif isinstance(data, list):
        data[int(last)] = {} if problem.key == "section_wanted" else 0
    elif last in data:
        del data[last]
