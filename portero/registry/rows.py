"""The rows of an import file, each checked by itself (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from portero.config import units
from portero.limits import AUTHORIZATION_USES_MAX
from portero.registry.forms import Form, Maybe, Text
from portero.registry.names import name_words, plate_key, unit_key


def _telling(key: Callable[[str], object]) -> AfterValidator:
    def check(value: str | None) -> str | None:
        if value is not None and not key(value):
            raise PydanticCustomError("import_blank", "has neither a letter nor a digit")
        return value

    return AfterValidator(check)


def _moment(value: object, info: ValidationInfo) -> datetime | None:
    """'2026-12-24 18:00', in the file's time zone unless it names one itself."""
    if value in (None, ""):
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise PydanticCustomError("pin_moment", "is no date and time") from None
    zone: tzinfo | None = (info.context or {}).get("zone")
    return moment if moment.tzinfo else moment.replace(tzinfo=zone).astimezone()


def _named(kind: Any, word: Literal["import_gates", "form_extension"]) -> Callable[[str], str]:
    """A check that settings make as well; `word` is its message."""
    adapter: TypeAdapter[str] = TypeAdapter(kind)

    def check(value: str) -> str:
        try:
            return adapter.validate_python(value)
        except ValidationError:
            raise PydanticCustomError(word, "is not of that form") from None

    return check


_is_gate = _named(units.Name, "import_gates")
_is_extension = _named(units.Extension, "form_extension")


def _gates(value: object) -> tuple[str, ...] | None:
    """'main_gate|service_gate'; an empty list is a mistake, for it would open all gates."""
    if value is None:
        return None
    return tuple(_is_gate(gate.strip()) for gate in str(value).split("|"))


def _extension(value: str | None) -> str | None:
    return None if value is None else _is_extension(value)


Name = Annotated[Text, _telling(name_words)]
MaybeName = Annotated[Maybe, _telling(name_words)]
Unit = Annotated[Text, _telling(unit_key)]
Plate = Annotated[Text, _telling(plate_key)]
MaybePlate = Annotated[Maybe, _telling(plate_key)]
Gates = Annotated[tuple[str, ...] | None, BeforeValidator(_gates)]
Uses = Annotated[
    Annotated[int, Field(ge=1, le=AUTHORIZATION_USES_MAX)] | None,
    BeforeValidator(lambda value: None if value == "" else value),
]
When = Annotated[datetime | None, BeforeValidator(_moment)]


class Row(Form):
    """A row knows all its fields: an unknown one is a mistake."""

    model_config = ConfigDict(extra="forbid")


class UnitRow(Row):
    """A house or flat."""

    unit: Unit
    building: Maybe = None


class ResidentRow(Row):
    """Somebody who lives in a unit."""

    name: Name
    unit: Unit
    phone: Maybe = None
    whatsapp: Maybe = None
    extension: Annotated[Maybe, AfterValidator(_extension)] = None


class AuthorizationRow(Row):
    """A visitor whom a resident expects; with several residents in the unit, name one.

    gates: those that it opens; None: all. uses: how often it opens; None: as often as wanted.
    """

    name: Name
    unit: Unit
    resident: MaybeName = None
    plate: MaybePlate = None
    id_number: MaybePlate = None
    valid_from: When = None
    valid_until: When = None
    gates: Gates = None
    uses: Uses = None

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise PydanticCustomError("import_backwards", "valid_until must come after valid_from")
        return self


class PlateRow(Row):
    """A resident's own vehicle."""

    plate: Plate
    unit: Unit
    resident: MaybeName = None


# By the name of the list (YAML); a CSV file's `kind` is the name without its s.
KINDS: Final[Mapping[str, type[Row]]] = {
    "units": UnitRow,
    "residents": ResidentRow,
    "authorizations": AuthorizationRow,
    "plates": PlateRow,
}
