"""Opening a database: SQLite so that writers are alone, PostgreSQL so that nothing ever hangs."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from portero.limits import (
    REGISTRY_BUSY_SECONDS,
    REGISTRY_CONNECT_SECONDS,
    REGISTRY_CUT_SECONDS,
    REGISTRY_STATEMENT_SECONDS,
    REGISTRY_WAL_SECONDS,
)
from portero.registry.failures import RegistryAway, RegistryError

# Execution option of connections that only read.
READING: Final = "portero_reading"


class Database:
    """An engine, and the patience that one transaction has with its server."""

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
            postgresql = parsed.get_backend_name() == "postgresql"
            self.engine: Engine = _postgresql(parsed) if postgresql else _sqlite(parsed)
        except (ArgumentError, ValueError):
            raise RegistryError("registry_no_address") from None
        except ImportError:
            raise RegistryError("registry_no_driver") from None
        self.postgresql = postgresql
        self._newest: Any = None
        self._file: tuple[int, int] | None = None
        event.listen(self.engine, "connect", self._connected)

    @property
    def place(self) -> str:
        """SQLite's file; a relative one begins in the folder that portero was started in."""
        file = self.engine.url.database
        if self.postgresql or not file:
            return ""
        return str(Path(file).absolute())

    @contextmanager
    def begin(self, *, reading: bool = False, seconds: float | None = None) -> Iterator[Connection]:
        """A transaction. reading: on one snapshot, with which no writer has to wait.

        seconds: in which it must be over on PostgreSQL; None: REGISTRY_CUT_SECONDS.
        Raises RegistryAway when SQLite's file was removed or replaced.
        """
        self._look_at_file()
        with self._patience(REGISTRY_CUT_SECONDS if seconds is None else seconds):
            options: dict[str, Any] = {READING: reading}
            if reading and self.postgresql:
                options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            opened = self.engine.connect().execution_options(**options)
            with opened as connection, connection.begin():
                if seconds is not None and self.postgresql:
                    _allow(connection, seconds)
                yield connection

    @contextmanager
    def _patience(self, seconds: float) -> Iterator[None]:
        """Cut the connection when the time is up: a server that has stopped without closing it
        answers nothing, and libpq would wait for it for ever.
        """
        if not self.postgresql:
            yield
            return
        over = Event()
        Thread(target=self._watch, args=(over, seconds), daemon=True).start()
        try:
            yield
        finally:
            over.set()

    def _watch(self, over: Event, seconds: float) -> None:
        while not over.wait(seconds):
            self._cut()

    def _connected(self, connection: Any, _record: Any) -> None:
        self._newest = connection  # one thread works, on one connection
        self._file = _identity(self.place)

    def _look_at_file(self) -> None:
        """SQLite goes on in a file that has been removed, and all of it is gone with the process.

        Another in its place is not opened: SQLite would write into it what is in the journal
        (-wal) of the first. The connection stays, for the file may be put back.
        """
        if self._file is not None and _identity(self.place) != self._file:
            raise RegistryAway("registry_file_gone", why=self.place)

    def _cut(self) -> None:
        connection = self._newest
        if connection is None or connection.closed:
            return
        with socket.socket(fileno=os.dup(connection.fileno())) as wire:
            wire.shutdown(socket.SHUT_RDWR)


def _identity(place: str) -> tuple[int, int] | None:
    try:
        status = os.stat(place)
    except OSError:  # none, or in memory
        return None
    return status.st_dev, status.st_ino


def _sqlite(url: URL) -> Engine:
    in_memory = url.database in (None, "", ":memory:")
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": REGISTRY_BUSY_SECONDS},
        hide_parameters=True,
        **({"poolclass": StaticPool} if in_memory else {}),
    )
    if not in_memory:
        event.listen(engine, "do_connect", lambda *_: _leave_to_owner(Path(str(url.database))))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _leave_to_owner(file: Path) -> None:
    """A file that root makes belongs to its folder's owner: an import by root, before the daemon
    has ever run, must not shut the daemon out. SQLite gives its -wal and -shm the file's owner.
    """
    if os.geteuid() != 0:
        return
    try:
        owner = file.parent.stat()
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640)
    except OSError:
        return  # it is there already; or it can't be, and then SQLite says so
    try:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    finally:
        os.close(descriptor)


def _postgresql(url: URL) -> Engine:
    """psycopg 3, whichever way the address is written; a server that hangs is given up."""
    milliseconds = round(REGISTRY_STATEMENT_SECONDS * 1000)
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "connect_timeout": round(REGISTRY_CONNECT_SECONDS),
            "options": f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}",
            # A host that is gone without a word: TCP finds out, not the system's two hours.
            "tcp_user_timeout": milliseconds,
        },
    )


def _allow(connection: Connection, seconds: float) -> None:
    for setting in ("statement_timeout", "lock_timeout"):
        connection.exec_driver_sql(f"SET LOCAL {setting} = {round(seconds * 1000)}")


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # `_begin_sqlite` says when a transaction begins
    for pragma in ("foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    _write_ahead(connection)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Ask for the WAL journal, and wait for it.

    A file that is new has to be changed for it, and there SQLite's own patience (`timeout`) does
    not count: two daemons that start together would find it locked.
    """
    for _ in range(round(REGISTRY_BUSY_SECONDS / REGISTRY_WAL_SECONDS)):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            time.sleep(REGISTRY_WAL_SECONDS)
        else:
            return
    connection.execute("PRAGMA journal_mode=WAL")


def _begin_sqlite(connection: Connection) -> None:
    """Be alone from the first statement: what is read must still be so when it is written upon."""
    reading = connection.get_execution_options().get(READING)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
