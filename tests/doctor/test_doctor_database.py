"""The look at portero's own database, on SQLite and PostgreSQL, each thing broken for itself."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from sqlalchemy import create_engine, make_url, text
from told import GREEN, RED, YELLOW, told

from twisted.internet import reactor

from portero.config.settings import Settings
from portero.doctor.database import look_at_database, what
from portero.doctor.findings import Finding
from portero.registry import Registry
from portero.registry.importfile import read_import
from portero.registry.importing import put_rows

SAMPLE = Path(__file__).parents[2] / "etc" / "registry.yaml"
OPEN, TABLES, WRITE, RESIDENTS = (
    f"database.{name}" for name in ("open", "tables", "write", "residents")
)


def settings(url: str, **doorman: Any) -> Settings:
    tenants = [{"id": name, "extensions": [at]} for name, at in (("robles", "1"), ("palmas", "2"))]
    return Settings.model_validate(
        {"registry": {"url": url}, "tenants": tenants, "doorman": doorman}
    )


async def look(url: str, secret: str = "", **doorman: Any) -> tuple[list[Finding], Any]:
    found = await look_at_database(settings(url, **doorman), reactor)
    return found, told(found, secret=secret)


def made(url: str) -> str:
    """A database as the daemon leaves it, with the sample's residents in one of two tenants."""
    registry = Registry(url)
    registry.upgrade()
    sample = read_import(SAMPLE.read_text(), ".yaml", registry.now().tzinfo)
    registry.work(put_rows, "robles", sample, replace=False)
    registry.close()
    return url


def change(url: str, statement: str) -> None:
    engine = create_engine(make_url(url))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest_twisted.ensureDeferred
async def test_all_is_well_but_that_a_tenant_has_no_residents(database: str) -> None:
    found, levels = await look(made(database))
    assert levels == [
        (OPEN, GREEN),
        (TABLES, GREEN),
        (WRITE, GREEN),
        (RESIDENTS, GREEN),
        (RESIDENTS, YELLOW),
    ]
    assert found[3].values["tenant"] == "robles"
    assert found[3].values["count"] > 1
    assert found[4].values == {"tenant": "palmas", "count": 0}
    _, again = await look(database)
    assert again == levels  # nothing was changed by looking
    change(database, "UPDATE residents SET active = (1 = 0)")
    found, _ = await look(database)
    assert found[3].values == {"tenant": "robles", "count": 0}


@pytest_twisted.ensureDeferred
async def test_residents_of_an_external_backend_are_not_counted_here(database: str) -> None:
    _, levels = await look(made(database), backend_url="http://127.0.0.1:1")
    assert levels == [(OPEN, GREEN), (TABLES, GREEN), (WRITE, GREEN)]


@pytest_twisted.ensureDeferred
async def test_tables_of_an_older_portero_and_of_a_newer_one(database: str) -> None:
    made(database)
    change(database, "UPDATE alembic_version SET version_num = '0001'")
    found, levels = await look(database)
    assert levels == [(OPEN, GREEN), (TABLES, YELLOW), (WRITE, GREEN)]
    assert found[1].values["here"] == "0001"
    change(database, "UPDATE alembic_version SET version_num = '9999'")
    found, levels = await look(database)
    assert levels[1] == (TABLES, RED)
    assert found[1].word == "doctor_database_newer"


@pytest_twisted.ensureDeferred
async def test_somebody_elses_database(database: str) -> None:
    change(database, "CREATE TABLE asterisk_cdr (id INTEGER)")
    found, levels = await look(database)
    assert levels[1] == (TABLES, RED)
    assert found[1].word == "doctor_database_foreign"


@pytest_twisted.ensureDeferred
async def test_an_empty_database_is_filled_by_the_daemon(database: str) -> None:
    change(database, "SELECT 1")
    found, levels = await look(database)
    assert levels == [(OPEN, GREEN), (TABLES, YELLOW), (WRITE, GREEN)]
    assert found[1].word == "doctor_database_old"


