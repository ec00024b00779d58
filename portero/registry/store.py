"""The registry's database and the thread that talks to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib import resources
from threading import Thread
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from portero.errors import NoRoom
from portero.limits import REGISTRY_LONG_SECONDS, REGISTRY_WAITING
from portero.registry.engine import Database
from portero.registry.failures import RegistryAway as RegistryAway
from portero.registry.failures import RegistryError as RegistryError
from portero.registry.failures import cause, told

P = ParamSpec("P")
T = TypeVar("T")

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
        self._database = Database(url)
        self._pool: ThreadPool | None = None
        self._waiting = 0

    def __repr__(self) -> str:
        return f"<Registry {self._database.engine.dialect.name}>"

    def work(
        self, job: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do `job(connection, ...)` in one transaction, here and now; it blocks."""
        with told(), self._database.begin() as connection:
            return job(connection, *args, **kwargs)

    def read(
        self, job: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do a `job` that only reads, and may take long, on one snapshot; it blocks."""
        begin = self._database.begin(reading=True, seconds=REGISTRY_LONG_SECONDS)
        with told(), begin as connection:
            return job(connection, *args, **kwargs)

    def upgrade(self) -> None:
        """Bring the tables up to date; it blocks. Raises RegistryError."""
        config = Config()
        scripts = resources.files("portero.registry").joinpath("migrations")
        config.set_main_option("script_location", str(scripts).replace("%", "%%"))
        try:
            with self._database.begin(seconds=REGISTRY_LONG_SECONDS) as connection:
                if self._database.postgresql:  # daemons may start together
                    lock = text("SELECT pg_advisory_xact_lock(:key)")
                    connection.execute(lock, {"key": _MIGRATING})
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except SQLAlchemyError as error:
            place = self._database.place
            raise RegistryError("registry_unusable", why=cause(error), place=place) from None
        except CommandError as error:  # no migration of ours made these tables
            raise RegistryError("registry_newer", why=str(error)) from None

    def start(self, reactor: IReactorFromThreads) -> None:
        """Bring the tables up to date, and start the thread. Raises RegistryError.

        It blocks, as `upgrade` does: a daemon that can't use its database must not start.
        """
        self.upgrade()
        self._reactor = reactor
        self._pool = ThreadPool(1, 1, "registry")
        # A process that ends without `close` (a crash at the start) must end: what the thread has
        # not committed has not happened.
        self._pool.threadFactory = partial(Thread, daemon=True)  # type: ignore[assignment]
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
        self._database.engine.dispose()

    def _defer(self, job: Callable[..., T], *args: Any, **kwargs: Any) -> Deferred[T]:
        if self._pool is None:
            raise RegistryError("registry_not_running")
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
