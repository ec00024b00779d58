"""`portero init`: asks, shows what it would write, writes it, and says what remains."""

from __future__ import annotations

import os
import re
import secrets as chance
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal

import click

from portero import limits
from portero.config import ConfigError, load
from portero.config.loader import installer_language
from portero.install import files, finishing, planning
from portero.install.agreeing import Manner, agreed, fail, show
from portero.install.answers import DRIVERS, Answers, AsteriskSide
from portero.install.asking import KINDS, Asker, Missing, ask_all, confirm
from portero.install.given import read_given
from portero.install.planning import FileChange, Folders
from portero.install.settingsfile import AMI_SECRET, API_KEY, DATABASE, PROMPTS
from portero.messages import text

STATE_FOLDER: Final = "/var/lib/portero"
_FOLDER: Final = re.compile(r"/[^\s:%\"'\\]*")


@click.command()
@click.option("--tenant", metavar="ID", help="Short name of the community.")
@click.option("--name", help="What the doorman calls it.")
@click.option("--extension", "extensions", multiple=True, help="Extension that is dialled.")
@click.option("--did", "dids", multiple=True, help="Outside number that is called.")
@click.option("--guard", metavar="EXTENSION", help="The guard.")
@click.option("--guard-context", metavar="CONTEXT", help="Default: from-internal.")
@click.option(
    "--call-residents/--no-call-residents",
    default=None,
    help="Residents are phoned and asked; gives the AMI user the right to make calls.",
)
@click.option("--openai-key-file", metavar="FILE", help="Else $OPENAI_API_KEY.")
@click.option(
    "--ami-secret-file",
    metavar="FILE",
    help="Else $ASTERISK_AMI_PASSWORD, else what is there, else one is made up.",
)
@click.option("--gate", type=click.Choice(DRIVERS), help="What opens the gate.")
@click.option("--gate-id", metavar="ID", help="Default: main_gate.")
@click.option("--gate-name", metavar="NAME", help="What people call it.")
@click.option("--gate-url", metavar="URL", help="Device, webhook, or Backend API.")
@click.option("--gate-user", metavar="USER", help="hikvision: user on the device.")
@click.option("--gate-kind", type=click.Choice(KINDS), help="hikvision.")
@click.option("--gate-extension", metavar="EXTENSION", help="asterisk: what opens it.")
@click.option("--gate-context", metavar="CONTEXT", help="asterisk; default: from-internal.")
@click.option(
    "--gate-secret-file",
    metavar="FILE",
    help="Password (hikvision), tones (dtmf), Authorization (webhook), token (backend).",
)
@click.option("--language", type=click.Choice(["es", "en"]), help="Else by locale.")
@click.option("--target", default="/etc/portero", metavar="FOLDER", show_default=True)
@click.option("--asterisk", default="/etc/asterisk", metavar="FOLDER", show_default=True)
@click.option("--root", default="/", metavar="FOLDER", help="Another system's root folder.")
@click.option("--unit/--no-unit", default=None, help="systemd unit and user; default: if missing.")
@click.option(
    "--snippets",
    is_flag=True,
    help="Only Asterisk's two files, from the settings that are there: after an upgrade or a "
    "change of them.",
)
@click.option("--yes", is_flag=True, help="Ask nothing: options and defaults.")
@click.option("--overwrite", is_flag=True, help="With --yes: also files that were changed since.")
@click.option("--dry-run", is_flag=True, help="Show what would be written; write nothing.")
@click.option("--apply/--no-apply", default=None, help="Reload Asterisk and systemd at the end.")
def init(**options: Any) -> None:
    """Set portero up: `portero init`; asks, shows, writes.

    It writes the settings, their secrets (for root only), the systemd unit, and portero's parts of
    Asterisk's extensions_custom.conf and manager_custom.conf, between marks. Nothing is overwritten
    without showing the difference.

    \b
    Examples:
      portero init
      portero init --dry-run
      portero init --yes --tenant robles --did 5550001234 --guard 100 \\
          --openai-key-file key.txt --apply
      portero init --snippets
    """
    said: Literal["es", "en"] = options["language"] or _locale()
    manner = Manner(
        language=said,
        root=Path(options["root"]),
        ask=not options["yes"],
        dry_run=options["dry_run"],
        overwrite=options["overwrite"],
        apply=options["apply"],
    )
    try:
        if options["snippets"]:
            _run_snippets(options, manner)
        else:
            _run(options, manner)
    except Missing as missing:
        fail(*missing.sentences)
    except files.CanNotWrite as error:
        told = text("init_can_not_write", said, file=error.path, reason=error.reason)
        fail(told, *([text("init_as_root", said)] if error.is_permission else []))


def _locale() -> Literal["es", "en"]:
    return "en" if installer_language({}, os.environ) == "en" else "es"


def _run_snippets(options: dict[str, Any], manner: Manner) -> None:
    folders = _folders(options, manner)
    existing = _found(folders, manner)
    try:
        loaded = load(files.below(manner.root, f"{folders.settings}/config.yaml"), os.environ)
    except ConfigError as error:
        fail(*error.errors)
    side = AsteriskSide.of(loaded.settings)
    changes = planning.plan_snippets(side, existing, folders, files.shipped())
    if manner.dry_run:
        show(changes, manner.language)
        click.echo(text("init_dry_run", manner.language))
        return
    written = _write_all(agreed(changes, manner), manner, folders)
    if written:
        finishing.reload_asterisk(folders, manner.root, manner.language, _apply(manner))


