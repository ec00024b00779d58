"""What the model sends as arguments, checked before anything is done with it (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from jsonschema.exceptions import ValidationError

from portero.doorman.declarations import Tool
from portero.limits import TOOL_ARGUMENTS_CHARS


class BadArguments(ValueError):
    """The model's arguments can't be used; the text tells the model why."""


def parse_arguments(tool: Tool, text: str) -> dict[str, Any]:
    """The arguments of one call of `tool`, defaults filled in, or BadArguments.

    Models send `null` and "" for what they do not know: an optional one is taken as absent.
    """
    if len(text) > TOOL_ARGUMENTS_CHARS:
        raise BadArguments(f"arguments are longer than {TOOL_ARGUMENTS_CHARS} characters")
    given = _load(text)
    arguments = {
        name: value
        for name, value in given.items()
        if name in tool.required or value not in (None, "")
    }
    _check_texts(arguments)
    errors = sorted(tool.validator.iter_errors(arguments), key=lambda error: list(error.path))
    if errors:
        raise BadArguments("; ".join(_explain(error) for error in errors[:3]))
    return tool.defaults | arguments


def _load(text: str) -> dict[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not JSON")

    try:
        loaded = json.loads(text or "{}", parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise BadArguments(f"arguments are not JSON: {error}") from None
    if not isinstance(loaded, dict):
        raise BadArguments("arguments must be a JSON object")
    return loaded


def _check_texts(value: Any, name: str = "arguments") -> None:
    """Refuse control characters and half surrogates: no name or plate has them."""
    if isinstance(value, str):
        if any(not (c.isprintable() or c in "\n\t") for c in value):
            raise BadArguments(f"{name} holds characters that are no text")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _check_texts(key)
            _check_texts(item, str(key))
    elif isinstance(value, list):
        for item in value:
            _check_texts(item, name)


def _explain(error: ValidationError) -> str:
    where = ".".join(str(step) for step in error.path)
    message = error.message if len(error.message) <= 200 else f"not valid ({error.validator})"
    return f"{where}: {message}" if where else message
