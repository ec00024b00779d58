"""Who is let in on what `check_visitor` has said, and who is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from portero.config.rules import PolicySettings
from portero.doorman.facts import Check, Facts, Request
from portero.doorman.policy import judge, learn
from portero.registry.authorization import Said

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC).timestamp()
RECORD = {"id": "a1", "name": "Juan Pérez García", "resident_id": "r1", "valid_until": None}


def said_yes(asked: str = "Juan Pérez", **record: Any) -> Check:
    return learn(Said(name=asked), {"authorized": True, "visitor": {**RECORD, **record}}, NOW)


def said_no(asked: str) -> Check:
    return learn(Said(name=asked), {"authorized": False, "visitor": None}, NOW)


def rule(
    *checks: Check,
    name: str = "Juan Pérez",
    resident: str | None = None,
    gate: str = "main_gate",
    now: float = NOW,
) -> str:
    request = Request("robles", gate, "c1", "100", "c1-1", name, resident)
    facts = Facts(now=now, gates=frozenset({"main_gate"}), checks=checks)
    options = {"language": "es-MX", "timezone": "America/Mexico_City", "duress_opens": False}
    verdict = judge(request, facts, PolicySettings(), **options)  # type: ignore[arg-type]
    assert verdict.allowed == (verdict.rule == "expected")
    assert verdict.sentence
    return verdict.rule


def test_the_visitor_who_was_checked_is_let_in() -> None:
    assert rule(said_yes()) == "expected"


@pytest.mark.parametrize("name", ["juan perez", "PÉREZ JUAN", "Sr. Juan Pérez García", "Juan"])
def test_accents_case_and_order_do_not_matter(name: str) -> None:
    assert rule(said_yes(), name=name) == "expected"


def test_nobody_is_let_in_without_a_check_in_this_call() -> None:
    assert rule() == "not_checked"


@pytest.mark.parametrize("name", ["Pedro Pérez", "Juan Pérez López", "", "???", "J"])
def test_somebody_else_is_not_let_in_on_this_check(name: str) -> None:
    assert rule(said_yes(), name=name) != "expected"


def test_a_check_that_said_no_lets_nobody_in() -> None:
    assert rule(said_no("Juan Pérez")) == "not_authorized"


def test_the_latest_check_of_a_visitor_counts() -> None:
    assert rule(said_yes(), said_no("Juan Pérez")) == "not_authorized"
    assert rule(said_no("Juan Pérez"), said_yes()) == "expected"


def test_a_check_of_somebody_else_takes_nothing_away() -> None:
    assert rule(said_yes(), said_no("Rosa Díaz")) == "expected"


def test_a_visitor_is_let_in_only_for_the_resident_who_expects_them() -> None:
    assert rule(said_yes(), resident="r1") == "expected"
    assert rule(said_yes(), resident="r2") == "other_resident"


def test_another_tenants_gate_does_not_open() -> None:
    assert rule(said_yes(), gate="neighbours_gate") == "no_gate"


def test_a_backend_that_matches_parts_of_words_is_not_believed() -> None:
    assert rule(said_yes("an"), name="Juan Pérez García") == "not_authorized"


def test_a_backend_that_finds_somebody_else_is_not_believed() -> None:
    check = said_yes("Rosa Díaz")
    assert rule(check, name="Juan Pérez") == "not_authorized"
    assert rule(check, name="Rosa Díaz") == "not_authorized"


@pytest.mark.parametrize("field", ["plate", "vehicle_plate"])
def test_a_plate_alone_lets_nobody_in_because_anybody_can_read_one(field: str) -> None:
    answer = {"authorized": True, "visitor": {**RECORD, field: "ABC-123-D"}}
    check = learn(Said(plate="abc 123 d"), answer, NOW)
    assert check.authorized
    assert check.by_plate
    assert check.plate == "ABC-123-D"
    assert rule(check, name="Juan Pérez") == "by_plate"


def test_a_plate_that_was_found_takes_nothing_away_from_a_name_that_was() -> None:
    answer = {"authorized": True, "visitor": {**RECORD, "plate": "ABC-123-D"}}
    by_plate = learn(Said(plate="abc 123 d"), answer, NOW)
    assert rule(said_yes(), by_plate) == "expected"
    assert rule(said_no("Juan Pérez"), by_plate) == "not_authorized"


@pytest.mark.parametrize(
    "said",
    [Said(name="Juan", plate="abc1"), Said(id_number="7"), Said(plate="abc1", id_number="7")],
)
def test_a_plate_with_something_else_is_more_than_a_plate(said: Said) -> None:
    record = {**RECORD, "plate": "ABC-1", "id_number": "7"}
    check = learn(said, {"authorized": True, "visitor": record}, NOW)
    assert rule(check) == "expected"


@pytest.mark.parametrize(
    ("gates", "expected"),
    [
        (None, "expected"),
        (["main_gate", "pool"], "expected"),
        (["pool"], "other_gate"),
        ([], "other_gate"),
        ("main_gate", "other_gate"),  # no list: good for nothing
        ({"main_gate": True}, "other_gate"),
    ],
)
def test_an_authorisation_is_good_for_its_gates(gates: Any, expected: str) -> None:
    assert rule(said_yes(gates=gates)) == expected


@pytest.mark.parametrize("uses", [0, -1, True, "1", 1.0, []])
def test_uses_that_are_no_number_of_uses_are_no_authorisation(uses: Any) -> None:
    assert not said_yes(uses=uses).authorized


def test_uses_that_nothing_could_be_counted_by_are_no_authorisation() -> None:
    assert said_yes(uses=1).uses == 1
    assert not said_yes(uses=1, id=None).authorized


@pytest.mark.parametrize(
    ("said", "record"),
    [
        (Said(), {}),  # nothing that could be compared
        (Said(name="Juan"), {}),  # one of many
        (Said(name="García"), {}),
        (Said(name="Juan", plate="XYZ-1"), {}),  # a plate that the record does not know
        (Said(plate="XYZ-1"), {}),
        (Said(plate="-"), {"plate": "-"}),
        (Said(name="Juan Pérez", plate="XYZ-1"), {"plate": "ABC-1"}),
        (Said(name="Juan Pérez", plate="XYZ-1"), {"vehicle_plate": "ABC-1"}),
        (Said(name="Juan Pérez", id_number="1"), {"id_number": "2"}),
        (Said(plate="ABC-1", id_number="1"), {"plate": "ABC-1", "id_number": "2"}),
        (Said(name="Rosa Díaz", plate="ABC-1"), {"plate": "ABC-1"}),
        (Said(name="Juan", resident_id="r2"), {}),
        (Said(resident_id="r1"), {}),
        (Said(name="Juаn Pérez"), {}),  # a Cyrillic a
    ],
)
def test_what_is_said_must_agree_with_the_record_and_tell_who_it_is(
    said: Said, record: dict[str, str]
) -> None:
    assert not learn(said, {"authorized": True, "visitor": {**RECORD, **record}}, NOW).authorized


@pytest.mark.parametrize(
    ("said", "record"),
    [
        (Said(name="Juan", plate="abc1"), {"plate": "ABC-1"}),
        (Said(id_number="a-1"), {"id_number": "A1"}),
        (Said(name="Juan", resident_id="r1"), {}),
        (Said(name="Juan"), {"name": "Juan"}),  # all that the resident has told of him
        (Said(name="Juan Pérez", plate="ABC-1"), {"plate": None}),
    ],
)
def test_what_tells_who_it_is_is_enough(said: Said, record: dict[str, Any]) -> None:
    assert learn(said, {"authorized": True, "visitor": {**RECORD, **record}}, NOW).authorized


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("2026-11-22T12:00:01Z", "expected"),
        ("2026-11-22T12:00:00Z", "not_authorized"),
        ("2026-11-22T12:00:01", "expected"),  # UTC where no zone is named
        ("2026-11-22T06:00:01-06:00", "expected"),
        ("2026-11-22T05:59:59-06:00", "not_authorized"),
        ("mañana", "not_authorized"),
        (1, "not_authorized"),
    ],
)
def test_validity_is_checked_here_too(until: Any, expected: str) -> None:
    assert rule(said_yes(valid_until=until)) == expected


def test_validity_that_ends_during_the_call_ends_the_right_to_enter() -> None:
    check = said_yes(valid_until="2026-11-22T12:01:00Z")
    assert rule(check, now=NOW + 59) == "expected"
    assert rule(check, now=NOW + 60) == "not_authorized"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"authorized": "true", "visitor": RECORD},
        {"authorized": 1, "visitor": RECORD},
        {"authorized": True},
        {"authorized": True, "visitor": None},
        {"authorized": True, "visitor": "Juan Pérez"},
        {"authorized": True, "visitor": {"name": None}},
        {"authorized": True, "visitor": {"name": "--"}},
        {"authorized": True, "visitor": {"name": ["Juan Pérez"]}},
    ],
)
def test_an_answer_of_the_wrong_shape_is_no_authorisation(answer: dict[str, Any]) -> None:
    assert not learn(Said(name="Juan Pérez"), answer, NOW).authorized
