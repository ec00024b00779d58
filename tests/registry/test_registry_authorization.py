"""Who is expected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portero.registry.authorization import Decision, Said, decide
from portero.registry.names import plate_key

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def record(name: str = "Juan Pérez García", resident: str = "r1", **fields: Any) -> dict[str, Any]:
    plate, id_number = fields.pop("plate", None), fields.pop("id_number", None)
    return {
        "id": f"{name}@{resident}",
        "name": name,
        "resident_id": resident,
        "plate_key": plate and plate_key(plate),
        "id_key": id_number and plate_key(id_number),
        "valid_from": None,
        "valid_until": None,
        **fields,
    }


def reason(*records: dict[str, Any], **said: str) -> str:
    decision: Decision = decide(records, Said(**said), NOW)
    assert decision.authorized == (decision.reason == "expected") == (decision.record is not None)
    return decision.reason


def test_a_full_name_is_enough() -> None:
    assert reason(record(), name="juan perez") == "expected"


def test_a_first_name_is_not_but_with_the_resident_it_is() -> None:
    assert reason(record(), name="Juan") == "full_name_needed"
    assert reason(record(), name="Juan", resident_id="r1") == "expected"
    assert reason(record(), name="Juan Pérez", resident_id="r2") == "not_expected"


@pytest.mark.parametrize("said", [{"plate": "abc 123 d"}, {"id_number": "x-1"}])
def test_a_plate_or_an_id_number_alone_is_enough(said: dict[str, str]) -> None:
    assert reason(record(plate="ABC-123-D", id_number="X1"), **said) == "expected"


def test_all_that_is_given_must_agree_where_the_record_knows_it() -> None:
    known = record(plate="ABC-123-D")
    assert reason(known, name="Juan Pérez", plate="ZZZ-999") == "not_expected"
    assert reason(known, name="Ana Ruiz", plate="ABC-123-D") == "not_expected"
    assert reason(known, name="Juan Pérez", id_number="any") == "expected"
    assert reason(record(), name="Juan Pérez", plate="ZZZ-999") == "expected"


def test_a_plate_that_the_record_does_not_know_identifies_nobody() -> None:
    assert reason(record(), plate="ABC-123-D") == "not_expected"
    assert reason(record(), name="Juan", plate="ABC-123-D") == "full_name_needed"


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 1, "expected"),
        (-1, 0, "outside_hours"),
        (1, 2, "outside_hours"),
        (None, 1, "expected"),
        (0, None, "expected"),
    ],
)
def test_the_window_includes_its_start_and_not_its_end(
    start: int | None, end: int | None, expected: str
) -> None:
    window = {
        "valid_from": None if start is None else NOW + timedelta(seconds=start),
        "valid_until": None if end is None else NOW + timedelta(seconds=end),
    }
    assert reason(record(**window), name="Juan Pérez") == expected


def test_two_people_who_fit_alike_are_asked_for_more() -> None:
    here, there = record(resident="r1"), record(resident="r2", plate="ABC-1")
    assert reason(here, there, name="Juan Pérez") == "ambiguous"
    assert reason(here, there, name="Juan Pérez", resident_id="r2") == "expected"


def test_one_person_expected_twice_is_one_person() -> None:
    assert reason(record(plate="A1"), record(plate="B2"), name="Juan Pérez") == "expected"
