"""`portero registry`: the embedded backend from the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click

from portero.config import ConfigError, find_config, load
from portero.config.loader import Loaded
from portero.errors import PorteroError
from portero.messages import text
from portero.registry.importfile import BadImport
from portero.registry.importing import import_file
from portero.registry.opening import opened
from portero.registry.tables import authorizations, residents, units, vehicles

_TABLES: Final = (units, residents, authorizations, vehicles)


@click.group()
def registry() -> None:
    """Residents and visitors: `portero registry import FILE`."""


@registry.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-c", "--config", type=click.Path(), help="Settings file.")
@click.option("-t", "--tenant", help="The tenant's id; may be left out when there is only one.")
@click.option("--replace", is_flag=True, help="Forget residents and visitors not in FILE.")
def import_(file: Path, config: str | None, tenant: str | None, replace: bool) -> None:
    """Fill the registry from FILE (YAML or CSV).

    \b
    It has units, residents, authorizations and plates.
    The whole file is checked first; importing it again changes nothing.
    Examples:
      portero registry import etc/registry.yaml
      portero registry import --replace --tenant robles robles.csv
    """
    try:
        loaded = load(find_config(config, os.environ), os.environ)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None
    language = loaded.language
    chosen = _tenant(loaded, tenant)
    try:
        counts = _import(loaded, chosen, file, replace)
    except BadImport as error:
        for mistake in error.mistakes:
            click.echo(f"{file}:{mistake.line}: {mistake.said(language)}", err=True)
        raise click.ClickException(text("import_nothing", language)) from None
    except (PorteroError, OSError) as error:
        raise click.ClickException(str(error)) from None
    rows = {table.name: counts.get(table.name, 0) for table in _TABLES}
    click.echo(text("import_done", language, tenant=chosen, **rows))


def _import(loaded: Loaded, tenant: str, file: Path, replace: bool) -> dict[str, int]:
    with opened(loaded.settings.registry.url, loaded.language) as to:
        return dict(import_file(to, tenant, file, replace=replace))


def _tenant(loaded: Loaded, asked: str | None) -> str:
    known = [tenant.id for tenant in loaded.settings.tenants]
    if asked is None and len(known) == 1:
        return known[0]
    if asked not in known:
        choices = ", ".join(known) or "-"
        raise click.UsageError(text("tenant_one_of", loaded.language, choices=choices))
    return asked
