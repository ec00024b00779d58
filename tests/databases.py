"""Empty databases for tests: SQLite always, PostgreSQL where script/test has started one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

KINDS = ("sqlite", "postgresql")


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[str]:
    """The address of a database of our own, which is gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/registry.db"
        return
    server = os.environ.get("PORTERO_TEST_POSTGRESQL")
    if not server:
        pytest.skip("NO POSTGRESQL: script/test starts one (PORTERO_TEST_POSTGRESQL)")
    url = make_url(server).set(drivername="postgresql+psycopg")
    name = f"portero_{uuid4().hex}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        yield url.set(database=name).render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        engine.dispose()
