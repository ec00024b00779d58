"""Names, units and plates as people say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portero.registry.names import (
    name_key,
    name_words,
    names_agree,
    names_identify,
    plate_key,
    short_name,
    unit_key,
)

KNOWN = "María López Hernández"


@pytest.mark.parametrize(
    "said",
    ["maria lopez", "MARÍA LÓPEZ", "López María", "Sra. María López", "maria", KNOWN, "lopez"],
)
def test_what_people_say_finds_the_record(said: str) -> None:
    assert names_agree(said, KNOWN)


@pytest.mark.parametrize("said", ["mari", "maría pérez", "m", "", "  ", "%", "_____", "a"])
def test_what_is_somebody_else_or_nobody_does_not(said: str) -> None:
    assert not names_agree(said, KNOWN)


def test_particles_do_not_matter() -> None:
    assert names_agree("Sofía Garza", "Sofía de la Garza")
    assert names_agree("Sofía de la Garza", "Sofía Garza")


def test_a_name_of_particles_only_is_still_a_name() -> None:
    assert name_words("De La O") == {"o"}
    assert name_words("Don") == {"don"}


def test_one_word_identifies_nobody_who_has_two() -> None:
    assert not names_identify("María", KNOWN)
    assert names_identify("María Hernández", KNOWN)
    assert names_identify("Madonna", "Madonna")


def test_a_key_holds_each_word_between_spaces() -> None:
    assert name_key("López, María") == " lopez maria "
    assert name_key("--") == ""


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("casa 5", "5"),
        ("Casa #05", "5"),
        ("la 5", "la 5"),
        ("depto. A-101", "a101"),
        ("A 101", "A-101"),
        ("Departamento núm. 12", "12"),
        ("Torre B 3", "b3"),
    ],
)
def test_units_that_are_the_same(said: str, known: str) -> None:
    assert unit_key(said) == unit_key(known) != ""


@pytest.mark.parametrize(("one", "other"), [("5", "15"), ("2-5", "25"), ("A1", "B1"), ("5", "50")])
def test_units_that_are_not(one: str, other: str) -> None:
    assert unit_key(one) != unit_key(other)


@pytest.mark.parametrize("plate", ["ABC-123-D", "abc 123 d", "ABC123D", "A.B.C_123·D"])
def test_plates_that_are_the_same(plate: str) -> None:
    assert plate_key(plate) == "ABC123D"


@given(st.text())
def test_no_text_breaks_a_key_and_no_key_holds_a_wildcard(text: str) -> None:
    for key in (name_key(text), unit_key(text), plate_key(text)):
        assert not set(key) & set("%_'\"\\")
    assert names_agree(text, text) == bool(name_words(text))


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Los Robles", "los-robles"),
        ("  Residencial «Ámbar & Niño», 2.ª sección", "residencial-ambar-nino-2-a-seccion"),
        ("Парк", ""),
    ],
)
def test_a_community_has_a_short_name(name: str, short: str) -> None:
    assert short_name(name) == short
