"""Whatever the doctor or the end of a call can say is on the page of troubles."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import ROOT

from portero.call.outcome import Status
from portero.doctor.plan import STEPS
from portero.messages import CATALOGUE
from portero.operator.words import REASONS

PAGES = {"en": "docs/troubleshooting.md", "es": "docs/troubleshooting.es.md"}
STEP = re.compile(r"[a-z]+\.[a-z_]+")
GROUPS = ("ami", "asterisk", "backend", "database", "dialplan", "fastagi", "files", "gate", "host")
GROUPS = (*GROUPS, "media", "realtime", "whatsapp")
ENDS = {"Outcome", "Broken", "Goodbye", "VisitorGone", "_break", "agent_failed", "_go_on", "again"}
"""What is called, or passed on to be called, with the word of a call's end."""


def page(language: str) -> str:
    return (ROOT / PAGES[language]).read_text("utf-8")


def rows(text: str, heading: int) -> list[list[str]]:
    """The table below the n-th `##` (from 0; -1 is the last), without its head."""
    part = re.split(r"^## .*$", text, flags=re.MULTILINE)[1:][heading]
    table = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in cells] for cells in table[2:]]


def finding_names() -> set[str]:
    """The ids of findings, as the doctor's modules have them."""
    found: set[str] = {"daemon"}
    for file in (ROOT / "portero/doctor").glob("*.py"):
        text = file.read_text("utf-8")
        found |= set(re.findall(r'^[A-Z]+: Final = "([a-z]+\.[a-z_]+)"$', text, re.MULTILINE))
        if file.name == "hikvision.py":
            found |= {f"gate.{it}" for it in re.findall(r'_finding\(\s*"([a-z]+)"', text)}
    return {it for it in found if it == "daemon" or it.split(".")[0] in GROUPS}


def reasons_in(file: Path) -> Iterator[str]:
    """Every reason that is written out in a module: of endings, and defaults of dataclasses."""
    tree = ast.parse(file.read_text("utf-8"))
    values: list[ast.AST] = []
    named: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            spoken = [node.func, *node.args]
            names = {getattr(it, "attr", getattr(it, "id", "")) for it in spoken}
            values += [*node.args, *(it.value for it in node.keywords)] if names & ENDS else []
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            named[node.target.id] = node.value
            values += [node.value] if node.target.id == "reason" else []
    values = [named.get(it.id, it) if isinstance(it, ast.Name) else it for it in values]
    for value in values:
        known = [] if isinstance(value, ast.JoinedStr) else list(ast.walk(value))
        words = [it.value for it in known if isinstance(it, ast.Constant)]
        yield from (it for it in words if isinstance(it, str) and it)


@pytest.mark.parametrize("language", PAGES)
def test_every_finding_has_its_row_with_a_cure(language: str) -> None:
    shown = {cells[0].strip("`"): cells[1:] for cells in rows(page(language), -1)}
    assert set(shown) == finding_names()
    assert all(len(cells) == 2 and all(cells) for cells in shown.values())


def test_every_step_has_findings_on_the_page() -> None:
    """What `--only` takes is a line of the page, or the beginning of one."""
    names = finding_names()
    groups = {it.split(".")[0] for it in names}
    known = {"gates": "gate", "clock": "host", "permissions": "files"}
    for step in STEPS:
        group = known.get(step.name, step.name)
        assert step.name in names or group.split(".")[0] in groups, step.name


@pytest.mark.parametrize("language", PAGES)
def test_only_lines_that_the_doctor_has_are_named(language: str) -> None:
    for paragraph in re.findall(
        r"^(?:It ends with|Termina en) .*?\n\n", page(language), re.M | re.S
    ):
        named = [it for it in re.findall(r"`([^`]+)`", paragraph) if STEP.fullmatch(it)]
        assert named, paragraph
        assert set(named) <= finding_names(), paragraph


@pytest.mark.parametrize("language", PAGES)
def test_every_symptom_ends_in_a_line_of_the_doctor(language: str) -> None:
    parts = re.split(r"^## .*$", page(language), flags=re.MULTILINE)[1:-1]
    assert len(parts) == 12
    for part in parts:
        assert re.search(r"^(It ends with|Termina en) [^\n]*`[a-z]+\.[a-z_]+`", part, re.M), part


@pytest.mark.parametrize("language", PAGES)
def test_every_reason_is_in_the_table(language: str) -> None:
    written = {
        reason for file in (ROOT / "portero/call").glob("*.py") for reason in reasons_in(file)
    }
    assert written >= set(REASONS), "the search has missed some"
    table = rows(page(language), 0)
    shown = {it for cells in table for it in re.findall(r"`([a-z_]+)`", cells[1])}
    assert written - shown == set()
    assert set(Status) <= {it for row in table for it in re.findall(r"[A-Z_]+", row[0])}


@pytest.mark.parametrize("language", PAGES)
def test_what_is_quoted_of_the_doctor_is_what_it_says(language: str) -> None:
    texts = [getattr(it, language) for key, it in CATALOGUE.items() if key.startswith("doctor_")]
    quoted = re.findall(r"\(\*([^*]+)\*\)", page(language))
    assert quoted
    for words in quoted:
        assert any(" ".join(words.split()) in text for text in texts), words
