"""Whether the facts of a call prove what a rule asks for (pure)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from portero.config.rules import RuleSettings
from portero.doorman.checking import find_check, same_person
from portero.doorman.facts import Approval, Evidence, ExpectedPlate, Facts, Pin, Plate, Request
from portero.doorman.words import Miss
from portero.registry.names import name_words, names_agree, plate_key

T = TypeVar("T")

_MORE_NAMES: Final = 2  # "Juan Pérez García", of whom the registry only has "Juan"


def prove(rule: RuleSettings, request: Request, facts: Facts) -> Evidence | list[Miss]:
    """What proves all that `rule` asks for, or what is missing; a rule may ask for nothing."""
    found: list[Evidence | Miss] = []
    if rule.expected:
        found.append(_expected(request, facts))
    if rule.approved_within is not None:
        found.append(_approved(request, facts, rule.approved_within))
    if rule.plate_within is not None:
        found.append(_plate(request, facts, rule))
    if rule.pin:
        found.append(_pin(request, facts))
    if rule.anybody:
        found.append(Evidence("anybody"))
    missing = [proof for proof in found if isinstance(proof, Miss)]
    proofs = [proof for proof in found if isinstance(proof, Evidence)]
    if rule.effect == "allow" and len({proof.subject for proof in proofs if proof.subject}) > 1:
        missing.append(Miss("two_limited"))  # one opening uses up one thing
    return missing or _together(proofs)


def _together(proofs: Sequence[Evidence]) -> Evidence:
    limited = [proof for proof in proofs if proof.subject]
    return Evidence(
        kind="+".join(proof.kind for proof in proofs),
        resident_id=next((it.resident_id for it in proofs if it.resident_id), None),
        visitor=next((it.visitor for it in proofs if it.visitor), None),
        subject=limited[0].subject if limited else "",
        uses=limited[0].uses if limited else None,
        details={name: value for proof in proofs for name, value in proof.details.items()},
    )


def _expected(request: Request, facts: Facts) -> Evidence | Miss:
    check = find_check(request.visitor_name, facts.checks)
    if check is None:
        return Miss("not_checked")
    valid = check.authorized and facts.now < check.until
    if not valid or not names_agree(request.visitor_name, check.visitor or ""):
        return Miss("not_authorized")
    if check.by_plate:
        return Miss("by_plate")
    if request.resident_id not in (None, check.resident_id):
        return Miss("other_resident")
    if _has_refused(check.resident_id, check.visitor or "", facts):
        return Miss("resident_refused")
    if not _is_for(check.gates, request):
        return Miss("other_gate")
    if check.uses is not None and check.authorization_id is None:
        return Miss("not_authorized")  # nothing that its uses could be counted by
    subject = _subject("authorization", check.authorization_id, check.uses)
    details = {"authorization": check.authorization_id} if check.authorization_id else {}
    return Evidence("expected", check.resident_id, check.visitor, subject, check.uses, details)


def _approved(request: Request, facts: Facts, within: float) -> Evidence | Miss:
    def is_about(approval: Approval) -> bool:
        return same_person(request.visitor_name, approval.visitor_name)

    def stands(approval: Approval) -> bool:
        return approval.approved and not any(_takes_back(no, approval) for no in facts.approvals)

    found = _narrow(
        facts.approvals,
        (Miss("not_approved"), is_about),
        (Miss("other_resident"), lambda it: request.resident_id in (None, it.resident_id)),
        (Miss("resident_refused"), stands),
        (Miss("approval_old", {"most": within}), lambda it: _is_fresh(it.at, facts.now, within)),
    )
    if isinstance(found, Miss):
        return found
    yes = max(found, key=lambda it: (it.at, it.question_id))
    details: dict[str, str | float] = {
        "question": yes.question_id,
        "age": round(facts.now - yes.at, 1),
    }
    return Evidence("approved", yes.resident_id, yes.visitor_name, details=details)


def _takes_back(answer: Approval, approval: Approval) -> bool:
    """Whether the same resident refused the same visitor afterwards (or at the same time)."""
    return (
        not answer.approved
        and answer.resident_id == approval.resident_id
        and answer.at >= approval.at
        and same_person(answer.visitor_name, approval.visitor_name)
    )


def _has_refused(resident_id: str | None, visitor: str, facts: Facts) -> bool:
    """Whether the last word of this resident about this visitor, in this call, was no.

    It takes back what they have permitted on another day.
    """
    words = [
        approval
        for approval in facts.approvals
        if approval.resident_id == resident_id and same_person(approval.visitor_name, visitor)
    ]
    return any(not word.approved and word.at >= max(it.at for it in words) for word in words)


def _plate(request: Request, facts: Facts, rule: RuleSettings) -> Evidence | Miss:
    within, least, nameless = rule.plate_within or 0, rule.plate_confidence, rule.pin
    pairs = [(seen, visit) for seen in facts.seen for visit in facts.expected]

    def is_fitting(pair: tuple[Plate, ExpectedPlate]) -> bool:
        visit = pair[1]
        name, resident = request.visitor_name, request.resident_id
        # Who gives no name has read the plate off the car ahead, unless a PIN proves who it is.
        named = _is_named(name, visit.visitor) if name else nameless
        return resident in (None, visit.resident_id) and named

    def is_sure(pair: tuple[Plate, ExpectedPlate]) -> bool:
        confidence = pair[0].confidence
        return confidence is not None and confidence >= least

    found = _narrow(
        pairs,
        (Miss("no_plate"), lambda pair: _is_same_plate(pair[0].text, pair[1].plate)),
        (Miss("other_visit"), is_fitting),
        (
            Miss("resident_refused"),
            lambda p: not _has_refused(p[1].resident_id, p[1].visitor, facts),
        ),
        (Miss("other_gate"), lambda pair: _is_for(pair[1].gates, request)),
        (Miss("plate_unsure", {"least": least}), is_sure),
        (Miss("plate_old", {"within": within}), lambda p: _is_fresh(p[0].at, facts.now, within)),
    )
    if isinstance(found, Miss):
        return found
    seen, visit = min(found, key=lambda p: (p[1].uses is not None, p[1].authorization_id, -p[0].at))
    details: dict[str, str | float] = {
        "authorization": visit.authorization_id,
        "plate": seen.text,
        "camera": seen.camera,
        "age": round(facts.now - seen.at, 1),
    }
    subject = _subject("authorization", visit.authorization_id, visit.uses)
    return Evidence("plate", visit.resident_id, visit.visitor, subject, visit.uses, details)


def _pin(request: Request, facts: Facts) -> Evidence | Miss:
    def is_for_gate(pin: Pin) -> bool:
        return _is_for(pin.gates, request)

    typed = [pin for pin in facts.pins if pin.at <= facts.now]
    found = _narrow(typed, (Miss("no_pin"), lambda pin: True), (Miss("other_gate"), is_for_gate))
    if isinstance(found, Miss):
        return found
    pin = min(found, key=lambda it: (it.uses is not None, it.pin_id))
    subject = _subject("pin", pin.pin_id, pin.uses)
    return Evidence("pin", pin.resident_id, None, subject, pin.uses, {"label": pin.label})


def _narrow(items: Sequence[T], *steps: tuple[Miss, Callable[[T], bool]]) -> Sequence[T] | Miss:
    """The `items` that pass every step; else the miss of the step that none has passed."""
    for miss, holds in steps:
        items = [item for item in items if holds(item)]
        if not items:
            return miss
    return items


def _is_named(said: str, known: str) -> bool:
    """Whether a name is the visitor's; one that is a list of names is nobody's."""
    is_one = len(name_words(said)) <= len(name_words(known)) + _MORE_NAMES
    return is_one and same_person(said, known)


def _is_same_plate(seen: str, expected: str) -> bool:
    """Only the very same: a likely misreading may be told to a person, but opens nothing."""
    key = plate_key(seen)
    return bool(key) and key == plate_key(expected)


def _is_fresh(at: float, now: float, within: float) -> bool:
    return 0 <= now - at <= within


def _is_for(gates: tuple[str, ...] | None, request: Request) -> bool:
    return gates is None or request.gate_id in gates


def _subject(kind: str, id_: str | None, uses: int | None) -> str:
    return "" if uses is None else f"{kind}:{id_}"
