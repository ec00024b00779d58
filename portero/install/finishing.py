"""After the files are written: the user, what to reload, and what is left to the installer."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import click

from portero import limits
from portero.install import files
from portero.install.answers import Answers
from portero.install.planning import FileChange, Folders
from portero.install.unit import unit_file
from portero.messages import text

_PACKAGE_UNITS: Final = ("/lib/systemd/system", "/usr/lib/systemd/system")
RELOADS: Final = (
    ("asterisk", "-rx", "dialplan reload"),
    ("asterisk", "-rx", "manager reload"),
)
_SYSTEMD_RELOAD: Final = ("systemctl", "daemon-reload")
_START: Final = ("systemctl", "enable", "--now", "portero")


def package_unit_fits(root: Path, folders: Folders) -> bool:
    """Whether the Debian package's unit is there, with the paths that are wanted."""
    wanted = unit_file(files.shipped().unit, folders.program, folders.settings)
    units = [f"{folder}/portero.service" for folder in _PACKAGE_UNITS]
    return wanted in files.read_existing(root, units).values()


def make_user(root: Path, language: str) -> None:
    """Makes portero's user, if systemd-sysusers is there; what it can't do is told later."""
    program = shutil.which("systemd-sysusers")
    if program is None or os.geteuid() != 0 or files.portero_user(root) is not None:
        return
    _run((program, f"--root={root}", "portero.conf"), language)


def is_open_to_all(root: Path, path: str) -> bool:
    """Whether every user can read a file."""
    file = files.below(root, path)
    return file.exists() and bool(file.stat().st_mode & 0o004)


def finish(
    answers: Answers,
    written: Iterable[FileChange],
    folders: Folders,
    root: Path,
    language: str,
    may: Callable[[str], bool],
) -> None:
    """Reloads what may be reloaded, and prints the steps that remain, numbered."""
    wanted: list[tuple[str, ...]] = list(RELOADS)
    if any(change.path.endswith("/portero.service") for change in written):
        wanted.insert(0, _SYSTEMD_RELOAD)
    steps = [
        *_run_all(wanted, root, language, may),
        text("init_step_destination", language, tenant=answers.tenant),
        text("init_step_route", language),
        text("init_step_run", language, command=shlex.join(_START)),
        _doctor(folders, language),
    ]
    _tell(steps, language)


def reload_asterisk(
    folders: Folders, root: Path, language: str, may: Callable[[str], bool]
) -> None:
    """Reloads what may be reloaded after only Asterisk's files were written."""
    _tell([*_run_all(RELOADS, root, language, may), _doctor(folders, language)], language)


def _doctor(folders: Folders, language: str) -> str:
    option = "" if folders.settings == "/etc/portero" else f" -c {folders.settings}/config.yaml"
    return text("init_step_run", language, command=f"portero doctor{option}")


def _tell(steps: Iterable[str], language: str) -> None:
    click.echo(text("init_steps", language))
    for number, step in enumerate(steps, 1):
        click.echo(f"  {number}. {step}")


def _run_all(
    commands: Iterable[tuple[str, ...]], root: Path, language: str, may: Callable[[str], bool]
) -> list[str]:
    """Runs those that may be run; the others are steps that remain."""
    here = root == Path("/") and os.geteuid() == 0
    return [
        text("init_step_run", language, command=shlex.join(command))
        for command in commands
        if not (here and _run_if(command, language, may))
    ]


def _run_if(command: tuple[str, ...], language: str, may: Callable[[str], bool]) -> bool:
    if shutil.which(command[0]) is None or not may(shlex.join(command)):
        return False
    return _run(command, language)


def _run(command: tuple[str, ...], language: str) -> bool:
    """Runs a command; whether it worked. What it says is shown only where it failed."""
    shown = shlex.join(command)
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=limits.INSTALL_COMMAND_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        click.secho(text("init_failed", language, command=shown, reason=reason), fg="red", err=True)
        return False
    if done.returncode == 0:
        click.echo(text("init_ran", language, command=shown))
        return True
    reason = (done.stderr or done.stdout).strip() or str(done.returncode)
    click.secho(text("init_failed", language, command=shown, reason=reason), fg="red", err=True)
    return False
