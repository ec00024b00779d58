"""The first tables.

A migration is never changed once it is released: it names its columns itself.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.String(64)
_TEXT = sa.String(500)


def upgrade() -> None:
    op.create_table(
        "access_log",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("event_type", _TEXT, nullable=False),
        sa.Column("visitor_name", _TEXT, nullable=True),
        sa.Column("resident_id", _ID, nullable=True),
        sa.Column("gate_id", _TEXT, nullable=True),
        sa.Column("access_point", _TEXT, nullable=True),
        sa.Column("direction", _TEXT, nullable=True),
        sa.Column("authorization_method", _TEXT, nullable=True),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_log"),
        sa.UniqueConstraint("tenant", "id", name="uq_access_log_tenant_id"),
    )
    op.create_index(
        "ix_access_log_tenant_created_at", "access_log", ["tenant", "created_at"], unique=False
    )
    op.create_table(
        "plates_seen",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("plate", _TEXT, nullable=False),
        sa.Column("plate_key", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("camera", _TEXT, nullable=True),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plates_seen"),
        sa.UniqueConstraint("tenant", "id", name="uq_plates_seen_tenant_id"),
    )
    op.create_index(
        "ix_plates_seen_tenant_seen_at", "plates_seen", ["tenant", "seen_at"], unique=False
    )
    op.create_table(
        "units",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("unit", _TEXT, nullable=False),
        sa.Column("unit_key", sa.Text(), nullable=False),
        sa.Column("building", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_units"),
        sa.UniqueConstraint("tenant", "id", name="uq_units_tenant_id"),
        sa.UniqueConstraint("tenant", "unit_key", name="uq_units_tenant_unit_key"),
    )
    op.create_table(
        "residents",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("phone", _TEXT, nullable=True),
        sa.Column("whatsapp", _TEXT, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "unit_id"], ["units.tenant", "units.id"], name="fk_residents_tenant"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_residents"),
        sa.UniqueConstraint("tenant", "id", name="uq_residents_tenant_id"),
    )
    op.create_table(
        "authorizations",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("resident_id", _ID, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("plate", _TEXT, nullable=True),
        sa.Column("plate_key", sa.Text(), nullable=True),
        sa.Column("id_number", _TEXT, nullable=True),
        sa.Column("id_key", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.DateTime(), nullable=True),
        sa.Column("valid_until", sa.DateTime(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "resident_id"],
            ["residents.tenant", "residents.id"],
            name="fk_authorizations_tenant",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_authorizations"),
        sa.UniqueConstraint("tenant", "id", name="uq_authorizations_tenant_id"),
    )
    op.create_index(
        "ix_authorizations_tenant_name_key", "authorizations", ["tenant", "name_key"], unique=False
    )
    op.create_table(
        "notifications",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("resident_id", _ID, nullable=False),
        sa.Column("visitor_name", _TEXT, nullable=True),
        sa.Column("visitor_plate", _TEXT, nullable=True),
        sa.Column("channel", _TEXT, nullable=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "resident_id"],
            ["residents.tenant", "residents.id"],
            name="fk_notifications_tenant",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notifications"),
        sa.UniqueConstraint("tenant", "id", name="uq_notifications_tenant_id"),
    )
    op.create_table(
        "vehicles",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("resident_id", _ID, nullable=False),
        sa.Column("plate", _TEXT, nullable=False),
        sa.Column("plate_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "resident_id"],
            ["residents.tenant", "residents.id"],
            name="fk_vehicles_tenant",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_vehicles"),
        sa.UniqueConstraint("tenant", "id", name="uq_vehicles_tenant_id"),
        sa.UniqueConstraint("tenant", "plate_key", name="uq_vehicles_tenant_plate_key"),
    )
    op.create_table(
        "visitors",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("resident_id", _ID, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=True),
        sa.Column("vehicle_plate", _TEXT, nullable=True),
        sa.Column("id_number", _TEXT, nullable=True),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "resident_id"],
            ["residents.tenant", "residents.id"],
            name="fk_visitors_tenant",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_visitors"),
        sa.UniqueConstraint("tenant", "id", name="uq_visitors_tenant_id"),
    )
