"""The registry, for as long as a command needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from portero.errors import PorteroError
from portero.registry.failures import RegistryError, cause
from portero.registry.store import Registry


@contextmanager
def opened(url: str, language: str) -> Iterator[Registry]:
    """The registry, brought up to date; closed at the end. Blocks.

    Raises:
        PorteroError: the database can't be used, at the start or on the way: one line, in
            `language`.
    """
    try:
        registry = Registry(url)
        try:
            registry.upgrade()
            yield registry
        finally:
            registry.close()
    except RegistryError as error:
        raise PorteroError(error.said(language)) from None
    except SQLAlchemyError as error:
        refused = RegistryError("registry_refused", why=cause(error))
        raise PorteroError(refused.said(language)) from None
