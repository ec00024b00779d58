"""What README and docs show is taken by portero as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from settings_folder import Folder

from portero.cli import main

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "README.es.md", "docs/gatekeeper.md", "docs/gatekeeper.es.md")
BLOCK = re.compile(r"^ *```(yaml)?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:0 3 .* && )?(portero [a-z][^#|]*)")
TENANT = """
asterisk: {ami: {password: p}}
realtime: {api_key: k}
tenants:
  - id: robles
    extensions: [1]
    tools: [open_gate]
    gates: {main_gate: {driver: dtmf, digits: "#"}}
"""


def blocks(document: str) -> list[str]:
    found = BLOCK.findall((ROOT / document).read_text("utf-8"))
    return [text for kind, text in found if kind == "yaml"]


def commands(document: str) -> list[str]:
    """What is typed: in the lines of blocks, and between backticks."""
    text = (ROOT / document).read_text("utf-8")
    lines = [line for kind, shown in BLOCK.findall(text) if not kind for line in shown.split("\n")]
    lines += re.findall(r"`([^`\n]+)`", BLOCK.sub("", text))
    typed = [line.split(" #")[0].split(" | ")[0].strip() for line in lines]
    return [found[1] for line in typed if (found := COMMAND.fullmatch(line))]


def plain(shown: str) -> dict[str, Any]:
    """The block, with a word in place of the files that it names."""
    text = re.sub(r"!file \S*gate\.pem", "null", shown)
    values: dict[str, Any] = yaml.safe_load(re.sub(r"!file \S+", "secret", text))
    return values


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_settings_that_are_shown_are_right(folder: Folder, document: str) -> None:
    assert blocks(document)
    for shown in blocks(document):
        settings = yaml.safe_load(TENANT)
        tenant = settings["tenants"][0]
        for key, value in plain(shown).items():
            (tenant if key == "policy" else tenant["gates"])[key] = value
        folder.load(yaml.safe_dump(settings))


def test_both_languages_show_the_same_settings() -> None:
    for english, spanish in (DOCUMENTS[:2], DOCUMENTS[2:]):
        shown = [[yaml.compose(text) for text in blocks(it)] for it in (english, spanish)]
        values = [[yaml.serialize(node) for node in nodes if node] for nodes in shown]
        assert values[0] == values[1]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_commands_that_are_shown_exist(document: str) -> None:
    shown = commands(document)
    assert len(shown) > 4
    for line in shown:
        words = shlex.split(line)[1:]
        command: click.Command | None = main
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            command = command.get_command(click.Context(command), words.pop(0))
        assert command is not None, line
        options = {name for it in command.params for name in (*it.opts, *it.secondary_opts)}
        given = {word for word in words if word.startswith("-")}
        assert given <= options, line
