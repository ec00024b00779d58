"""What policy judges by: facts of this call and of the registry, never a claim of the model (pure).

Times are POSIX seconds by the wall clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf


@dataclass(frozen=True, slots=True)
class Check:
    """What `check_visitor` found out: `asked` is the name given, `visitor` the name on record.

    by_plate: a plate is all that told who it is; anybody can read one, so policy wants more.
    gates: the gates that the authorisation is for; None for all. uses: how often it may be used.
    """

    authorized: bool
    asked: str | None
    visitor: str | None
    resident_id: str | None
    authorization_id: str | None
    until: float = inf
    plate: str | None = None  # on record
    by_plate: bool = False
    gates: tuple[str, ...] | None = None
    uses: int | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A resident was asked about `visitor_name` in this call, and said yes (or no)."""

    question_id: str
    resident_id: str
    visitor_name: str
    approved: bool
    at: float


@dataclass(frozen=True, slots=True)
class Pin:
    """The visitor typed a PIN that is valid now."""

    pin_id: str
    label: str
    resident_id: str | None
    at: float
    gates: tuple[str, ...] | None = None
    uses: int | None = None


@dataclass(frozen=True, slots=True)
class Plate:
    """A plate that a camera saw. confidence: 0 to 1; None where the camera does not say."""

    text: str
    at: float
    confidence: float | None = None
    camera: str = ""


@dataclass(frozen=True, slots=True)
class ExpectedPlate:
    """The plate of an authorised visit that is valid now."""

    plate: str
    authorization_id: str
    resident_id: str
    visitor: str
    gates: tuple[str, ...] | None = None
    uses: int | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """An order to open that was allowed before."""

    gate_id: str
    call_id: str
    caller: str
    rule: str
    at: float


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody wants a gate opened. `key` tells this request from any other.

    by: `model` (open_gate), `pin` (typed by the visitor) or `resident` (pressed 1).
    """

    tenant: str
    gate_id: str
    call_id: str
    caller: str
    key: str
    visitor_name: str = ""
    resident_id: str | None = None
    by: str = "model"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known when a request is judged; `gates`: the tenant's own, by id."""

    now: float
    gates: frozenset[str] = frozenset()
    checks: Sequence[Check] = ()
    approvals: Sequence[Approval] = ()
    pins: Sequence[Pin] = ()
    seen: Sequence[Plate] = ()
    expected: Sequence[ExpectedPlate] = ()
    openings: Sequence[Opening] = ()  # of the last hour, of this tenant, undone ones left out
    duress: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a verdict rests on. `subject`: what `portero.registry.claims` counts; "" for nothing."""

    kind: str = ""  # expected, approved, plate, pin, anybody
    resident_id: str | None = None
    visitor: str | None = None
    subject: str = ""  # authorization:ID or pin:ID
    uses: int | None = None
    details: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call of a tool may be carried out.

    rule: the rule's name, or a word of ours for the record; sentence: what the agent may tell the
    visitor, in the tenant's language.
    """

    allowed: bool
    rule: str
    sentence: str
    evidence: Evidence = Evidence()
