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
    Integer,
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
    Column("extension", _TEXT),
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
    Column("gates", JSON),  # ids of the gates it is good for; null: all of them
    Column("uses", Integer),  # how often it opens; null: as often as wanted
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

# -- the gatekeeper: what must hold between calls, and between daemons that share the database

# What may be used only so often (a pre-authorisation, a one-time PIN): the unique numbers decide
# which of two daemons was first.
claims = _table(
    "claims",
    Column("subject", _TEXT, nullable=False),  # authorization:ID or pin:ID
    Column("number", Integer, nullable=False),  # 0 is the first use
    Column("key", _TEXT, nullable=False),  # of the order that used it
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("tenant", "subject", "number"),
    UniqueConstraint("tenant", "subject", "key"),
)

# Orders to open that policy has allowed: what cool-downs and limits are counted by.
openings = _table(
    "openings",
    Column("gate_id", _ID, nullable=False),
    Column("call_id", _ID, nullable=False),
    Column("caller", _TEXT, nullable=False),
    Column("rule", _ID, nullable=False),
    Column("key", _TEXT, nullable=False),
    Column("undone", Boolean, nullable=False),  # the device surely did not take it
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("tenant", "key"),
    Index(None, "tenant", "created_at"),
)

# Names, units and plates that were asked for in vain; only a digest, nobody's words.
guesses = _table(
    "guesses",
    Column("call_id", _ID, nullable=False),
    Column("caller", _TEXT, nullable=False),
    Column("digest", _ID, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("tenant", "call_id", "digest"),
    Index(None, "tenant", "created_at"),
)

pins = _table(
    "pins",
    # null: a PIN of the house. Residents may be the Backend API's, so no foreign key.
    Column("resident_id", _ID),
    Column("label", _TEXT, nullable=False),  # what people know it by; shown in lists
    Column("secret", _TEXT, nullable=False),  # argon2's own encoding
    Column("gates", JSON),
    Column("uses", Integer),  # 1: a one-time PIN
    Column("valid_from", Moment),
    Column("valid_until", Moment),
    Column("active", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
)

pin_failures = _table(
    "pin_failures",
    Column("caller", _TEXT, nullable=False),
    Column("call_id", _ID, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index(None, "tenant", "created_at"),
)

# Residents who were asked about a visitor; each can be answered once, until it expires.
questions = _table(
    "questions",
    Column("call_id", _ID, nullable=False),
    Column("resident_id", _ID, nullable=False),  # may belong to the Backend API, so no foreign key
    Column("contact", _TEXT, nullable=False),  # digits that the answer must come from
    Column("channel", _ID, nullable=False),  # whatsapp or call
    Column("visitor_name", _TEXT),
    Column("token_digest", _ID, nullable=False),  # of the payload of its buttons
    Column("message_id", _TEXT),  # WhatsApp's id (wamid)
    Column("asked_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("answer", _ID),  # approve, refuse, talk
    Column("answered_at", Moment),
    UniqueConstraint("token_digest"),
    Index(None, "tenant", "asked_at"),
)

# Webhook messages that have been worked off: WhatsApp delivers at least once, for a week.
webhook_messages = Table(
    "webhook_messages",
    metadata,
    Column("id", _TEXT, primary_key=True),
    Column("received_at", Moment, nullable=False),
)

# Calls that are over (portero.registry.records); the columns are what they are looked for by.
calls = _table(
    "calls",
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("status", _ID, nullable=False),
    Column("reason", _TEXT, nullable=False),
    Column("caller_number", _TEXT, nullable=False),
    Column("seconds", Float),
    Column("cost_usd", Float),
    Column("body", JSON, nullable=False),  # the whole record, as far as the settings let it stay
    Index(None, "tenant", "started_at"),
)

# What was asked, judged, ordered and answered; rows are only ever added (portero.registry.ledger).
ledger = Table(
    "ledger",
    metadata,
    Column("tenant", _ID, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 1, without a gap
    Column("at", _ID, nullable=False),  # ISO 8601 in UTC, as it was hashed
    Column("kind", _ID, nullable=False),
    Column("call_id", _ID, nullable=False),
    Column("body", Text, nullable=False),  # canonical JSON, as it was hashed
    Column("previous", _ID, nullable=False),
    Column("hash", _ID, nullable=False),
    Index(None, "tenant", "call_id"),
)

# The last row of each tenant's chain, and the last one that retention has taken away.
ledger_heads = Table(
    "ledger_heads",
    metadata,
    Column("tenant", _ID, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("hash", _ID, nullable=False),
    Column("cut_number", Integer, nullable=False),
    Column("cut_hash", _ID, nullable=False),
)
