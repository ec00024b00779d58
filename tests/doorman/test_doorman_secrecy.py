"""Duress words and guesses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portero.doorman.secrecy import guess_digest, hears_duress

WORDS = ["Canela", "pan de muerto"]


@pytest.mark.parametrize(
    "said",
    [
        "canela",
        "Sí, soy CANELA.",
        "traigo la canéla, ábrame",
        "vengo por el pan, de... ¡muerto!",
        "pan  de\nmuerto",
        "¿canela?sí",
    ],
)
def test_a_duress_word_is_heard_in_any_part_of_a_sentence(said: str) -> None:
    assert hears_duress(said, WORDS)


@pytest.mark.parametrize(
    "said", ["", "acanelado", "canelas", "can ela", "pan muerto", "pan de muertos", "muerto de pan"]
)
def test_it_is_not_heard_inside_other_words(said: str) -> None:
    assert not hears_duress(said, WORDS)


@pytest.mark.parametrize("words", [[], [""], ["  ", "¡!"]])
def test_no_word_is_never_heard(words: list[str]) -> None:
    assert not hears_duress("nada de nada ¡!", words)


@given(st.text("abcñÁ1 ,"), st.text("abcñÁ1 ,"))
def test_a_word_that_can_be_said_is_heard_between_others(before: str, word: str) -> None:
    can_be_said = bool(set(word) - set(" ,"))
    assert hears_duress(f"{before} {word}, b", [word]) == can_be_said


def digest(tool: str = "find_resident", salt: str = "robles", **arguments: Any) -> str:
    return guess_digest(tool, arguments, salt)


def test_one_question_is_one_guess_however_it_is_spelt() -> None:
    assert digest(name="Juan Pérez") == digest(name=" juan  perez ") == digest(name="Pérez, Juan")
    assert digest(unit="Casa 05") == digest(unit="5")
    assert digest(plate="ABC-O12-D") == digest(plate="abc012d")
    assert digest(name="Juan", unit="") == digest(name="Juan", unit=None) == digest(name="Juan")
    assert digest(name="Juan", unit="5") == digest(unit="5", name="Juan")


def test_other_questions_are_other_guesses() -> None:
    guesses = [
        digest(name="Juan"),
        digest(unit="Juan"),
        digest(name="Juana"),
        digest(name="Juan", unit="5"),
        digest("check_visitor", name="Juan"),
        digest(salt="encinos", name="Juan"),
        digest(name="Juan", resident_id="7"),
        digest(),
    ]
    assert len(set(guesses)) == len(guesses)


def test_a_digest_fits_its_column_and_tells_nothing() -> None:
    assert len(digest(name="Juan Pérez")) == 64
    assert "juan" not in digest(name="Juan Pérez")


@pytest.mark.parametrize("value", [7, 7.5, True, ["a"], {"b": 1}, "\ud83d", "\x00"])
def test_whatever_the_model_sends_has_a_digest(value: Any) -> None:
    assert len(digest(name=value, other=value)) == 64
