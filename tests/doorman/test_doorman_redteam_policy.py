"""Attacks on what counts as a proof: an old permission against the resident's word of today."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from portero.config.rules import LimitSettings, PolicySettings, RuleSettings
from portero.doorman.facts import Approval, Check, ExpectedPlate, Facts, Plate, Request
from portero.doorman.policy import judge

NOW = 1_800_000_000.0
ASK = Request("robles", "main_gate", "c1", "100", "c1-1", "Juan Pérez")
CHECK = Check(True, "Juan Pérez", "Juan Pérez García", "r1", "a1")
NO = Approval("q1", "r1", "Juan Pérez", False, NOW - 10)
YES = replace(NO, question_id="q2", approved=True, at=NOW - 5)
SEEN = Plate("ABC123D", NOW - 20, 0.9, "entry")
VISIT = ExpectedPlate("ABC123D", "a1", "r1", "Juan Pérez García")
RULES = (RuleSettings(name="expected", expected=True), RuleSettings(name="plate", plate_within=60))


def rule(**known: Any) -> str:
    facts = Facts(now=NOW, gates=frozenset({"main_gate"}), **known)
    policy = PolicySettings(rules=RULES, limits=LimitSettings())
    options: dict[str, Any] = {
        "language": "es",
        "timezone": "America/Mexico_City",
        "duress_opens": False,
    }
    verdict = judge(ASK, facts, policy, **options)
    assert verdict.allowed == (verdict.rule in ("expected", "plate"))
    return verdict.rule


PERMITTED = [{"checks": [CHECK]}, {"seen": [SEEN], "expected": [VISIT]}]


@pytest.mark.parametrize("permitted", PERMITTED)
def test_who_has_an_old_permission_is_not_let_in_after_the_residents_no(
    permitted: dict[str, Any],
) -> None:
    assert rule(**permitted) in ("expected", "plate")
    assert rule(**permitted, approvals=[NO]) not in ("expected", "plate")
    assert rule(**permitted, approvals=[replace(NO, visitor_name="Juan")]) not in (
        "expected",
        "plate",
    )


@pytest.mark.parametrize("permitted", PERMITTED)
@pytest.mark.parametrize(
    "approvals",
    [
        [NO, YES],  # changed their mind
        [replace(NO, resident_id="r2")],  # whose permission it is not
        [replace(NO, visitor_name="Rosa Díaz")],
    ],
)
def test_a_no_counts_for_its_own_resident_and_visitor(
    permitted: dict[str, Any], approvals: list[Approval]
) -> None:
    assert rule(**permitted, approvals=approvals) in ("expected", "plate")
