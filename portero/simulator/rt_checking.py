"""Small checks that add up to a schema (pure): the first thing wrong is raised, with its path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any, str], None]


class Refusal(Exception):
    """Why a client event is not accepted; becomes an ``error`` event of the stand-in.

    ``race``: the client could not have known, and the error names no event (reference 4.1).
    """

    def __init__(
        self, code: str, message: str, param: str | None = None, *, race: bool = False
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
        self.race = race


def missing(path: str) -> Refusal:
    """A key that must be there is not."""
    return Refusal("missing_required_parameter", f"Missing required parameter: {path!r}.", path)


def invalid(path: str, wanted: str) -> Refusal:
    """A value that is not allowed."""
    return Refusal("invalid_value", f"Invalid value for {path!r}: {wanted}.", path)


def wrong_type(path: str, wanted: str) -> Refusal:
    """A value of the wrong JSON type."""
    return Refusal("invalid_type", f"Invalid type for {path!r}: expected {wanted}.", path)


def text(least: int = 0, most: int | None = None) -> Check:
    """A string, its length within bounds."""

    def checker(value: Any, path: str) -> None:
        if not isinstance(value, str):
            raise wrong_type(path, "a string")
        if len(value) < least or (most is not None and len(value) > most):
            raise invalid(path, f"{len(value)} characters are too few or too many")

    return checker


def number(least: float, most: float) -> Check:
    """A number within bounds."""

    def checker(value: Any, path: str) -> None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise wrong_type(path, "a number")
        if not least <= value <= most:
            raise invalid(path, f"expected {least:g} to {most:g}")

    return checker


def integer(least: int, most: float = float("inf")) -> Check:
    """A whole number within bounds."""
    bounds = number(least, most)

    def checker(value: Any, path: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise wrong_type(path, "an integer")
        bounds(value, path)

    return checker


def boolean(value: Any, path: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        raise wrong_type(path, "a boolean")


def anything(value: Any, path: str) -> None:
    """What the stand-in does not look into."""


def free_object(value: Any, path: str) -> None:
    """A JSON object of any keys."""
    if not isinstance(value, dict):
        raise wrong_type(path, "an object")


def one_of(*values: Any) -> Check:
    """One of some constants."""

    def checker(value: Any, path: str) -> None:
        if value not in values:
            raise invalid(path, f"expected one of {', '.join(map(repr, values))}")

    return checker


def nullable(inner: Check) -> Check:
    """Null, or what ``inner`` accepts."""

    def checker(value: Any, path: str) -> None:
        if value is not None:
            inner(value, path)

    return checker


def either(first: Check, second: Check) -> Check:
    """What one of two checks accepts; the second tells what is wrong."""

    def checker(value: Any, path: str) -> None:
        try:
            first(value, path)
        except Refusal:
            second(value, path)

    return checker


def list_of(inner: Check) -> Check:
    """A list, each element accepted by ``inner``."""

    def checker(value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise wrong_type(path, "an array")
        for index, element in enumerate(value):
            inner(element, f"{path}[{index}]")

    return checker


def fields(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these keys and no others."""
    known = {**required, **(optional or {})}

    def checker(value: Any, path: str) -> None:
        free_object(value, path)
        prefix = f"{path}." if path else ""
        for key in value:
            if key not in known:
                name = f"{prefix}{key}"
                raise Refusal("unknown_parameter", f"Unknown parameter: {name!r}.", name)
        for key in required:
            if key not in value:
                raise missing(f"{prefix}{key}")
        for key, element in value.items():
            known[key](element, f"{prefix}{key}")

    return checker


def tagged(kinds: Mapping[str, Check], tag: str = "type") -> Check:
    """An object whose ``tag`` says which check is its."""

    def checker(value: Any, path: str) -> None:
        free_object(value, path)
        name = f"{path}.{tag}"
        if tag not in value:
            raise missing(name)
        one_of(*kinds)(value[tag], name)
        kinds[value[tag]](value, path)

    return checker
