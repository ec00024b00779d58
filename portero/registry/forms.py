"""What the Backend API accepts: each body and query as a checked form."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from portero.limits import PLATES_MINUTES, REGISTRY_FIELD_CHARS, REGISTRY_ROWS

TENANT_ID: Final = r"[A-Za-z0-9._-]{1,64}"


def _no_controls(value: Any) -> Any:
    if isinstance(value, str) and any(not (c.isprintable() or c in "\n\t") for c in value):
        raise ValueError("holds characters that are no text")
    return value


def _absent(value: Any) -> Any:
    return None if value == "" else value


Text = Annotated[
    str,
    BeforeValidator(_no_controls),
    StringConstraints(strip_whitespace=True, min_length=1, max_length=REGISTRY_FIELD_CHARS),
]
Maybe = Annotated[Text | None, BeforeValidator(_absent)]
Id = Annotated[Text, Field(max_length=64)]
MaybeId = Annotated[Id | None, BeforeValidator(_absent)]


class Form(BaseModel):
    """Known fields are checked; unknown ones are left aside, as the first backend does."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True, hide_input_in_errors=True)


class ResidentQuery(Form):
    unit: Maybe = None
    name: Maybe = None


class CheckQuery(Form):
    name: Maybe = None
    plate: Maybe = None
    id_number: Maybe = None
    resident_id: MaybeId = None


class VisitorForm(Form):
    name: Text
    resident_id: Id
    reason: Maybe = None
    vehicle_plate: Maybe = None
    id_number: Maybe = None


class NotificationForm(Form):
    resident_id: Id
    visitor_name: Maybe = None
    visitor_plate: Maybe = None
    channel: Text = "whatsapp"


class PlatesQuery(Form):
    minutes: int = Field(default=5, ge=1, le=PLATES_MINUTES)


class PlateForm(Form):
    plate: Text
    camera: Maybe = None
    confidence: float | None = Field(default=None, ge=0, le=1)


class GateForm(Form):
    gate_id: Id = "main_gate"


Metadata = Annotated[dict[str, Any], BeforeValidator(lambda value: value or {})]


class AccessForm(Form):
    event_type: Annotated[str, Field(pattern=r"^(entry|exit|denied|gate_opened)$")]
    visitor_name: Maybe = None
    resident_id: MaybeId = None
    gate_id: Maybe = None
    access_point: Maybe = None
    direction: Annotated[str, Field(pattern=r"^(in|out)$")] | None = None
    authorization_method: Maybe = None
    metadata: Metadata = {}


class AmendForm(Form):
    metadata: Metadata


class AccessQuery(Form):
    skip: int = Field(default=0, ge=0, le=1_000_000)
    limit: int = Field(default=REGISTRY_ROWS, ge=1, le=REGISTRY_ROWS)
    event_type: Maybe = None
    access_type: Maybe = None
