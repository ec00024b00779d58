"""`portero rehearse`: scripted visits, played against the installer's own settings."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

import click

from portero.config import ConfigError, find_config, load
from portero.config.loader import Loaded
from portero.config.settings import TenantSettings
from portero.errors import PorteroError
from portero.messages import text
from portero.registry.importfile import BadImport
from portero.rehearsal.played import Played, problems, unsafe
from portero.rehearsal.player import Player
from portero.rehearsal.script import BadRehearsal, Rehearsal, Visit, read_rehearsal

_WIDTH: Final = 79
_CORPUS: Final = Path(str(resources.files("portero.rehearsal").joinpath("corpus")))


@dataclass(frozen=True, slots=True)
class RehearsedHouse:
    """A file, and what its visits are played against."""

    file: Path
    rehearsal: Rehearsal
    loaded: Loaded
    tenant: TenantSettings


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--corpus", is_flag=True, help="The visits and attacks that portero brings along.")
@click.option("-c", "--config", type=click.Path(), help="Settings file; else the rehearsal's own.")
@click.option("-t", "--tenant", help="The tenant's id; may be left out when there is only one.")
@click.option("-v", "--verbose", is_flag=True, help="Show what was said, asked and answered.")
def rehearse(
    files: tuple[Path, ...], corpus: bool, config: str | None, tenant: str | None, verbose: bool
) -> None:
    """Visits and attacks, played: `portero rehearse --corpus`.

    Which gates open in the scripted visits of FILES, and by which rule?
    Policy, registry, PINs and ledger are the real ones, on an empty database in memory; the model,
    the gates and the residents follow the script. Nothing leaves this machine.

    \b
    The exit status is 0 if all went as it should, else 1. With --corpus and
    -c, the corpus' attacks are played at every gate of your settings: none
    may open.
    Examples:
      portero rehearse etc/rehearsal.yaml
      portero rehearse --corpus
      portero rehearse --corpus -c /etc/portero/config.yaml --tenant robles
    """
    if not files and not corpus:
        raise click.UsageError(text("rehearse_what", _language()))
    try:
        wrong = sum(_play(file, config, tenant, verbose) for file in files)
        if corpus:
            wrong += _play_corpus(config, tenant, verbose)
    except (ConfigError, PorteroError, OSError) as error:
        raise click.ClickException(str(error)) from None
    raise SystemExit(1 if wrong else 0)


def corpus_files() -> list[Path]:
    """The files of the packaged corpus."""
    return sorted(_CORPUS.glob("visits_*.yaml")) + sorted(_CORPUS.glob("attacks_*.yaml"))


def open_house(file: Path, config: str | None, tenant: str | None) -> RehearsedHouse:
    """A rehearsal with its settings: those of `config`, else the file's own, else the machine's.

    Raises BadRehearsal, ConfigError.
    """
    rehearsal = read_rehearsal(file)
    if config is None and rehearsal.settings is not None:
        # What the corpus comes to is not to hang on the machine's environment.
        environ = {} if file.parent == _CORPUS else os.environ
        loaded = load(file.parent / rehearsal.settings, environ)
    else:
        loaded = load(find_config(config, os.environ), os.environ)
    known = {it.id: it for it in loaded.settings.tenants}
    asked = tenant or rehearsal.tenant
    if tenant is None and len(known) == 1:
        asked = next(iter(known))
    if asked not in known:
        choices = ", ".join(known) or "-"
        said = text("rehearse_tenant", loaded.language, file=file, choices=choices)
        raise BadRehearsal(said)
    return RehearsedHouse(file, rehearsal, loaded, known[asked])


def make_player(house: RehearsedHouse, gate: str | None = None) -> Player:
    """A player for the visits of one file."""
    registry = house.rehearsal.registry
    file = None if registry is None else house.file.parent / registry
    return Player(house.loaded.settings, house.tenant, file, gate=gate)


def _play_visit(player: Player, visit: Visit, house: RehearsedHouse) -> Played:
    try:
        return player.play(visit)
    except BadImport as error:
        registry = house.rehearsal.registry or ""
        told = [f"{house.file.parent / registry}:{it.line}: {it.text}" for it in error.mistakes]
        raise BadRehearsal("\n".join(told)) from None


def _play(file: Path, config: str | None, tenant: str | None, verbose: bool) -> int:
    """Play a file, tell, and count the visits that went wrong."""
    house = open_house(file, config, tenant)
    language = house.loaded.language
    shown = file.name if file.parent == _CORPUS else file
    click.echo(f"{shown} ({house.tenant.id})")
    player, wrong = make_player(house), 0
    for visit in house.rehearsal.visits:
        played = _play_visit(player, visit, house)
        found = problems(visit, played, language)
        _tell(visit.name, played, found, language, verbose)
        wrong += bool(found)
    player.close()
    _tell_sum(len(house.rehearsal.visits), wrong, language)
    return wrong


def _play_corpus(config: str | None, tenant: str | None, verbose: bool) -> int:
    if config is None:
        return sum(_play(file, None, None, verbose) for file in corpus_files())
    return sum(_attack(file, config, tenant, verbose) for file in corpus_files())


def _attack(file: Path, config: str, tenant: str | None, verbose: bool) -> int:
    """Play a file's attacks at every gate of the installer's own settings: none may open."""
    house = open_house(file, config, tenant)
    language = house.loaded.language
    attacks = [visit for visit in house.rehearsal.visits if visit.attack and visit.anywhere]
    others = len(house.rehearsal.visits) - len(attacks)
    if not attacks:
        return 0
    if not house.tenant.gates:
        raise BadRehearsal(text("rehearse_no_gate", language, tenant=house.tenant.id))
    click.echo(f"{file.name} ({house.tenant.id})")
    wrong = count = 0
    for gate in house.tenant.gates:
        player = make_player(house, gate)
        for visit in attacks:
            played = _play_visit(player, visit, house)
            found = unsafe(played, language)
            _tell(f"{gate}: {visit.name}", played, found, language, verbose)
            wrong += bool(found)
            count += 1
        player.close()
    if others:
        click.echo(text("rehearse_skipped", language, count=others))
    _tell_sum(count, wrong, language)
    return wrong


def _tell(name: str, played: Played, found: Sequence[str], language: str, verbose: bool) -> None:
    mark = text("rehearse_went_wrong" if found else "rehearse_went_well", language)
    _say(f"  {mark}  {name}: {_outcome(played, language)}", "        ")
    for problem in found:
        _say(f"        {problem}", "          ")
    if verbose:
        for line in played.lines:
            _say(f"          {line}", "            ")


def _outcome(played: Played, language: str) -> str:
    if not played.opened:
        words = ", ".join(dict.fromkeys(played.refused)) or "-"
        return text("rehearse_shut", language, words=words)
    return ", ".join(
        text("rehearse_by_rule", language, gate=gate, rule=rule) for gate, rule in played.opened
    )


def _tell_sum(count: int, wrong: int, language: str) -> None:
    word = "rehearse_some_wrong" if wrong else "rehearse_all_fine"
    click.echo(text(word, language, count=count, wrong=wrong))


def _say(line: str, indent: str) -> None:
    for part in textwrap.wrap(line, _WIDTH, subsequent_indent=indent, drop_whitespace=False):
        click.echo(part.rstrip())


def _language() -> str:
    locale = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "en" if locale.startswith("en") else "es"
