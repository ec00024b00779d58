"""portero's blocks in Asterisk's own files: put, replaced, and nothing else touched."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from newhouse import answers

from portero.install.answers import GateAnswers
from portero.install.files import shipped
from portero.install.snippets import (
    BEGIN,
    END,
    BadMarks,
    block_of,
    dialplan_block,
    includes,
    manager_block,
    other_portero,
    put_block,
    without_secrets,
)

OTHERS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\n\r;[]#\udce9"))


def without_block(text: str) -> str:
    place = block_of(text)
    assert place is not None
    return text[: place[0]] + text[place[1] :]


@given(before=OTHERS, after=OTHERS)
def test_what_is_not_portero_s_stays_to_the_byte(before: str, after: str) -> None:
    first = put_block(before, "one")
    assert without_block(first).startswith(before)
    both = first + after
    again = put_block(both, "two\nthree")
    assert without_block(again) == without_block(both)
    assert "two" in again
    assert put_block(again, "two\nthree") == again


def test_a_block_is_put_at_the_end_and_replaced_in_its_place() -> None:
    text = put_block("[mine]\nexten => 1,1,NoOp()", "[portero]\nold")
    assert text.startswith("[mine]\nexten => 1,1,NoOp()\n\n; portero begin")
    assert text.endswith("\n[portero]\nold\n; portero end\n")
    more = f"{text}[more]\n"
    replaced = put_block(more, "[portero]\nnew")
    assert replaced == more.replace("old", "new")


def test_a_file_with_windows_line_ends_keeps_them() -> None:
    text = put_block("[mine]\r\n", "a\nb")
    assert "\n" not in text.replace("\r\n", "")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"x\n{BEGIN}\n", 2),
        (f"{END}\nx", 1),
        (f"{END}\n{BEGIN}\n", 2),
        (f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n", 4),
        (f"{BEGIN}\n{BEGIN}\n{END}\n", 3),
    ],
)
def test_marks_that_are_no_pair_are_refused_with_their_line(text: str, line: int) -> None:
    with pytest.raises(BadMarks) as caught:
        put_block(text, "x")
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 0),
        ("[from-internal-custom]\nexten => 1,1,Gosub(portero,s,1)\n", 0),
        ("; [portero]\n", 0),
        ("[portero-kitchen]\n", 0),
        ("a\n[portero]\n", 2),
        ("a\n\n [portero](+)\n", 3),
        ("[portero-resident]\n", 1),
        ("#include extensions_portero.conf\n", 1),
        ('# include "/etc/asterisk/manager_portero.conf"\n', 1),
        (put_block("a\n", "[portero]\nx"), 0),
        (put_block("a\n", "[portero]\nx") + "b\n[portero]\n", 8),
    ],
)
def test_a_portero_outside_the_block_is_found(text: str, line: int) -> None:
    assert other_portero(text) == line


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("#include extensions_custom.conf", True),
        ('#include "extensions_custom.conf"', True),
        ("  #include </etc/asterisk/extensions_custom.conf>", True),
        ("#tryinclude extensions_custom.conf", True),
        (";#include extensions_custom.conf", False),
        ("#include my_extensions_custom.conf", False),
        ("#include extensions_custom.conf.old", False),
        ("include => extensions_custom.conf", False),
    ],
)
def test_an_include_is_known(line: str, found: bool) -> None:
    assert includes(f"a\n{line}\nb\n", "extensions_custom.conf") is found


def test_the_dialplan_is_the_sample_s() -> None:
    block = dialplan_block(shipped().dialplan)
    assert block.startswith("[portero]\n")
    assert "\n[portero-resident]\n" in block
    assert block in shipped().dialplan


@pytest.mark.parametrize(
    ("change", "rights"),
    [
        ({}, "call,reporting"),
        ({"calls_residents": True}, "call,reporting,originate"),
        ({"gate": GateAnswers("asterisk", extension="801")}, "call,reporting,originate"),
        ({"gate": GateAnswers("dtmf", secret="1")}, "call,reporting"),
    ],
)
def test_the_ami_user_has_the_rights_that_it_needs_and_no_more(
    change: dict[str, object], rights: str
) -> None:
    block = manager_block(shipped().manager, replace(answers(), **change))  # type: ignore[arg-type]
    assert re.findall(r"^write = (.*)$", block, re.M) == [rights]
    assert re.findall(r"^read = (.*)$", block, re.M) == ["call,dtmf"]
    assert re.findall(r"^secret = (.*)$", block, re.M) == ["CANARY-ami-secret"]
    assert "deny = 0.0.0.0/0.0.0.0\npermit = 127.0.0.1/255.255.255.255\n" in block
    assert "change-this-secret" not in block


@pytest.mark.parametrize("line", ["secret = x CANARY", "+secret=CANARY", " Secret => CANARY;y"])
def test_secrets_of_manager_files_are_not_shown(line: str) -> None:
    shown = without_secrets(line)
    assert "CANARY" not in shown
    assert "ecret" in shown
    assert without_secrets("; a secret is here") == "; a secret is here"