def _found(folders: Folders, manner: Manner) -> dict[str, str]:
    """What is there already; ends the command where something is in the way."""
    if not files.is_folder(manner.root, folders.asterisk):
        fail(text("init_no_asterisk", manner.language, folder=folders.asterisk))
    written = [f"{folders.asterisk}/{name}" for name in (planning.EXTENSIONS, planning.MANAGER)]
    existing = files.read_existing(manner.root, _looked_at(folders))
    for path in files.links(manner.root, written):
        fail(text("init_is_link", manner.language, file=path))
    _check_obstacles(existing, folders, manner)
    return existing


def _run(options: dict[str, Any], manner: Manner) -> None:
    folders = _folders(options, manner)
    existing = _found(folders, manner)
    asker = Asker(manner.language, manner.ask)
    kept = {
        path.rpartition("/")[2]: secret
        for path, secret in existing.items()
        if path.startswith(f"{folders.settings}/credentials/")
    }
    given = read_given(options, kept, manner.language)
    answers = ask_all(given, asker, _made_up)
    existing |= files.read_existing(manner.root, _written(answers, folders, existing))
    changes = planning.plan(answers, existing, folders, files.shipped())
    if manner.dry_run:
        show(changes, manner.language)
        click.echo(text("init_dry_run", manner.language))
        return
    written = _write_all(agreed(changes, manner), manner, folders)
    files.make_folder(manner.root, STATE_FOLDER, 0o750)
    files.make_folder(manner.root, PROMPTS, 0o711)
    files.make_database(manner.root, DATABASE, files.portero_user(manner.root))
    _check_written(written, folders, manner)
    finishing.finish(answers, written, folders, manner.root, manner.language, _apply(manner))


def _folders(options: dict[str, Any], manner: Manner) -> Folders:
    for option in ("target", "asterisk"):
        value = options[option].rstrip("/")
        if _FOLDER.fullmatch(value) is None:
            told = {"option": f"--{option}", "value": options[option]}
            fail(text("init_folder_form", manner.language, **told))
    folders = Folders(
        settings=options["target"].rstrip("/"),
        asterisk=options["asterisk"].rstrip("/"),
        program=str(Path(sys.executable).parent / "twistd"),
    )
    wanted = options["unit"]
    if wanted is None:
        wanted = not finishing.package_unit_fits(manner.root, folders)
    return folders if wanted else Folders(folders.settings, folders.asterisk, unit="")


def _looked_at(folders: Folders) -> list[str]:
    """What is read before anything is asked: Asterisk's files, and secrets that stay."""
    asterisk = (planning.EXTENSIONS, planning.MANAGER, *planning.LOOKED_AT)
    kept = (API_KEY, AMI_SECRET)
    return [
        *(f"{folders.asterisk}/{name}" for name in asterisk),
        *(f"{folders.settings}/credentials/{name}" for name in kept),
    ]


def _written(answers: Answers, folders: Folders, existing: dict[str, str]) -> list[str]:
    changes = planning.plan(answers, existing, folders, files.shipped())
    return [change.path for change in changes]


def _check_obstacles(existing: dict[str, str], folders: Folders, manner: Manner) -> None:
    found = list(planning.obstacles(existing, folders.asterisk))
    for obstacle in found:
        told = text(obstacle.key, manner.language, **obstacle.values)
        kind = text("warning" if obstacle.warning else "error", manner.language)
        click.secho(f"{kind}: {told}", fg="yellow" if obstacle.warning else "red", err=True)
    if not all(obstacle.warning for obstacle in found):
        raise SystemExit(1)


def _made_up() -> str:
    """32 characters, as manager.conf and the settings take them."""
    return chance.token_urlsafe(limits.AMI_SECRET_BYTES)


def _write_all(wanted: list[FileChange], manner: Manner, folders: Folders) -> list[FileChange]:
    for change in wanted:
        files.write(manner.root, change, files.portero_user(manner.root))
        click.echo(text("init_written", manner.language, file=change.path))
        if change.path == f"{folders.sysusers}/portero.conf":
            finishing.make_user(manner.root, manner.language)
    return wanted


def _check_written(written: list[FileChange], folders: Folders, manner: Manner) -> None:
    """What `portero check` says of it, and which of Asterisk's files lies open."""
    language = manner.language
    if files.portero_user(manner.root) is None:
        _warn(text("init_no_user", language, folder=folders.settings))
    manager = f"{folders.asterisk}/{planning.MANAGER}"
    if finishing.is_open_to_all(manner.root, manager):
        _warn(text("init_open_to_all", language, file=manager))
    try:
        loaded = load(files.below(manner.root, f"{folders.settings}/config.yaml"), os.environ)
    except ConfigError as error:
        fail(*error.errors, text("check_failed", language, count=len(error.errors)))
    for warning in loaded.warnings:
        _warn(warning)
    click.secho(text("check_passed", language), fg="green")


def _warn(sentence: str) -> None:
    click.secho(sentence, fg="yellow", err=True)


def _apply(manner: Manner) -> Callable[[str], bool]:
    """Whether a command may be run: as --apply says, else as the installer says."""

    def may(command: str) -> bool:
        if manner.apply is not None or not manner.ask:
            return bool(manner.apply)
        question = text("init_ask_apply", manner.language, command=command)
        return confirm(question, manner.language, usual=True)

    return may
