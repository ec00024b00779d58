"""The records of calls that are over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.String(64)
_TEXT = sa.String(500)


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("status", _ID, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("caller_number", _TEXT, nullable=False),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("cost_usd", sa.Float(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
        sa.UniqueConstraint("tenant", "id", name="uq_calls_tenant_id"),
    )
    with op.batch_alter_table("calls") as batch_op:
        batch_op.create_index("ix_calls_tenant_started_at", ["tenant", "started_at"], unique=False)


def downgrade() -> None:
    op.drop_table("calls")
