"""Plates as they are spelt aloud."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portero.doorman.numerals import readings, run_length
from portero.doorman.plates import canonical
from portero.doorman.spelling import Spelled, parse, spell
from portero.limits import PLATE_CHARS, SPELLINGS, SPOKEN_CHARS

PLATES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=8)


@given(PLATES)
def test_what_is_read_back_is_the_plate(plate: str) -> None:
    assert parse(spell(plate)) == Spelled((canonical(plate),), None)


def test_reading_back_keeps_the_groups_and_says_digits_one_by_one() -> None:
    assert spell("abc-12-d") == "a de avión, be de burro, ce de casa; uno, dos; de de dedo"


@pytest.mark.parametrize(
    "written", ["ABC-123-D", "abc123d", "ABC 123 D", "abc 123 d", "A B C 1 2 3 D"]
)
def test_what_is_written_is_taken_as_it_is(written: str) -> None:
    assert parse(written) == Spelled(("ABC123D",), None)


def test_letters_that_spell_the_name_of_a_letter_are_letters_when_written() -> None:
    assert parse("DE-12-345") == parse("DE 12 345") == Spelled(("DE12345",), None)


@pytest.mark.parametrize(
    ("said", "plate"),
    [
        ("a, be de burro, ce, ciento veintitrés, de", "ABC123D"),
        ("A be grande ce uno dos tres de", "ABC123D"),
        ("a ve chica ce uno dos tres de", "AVC123D"),
        ("a uve ce uno dos tres de", "AVC123D"),
        ("a be como burro ce uno dos tres de", "ABC123D"),
        ("a V de vaca ce uno dos tres de", "AVC123D"),
        ("a ele como burro ce uno dos tres de", "ABC123D"),  # the word decides
        ("doble u equis i griega doble cero cinco a", "WXY005A"),
        ("doble ve equis ye triple siete jota", "WXY777J"),
        ("uve doble equis ye siete siete siete jota", "WXY777J"),
        ("erre ere ese, doce treinta y cuatro", "RRS1234"),
        ("erre te zeta cero cinco cero cinco", "RTZ0505"),
        (
            "las placas de mi carro son a efe ge cincuenta y seis setenta y ocho por favor",
            "AFG5678",
        ),
        ("hache jota ka mil doscientos treinta y cuatro", "HJK1234"),
        ("a a doce mil trescientos cuarenta y cinco", "AA12345"),
        ("ele eme ene quinientos cinco pe", "LMN505P"),
        ("i latina o cu", "10Q"),
        ("a de de dedo efe cien jota", "ADF100J"),
    ],
)
def test_what_is_clear_leaves_no_question(said: str, plate: str) -> None:
    assert parse(said) == Spelled((plate,), None)


@pytest.mark.parametrize("heard", ["be", "ve", "Be", "VE"])
def test_a_bare_be_or_ve_is_asked_about(heard: str) -> None:
    spelled = parse(f"a {heard} ce uno dos tres de")
    assert set(spelled.candidates) == {"ABC123D", "AVC123D"}
    assert spelled.ask == "ask_b_or_v"


def test_the_number_of_slots_decides_between_readings_of_a_number() -> None:
    assert parse("a efe ce veinte cuatro cinco a") == Spelled(("AFC245A",), None)
    assert parse("a efe ce treinta cuatro") == Spelled(("AFC304",), None)


def test_where_slots_do_not_decide_the_digits_are_asked_for() -> None:
    spelled = parse("a efe ce uno veinte cuatro")
    assert set(spelled.candidates) == {"AFC124", "AFC1204"}
    assert spelled.ask == "ask_digits"


def test_a_double_belongs_to_what_makes_a_plate() -> None:
    assert set(parse("ene eme be doble cero cinco ka").candidates) == {"NMB005K", "NMV005K"}
    assert parse("ene eme uve doble cero cinco uno ka").candidates == ("NMW051K",)


def test_the_end_of_a_plate_is_enough_to_go_on() -> None:
    assert parse("termina en cuatro cinco seis") == Spelled(("456",), None)


@pytest.mark.parametrize("said", ["", "   ", "hola, buenas tardes", "¿?", "doble"])
def test_where_there_is_no_plate_it_is_asked_for(said: str) -> None:
    assert parse(said) == Spelled((), "ask_plate")


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("ciento veintitres", ["123"]),
        ("doscientos treinta cuatro", ["234", "2304"]),
        ("cien veinte", ["10020"]),
        ("dos mil cinco", ["2005"]),
        ("mil", ["1000"]),
        ("uno mil", ["11000"]),
        ("treinta y cuatro mil", ["34000"]),
        ("cero cinco", ["05"]),
        ("mil cero cinco", ["100005"]),
        ("noventa y nueve noventa y nueve", ["9999"]),
    ],
)
def test_numbers_are_read_as_digits(said: str, digits: list[str]) -> None:
    assert list(readings(said.split())) == digits


def test_y_belongs_to_a_number_only_between_ten_and_unit() -> None:
    assert run_length(["treinta", "y", "cuatro", "y"]) == 3
    assert run_length(["y", "cuatro"]) == 0
    assert run_length(["cuatro", "y", "cinco"]) == 1
    assert run_length(["treinta", "y", "cero"]) == 1


def test_many_doubts_are_bounded() -> None:
    assert len(parse("be " * 8).candidates) <= SPELLINGS
    assert len(readings(["veinte", "cuatro"] * 8)) <= SPELLINGS
    assert parse(" " * 9 + "a be de burro " + "." * SPOKEN_CHARS + " ce").candidates == ("AB",)
    assert parse("X1" * (PLATE_CHARS // 2)).candidates == ("X1" * (PLATE_CHARS // 2),)
    assert parse("X1" * (PLATE_CHARS // 2) + "X").candidates == ()


@given(st.text(max_size=400))
def test_no_text_breaks_it(text: str) -> None:
    spelled = parse(text)
    assert len(spelled.candidates) <= SPELLINGS
    assert (spelled.ask is None) == (len(spelled.candidates) == 1)
    assert all(one and canonical(one) == one for one in spelled.candidates)
