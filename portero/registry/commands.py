"""`portero registry`: the embedded backend from the command line."""

from __future__ import annotations

import os
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from portero.config import Settings, load_settings
from portero.errors import PorteroError
from portero.registry.importfile import BadImport
from portero.registry.importing import import_file
from portero.registry.store import Registry, cause


@click.group()
def registry() -> None:
    """The residents, visitors and access log that portero keeps itself."""


@registry.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-c", "--config", type=click.Path(), help="Settings file.")
@click.option("-t", "--tenant", help="The tenant's id; may be left out when there is only one.")
@click.option("--replace", is_flag=True, help="Forget residents and visitors not in FILE.")
def import_(file: Path, config: str | None, tenant: str | None, replace: bool) -> None:
    """Fill the registry from FILE (YAML or CSV): units, residents, authorizations, plates.

    \b
    The whole file is checked first; importing it again changes nothing.
    Examples:
      portero registry import etc/registry.yaml
      portero registry import --replace --tenant robles robles.csv
    """
    try:
        settings = load_settings(config, os.environ)
        chosen = _tenant(settings, tenant)
        counts = _import(settings.registry.url, chosen, file, replace)
    except BadImport as error:
        for mistake in error.mistakes:
            click.echo(f"{file}:{mistake.line}: {mistake.text}", err=True)
        raise click.ClickException("nothing was imported") from None
    except (PorteroError, OSError) as error:
        raise click.ClickException(str(error)) from None
    except SQLAlchemyError as error:
        raise click.ClickException(f"the database failed: {cause(error)}") from None
    imported = ", ".join(f"{count} {table}" for table, count in counts.items()) or "nothing"
    click.echo(f"{chosen}: {imported}")


def _import(url: str, tenant: str, file: Path, replace: bool) -> dict[str, int]:
    opened = Registry(url)
    try:
        opened.upgrade()
        return dict(import_file(opened, tenant, file, replace=replace))
    finally:
        opened.close()


def _tenant(settings: Settings, asked: str | None) -> str:
    known = [tenant.id for tenant in settings.tenants]
    if asked is None and len(known) == 1:
        return known[0]
    if asked not in known:
        listed = ", ".join(known) or "none is set up"
        raise click.UsageError(f"--tenant must be one of config.yaml's: {listed}")
    return asked
