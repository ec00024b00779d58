"""What a rehearsal file may hold (pure)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from portero.config.units import Name, Seconds
from portero.errors import PorteroError
from portero.limits import REHEARSAL_BYTES, REHEARSAL_STEPS


class BadRehearsal(PorteroError):
    """A rehearsal file can't be played; the text says where and why."""


class Part(BaseModel):
    """A piece of a rehearsal: it knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class SeenPlate(Part):
    """A plate that a camera saw `age` before the call."""

    plate: str
    age: Seconds = 30
    confidence: float | None = Field(default=0.95, ge=0, le=1)


class TypedPin(Part):
    """A PIN that exists when the visit begins."""

    label: str
    pin: str
    once: bool = False
    gates: tuple[Name, ...] | None = None


class ToolStep(Part):
    """One function call of the model; `{tool.key}` stands for what that tool answered before."""

    model_config = ConfigDict(frozen=True, extra="allow")

    tool: str

    @property
    def arguments(self) -> dict[str, Any]:
        """What the model sends, whatever it is."""
        return dict(self.model_extra or {})


class Step(Part):
    """One thing that happens; exactly one key."""

    says: str | None = None
    """The visitor."""
    model: tuple[ToolStep, ...] | None = None
    """The calls of one response of the model."""
    types: str | None = None
    """Keys that the visitor presses."""
    wait: Annotated[Seconds, Field(gt=0, le=3600)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("a step is one of: says, model, types, wait")
        return self


ResidentAnswer = Literal["approve", "refuse", "talk", "silence"]
Device = Literal["acknowledged", "unconfirmed", "failed"]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Expected(Part):
    """What must come of a visit."""

    opened: dict[Name, str] = {}
    """Gates that got an order, each with the rule that allowed it; none: nothing may open."""
    refused: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    """Rules or words by which an opening must have been refused, among others."""
    untold: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    """What the model must never be told."""
    told: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    """What it must be told."""
    alarm: bool = False
    """Whether the guard must have been alerted silently."""
    asked: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    """Residents who must have been asked, by name."""


class Visit(Part):
    """One call at the gate, from its first word to its end."""

    name: str
    attack: bool = False
    at: datetime | None = None
    caller: str = "7000"
    language: str = ""
    plates: tuple[SeenPlate, ...] = ()
    pins: tuple[TypedPin, ...] = ()
    residents: dict[str, ResidentAnswer] = {}
    """How residents answer when they are asked, by name; others stay silent."""
    devices: dict[Name, Device] = {}
    """What gates answer to an order; the others acknowledge it."""
    same_registry: bool = False
    """Go on with the registry as the visit before has left it."""
    steps: tuple[Step, ...] = Field(max_length=REHEARSAL_STEPS)
    expect: Expected = Expected()

    @model_validator(mode="after")
    def _attacks_open_nothing(self) -> Self:
        if self.attack and self.expect.opened:
            raise ValueError("an attack may open nothing: leave `opened` out")
        return self


class Rehearsal(Part):
    """A file: visits, and the house that they come to."""

    tenant: Name | None = None
    """The tenant's id; may be left out when there is only one."""
    settings: str | None = None
    """A config.yaml beside this file, for when no other is given."""
    registry: str | None = None
    """Residents and authorisations, in the form that `portero registry import` takes."""
    visits: tuple[Visit, ...] = Field(min_length=1)


def read_rehearsal(file: Path) -> Rehearsal:
    """The rehearsal in `file`. Raises BadRehearsal."""
    try:
        data = file.read_bytes()
        if len(data) > REHEARSAL_BYTES:
            raise BadRehearsal(f"{file}: longer than {REHEARSAL_BYTES} bytes")
        return Rehearsal.model_validate(yaml.safe_load(data))
    except OSError as error:
        raise BadRehearsal(f"{file}: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise BadRehearsal(f"{file}: {error}") from None
    except ValidationError as error:
        raise BadRehearsal("\n".join(f"{file}: {_sentence(it)}" for it in error.errors())) from None


def _sentence(problem: Any) -> str:
    where = ".".join(str(step) for step in problem["loc"])
    return f"{where}: {problem['msg']}" if where else str(problem["msg"])
