"""A made-up case for policy: facts from the options of `portero policy try` (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from portero.config.settings import TenantSettings
from portero.doorman.facts import (
    Approval,
    Check,
    ExpectedPlate,
    Facts,
    Opening,
    Pin,
    Plate,
    Request,
)

_CALL = "try"


@dataclass(frozen=True, slots=True)
class Trial:
    """What is to be so; ages are seconds before `now` (seconds of the epoch), None: it is not."""

    gate: str
    now: float
    visitor: str
    resident: str | None = None
    caller: str = ""
    by: str = "model"
    checked: bool = False
    approved: float | None = None
    refused: float | None = None
    plate: str | None = None
    seen: float = 0
    confidence: float = 1
    pin: bool = False
    opened: float | None = None
    duress: bool = False


def request_of(trial: Trial, tenant: TenantSettings) -> Request:
    """The request of that case."""
    return Request(
        tenant=tenant.id,
        gate_id=trial.gate,
        call_id=_CALL,
        caller=trial.caller,
        key=_CALL,
        visitor_name=trial.visitor,
        resident_id=trial.resident,
        by=trial.by,
    )


def facts_of(trial: Trial, tenant: TenantSettings) -> Facts:
    """The facts of that case."""
    now, name, resident = trial.now, trial.visitor, trial.resident or _CALL
    answers = ((trial.approved, True), (trial.refused, False))
    return Facts(
        now=now,
        gates=frozenset(tenant.gates),
        checks=[Check(True, name, name, trial.resident, _CALL)] if trial.checked else (),
        approvals=[
            Approval(_CALL, resident, name, approved, now - age)
            for age, approved in answers
            if age is not None
        ],
        pins=[Pin(_CALL, _CALL, trial.resident, now)] if trial.pin else (),
        seen=[Plate(trial.plate, now - trial.seen, trial.confidence)] if trial.plate else (),
        expected=[ExpectedPlate(trial.plate, _CALL, resident, name)] if trial.plate else (),
        openings=[Opening(trial.gate, "", trial.caller, "", now - trial.opened)]
        if trial.opened is not None
        else (),
        duress=trial.duress,
    )
