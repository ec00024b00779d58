"""What an installer reads when a command can't use the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from house import SAMPLE
from sqlalchemy import create_engine, text

from portero.cli import main
from portero.registry.store import Registry

COMMANDS = [
    ("registry", "import", str(SAMPLE)),
    ("pin", "list"),
    ("ledger", "verify"),
    ("policy", "explain", "5f2c00"),
    ("calls", "--ended", "5"),
    ("records", "export"),
]


@pytest.fixture
def newer(database: str) -> str:
    """A database whose tables a portero made that knows more than this one."""
    registry = Registry(database)
    registry.upgrade()
    registry.close()
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    return database


def portero(folder: Path, url: str, language: str, *arguments: Any) -> Result:
    file = folder / "config.yaml"
    file.write_text(
        f"language: {language}\nregistry: {{url: '{url}'}}\n"
        "tenants: [{id: robles, extensions: ['100']}]\n"
        "realtime: {api_key: x}\nasterisk: {ami: {username: u, password: canary-7}}\n"
    )
    return CliRunner().invoke(main, arguments, env={"PORTERO_CONFIG": str(file)})


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda it: " ".join(it[:2]))
def test_tables_of_a_newer_portero_are_left_alone(
    newer: str, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = portero(tmp_path, newer, "en", *arguments)
    assert (done.exit_code, "Traceback" in done.output) == (1, False), done.output
    assert "install the version that made them" in done.output
    assert "9999" in done.output


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("es", "la base de datos no se puede usar"),
        ("en", "the database can't be used"),
    ],
)
@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda it: " ".join(it[:2]))
def test_a_database_that_does_not_open_is_told_in_the_installers_language(
    tmp_path: Path, arguments: tuple[str, ...], language: str, says: str
) -> None:
    folder = tmp_path / "is-a-folder.db"
    folder.mkdir()
    done = portero(tmp_path, f"sqlite:///{folder}", language, *arguments)
    assert done.exit_code == 1, done.output
    assert says in done.output
    assert str(folder) in done.output
    assert "canary-7" not in done.output
