"""The doctor's look at portero's own database: opens, is up to date, can be written, has people."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Final

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from twisted.internet.threads import deferToThreadPool

from portero.config.problems import printable
from portero.config.settings import Settings
from portero.doctor.findings import Finding, Level
from portero.registry.failures import RegistryError, cause
from portero.registry.store import Registry
from portero.registry.tables import residents

OPEN: Final = "database.open"
TABLES: Final = "database.tables"
WRITE: Final = "database.write"
RESIDENTS: Final = "database.residents"


class _Undo(Exception):
    """What was written for a try is not kept."""


async def look_at_database(settings: Settings, reactor: Any) -> list[Finding]:
    """Look in a thread: a server that is away is waited for. Nothing is changed, nor made."""
    found: list[Finding] = await deferToThreadPool(
        reactor, reactor.getThreadPool(), _look, settings
    )
    return found


def _look(settings: Settings) -> list[Finding]:
    missing = _not_there_yet(settings.registry.url)
    if missing is not None:
        return [missing]
    try:
        registry = Registry(settings.registry.url)
    except RegistryError as error:
        return [_unusable(error)]
    try:
        opened = Finding(OPEN, Level.GREEN, "doctor_database_ok", {"what": what(settings)})
        tables = registry.read(_tables)
        findings = [opened, tables, _written(registry)]
        if tables.level is Level.GREEN and settings.doorman.backend_url is None:
            tenants = [tenant.id for tenant in settings.tenants]
            findings += registry.read(_people, tenants)
        return findings
    except (RegistryError, SQLAlchemyError) as error:
        return [_unusable(error)]
    finally:
        registry.close()


def what(settings: Settings) -> str:
    """The database without its password: SQLite's file, or the server's host and database."""
    url = make_url(settings.registry.url)
    if url.get_backend_name() == "sqlite":
        return str(Path(url.database or ":memory:").absolute())
    return f"{url.host or 'localhost'}:{url.port or 5432}/{url.database}"


def _not_there_yet(url: str) -> Finding | None:
    """SQLite makes a file that is not there: the doctor does not, nor as another user."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    file = Path(str(parsed.database)).absolute()
    if file.exists():
        return None
    values = {"file": str(file), "folder": str(file.parent)}
    if not file.parent.is_dir():
        return Finding(OPEN, Level.RED, "doctor_database_folder", values, "doctor_cure_folder")
    if not os.access(file.parent, os.W_OK | os.X_OK):
        return Finding(OPEN, Level.RED, "doctor_database_shut", values, "doctor_cure_folder")
    cure = "doctor_cure_database_new"
    return Finding(OPEN, Level.YELLOW, "doctor_database_new", values, cure)


def _unusable(error: RegistryError | SQLAlchemyError) -> Finding:
    why = cause(error) if isinstance(error, SQLAlchemyError) else error.why
    values = {"why": printable(why)}
    return Finding(OPEN, Level.RED, "doctor_database_unusable", values, "doctor_cure_database")


def _tables(connection: Connection) -> Finding:
    """Which migration the tables are at, against those that this portero brings."""
    config = Config()
    folder = resources.files("portero.registry").joinpath("migrations")
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    newest = scripts.get_current_head()
    here = MigrationContext.configure(connection).get_current_revision()
    values = {"here": here or "-", "newest": newest or "-"}
    if here == newest:
        return Finding(TABLES, Level.GREEN, "doctor_database_tables", values)
    if here is None and inspect(connection).get_table_names():
        return Finding(
            TABLES, Level.RED, "doctor_database_foreign", values, "doctor_cure_database_foreign"
        )
    if here is None or _knows(scripts, here):
        cure = "doctor_cure_database_new"
        return Finding(TABLES, Level.YELLOW, "doctor_database_old", values, cure)
    cure = "doctor_cure_database_newer"
    return Finding(TABLES, Level.RED, "doctor_database_newer", values, cure)


def _knows(scripts: ScriptDirectory, revision: str) -> bool:
    try:
        return scripts.get_revision(revision) is not None
    except CommandError:
        return False


def _written(registry: Registry) -> Finding:
    """Make a table and undo it: what a new version of portero has to be able to do."""

    def write(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE portero_doctor (id INTEGER)"))
        connection.execute(text("INSERT INTO portero_doctor VALUES (1)"))
        raise _Undo

    try:
        registry.work(write)
    except _Undo:
        return Finding(WRITE, Level.GREEN, "doctor_database_written")
    except RegistryError as error:
        values = {"why": printable(error.why)}
        cure = "doctor_cure_database_write"
        return Finding(WRITE, Level.RED, "doctor_database_not_written", values, cure)
    raise AssertionError("write raises")


def _people(connection: Connection, tenants: Sequence[str]) -> list[Finding]:
    """How many residents each tenant has: with none, nobody can be visited."""
    counted = select(residents.c.tenant, func.count()).where(residents.c.active)
    rows = connection.execute(counted.group_by(residents.c.tenant))
    counts = {str(tenant): int(number) for tenant, number in rows}
    return [_counted(tenant, counts.get(tenant, 0)) for tenant in tenants]


def _counted(tenant: str, count: int) -> Finding:
    values = {"tenant": tenant, "count": count}
    if count:
        return Finding(RESIDENTS, Level.GREEN, "doctor_residents", values)
    return Finding(RESIDENTS, Level.YELLOW, "doctor_no_residents", values, "doctor_cure_residents")
