"""What goes back to the model: only chosen fields, and never too much of them (pure)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from portero.limits import TOOL_ITEMS, TOOL_OUTPUT_CHARS, TOOL_TEXT_CHARS
from portero.registry.names import names_agree, unit_key

MATCHES: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "name": names_agree,
    "unit": lambda said, known: unit_key(said) == unit_key(known),
}


class WrongShape(ValueError):
    """The backend's JSON is neither an object nor a list of objects."""


def select(answer: Any, fields: Iterable[str]) -> dict[str, Any]:
    """The `fields` (dots go deeper) of an object, or of the first items of a list.

    A list becomes `{"results": [...], "more": how many were left out}`.
    """
    chosen = tuple(fields)
    if isinstance(answer, Mapping):
        return _pick(answer, chosen)
    if isinstance(answer, list) and all(isinstance(item, Mapping) for item in answer):
        shown = [_pick(item, chosen) for item in answer[:TOOL_ITEMS]]
        return {"results": shown, "more": len(answer) - len(shown)}
    raise WrongShape(f"expected an object or a list of objects, not {type(answer).__name__}")


def unwrap(answer: Any, key: str | None) -> Any:
    """The list under `key`, for backends that put one into an object; anything else as it is."""
    return answer[key] if isinstance(answer, Mapping) and key in answer else answer


def matching(answer: Any, arguments: Mapping[str, Any], fields: Iterable[str]) -> Any:
    """A list without former residents and the items that disagree with what was asked for.

    Anything but a list is given back as it is.
    """
    asked = [(field, str(arguments[field])) for field in fields if field in arguments]
    if not isinstance(answer, list):
        return answer
    return [
        item
        for item in answer
        if not isinstance(item, Mapping)  # which `select` will refuse
        or (item.get("is_active") is not False and _fits(item, asked))
    ]


def _fits(item: Mapping[str, Any], asked: Iterable[tuple[str, str]]) -> bool:
    return all(MATCHES[field](said, str(item.get(field, ""))) for field, said in asked)


def encode(result: Mapping[str, Any]) -> str:
    """`result` as JSON text of at most TOOL_OUTPUT_CHARS."""
    text = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
    if len(text) > TOOL_OUTPUT_CHARS:
        raise WrongShape(f"the answer has {len(text)} characters")
    return text


def _pick(answer: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    picked: dict[str, Any] = {}
    for path in fields:
        value: Any = answer
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if isinstance(value, str | int | float | bool):
            _put(picked, path.split("."), value)
    return picked


def _put(target: dict[str, Any], path: list[str], value: Any) -> None:
    for step in path[:-1]:
        target = target.setdefault(step, {})
    target[path[-1]] = _clean(value) if isinstance(value, str) else value


def _clean(text: str) -> str:
    """The beginning of `text`, without the half surrogates that JSON allows and UTF-8 does not."""
    return text[:TOOL_TEXT_CHARS].encode("utf-8", "replace").decode()
