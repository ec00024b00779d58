"""The rows of an import file, each checked by itself (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, ValidationInfo, model_validator

from portero.registry.forms import Form, Maybe, Text
from portero.registry.names import name_words, plate_key, unit_key


def _telling(key: Callable[[str], object]) -> AfterValidator:
    def check(value: str | None) -> str | None:
        if value is not None and not key(value):
            raise ValueError("has neither a letter nor a digit")
        return value

    return AfterValidator(check)


def _moment(value: object, info: ValidationInfo) -> datetime | None:
    """'2026-12-24 18:00', in the file's time zone unless it names one itself."""
    if value in (None, ""):
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError("is no date and time like 2026-12-24 18:00") from None
    zone: tzinfo | None = (info.context or {}).get("zone")
    return moment if moment.tzinfo else moment.replace(tzinfo=zone).astimezone()


Name = Annotated[Text, _telling(name_words)]
MaybeName = Annotated[Maybe, _telling(name_words)]
Unit = Annotated[Text, _telling(unit_key)]
Plate = Annotated[Text, _telling(plate_key)]
MaybePlate = Annotated[Maybe, _telling(plate_key)]
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


class AuthorizationRow(Row):
    """A visitor whom a resident expects; with several residents in the unit, name one."""

    name: Name
    unit: Unit
    resident: MaybeName = None
    plate: MaybePlate = None
    id_number: MaybePlate = None
    valid_from: When = None
    valid_until: When = None

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValueError("valid_until must come after valid_from")
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
