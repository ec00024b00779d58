"""The `portero` command: checks settings, fills the registry, plays a visit without Asterisk."""

from __future__ import annotations

import json
import os
from importlib import import_module
from typing import Final

import click

from portero import __version__
from portero.config import ConfigError, find_config, load
from portero.config.report import report
from portero.config.schema import json_schema
from portero.messages import text

# Sub-commands that live in their own rooms: imported when they are called for.
_ROOMS: Final = {
    "init": "portero.install.commands",
    "ledger": "portero.registry.ledgercommands",
    "pin": "portero.registry.pincommands",
    "policy": "portero.doorman.commands",
    "registry": "portero.registry.commands",
    "rehearse": "portero.rehearsal.commands",
    "simulate": "portero.simulator.commands",
}


class _LazyGroup(click.Group):
    """A group that imports a room's commands only when they are wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_ROOMS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _ROOMS:
            return super().get_command(ctx, cmd_name)
        command = getattr(import_module(_ROOMS[cmd_name]), cmd_name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_LazyGroup)
@click.version_option(__version__, prog_name="portero")
def main() -> None:
    """The AI doorman for Asterisk and FreePBX.

    \b
    Examples:
      portero check                          is my config.yaml right?
      portero registry import residents.csv  residents and expected visitors
      portero policy try --checked           which rule would open the gate?
      portero policy explain CALL            why did it open, or not?
      portero rehearse --corpus              attacks that must open nothing
      portero pin add --label Jardinero      a PIN for the keypad
      portero ledger verify                  has anybody changed the record?
      portero simulate hikvision --help      a door to try it on
      twistd -n portero                      run the daemon
    """


@main.command()
@click.option(
    "-c",
    "--config",
    type=click.Path(),
    help="Settings file; else $PORTERO_CONFIG, ./config.yaml, /etc/portero/config.yaml.",
)
def check(config: str | None) -> None:
    """Check the settings: `portero check`; all mistakes at once.

    Each mistake comes with file and line, each value with where it came from.

    \b
    The exit status is 0 if portero can run with them, else 1. Secrets are
    never shown.
    Examples:
      portero check
      portero check -c /etc/portero/config.yaml
    """
    try:
        loaded = load(find_config(config, os.environ), os.environ)
    except ConfigError as error:
        _tell(error.warnings, "warning", error.language)
        _tell(error.errors, "error", error.language)
        click.echo(text("check_failed", error.language, count=len(error.errors)), err=True)
        raise SystemExit(1) from None
    for line in report(loaded):
        click.echo(line)
    _tell(loaded.warnings, "warning", loaded.language)
    click.echo(text("check_passed", loaded.language), err=True)


def _tell(lines: tuple[str, ...], kind: str, language: str) -> None:
    for line in lines:
        click.echo(f"{text(kind, language)}: {line}", err=True)


@main.command()
def schema() -> None:
    """For your editor: `portero schema > portero.schema.json`.

    Editors complete and check from it.

    \b
    Example:
      portero schema > portero.schema.json
    """
    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
