"""The registry's tables. Every row belongs to a tenant, and foreign keys never leave it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKeyConstraint,
    Index,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from portero.limits import REGISTRY_FIELD_CHARS


class Moment(TypeDecorator[datetime]):
    """A point in time: an aware datetime outside, UTC without a zone in the database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


_TEXT = String(REGISTRY_FIELD_CHARS)
_KEY = Text()  # lower-cased text can be longer than the text
_ID = String(64)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _owned(column: str, table: str) -> ForeignKeyConstraint:
    """`column` names a row of `table` that belongs to the same tenant."""
    return ForeignKeyConstraint(["tenant", column], [f"{table}.tenant", f"{table}.id"])


def _table(name: str, *rest: Any) -> Table:
    return Table(
        name,
        metadata,
        Column("id", _ID, primary_key=True),
        Column("tenant", _ID, nullable=False),
        *rest,
        UniqueConstraint("tenant", "id"),
    )


units = _table(
    "units",
    Column("unit", _TEXT, nullable=False),
    Column("unit_key", _KEY, nullable=False),
    Column("building", _TEXT),
    UniqueConstraint("tenant", "unit_key"),
)

residents = _table(
    "residents",
    Column("unit_id", _ID, nullable=False),
    Column("name", _TEXT, nullable=False),
    Column("name_key", _KEY, nullable=False),
    Column("phone", _TEXT),
    Column("whatsapp", _TEXT),
    Column("active", Boolean, nullable=False),
    _owned("unit_id", "units"),
)

vehicles = _table(
    "vehicles",
    Column("resident_id", _ID, nullable=False),
    Column("plate", _TEXT, nullable=False),
    Column("plate_key", _KEY, nullable=False),
    _owned("resident_id", "residents"),
    UniqueConstraint("tenant", "plate_key"),
)

# Whom a resident expects. Only what is written here lets anybody in.
authorizations = _table(
    "authorizations",
    Column("resident_id", _ID, nullable=False),
    Column("name", _TEXT, nullable=False),
    Column("name_key", _KEY, nullable=False),
    Column("plate", _TEXT),
    Column("plate_key", _KEY),
    Column("id_number", _TEXT),
    Column("id_key", _KEY),
    Column("valid_from", Moment),
    Column("valid_until", Moment),
    Column("active", Boolean, nullable=False),
    _owned("resident_id", "residents"),
    Index(None, "tenant", "name_key"),
)

# Who came. A visit that the agent registers never authorises anybody.
visitors = _table(
    "visitors",
    Column("resident_id", _ID, nullable=False),
    Column("name", _TEXT, nullable=False),
    Column("reason", _TEXT),
    Column("vehicle_plate", _TEXT),
    Column("id_number", _TEXT),
    Column("status", _TEXT, nullable=False),
    Column("created_at", Moment, nullable=False),
    _owned("resident_id", "residents"),
)

plates_seen = _table(
    "plates_seen",
    Column("plate", _TEXT, nullable=False),
    Column("plate_key", _KEY, nullable=False),
    Column("confidence", Float),
    Column("camera", _TEXT),
    Column("seen_at", Moment, nullable=False),
    Index(None, "tenant", "seen_at"),
)

notifications = _table(
    "notifications",
    Column("resident_id", _ID, nullable=False),
    Column("visitor_name", _TEXT),
    Column("visitor_plate", _TEXT),
    Column("channel", _TEXT, nullable=False),
    Column("status", _TEXT, nullable=False),
    Column("created_at", Moment, nullable=False),
    _owned("resident_id", "residents"),
)

# What was opened, and for whom; it outlives those it names, so nothing here is a foreign key.
access_log = _table(
    "access_log",
    Column("event_type", _TEXT, nullable=False),
    Column("visitor_name", _TEXT),
    Column("resident_id", _ID),
    Column("gate_id", _TEXT),
    Column("access_point", _TEXT),
    Column("direction", _TEXT),
    Column("authorization_method", _TEXT),
    Column("metadata", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index(None, "tenant", "created_at"),
)
