"""What of a record stays when numbers, plates and names must not."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portero.records import CallRecord, ToolUse, Utterance
from portero.registry.names import plain_words
from portero.registry.redaction import _COMMON, masked_number, redacted

BEGAN = datetime(2026, 11, 22, 18, tzinfo=UTC)
WORDS = (
    "hola",
    "vengo",
    "paquete",
    "Ana",
    "PEÑA",
    "peña",
    "Peña",
    "O'Neil",
    "x",
    "12",
    "5512345678",
)
SPEECH = st.lists(st.sampled_from(WORDS) | st.text(max_size=8)).map(" ".join)
NAMES = st.sampled_from(["Ana Peña", "pena", "García-Ruiz", "ABC123D"]) | st.text(max_size=12)


def a_call(*said: str, **arguments: Any) -> CallRecord:
    return CallRecord(
        "c1",
        "robles",
        BEGAN,
        caller_number="5512345678",
        caller_name="Luis",
        channel="Local/5512345678@trunk-00000012",
        unique_id="17.1",
        transcript=tuple(Utterance(1, "visitor", text) for text in said),
        tools=(ToolUse(1, "find_resident", arguments, "done", 0.2),),
        recording="/monitor/5512345678-c1.wav",
    )


def line(said: str, **arguments: Any) -> str:
    (kept,) = redacted(a_call(said, **arguments), "redacted", "full").transcript
    return kept.text


def test_a_full_record_stays_as_it_is() -> None:
    call = a_call("Soy Luis, placa ABC-123", name="Luis")
    assert redacted(call, "full", "full") == call


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Voy a la casa 12", "Voy a la casa [...]"),
        ("Mi placa es ABC-123-D", "Mi placa es [...]"),
        ("Mi placa es ABC 12 34 D, gracias", "Mi placa es [...], gracias"),
        ("Tel. 55 1234 5678", "Tel. [...]"),
        ("Es el cincuenta y cinco, doce, sí", "Es el [...], sí"),
        ("Two three four, please", "[...], please"),
        ("Espere un momento y una cosa más", "Espere un momento y una cosa más"),
    ],
)
def test_numbers_and_plates_go_also_those_written_out(said: str, kept: str) -> None:
    assert line(said) == kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Busco a Luis Peña", "Busco a [...]"),
        ("Busco a luis PENA, de la casa", "Busco a [...], de la casa"),
        ("Peñalosa no es su nombre", "Peñalosa no es su nombre"),
        ("Bueno, Pen\u0303a", "Bueno, [...]"),
    ],
)
def test_names_that_a_tool_was_given_go(said: str, kept: str) -> None:
    assert line(said, name="Luis Peña") == kept


def test_a_name_inside_a_list_or_an_object_is_one_too() -> None:
    assert line("Soy Ana, con Toño", people=[{"who": "Ana"}, "Toño"]) == "Soy [...], con [...]"


def test_a_reason_is_no_name_but_for_its_capitals() -> None:
    said = "Traigo un paquete para Toño"
    assert line(said, reason="trae un paquete para Toño") == "Traigo un paquete para [...]"


def test_arguments_are_hidden_but_for_gates_and_for_yes_and_no() -> None:
    call = a_call(name="Luis", unit=12, plates=["ABC123"], known=True, why=None, gate_id="main")
    (use,) = redacted(call, "redacted", "full").tools
    assert dict(use.arguments) == {
        "name": "[...]",
        "unit": "[...]",
        "plates": "[...]",
        "known": True,
        "why": None,
        "gate_id": "main",
    }
    assert (use.name, use.verdict, use.seconds) == ("find_resident", "done", 0.2)


def test_none_keeps_nothing_that_was_said_but_which_tools_ran() -> None:
    kept = redacted(a_call("Hola", name="Luis"), "none", "full")
    assert kept.transcript == ()
    assert [(use.name, dict(use.arguments), use.verdict) for use in kept.tools] == [
        ("find_resident", {}, "done")
    ]
    assert kept.caller_number == "5512345678"


def test_a_masked_caller_keeps_two_digits_wherever_the_number_stands() -> None:
    kept = redacted(a_call(), "full", "masked")
    assert (kept.caller_number, kept.caller_name) == ("********78", "")
    assert "5512345678" not in repr(kept)
    assert kept.unique_id == "17.1"


@pytest.mark.parametrize(("number", "shown"), [("", ""), ("7", "7"), ("12", "12"), ("123", "*23")])
def test_short_numbers_are_masked_too(number: str, shown: str) -> None:
    assert masked_number(number) == shown


@given(said=SPEECH, name=NAMES)
def test_no_run_of_digits_and_no_name_of_a_tool_stays(said: str, name: str) -> None:
    kept = redacted(a_call(said, name=name), "redacted", "masked")
    text = kept.transcript[0].text
    assert not re.search(r"\d{3}", text)
    assert not plain_words(text) & (plain_words(name) - _COMMON)
    assert not re.search(r"\d{3}", str(dict(kept.tools[0].arguments)))


@given(said=SPEECH)
def test_what_is_redacted_once_stays_so(said: str) -> None:
    assert line(line(said)) == line(said)


def test_a_masked_number_is_not_left_where_it_stands_without_its_plus() -> None:
    record = replace(
        a_call(),
        caller_number="+525512345678",
        channel="PJSIP/525512345678-0001",
        recording="/var/spool/525512345678.wav",
    )
    kept = redacted(record, "full", "masked")
    assert "12345678" not in f"{kept.caller_number} {kept.channel} {kept.recording}"