# -- SQLite


@pytest_twisted.ensureDeferred
async def test_a_file_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    file = tmp_path / "portero.db"
    _, levels = await look(f"sqlite:///{file}")
    assert levels == [(OPEN, YELLOW)]
    assert not file.exists()


@pytest_twisted.ensureDeferred
async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    found, levels = await look(f"sqlite:///{tmp_path}/none/portero.db")
    assert levels == [(OPEN, RED)]
    assert found[0].values["folder"] == f"{tmp_path}/none"


@pytest_twisted.ensureDeferred
async def test_a_folder_that_this_user_may_not_write_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    found, levels = await look(f"sqlite:///{tmp_path}/portero.db")
    assert (levels, found[0].word) == ([(OPEN, RED)], "doctor_database_shut")


@pytest_twisted.ensureDeferred
async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "portero.db").write_text("no database, but a letter, " * 50)
    found, levels = await look(f"sqlite:///{tmp_path}/portero.db")
    assert levels == [(OPEN, RED)]
    assert "file is not a database" in found[0].values["why"]


@pytest_twisted.ensureDeferred
async def test_a_full_disk_and_one_that_can_only_be_read(disk: Any) -> None:
    url = made(f"sqlite:///{disk.folder}/portero.db")
    disk.fill()
    found, levels = await look(url)
    assert levels[-1][1] is RED
    assert "disk" in found[-1].values["why"]
    disk.read_only()
    found, levels = await look(url)
    assert levels[2] == (WRITE, RED)
    assert "readonly" in found[2].values["why"]


@pytest_twisted.ensureDeferred
async def test_a_database_that_somebody_else_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portero.registry.engine.REGISTRY_BUSY_SECONDS", 0.2)
    url = made(f"sqlite:///{tmp_path}/portero.db")
    other = sqlite3.connect(tmp_path / "portero.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    found, levels = await look(url)
    other.close()
    assert levels[2] == (WRITE, RED)
    assert "locked" in found[2].values["why"]


def test_a_file_is_named_in_full_and_a_server_without_its_password() -> None:
    assert what(settings("sqlite:////var/lib/portero/portero.db")) == "/var/lib/portero/portero.db"
    named = what(settings("postgresql+psycopg://portero:s3cret@db:6432/gate"))
    assert named == "db:6432/gate"


# -- PostgreSQL


@pytest.fixture
def server() -> str:
    url = os.environ.get("PORTERO_TEST_POSTGRESQL")
    if not url:
        pytest.skip("NO POSTGRESQL: script/test starts one (PORTERO_TEST_POSTGRESQL)")
    return url


@pytest.mark.parametrize(
    ("change_of", "says"),
    [
        ({"database": "no_such_database"}, "no_such_database"),
        ({"username": "nobody_here", "password": "s3cret-pg"}, "nobody_here"),
        ({"port": 1}, "refused"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_server_that_does_not_let_us_in(
    server: str, change_of: dict[str, Any], says: str
) -> None:
    url = make_url(server).set(**{"drivername": "postgresql+psycopg", **change_of})
    if "port" in change_of:
        url = url.set(host="127.0.0.1", query={})
    found, levels = await look(url.render_as_string(hide_password=False), secret="s3cret-pg")
    assert levels == [(OPEN, RED)]
    assert says in found[0].values["why"]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest_twisted.ensureDeferred
async def test_a_user_who_may_only_read(server: str, database: str) -> None:
    made(database)
    reader = f"reader_{os.getpid()}"
    change(database, f"CREATE ROLE {reader} LOGIN")
    change(database, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}")
    url = make_url(database).set(username=reader)
    try:
        found, levels = await look(url.render_as_string(hide_password=False))
    finally:
        change(database, f"DROP OWNED BY {reader}")
        change(database, f"DROP ROLE {reader}")
    assert levels[2] == (WRITE, RED)
    assert "permission denied" in found[2].values["why"]
