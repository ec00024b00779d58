"""portero's blocks in Asterisk's own files: put, replaced, and nothing else touched."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from newhouse import answers

from portero.config.settings import Settings
from portero.install.answers import AsteriskSide, GateAnswers
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
    block = dialplan_block(shipped().dialplan, AsteriskSide("x"))
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
    given = replace(answers(), **change)  # type: ignore[arg-type]
    block = manager_block(shipped().manager, given.side)
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


def test_another_address_and_user_of_portero_are_told_to_asterisk() -> None:
    side = AsteriskSide("x" * 12, user="doorman", fastagi="192.0.2.1:4600")
    dialplan = dialplan_block(shipped().dialplan, side)
    assert "agi://192.0.2.1:4600/portero)" in dialplan
    assert "agi://127.0.0.1" not in dialplan
    assert manager_block(shipped().manager, side).startswith("[doorman]\nsecret = xxxxxxxxxxxx\n")


@pytest.mark.parametrize(
    ("tenant", "needed"),
    [
        ({}, False),
        ({"gates": {"a": {"driver": "dtmf", "digits": "1"}}}, False),
        ({"gates": {"a": {"driver": "asterisk", "extension": "801"}}}, True),
        ({"notify": {"chain": [{"by": "whatsapp"}]}}, False),
        ({"notify": {"chain": [{"by": "whatsapp"}, {"by": "call"}]}}, True),
        ({"duress": {"words": ["tulipán azul"]}}, False),
        ({"duress": {"words": ["tulipán azul"]}, "guard": {"extension": "1"}}, True),
        ({"duress": {"words": ["tulipán azul"], "extension": "1"}}, True),
        ({"tools": ["ring_bell"]}, True),
        ({"tools": ["light"]}, False),
    ],
)
def test_who_makes_calls_needs_the_right_to(tenant: dict[str, object], needed: bool) -> None:
    tools = {
        "ring_bell": {"description": "x", "originate": {"extension": "802"}},
        "light": {"description": "x", "dtmf": {"digits": "5"}},
    }
    settings = Settings.model_validate({"tenants": [{"id": "a", **tenant}], "tools": tools})
    assert AsteriskSide.of(settings).originates is needed


@pytest.mark.parametrize(
    ("interface", "address"),
    [
        ("127.0.0.1", "127.0.0.1:4600"),
        ("0.0.0.0", "127.0.0.1:4600"),
        ("192.0.2.1", "192.0.2.1:4600"),
        ("::1", "[::1]:4600"),
    ],
)
def test_calls_go_where_portero_listens(interface: str, address: str) -> None:
    fastagi = {"interface": interface, "port": 4600}
    settings = Settings.model_validate({"asterisk": {"fastagi": fastagi}})
    assert AsteriskSide.of(settings).fastagi == address
