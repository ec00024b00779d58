"""The registry's database and the thread that talks to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import StaticPool

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from portero.errors import NoRoom, PorteroError
from portero.limits import (
    REGISTRY_BUSY_SECONDS,
    REGISTRY_CONNECT_SECONDS,
    REGISTRY_STATEMENT_SECONDS,
    REGISTRY_WAITING,
)

P = ParamSpec("P")
T = TypeVar("T")


class RegistryError(PorteroError):
    """The database can't be used; the text says why, without its address."""


class RegistryAway(RegistryError):
    """The database is locked, or away; what was begun has not happened."""


_AWAY: Final = (OperationalError, InterfaceError, InternalError, PoolTimeout)
_MIGRATING: Final = 0x706F727465726F  # any number that all daemons know: "portero"


def utc_now() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)


class Registry:
    """An open database. `run` is for the reactor, `work` for a command without one.

    url: SQLAlchemy's. now: the clock that stamps rows and judges validity. One thread does all
    the work: SQLite has one writer at a time anyway, and nobody waits for a lock of ours.
    """

    def __init__(self, url: str, *, now: Callable[[], datetime] = utc_now) -> None:
        self.now = now
        self._engine = _engine(url)
        self._pool: ThreadPool | None = None
        self._waiting = 0

    def __repr__(self) -> str:
        return f"<Registry {self._engine.dialect.name}>"

    def work(
        self, job: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do `job(connection, ...)` in one transaction, here and now; it blocks."""
        try:
            with self._engine.begin() as connection:
                return job(connection, *args, **kwargs)
        except _AWAY as error:
            raise RegistryAway(
                f"registry.url: the database does not answer: {cause(error)}"
            ) from None

    def upgrade(self) -> None:
        """Bring the tables up to date; it blocks. Raises RegistryError."""
        config = Config()
        scripts = resources.files("portero.registry").joinpath("migrations")
        config.set_main_option("script_location", str(scripts).replace("%", "%%"))
        try:
            with self._engine.begin() as connection:
                if connection.dialect.name == "postgresql":  # daemons may start together
                    lock = text("SELECT pg_advisory_xact_lock(:key)")
                    connection.execute(lock, {"key": _MIGRATING})
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except SQLAlchemyError as error:
            raise RegistryError(
                f"registry.url: the database can't be used: {cause(error)}{_place(self._engine)}"
            ) from None

    def start(self, reactor: IReactorFromThreads) -> None:
        """Bring the tables up to date, and start the thread. Raises RegistryError.

        It blocks, as `upgrade` does: a daemon that can't use its database must not start.
        """
        self.upgrade()
        self._reactor = reactor
        self._pool = ThreadPool(1, 1, "registry")
        self._pool.start()

    def run(
        self, job: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Deferred[T]:
        """`work` in the registry's thread. Raises NoRoom when too much waits for it already."""
        return self._defer(self.work, job, *args, **kwargs)

    def close(self) -> None:
        """Let the thread finish what it has begun, and close the database."""
        if self._pool is not None:
            self._pool.stop()
            self._pool = None
        self._engine.dispose()

    def _defer(self, job: Callable[..., T], *args: Any, **kwargs: Any) -> Deferred[T]:
        if self._pool is None:
            raise RegistryError("the registry is not running")
        if self._waiting >= REGISTRY_WAITING:
            raise NoRoom("the registry is busy")
        self._waiting += 1
        done: Deferred[T] = deferToThreadPool(self._reactor, self._pool, job, *args, **kwargs)
        # Who asked may cancel theirs, as klein does when a client hangs up; the job stays queued.
        asked: Deferred[T] = Deferred()
        done.addBoth(self._finished).chainDeferred(asked)
        return asked

    def _finished(self, result: Any) -> Any:
        self._waiting -= 1
        return result


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql":
            return _postgresql(parsed)
        in_memory = parsed.database in (None, "", ":memory:")
        engine = create_engine(
            parsed,
            connect_args={"check_same_thread": False, "timeout": REGISTRY_BUSY_SECONDS},
            hide_parameters=True,
            **({"poolclass": StaticPool} if in_memory else {}),
        )
    except ArgumentError as error:
        raise RegistryError(f"registry.url can't be used: {error}") from None
    except ImportError:
        raise RegistryError(
            "registry.url: PostgreSQL needs a driver: pip install 'portero[postgresql]'"
        ) from None
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


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


def _place(engine: Engine) -> str:
    """SQLite's file, which a relative address leaves to the folder that portero was started in."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return ""
    return f" ({Path(engine.url.database).absolute()}: can this user write to its folder?)"


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # `_begin_sqlite` says when a transaction begins
    for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Be alone from the first statement: what is read must still be so when it is written upon."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def cause(error: SQLAlchemyError) -> str:
    """The database's own words, without the statement and its values."""
    return str(getattr(error, "orig", None) or error)
