"""Who may be let in (pure): judged by what the backend said in this call, not by the model."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import Any

from portero.messages import text
from portero.registry.authorization import Said
from portero.registry.names import name_words, names_agree, names_identify, plate_key


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call of a tool may be carried out.

    rule: a word for the record; sentence: what the agent may tell the visitor.
    """

    allowed: bool
    rule: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Check:
    """What `check_visitor` found out: `asked` is the name given, `visitor` the name on record."""

    authorized: bool
    asked: str | None
    visitor: str | None
    resident_id: str | None
    authorization_id: str | None
    until: float  # POSIX seconds; infinity when the record has no end

    def concerns(self, name: str) -> bool:
        """Whether this check was about the visitor called `name`."""
        return any(
            known is not None and (names_agree(name, known) or names_agree(known, name))
            for known in (self.asked, self.visitor)
        )


@dataclass(frozen=True, slots=True)
class Opening:
    """A request to open: `now` is POSIX seconds, `gates` are the tenant's own."""

    visitor_name: str
    resident_id: str | None
    gate_id: str
    gates: Collection[str]
    now: float


def learn(said: Said, answer: Mapping[str, Any], now: float) -> Check:
    """A check from the backend's answer to GET /access/visitors/check.

    The backend is not believed blindly: some match any part of a name ("an" finds "Juana"), find
    by the name although the plate is wrong, and leave `valid_until` to the caller.
    """
    record = answer.get("visitor")
    visitor = record if isinstance(record, Mapping) else {}
    name, until = _text(visitor.get("name")), _end(visitor.get("valid_until"))
    authorized = (
        answer.get("authorized") is True
        and name is not None
        and bool(name_words(name))
        and _is_certain(said, name, visitor)
        and now < until
    )
    resident, authorization = _text(visitor.get("resident_id")), _text(visitor.get("id"))
    return Check(authorized, said.name, name, resident, authorization, until)


def _is_certain(said: Said, name: str, visitor: Mapping[str, Any]) -> bool:
    """Whether all that was said agrees with the record, and is enough to tell who it is.

    Enough is a full name, or a plate, an identity number or the resident's id that the record has.
    """
    if said.name is not None and not names_agree(said.name, name):
        return False
    plate = visitor.get("plate") or visitor.get("vehicle_plate")  # the first Agente Portero's name
    proofs = [
        _agree(said.plate, plate),
        _agree(said.id_number, visitor.get("id_number")),
        _agree(said.resident_id, visitor.get("resident_id")),
    ]
    if False in proofs:
        return False
    by_name = said.name is not None and (proofs[2] or names_identify(said.name, name))
    return by_name or True in proofs[:2]


def _agree(said: str | None, known: Any) -> bool | None:
    """Whether two numbers or plates are the same; None where one is not known."""
    keys = plate_key(said or ""), plate_key(_text(known) or "")
    return keys[0] == keys[1] if all(keys) else None


def judge_opening(opening: Opening, checks: Sequence[Check], language: str) -> Verdict:
    """Open only for a visitor of whom the latest check in this call said "authorised"."""
    allowed, rule = _judge(opening, checks)
    return Verdict(allowed, rule, text(rule, language))


def find_check(visitor_name: str, checks: Sequence[Check]) -> Check | None:
    """The latest check about this visitor."""
    return next((check for check in reversed(checks) if check.concerns(visitor_name)), None)


def _judge(opening: Opening, checks: Sequence[Check]) -> tuple[bool, str]:
    if opening.gate_id not in opening.gates:
        return False, "no_gate"
    check = find_check(opening.visitor_name, checks)
    if check is None:
        return False, "not_checked"
    valid = check.authorized and opening.now < check.until
    if not valid or not names_agree(opening.visitor_name, check.visitor or ""):
        return False, "not_authorized"
    if opening.resident_id not in (None, check.resident_id):
        return False, "other_resident"
    return True, "authorized"


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _end(valid_until: Any) -> float:
    if valid_until is None:
        return inf
    try:
        end = datetime.fromisoformat(valid_until)
    except (TypeError, ValueError):
        return -inf
    # Backends without time zones mean UTC (the first Agente Portero does).
    return (end if end.tzinfo else end.replace(tzinfo=UTC)).timestamp()
