"""Plates as cameras read and people say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portero.doorman.facts import Plate
from portero.doorman.plates import FORMS, Match, canonical, rank, slots, usable
from portero.limits import PLATE_CHARS, PLATE_SUFFIX_CHARS


@pytest.mark.parametrize("text", ["ABC-012-D", "abc o12 d", " abc·0I2.d ", "ÁBC–OI2–D"])
def test_the_same_plate_has_one_canonical_text(text: str) -> None:
    assert canonical(text) == "ABC012D"


@pytest.mark.parametrize(
    ("one", "other"), [("8", "B"), ("Q", "0"), ("5", "S"), ("L", "1"), ("D", "0")]
)
def test_what_only_looks_alike_is_not_equal(one: str, other: str) -> None:
    assert canonical(f"AA{one}") != canonical(f"AA{other}")


@given(st.text())
def test_a_canonical_text_is_plain_and_its_own(text: str) -> None:
    key = canonical(text)
    assert set(key) <= set("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789")
    assert canonical(key) == key


def test_the_forms_of_mexico() -> None:
    assert slots("ABC-123-D") == ("AAA000A",)
    assert slots("AB-12-345") == ("AA00000",)
    assert slots("7ABC123") == ()
    assert len(set(FORMS)) == len(FORMS)


@pytest.mark.parametrize("read", ["A8C123D", "ABC1Z3D", "ABC123Q", "ABC123O", "AB6123D"])
def test_a_mistake_of_a_camera_is_likely_or_better(read: str) -> None:
    (match,) = rank(read, ["ABC-123-D"])
    assert match.plate == "ABC-123-D"
    assert match.kind == ("exact" if canonical(read) == "ABC123D" else "likely")


def test_a_letter_in_the_place_of_a_digit_costs_less_than_another_digit() -> None:
    odd, alike = rank("AUC1Z3D", ["AUC123D", "AVC1Z3D"])
    assert (odd.plate, odd.kind, alike.plate) == ("AUC123D", "likely", "AVC1Z3D")
    assert 0 < odd.cost < alike.cost


@pytest.mark.parametrize(
    "read", ["ABC124D", "AXC123D", "ABC123", "ABC1234D", "BAC123D", "XYZ987A", "", "-"]
)
def test_what_nobody_mistakes_is_no_match(read: str) -> None:
    assert rank(read, ["ABC-123-D"]) == []


def test_many_small_mistakes_are_a_big_one() -> None:
    assert [m.kind for m in rank("A8C1Z3D", ["ABC123D"])] == ["likely"]
    assert rank("A8CIZ30", ["ABC123D"]) == []
    assert rank("UMC123D", ["VNC123D"]) == []


def test_ears_and_cameras_make_different_mistakes() -> None:
    assert [m.kind for m in rank("AVC123D", ["ABC123D"], "ear")] == ["likely"]
    assert rank("AVC123D", ["ABC123D"], "camera") == []
    assert rank("A8C123D", ["ABC123D"], "ear") == []


def test_the_exact_one_comes_first_then_the_likely_then_the_ending() -> None:
    known = ["XYZ-123-D", "UBC-123-D", "VBC-123-D"]
    assert [(m.plate, m.kind) for m in rank("VBC123D", known)] == [
        ("VBC-123-D", "exact"),
        ("UBC-123-D", "likely"),
    ]
    assert rank("23D", known) == [
        Match(plate, "suffix", 4.0) for plate in ("UBC-123-D", "VBC-123-D", "XYZ-123-D")
    ]


def test_the_bound_of_an_ending() -> None:
    plate = "ABC-123-D"
    assert rank(canonical(plate)[-PLATE_SUFFIX_CHARS:], [plate])
    assert not rank(canonical(plate)[-PLATE_SUFFIX_CHARS + 1 :], [plate])


def test_what_is_too_long_for_a_plate_is_not_compared() -> None:
    assert rank("A" * PLATE_CHARS, ["A" * PLATE_CHARS])
    assert not rank("A" * (PLATE_CHARS + 1), ["A" * (PLATE_CHARS + 1)])


@given(st.text("AB80", min_size=1, max_size=8), st.text("AB80", min_size=1, max_size=8))
def test_only_the_same_plate_is_exact(read: str, known: str) -> None:
    kinds = [match.kind for match in rank(read, [known])]
    assert (kinds == ["exact"]) == (read == known)


NOW = 1_000.0


def seen(at: float, confidence: float | None = 0.9, text: str = "ABC123D") -> Plate:
    return Plate(text, at, confidence)


def test_only_fresh_readings_are_used_the_newest_first() -> None:
    fresh, oldest = seen(NOW), seen(NOW - 60)
    readings = [oldest, seen(NOW - 60.1), fresh, seen(NOW + 1)]
    assert usable(readings, NOW, within=60) == [fresh, oldest]


def test_a_reading_that_is_not_sure_or_does_not_say_is_not_used() -> None:
    sure = seen(NOW, 0.8)
    readings = [sure, seen(NOW, 0.79), seen(NOW, None), seen(NOW, float("nan"))]
    assert usable(readings, NOW, within=60, confidence=0.8) == [sure]
    assert len(usable(readings, NOW, within=60)) == 4


def test_no_plate_is_no_reading() -> None:
    assert usable([seen(NOW, text="--")], NOW, within=60) == []
