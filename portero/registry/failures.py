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
from portero.messages import text


class RegistryError(PorteroError):
    """The database can't be used; the text (`key` of the catalogue) says why, without its address.

    `why`: the database's own words.
    """

    def __init__(self, key: str, *, why: str = "", place: str = "") -> None:
        self._key = key
        self._values = {"why": why, "place": place}
        super().__init__(self.said("en"))
        self.why = why or str(self)

    def said(self, language: str) -> str:
        place = text("registry_place", language, **self._values) if self._values["place"] else ""
        return text(self._key, language, why=self._values["why"]) + place


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
        raise RegistryAway("registry_away", why=cause(error)) from None
    except DBAPIError as error:
        raise RegistryError("registry_refused", why=cause(error)) from None


def cause(error: SQLAlchemyError) -> str:
    """The database's own words, without the statement and its values."""
    words = str(getattr(error, "orig", None) or error).strip()
    return words.partition("\n")[0]  # PostgreSQL shows the values in its second line
