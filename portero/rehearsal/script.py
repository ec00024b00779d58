"""What a rehearsal file may hold (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

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
    resident: str | None = None
    """Whose it is, by name; none: the house's."""
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
    unit: str | None = None
    """A unit whose number is typed into the keypad's menu, when the model is not there."""
    wait: Annotated[Seconds, Field(gt=0, le=7200)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("a step is one of: says, model, types, unit, wait")
        return self


ResidentAnswer = Literal["approve", "refuse", "talk", "silence", "late", "approve_after_talk"]
"""late: approves when nobody waits for it any longer."""
Device = Literal["acknowledged", "unconfirmed", "failed"]
Backend = Literal["works", "away", "broken", "nonsense", "careless"]
"""careless: it finds everybody authorised, whoever was asked for."""

QUOTED: Final = re.compile(r"\{([a-z_][a-z0-9_]*)\.([a-z_][a-z0-9_.]*)\}")
"""`{tool.key}`: what a tool has answered."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Answers = Annotated[tuple[ResidentAnswer, ...], Field(min_length=1), BeforeValidator(_listed)]
Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Expected(Part):
    """What must come of a visit."""

    opened: dict[Name, Words] = {}
    """Gates that got orders, each with the rules that allowed them; none: nothing may open."""
    refused: Words = ()
    """Rules or words by which an opening must have been refused, among others."""
    untold: Words = ()
    """What the model must never be told."""
    told: Words = ()
    """What it must be told."""
    alarm: bool = False
    """Whether the guard must have been alerted silently."""
    asked: Words = ()
    """Residents who must have been asked, by name."""
    guard: bool | None = None
    """Whether the visitor must have been handed to the guard; none: either way."""


class Visit(Part):
    """One call at the gate, from its first word to its end."""

    name: str
    attack: bool = False
    anywhere: bool = True
    """Whether an attack must fail with any settings; else only with the file's own."""
    at: datetime | None = None
    caller: str = "7000"
    language: str = ""
    plates: tuple[SeenPlate, ...] = ()
    pins: tuple[TypedPin, ...] = ()
    residents: dict[str, Answers] = {}
    """How residents answer when they are asked, by name, each time; others stay silent."""
    devices: dict[Name, Device] = {}
    """What gates answer to an order; the others acknowledge it."""
    backend: Backend = "works"
    same_registry: bool = False
    """Go on with the registry as the visit before has left it."""
    steps: tuple[Step, ...] = Field(max_length=REHEARSAL_STEPS)
    expect: Expected = Expected()

    @model_validator(mode="after")
    def _attacks_open_nothing(self) -> Self:
        if self.attack and self.expect.opened:
            raise ValueError("an attack may open nothing: leave `opened` out")
        return self

    @model_validator(mode="after")
    def _quotes_what_was_answered(self) -> Self:
        asked: set[str] = set()
        for number, step in enumerate(self.steps, 1):
            for call in step.model or ():
                for tool in _quoted(call.arguments):
                    if tool not in asked:
                        raise ValueError(f"step {number}: {tool} has answered nothing before it")
                asked.add(call.tool)
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


def _quoted(arguments: Any) -> Iterator[str]:
    """The tools whose answers are quoted anywhere in `arguments`."""
    if isinstance(arguments, str):
        yield from (match[1] for match in QUOTED.finditer(arguments))
    elif isinstance(arguments, dict):
        for value in arguments.values():
            yield from _quoted(value)
    elif isinstance(arguments, list):
        for value in arguments:
            yield from _quoted(value)


def read_rehearsal(file: Path) -> Rehearsal:
    """The rehearsal in `file`. Raises BadRehearsal."""
    try:
        with file.open("rb") as script:
            data = script.read(REHEARSAL_BYTES + 1)
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
