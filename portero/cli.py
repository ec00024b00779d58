"""The `portero` command: checks settings, fills the registry, plays a visit without Asterisk."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, Final

import click

from portero import __version__
from portero.config.loader import installer_language
from portero.helping import presented, speak

# Sub-commands that live in their own rooms: imported when they are called for.
_ROOMS: Final = {
    "call": "portero.operator.callcommand",
    "calls": "portero.operator.commands",
    "check": "portero.install.checkcommands",
    "completion": "portero.operator.completioncommand",
    "doctor": "portero.doctor.commands",
    "init": "portero.install.commands",
    "ledger": "portero.registry.ledgercommands",
    "pin": "portero.registry.pincommands",
    "policy": "portero.doorman.commands",
    "records": "portero.operator.recordcommands",
    "registry": "portero.registry.commands",
    "rehearse": "portero.rehearsal.commands",
    "reload": "portero.operator.commands",
    "schema": "portero.install.checkcommands",
    "show": "portero.operator.commands",
    "simulate": "portero.simulator.commands",
    "status": "portero.operator.commands",
    "stop": "portero.operator.commands",
    "tail": "portero.operator.tailing",
}


class _Portero(click.Group):
    """Imports a room's commands only when they are wanted, and speaks the operator's language."""

    language = "en"

    def main(self, *arguments: Any, **extra: Any) -> Any:
        language = installer_language({}, os.environ)
        speak(language)
        told = presented(self, "", language)
        assert isinstance(told, _Portero)
        told.language = language
        return super(_Portero, told).main(*arguments, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_ROOMS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _ROOMS:
            return super().get_command(ctx, cmd_name)
        command = getattr(import_module(_ROOMS[cmd_name]), cmd_name)
        assert isinstance(command, click.Command)
        return presented(command, cmd_name, self.language)


@click.group(cls=_Portero)
@click.version_option(__version__, prog_name="portero")
def main() -> None:
    """The AI doorman for Asterisk and FreePBX.

    \b
    Examples:
      portero init                           set everything up, step by step
      portero check                          is my config.yaml right?
      portero doctor                         what is wrong, and what to do?
      portero registry import residents.csv  residents and expected visitors
      portero policy try --checked           which rule would open the gate?
      portero policy explain CALL            why did it open, or not?
      portero rehearse --corpus              attacks that must open nothing
      portero pin add --label Jardinero      a PIN for the keypad
      portero ledger verify                  has anybody changed the record?
      portero simulate hikvision --help      a door to try it on
      twistd -n portero                      run the daemon
      portero status                         how is it?
      portero tail                           what happens in calls, live
      portero show CALL                      a call, as a dialogue
      portero reload                         new settings for the next calls
    """
