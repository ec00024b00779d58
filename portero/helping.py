"""Commands as operators meet them: `--help` in their language, values that Tab completes.

The English is in the code, the Spanish in help_es.yaml.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from typing import Final

import click
import yaml
from click import core, decorators, exceptions, formatting, parser, termui, types

from portero.operator.completing import complete_call, complete_tenant

_CLICK: Final = (core, decorators, exceptions, formatting, parser, termui, types)
_COMPLETED: Final = {"tenant": complete_tenant, "call": complete_call}
_NAMES_NEW: Final = ("init",)  # what is named there does not exist yet
# A paragraph that begins so is not wrapped anew; YAML can't hold the character itself.
_AS_IT_IS: Final = "\b"


@dataclass(frozen=True)
class Spanish:
    """`commands` by their path (`ledger verify`), the rest by its English."""

    commands: Mapping[str, str]
    options: Mapping[str, str]
    click: Mapping[str, str]


_NOTHING: Final = Spanish({}, {}, {})


@cache
def spanish() -> Spanish:
    """The catalogue."""
    content = resources.files(__package__).joinpath("help_es.yaml").read_text("utf-8")
    told: dict[str, dict[str, str]] = yaml.safe_load(content)
    commands = {path: help.replace("\\b", _AS_IT_IS) for path, help in told["commands"].items()}
    return Spanish(commands, told["options"], told["click"])


def speak(language: str) -> None:
    """From now on click's own words are in that language (`es`, or anything else for English).

    click asks gettext, which goes by the environment alone and wants compiled files; portero
    speaks Spanish wherever the environment says nothing.
    """
    words = spanish().click if language == "es" else {}
    for module in _CLICK:
        for name, function in (("_", _word), ("ngettext", _plural)):
            if hasattr(module, name):
                setattr(module, name, partial(function, words))


def _word(words: Mapping[str, str], english: str) -> str:
    return words.get(english, english)


def _plural(words: Mapping[str, str], one: str, many: str, count: int) -> str:
    english = gettext.NullTranslations().ngettext(one, many, count)
    return words.get(english, english)


def presented(command: click.Command, path: str, language: str) -> click.Command:
    """A copy of the command whose texts are in that language, and whose values Tab completes."""
    words = spanish() if language == "es" else _NOTHING
    told = copy(command)
    told._help_option = None  # click keeps it, in the language of who asked first
    told.help = words.commands.get(path, command.help)
    told.params = [_parameter(it, path, words) for it in command.params]
    if language == "es":
        told.options_metavar = (command.options_metavar or "").replace("OPTIONS", "OPCIONES")
    if isinstance(told, click.Group):
        if language == "es":
            told.subcommand_metavar = "COMANDO [ARGS]..."
        told.commands = {
            name: presented(it, f"{path} {name}".strip(), language)
            for name, it in told.commands.items()
        }
    return told


def _parameter(parameter: click.Parameter, path: str, words: Spanish) -> click.Parameter:
    told = copy(parameter)
    if isinstance(told, click.Option) and told.help:
        told.help = words.options.get(told.help, told.help)
    if isinstance(told.type, click.Path):
        told.type = copy(told.type)
        told.type.name = words.click.get(told.type.name, told.type.name)
    if told.name in _COMPLETED and path not in _NAMES_NEW:
        # As `shell_complete=` would, which commands on lower floors can't have.
        setattr(told, "shell_complete", _COMPLETED[told.name])  # noqa: B010
    return told
