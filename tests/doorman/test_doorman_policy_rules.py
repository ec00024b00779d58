"""Which rule opens a gate, and that nothing opens it without a fact."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portero.config.rules import RESERVED_NAMES, LimitSettings, PolicySettings, RuleSettings
from portero.doorman.facts import (
    Approval,
    Check,
    ExpectedPlate,
    Facts,
    Opening,
    Pin,
    Plate,
    Request,
    Verdict,
)
from portero.doorman.policy import judge, weigh
from portero.doorman.words import WORDS
from portero.messages import CATALOGUE

NOW = 1_795_348_800.0  # Sunday 22 November 2026, 06:00 in Mexico City
GATES = frozenset({"main_gate", "pool"})
ASK = Request("robles", "main_gate", "c1", "100", "c1-1", "Juan Pérez")
OPTIONS: dict[str, Any] = {
    "language": "es-MX",
    "timezone": "America/Mexico_City",
    "duress_opens": False,
}
CHECK = Check(True, "Juan Pérez", "Juan Pérez García", "r1", "a1")
YES = Approval("q1", "r1", "Juan Pérez", True, NOW - 10)
NO = replace(YES, question_id="q2", approved=False, at=NOW - 5)
PIN = Pin("p1", "Jardinero", "r1", NOW - 5)
SEEN = Plate("abc-123-d", NOW - 20, 0.9, "entry")
VISIT = ExpectedPlate("ABC123D", "a1", "r1", "Juan Pérez García")
PLATE_RULE = RuleSettings(name="plate", plate_within=60)


def facts(**known: Any) -> Facts:
    return Facts(now=NOW, gates=GATES, **known)


def policy(*rules: RuleSettings, **limits: Any) -> PolicySettings:
    return PolicySettings(rules=rules, limits=LimitSettings(**limits))


def decided(
    known: Facts, *rules: RuleSettings, request: Request = ASK, limits: Any = None, **options: Any
) -> Verdict:
    settings = (
        policy(*rules, **(limits or {}))
        if rules
        else PolicySettings(limits=LimitSettings(**(limits or {})))
    )
    return judge(request, known, settings, **{**OPTIONS, **options})


# -- approvals


def test_a_resident_who_said_yes_opens() -> None:
    verdict = decided(facts(approvals=[YES]))
    assert (verdict.allowed, verdict.rule) == (True, "approved")
    assert verdict.evidence.kind == "approved"
    assert verdict.evidence.resident_id == "r1"
    assert verdict.evidence.subject == ""
    assert verdict.evidence.details == {"question": "q1", "age": 10.0}


@pytest.mark.parametrize(
    ("approvals", "rule"),
    [
        ([replace(YES, visitor_name="Rosa Díaz")], "not_approved"),
        ([replace(YES, visitor_name="")], "not_approved"),
        ([replace(YES, visitor_name="Juan")], "approved"),
        ([replace(YES, visitor_name="Juan Pérez García")], "approved"),
        ([replace(YES, approved=False)], "resident_refused"),
        ([YES, NO], "resident_refused"),
        ([NO, replace(YES, at=NOW)], "approved"),  # changed their mind
        ([YES, replace(NO, at=YES.at)], "resident_refused"),
        ([YES, replace(NO, at=NOW + 60)], "resident_refused"),  # a refusal is never too new
        ([YES, replace(NO, visitor_name="Pérez")], "resident_refused"),
        ([YES, replace(NO, resident_id="r2")], "approved"),
        ([YES, replace(NO, visitor_name="Rosa Díaz")], "approved"),
        ([replace(YES, at=NOW - 300)], "approved"),
        ([replace(YES, at=NOW - 300.1)], "approval_old"),
        ([replace(YES, at=NOW)], "approved"),
        ([replace(YES, at=NOW + 0.1)], "approval_old"),  # not from the future
    ],
)
def test_an_approval_counts_for_its_visitor_and_its_time(
    approvals: list[Approval], rule: str
) -> None:
    request = replace(ASK, by="resident")
    assert decided(facts(approvals=approvals), request=request).rule == rule
    assert decided(facts(approvals=approvals[::-1]), request=request).rule == rule


def test_an_approval_is_for_the_resident_who_gave_it() -> None:
    known = facts(approvals=[YES])
    assert decided(known, request=replace(ASK, resident_id="r1")).allowed
    assert not decided(known, request=replace(ASK, resident_id="r2")).allowed


# -- plates


@pytest.mark.parametrize(
    ("seen", "visit", "word"),
    [
        (SEEN, VISIT, "plate"),
        (replace(SEEN, at=NOW - 60), VISIT, "plate"),
        (replace(SEEN, at=NOW - 60.1), VISIT, "plate_old"),
        (replace(SEEN, at=NOW + 0.1), VISIT, "plate_old"),
        (replace(SEEN, confidence=0.8), VISIT, "plate"),
        (replace(SEEN, confidence=0.79), VISIT, "plate_unsure"),
        (replace(SEEN, confidence=None), VISIT, "plate_unsure"),
        (replace(SEEN, confidence=float("nan")), VISIT, "plate_unsure"),
        (replace(SEEN, text="ABC-123-0"), VISIT, "no_plate"),  # likely is not the same
        (replace(SEEN, text="A8C-123-D"), VISIT, "no_plate"),
        (replace(SEEN, text="---"), replace(VISIT, plate=""), "no_plate"),
        (SEEN, replace(VISIT, gates=("pool",)), "other_gate"),
        (SEEN, replace(VISIT, gates=()), "other_gate"),
        (SEEN, replace(VISIT, gates=("main_gate",)), "plate"),
        (SEEN, replace(VISIT, visitor="Rosa Díaz"), "other_visit"),
        (SEEN, replace(VISIT, visitor="Juan"), "plate"),
    ],
)
def test_a_plate_opens_only_for_its_own_visit(seen: Plate, visit: ExpectedPlate, word: str) -> None:
    assert decided(facts(seen=[seen], expected=[visit]), PLATE_RULE).rule == word


def test_a_plate_needs_the_name_of_its_visit() -> None:
    known = facts(seen=[SEEN], expected=[VISIT])
    assert decided(known, PLATE_RULE).allowed
    nameless = replace(ASK, visitor_name="")  # whoever stands behind that car
    assert decided(known, PLATE_RULE, request=nameless).rule == "other_visit"
    # A PIN for another gate is no name either; a rule that wants both has its proof in the PIN.
    typed, both = replace(nameless, by="pin"), PLATE_RULE.model_copy(update={"pin": True})
    assert decided(known, PLATE_RULE, request=typed).rule == "other_visit"
    assert decided(replace(known, pins=[PIN]), both, request=typed).allowed
    many = "María José Juan Luis Ana Pérez García López Hernández"
    assert decided(known, PLATE_RULE, request=replace(ASK, visitor_name=many)).rule == "other_visit"
    assert not decided(known, PLATE_RULE, request=replace(ASK, resident_id="r2")).allowed
    assert not decided(known).allowed  # by default no rule asks a camera


def test_what_is_counted_is_named() -> None:
    limited = facts(seen=[SEEN], expected=[replace(VISIT, uses=1)])
    assert decided(limited, PLATE_RULE).evidence.subject == "authorization:a1"
    assert decided(facts(seen=[SEEN], expected=[VISIT]), PLATE_RULE).evidence.subject == ""
    evidence = decided(facts(checks=[replace(CHECK, uses=2)])).evidence
    assert (evidence.subject, evidence.uses) == ("authorization:a1", 2)
    assert decided(facts(pins=[replace(PIN, uses=1)])).evidence.subject == "pin:p1"


# -- PINs


@pytest.mark.parametrize(
    ("pins", "word"),
    [
        ([PIN], "pin"),
        ([], "no_pin"),
        ([replace(PIN, gates=("main_gate",))], "pin"),
        ([replace(PIN, gates=("pool",))], "other_gate"),
        ([replace(PIN, at=NOW + 0.1)], "no_pin"),
    ],
)
def test_a_pin_opens_its_gates(pins: list[Pin], word: str) -> None:
    request = replace(ASK, visitor_name="", by="pin")
    assert decided(facts(pins=pins), request=request).rule == word


# -- rules


def test_a_rule_may_ask_for_several_things() -> None:
    both = RuleSettings(name="both", expected=True, approved_within=60)
    assert not decided(facts(checks=[CHECK]), both).allowed
    assert not decided(facts(approvals=[YES]), both).allowed
    verdict = decided(facts(checks=[CHECK], approvals=[YES]), both)
    assert (verdict.rule, verdict.evidence.kind) == ("both", "expected+approved")


def test_two_things_that_are_counted_are_not_used_up_by_one_opening() -> None:
    both = RuleSettings(name="both", expected=True, pin=True)
    known = facts(checks=[replace(CHECK, uses=1)], pins=[replace(PIN, uses=1)])
    assert decided(known, both).rule == "two_limited"
    assert decided(replace(known, pins=[PIN]), both).allowed
    refusing = both.model_copy(update={"name": "no", "effect": "refuse"})
    allowing = RuleSettings(name="pin", pin=True)
    assert decided(known, allowing, refusing).rule == "no"


def test_a_rule_that_refuses_wins_wherever_it_stands() -> None:
    allow = RuleSettings(name="in", expected=True)
    refuse = RuleSettings(name="out", effect="refuse", expected=True)
    for rules in ((allow, refuse), (refuse, allow)):
        verdict = decided(facts(checks=[CHECK]), *rules)
        assert (verdict.allowed, verdict.rule) == (False, "out")


def test_the_first_rule_that_allows_gives_its_name() -> None:
    rules = (RuleSettings(name="one", expected=True), RuleSettings(name="two", expected=True))
    assert decided(facts(checks=[CHECK]), *rules).rule == "one"


def test_rules_are_about_their_gates_and_callers() -> None:
    rule = RuleSettings(name="in", expected=True, gates=("pool",), callers=("100",))
    known = facts(checks=[CHECK])
    assert decided(known, rule, request=replace(ASK, gate_id="pool")).allowed
    assert decided(known, rule).rule == "no_rule"
    assert not decided(known, rule, request=replace(ASK, gate_id="pool", caller="")).allowed


def test_a_schedule_is_of_the_tenants_time_zone() -> None:
    rule = RuleSettings.model_validate(
        {"name": "day", "expected": True, "schedule": {"days": ["sun"], "hours": "06:00-07:00"}}
    )
    known = facts(checks=[CHECK])
    assert decided(known, rule).allowed
    assert decided(known, rule, timezone="UTC").rule == "out_of_hours"
    for shift, allowed in ((-1, False), (3599, True), (3600, False)):
        at = NOW + shift
        assert decided(replace(known, now=at), rule).allowed is allowed


def test_only_anybody_asks_for_nothing() -> None:
    nothing = RuleSettings(name="nothing")
    anybody = RuleSettings(name="market", anybody=True)
    assert decided(facts(), nothing).rule == "asks_nothing"
    assert decided(facts(), anybody).allowed
    proof = RuleSettings(name="both", anybody=True, pin=True)
    assert not decided(facts(), proof).allowed


def test_no_rules_open_nothing() -> None:
    known = facts(checks=[CHECK], approvals=[YES], pins=[PIN])
    assert judge(ASK, known, PolicySettings(rules=()), **OPTIONS).rule == "no_rule"


# -- before and after the rules


def test_another_tenants_gate_is_refused_before_anything_else() -> None:
    anybody = RuleSettings(name="market", anybody=True)
    assert decided(facts(), anybody, request=replace(ASK, gate_id="other")).rule == "no_gate"


def test_under_duress_the_gate_does_not_work_unless_the_tenant_wants_it_to() -> None:
    known = facts(checks=[CHECK], duress=True)
    verdict = decided(known)
    assert (verdict.allowed, verdict.rule) == (False, "duress")
    assert "funciona" in verdict.sentence
    assert decided(known, duress_opens=True).allowed


def opening(ago: float, **changed: str) -> Opening:
    place = {"gate_id": "main_gate", "call_id": "c0", "caller": "101", "rule": "r", **changed}
    return Opening(at=NOW - ago, **place)


LIMITS = {"per_call": 2, "per_hour": 2, "per_caller": 2, "cooldown": 15}


@pytest.mark.parametrize(
    ("openings", "word"),
    [
        ([], "expected"),
        ([opening(15)], "expected"),
        ([opening(14.9)], "too_soon"),
        ([opening(0)], "too_soon"),
        ([opening(-14.9)], "too_soon"),  # another daemon's clock is ahead
        ([opening(-4000)], "expected"),  # a clock was wrong by an hour
        ([opening(1, gate_id="pool")], "expected"),
        ([opening(20), opening(30)], "too_often"),
        ([opening(20), opening(3600)], "expected"),
        ([opening(20), opening(3599)], "too_often"),
        ([opening(20, gate_id="pool"), opening(30)], "expected"),
        ([opening(20, gate_id="pool", call_id="c1"), opening(30, call_id="c1")], "too_often"),
        ([opening(20, call_id="c1"), opening(4000, call_id="c1")], "too_often"),
        ([opening(20, gate_id="pool", caller="100"), opening(30, caller="100")], "too_often"),
        ([opening(1, call_id="c1"), opening(2, call_id="c1")], "too_soon"),
    ],
)
def test_limits_win_over_every_rule(openings: list[Opening], word: str) -> None:
    known = facts(checks=[CHECK], openings=openings)
    assert decided(known, limits=LIMITS).rule == word
    assert decided(replace(known, openings=openings[::-1]), limits=LIMITS).rule == word


def test_a_second_order_reads_as_given_already_to_those_only_who_may_come_in() -> None:
    known = facts(checks=[CHECK], openings=[opening(1)])
    assert decided(known).sentence == "Ya di la orden de abrir esa puerta."
    assert decided(replace(known, checks=[])).rule == "not_checked"


# -- what is said


def test_every_word_has_its_texts_and_is_no_name_of_a_rule() -> None:
    for word, texts in WORDS.items():
        assert word in RESERVED_NAMES
        assert texts.sentence in CATALOGUE
        assert texts.why in CATALOGUE


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        # not expected, expected by another resident, expected at another gate
        ([Check(False, "Juan Pérez", None, None, None)], [replace(CHECK, resident_id="r2")]),
        ([Check(False, "Juan Pérez", None, None, None)], [replace(CHECK, gates=("pool",))]),
        # never checked, and found by a plate that anybody can read
        ([], [replace(CHECK, asked=None, by_plate=True)]),
    ],
)
def test_a_refusal_does_not_tell_what_is_known(
    one: list[Check], other: list[Check], language: str
) -> None:
    request = replace(ASK, resident_id="r1")
    said = [
        decided(facts(checks=checks), request=request, language=language).sentence
        for checks in (one, other)
    ]
    assert said[0] == said[1]


@pytest.mark.parametrize("language", ["es", "en"])
def test_nobody_learns_that_a_resident_is_at_home_and_refused(language: str) -> None:
    rule = RuleSettings(name="approved", approved_within=60)
    said = {
        decided(facts(approvals=approvals), rule, language=language).sentence
        for approvals in ([], [NO], [YES, NO], [replace(YES, at=NOW - 61)])
    }
    assert len(said) == 1


def test_each_rule_says_why_it_applies_or_not() -> None:
    known = facts(approvals=[YES, NO], openings=[opening(4)], pins=[PIN])
    found = weigh(ASK, known, PolicySettings(), **OPTIONS)
    assert [(it.rule, it.effect, it.applies) for it in found] == [
        ("expected", "allow", False),
        ("approved", "allow", False),
        ("pin", "allow", True),
        ("cooldown", "limit", True),
    ]
    assert "check_visitor no se usó" in found[0].why
    assert "dijo que no" in found[1].why
    assert "4 s" in found[3].why
    assert found[3].words == ("too_soon",)


# -- whatever the facts and the rules are

names = st.sampled_from(["", "Juan Pérez", "Juan", "Rosa Díaz", "Pérez García"])
residents = st.sampled_from(["r1", "r2"])
gate_lists = st.sampled_from([None, (), ("main_gate",), ("pool",)])
times = st.sampled_from([NOW - 4000, NOW - 61, NOW - 10, NOW, NOW + 1])
uses = st.sampled_from([None, 1])
checks = st.builds(
    Check,
    authorized=st.booleans(),
    asked=names,
    visitor=names,
    resident_id=residents,
    authorization_id=st.sampled_from(["a1", None]),
    until=times,
    by_plate=st.booleans(),
    gates=gate_lists,
    uses=uses,
)
approvals = st.builds(Approval, st.sampled_from("qw"), residents, names, st.booleans(), times)
pins = st.builds(
    Pin, st.sampled_from(["p1", "p2"]), st.just("x"), residents, times, gate_lists, uses
)
plates = st.builds(
    Plate, st.sampled_from(["ABC1", "abc-1", "A8C1"]), times, st.sampled_from([None, 0.5, 1])
)
visits = st.builds(
    ExpectedPlate, st.sampled_from(["ABC1", ""]), st.just("a1"), residents, names, gate_lists, uses
)
openings = st.builds(
    Opening,
    gate_id=st.sampled_from(sorted(GATES)),
    call_id=st.sampled_from(["c1", "c2"]),
    caller=st.sampled_from(["100", ""]),
    rule=st.just("r"),
    at=times,
)
everything = st.builds(
    Facts,
    now=st.just(NOW),
    gates=st.just(GATES),
    checks=st.lists(checks, max_size=3),
    approvals=st.lists(approvals, max_size=3),
    pins=st.lists(pins, max_size=2),
    seen=st.lists(plates, max_size=2),
    expected=st.lists(visits, max_size=2),
    openings=st.lists(openings, max_size=2),
    duress=st.booleans(),
)
rules = st.builds(
    RuleSettings,
    name=st.sampled_from(["a", "b"]),
    effect=st.sampled_from(["allow", "refuse"]),
    gates=st.sampled_from([(), ("main_gate",), ("pool",)]),
    callers=st.sampled_from([(), ("100",)]),
    expected=st.booleans(),
    approved_within=st.sampled_from([None, 60]),
    plate_within=st.sampled_from([None, 60]),
    pin=st.booleans(),
)
policies = st.builds(PolicySettings, rules=st.lists(rules, max_size=4).map(tuple))
requests = st.builds(
    Request,
    tenant=st.just("robles"),
    gate_id=st.sampled_from(["main_gate", "pool", "neighbours_gate"]),
    call_id=st.just("c1"),
    caller=st.sampled_from(["100", "", "9"]),
    key=st.just("k"),
    visitor_name=names,
    resident_id=st.sampled_from([None, "", "r1", "r2"]),
    by=st.sampled_from(["model", "pin", "resident"]),
)


@given(requests, policies)
def test_nothing_opens_without_a_fact(request: Request, settings: PolicySettings) -> None:
    assert not judge(request, facts(), settings, **OPTIONS).allowed


@given(requests, everything, policies, rules)
def test_one_more_refusing_rule_opens_nothing(
    request: Request, known: Facts, settings: PolicySettings, rule: RuleSettings
) -> None:
    refusing = rule.model_copy(update={"effect": "refuse"})
    more = settings.model_copy(update={"rules": (*settings.rules, refusing)})
    if judge(request, known, more, **OPTIONS).allowed:
        assert judge(request, known, settings, **OPTIONS).allowed


@given(requests, everything, policies, st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(
    request: Request, known: Facts, settings: PolicySettings, random: Any
) -> None:
    """But for checks: of those, the latest counts."""
    mixed = {
        name: random.sample(list(getattr(known, name)), len(getattr(known, name)))
        for name in ("approvals", "pins", "seen", "expected", "openings")
    }
    one = judge(request, known, settings, **OPTIONS)
    other = judge(request, replace(known, **mixed), settings, **OPTIONS)
    assert (one.allowed, one.rule, one.evidence.subject) == (
        other.allowed,
        other.rule,
        other.evidence.subject,
    )


@given(requests, everything, policies)
def test_what_opens_rests_on_a_fact_of_this_tenant_and_gate(
    request: Request, known: Facts, settings: PolicySettings
) -> None:
    verdict = judge(request, known, settings, **OPTIONS)
    assert verdict.sentence
    if not verdict.allowed:
        return
    assert request.gate_id in GATES
    assert not known.duress
    proofs = verdict.evidence.kind.split("+")
    assert set(proofs) <= {"expected", "approved", "plate", "pin"}
    if "expected" in proofs:
        assert any(it.authorized and not it.by_plate and it.until > NOW for it in known.checks)
    if "approved" in proofs:
        assert any(it.approved and 0 <= NOW - it.at <= 60 for it in known.approvals)
    if "plate" in proofs:
        assert any(it.confidence == 1 and 0 <= NOW - it.at <= 60 for it in known.seen)
    if "pin" in proofs:
        assert any(it.at <= NOW for it in known.pins)
    assert bool(verdict.evidence.subject) == (verdict.evidence.uses is not None)


@given(requests, everything, policies)
def test_the_verdict_is_what_the_findings_say(
    request: Request, known: Facts, settings: PolicySettings
) -> None:
    found = weigh(request, known, settings, **OPTIONS)
    applying = {it.effect for it in found if it.applies}
    allowed = judge(request, known, settings, **OPTIONS).allowed
    assert allowed == (applying == {"allow"})
    assert all(it.why for it in found)
