"""What every command of an operator begins with: settings, language, socket, screen."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, Final, NoReturn, ParamSpec

import click
from pydantic import ValidationError
from rich.console import Console

from portero.config import ConfigError, find_config, load
from portero.config.document import read_document
from portero.config.loader import Loaded, installer_language
from portero.config.operations import ConsoleSettings
from portero.config.sockets import control_sockets
from portero.errors import PorteroError
from portero.messages import text
from portero.operator.client import Client, DaemonAway, NotAllowed

P = ParamSpec("P")

AWAY: Final = 3
"""The exit status when no daemon answers (as LSB says of `status`: not running)."""

NOT_ALLOWED: Final = 4
"""The exit status when this user may not ask it (LSB: unknown)."""

CONFIG: Final = click.option("-c", "--config", type=click.Path(), help="Settings file.")
JSON: Final = click.option(
    "--json/--text", "as_json", default=None, help="Default: JSON unless on a terminal."
)


@dataclass(frozen=True)
class Desk:
    """The daemon's socket and the operator's screen."""

    config: str | None
    as_json: bool

    @cached_property
    def loaded(self) -> Loaded:
        """The settings, whole; raises ConfigError."""
        return load(find_config(self.config, os.environ), os.environ)

    @cached_property
    def language(self) -> str:
        """The settings' own, as far as they can be read, else the environment's."""
        try:
            return self.loaded.language
        except ConfigError as error:
            return error.language

    @cached_property
    def client(self) -> Client:
        """Who asks the daemon."""
        return Client(control_sockets(self._console_settings(), os.environ), self.language)

    @cached_property
    def screen(self) -> Console:
        """Where tables and colours go; plain text where it is no terminal (NO_COLOR: rich)."""
        return Console(highlight=False, emoji=False, markup=False)

    def text(self, key: str, /, **values: Any) -> str:
        """A sentence in the operator's language."""
        return text(key, self.language, **values)

    def dump(self, told: Mapping[str, Any]) -> None:
        """One JSON document to the standard output."""
        click.echo(json.dumps(told, ensure_ascii=False, indent=2, default=str))

    def _console_settings(self) -> ConsoleSettings | None:
        """Also from settings that this user can't use: their secrets may be for others' eyes."""
        try:
            return self.loaded.settings.console
        except ConfigError:
            file = find_config(self.config, os.environ)
        if file is None:
            return None
        try:
            return ConsoleSettings.model_validate(read_document(file, os.environ).data["console"])
        except (KeyError, TypeError, ValidationError):
            return None


def command_of_operator(function: Callable[P, None]) -> Callable[P, None]:
    """What goes wrong becomes a sentence and an exit status; Ctrl-C and a closed pipe are quiet."""

    @wraps(function)
    def run(*arguments: P.args, **options: P.kwargs) -> None:
        try:
            function(*arguments, **options)
        except DaemonAway as error:
            _fail(str(error), AWAY)
        except NotAllowed as error:
            _fail(str(error), NOT_ALLOWED)
        except ConfigError as error:
            _fail("\n".join(error.errors), 1)
        except PorteroError as error:
            _fail(str(error), 1)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(1) from None

    return run


@contextmanager
def until_interrupted() -> Iterator[None]:
    """Ctrl-C ends what is watched, and is no error."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo()


def desk_of(config: str | None, as_json: bool | None) -> Desk:
    """The desk of a command with the options CONFIG and JSON."""
    return Desk(config, not sys.stdout.isatty() if as_json is None else as_json)


def locale_language() -> str:
    """The language before any settings are read."""
    return installer_language({}, os.environ)


def _fail(sentence: str, status: int) -> NoReturn:
    click.secho(sentence, fg="red", err=True)
    raise SystemExit(status)
