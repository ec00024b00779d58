"""`portero init`: asks, shows what it would write, writes it, and says what remains."""

from __future__ import annotations

import os
import re
import secrets as chance
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import click

from portero import limits
from portero.config import ConfigError, load
from portero.config.loader import installer_language
from portero.install import files, finishing, planning
from portero.install.answers import DRIVERS, Answers, AsteriskSide
from portero.install.asking import KINDS, Asker, Given, Missing, ask_all, confirm
from portero.install.planning import FileChange, Folders
from portero.install.settingsfile import AMI_SECRET, API_KEY, DATABASE, PROMPTS
from portero.messages import text

STATE_FOLDER: Final = "/var/lib/portero"
_FOLDER: Final = re.compile(r"/[^\s:%\"'\\]*")
_COLOURS: Final = {"+": "green", "-": "red", "@": "cyan"}


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is to go about: below which root, asking or not, writing or not."""

    language: Literal["es", "en"]
    root: Path
    ask: bool
    dry_run: bool
    overwrite: bool
    apply: bool | None


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
        _fail(*missing.sentences)
    except files.CanNotWrite as error:
        told = text("init_can_not_write", said, file=error.path, reason=error.reason)
        _fail(told, *([text("init_as_root", said)] if error.is_permission else []))


def _locale() -> Literal["es", "en"]:
    return "en" if installer_language({}, os.environ) == "en" else "es"


def _fail(*sentences: str) -> None:
    for sentence in sentences:
        click.secho(sentence, fg="red", err=True)
    raise SystemExit(1)


def _run_snippets(options: dict[str, Any], manner: Manner) -> None:
    folders = _folders(options, manner)
    existing = _found(folders, manner)
    try:
        loaded = load(files.below(manner.root, f"{folders.settings}/config.yaml"), os.environ)
    except ConfigError as error:
        _fail(*error.errors)
        return
    side = AsteriskSide.of(loaded.settings)
    changes = planning.plan_snippets(side, existing, folders, files.shipped())
    if manner.dry_run:
        _show(changes, manner.language)
        click.echo(text("init_dry_run", manner.language))
        return
    written = _write_all(_agreed(changes, manner), manner, folders)
    if written:
        finishing.reload_asterisk(folders, manner.root, manner.language, _apply(manner))


def _found(folders: Folders, manner: Manner) -> dict[str, str]:
    """What is there already; ends the command where something is in the way."""
    if not files.is_folder(manner.root, folders.asterisk):
        _fail(text("init_no_asterisk", manner.language, folder=folders.asterisk))
    written = [f"{folders.asterisk}/{name}" for name in (planning.EXTENSIONS, planning.MANAGER)]
    existing = files.read_existing(manner.root, _looked_at(folders))
    for path in files.links(manner.root, written):
        _fail(text("init_is_link", manner.language, file=path))
    _check_obstacles(existing, folders, manner)
    return existing


def _run(options: dict[str, Any], manner: Manner) -> None:
    folders = _folders(options, manner)
    existing = _found(folders, manner)
    asker = Asker(manner.language, manner.ask)
    answers = ask_all(_given(options, existing, folders, manner.language), asker, _made_up)
    existing |= files.read_existing(manner.root, _written(answers, folders, existing))
    changes = planning.plan(answers, existing, folders, files.shipped())
    if manner.dry_run:
        _show(changes, manner.language)
        click.echo(text("init_dry_run", manner.language))
        return
    written = _write_all(_agreed(changes, manner), manner, folders)
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
            _fail(text("init_folder_form", manner.language, **told))
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


def _given(
    options: dict[str, Any], existing: dict[str, str], folders: Folders, language: str
) -> Given:
    """The options; secrets from files, the environment, or an earlier `portero init`."""

    def secret(option: str, variable: str = "", kept: str = "") -> str | None:
        file = options[option]
        if file is not None:
            return _secret_of(file, f"--{option.replace('_', '-')}", language)
        found = os.environ.get(variable, "").strip() if variable else ""
        there = existing.get(f"{folders.settings}/credentials/{kept}", "").strip()
        return found or there or None

    return Given(
        tenant=options["tenant"],
        name=options["name"],
        extensions=options["extensions"],
        dids=options["dids"],
        guard=options["guard"],
        guard_context=options["guard_context"],
        ami_secret=secret("ami_secret_file", "ASTERISK_AMI_PASSWORD", AMI_SECRET),
        api_key=secret("openai_key_file", "OPENAI_API_KEY", API_KEY),
        call_residents=options["call_residents"],
        gate=options["gate"],
        gate_id=options["gate_id"],
        gate_name=options["gate_name"],
        gate_url=options["gate_url"],
        gate_user=options["gate_user"],
        gate_kind=options["gate_kind"],
        gate_extension=options["gate_extension"],
        gate_context=options["gate_context"],
        gate_secret=secret("gate_secret_file"),
    )


def _secret_of(file: str, option: str, language: str) -> str:
    try:
        with click.open_file(file, encoding="utf-8") as opened:
            return str(opened.read(limits.SECRET_BYTES_MAX))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "UTF-8"
        told = text("init_file_wrong", language, option=option, file=file, reason=reason)
        raise Missing((told,)) from None


def _made_up() -> str:
    """32 characters, as manager.conf and the settings take them."""
    return chance.token_urlsafe(limits.AMI_SECRET_BYTES)


def _show(changes: tuple[FileChange, ...], language: str) -> None:
    for change in changes:
        if not change.changes:
            click.echo(text("init_kept", language, file=change.path))
            continue
        _head(change, language)
        _body(change, language)


def _head(change: FileChange, language: str) -> None:
    key = "init_creates" if change.before is None else "init_changes"
    count = change.text.count("\n")
    click.secho(text(key, language, file=change.path, count=count), bold=True)


def _body(change: FileChange, language: str) -> None:
    if change.secret:
        click.echo(text("init_hidden", language))
    elif not change.generated:
        for line in planning.difference(change):
            click.secho(line, fg=_COLOURS.get(line[:1]))


def _agreed(changes: tuple[FileChange, ...], manner: Manner) -> list[FileChange]:
    """Those that may be written: all of them, or those that the installer agreed to."""
    wanted = [change for change in changes if change.changes]
    losing = [change for change in wanted if change.loses]
    if not manner.ask:
        if losing and not manner.overwrite:
            for change in losing:
                _head(change, manner.language)
                _body(change, manner.language)
            told = (text("init_would_lose", manner.language, file=it.path) for it in losing)
            _fail(*told, text("init_nothing_written", manner.language))
        return wanted
    return _asked(wanted, manner.language)


def _asked(wanted: list[FileChange], language: str) -> list[FileChange]:
    new = [change for change in wanted if change.before is None]
    agreed = []
    for change in wanted:
        _head(change, language)
        if change.before is None:
            continue
        _body(change, language)
        question = text("init_ask_write", language, file=change.path)
        if confirm(question, language, usual=not change.loses):
            agreed.append(change)
    if new and confirm(text("init_ask_write_all", language), language, usual=True):
        agreed += new
    if wanted and not agreed:
        _fail(text("init_nothing_written", language))
    return [change for change in wanted if change in agreed]


def _write_all(agreed: list[FileChange], manner: Manner, folders: Folders) -> list[FileChange]:
    for change in agreed:
        files.write(manner.root, change, files.portero_user(manner.root))
        click.echo(text("init_written", manner.language, file=change.path))
        if change.path == f"{folders.sysusers}/portero.conf":
            finishing.make_user(manner.root, manner.language)
    return agreed


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
        _fail(*error.errors, text("check_failed", language, count=len(error.errors)))
        return
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
