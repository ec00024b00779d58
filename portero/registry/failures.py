"""What a database does wrong, in one line that gives nothing away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portero.errors import PorteroError


class RegistryError(PorteroError):
    """The database can't be used; the text says why, without its address."""


class RegistryAway(RegistryError):
    """The database is locked or away; the next call may work again.

    What was begun has not happened, unless the answer to its end (COMMIT) was what got lost.
    """


@contextmanager
def told() -> Iterator[None]:
    """Whatever the database raises inside becomes a RegistryError."""
    try:
        yield
    except (OperationalError, InterfaceError, InternalError, PoolTimeout) as error:
        raise RegistryAway(f"registry.url: the database does not answer: {cause(error)}") from None
    except DBAPIError as error:
        raise RegistryError(f"registry.url: the database refused: {cause(error)}") from None


def cause(error: SQLAlchemyError) -> str:
    """The database's own words, without the statement and its values."""
    words = str(getattr(error, "orig", None) or error).strip()
    return words.partition("\n")[0]  # PostgreSQL shows the values in its second line
