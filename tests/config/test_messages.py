"""The catalogue: both languages, the same placeholders, and every key is used."""

from __future__ import annotations

import re
from collections import Counter
from importlib import import_module
from pathlib import Path
from string import Formatter

import pytest

import portero
from portero import messages
from portero.messages import CATALOGUE, Wording, text

SOURCES = "\n".join(
    file.read_text()
    for file in Path(portero.__file__).parent.rglob("*.py")
    if file.parent.name != "messages"
)


def placeholders(wording: str) -> set[str]:
    return {name for _text, name, _form, _how in Formatter().parse(wording) if name}


@pytest.mark.parametrize("key", CATALOGUE)
def test_both_languages_say_it_with_the_same_placeholders(key: str) -> None:
    wording = CATALOGUE[key]
    assert wording.es.strip()
    assert wording.en.strip()
    assert placeholders(wording.es) == placeholders(wording.en)
    assert "\n" not in wording.es + wording.en


@pytest.mark.parametrize("key", CATALOGUE)
def test_every_text_is_used(key: str) -> None:
    stem = key.removesuffix("_near").removeprefix("prompt_")  # call/sounds.py names the prompts
    assert re.search(rf'"{stem}"', SOURCES)


@pytest.mark.parametrize(
    ("language", "says"),
    [("es", "no existe"), ("es-MX", "no existe"), ("en_US.UTF-8", "not set"), ("fr", "no existe")],
)
def test_the_language_is_chosen_by_its_first_letters(language: str, says: str) -> None:
    assert says in text("env_missing", language, name="X")


def test_no_key_stands_in_two_parts() -> None:
    folder = Path(messages.__file__).parent
    parts = [import_module(f"portero.messages.{file.stem}") for file in folder.glob("[!_]*.py")]
    keys = Counter(key for part in parts for key in getattr(part, "TEXTS", ()))
    assert set(keys) == set(CATALOGUE)
    assert [key for key, times in keys.items() if times > 1] == []


def test_values_are_not_read_as_placeholders() -> None:
    assert "{name}" in text("env_missing", "en", name="{name}")


def test_a_wording_has_a_text_for_each_language() -> None:
    assert Wording._fields == ("es", "en")
