"""What the gatekeeper keeps: claims, openings, guesses, PINs, questions and the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.String(64)
_TEXT = sa.String(500)

# The ledger's rows are never changed, and only taken away once its head says that they are cut.
_ONLY_ADDED = {
    "sqlite": (
        """CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger is only ever added to'); END""",
        """CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
        WHEN OLD.number > coalesce(
            (SELECT cut_number FROM ledger_heads WHERE tenant = OLD.tenant), 0)
        BEGIN SELECT RAISE(ABORT, 'the ledger is only ever added to'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION ledger_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND OLD.number <= coalesce(
                (SELECT cut_number FROM ledger_heads WHERE tenant = OLD.tenant), 0)
            THEN RETURN OLD; END IF;
            RAISE EXCEPTION 'the ledger is only ever added to';
        END $$""",
        """CREATE TRIGGER ledger_only_added BEFORE UPDATE OR DELETE ON ledger
        FOR EACH ROW EXECUTE FUNCTION ledger_only_added()""",
    ),
}


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_claims"),
        sa.UniqueConstraint("tenant", "id", name="uq_claims_tenant_id"),
        sa.UniqueConstraint("tenant", "subject", "key", name="uq_claims_tenant_subject_key"),
        sa.UniqueConstraint("tenant", "subject", "number", name="uq_claims_tenant_subject_number"),
    )
    op.create_table(
        "guesses",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("call_id", _ID, nullable=False),
        sa.Column("caller", _TEXT, nullable=False),
        sa.Column("digest", _ID, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_guesses"),
        sa.UniqueConstraint("tenant", "call_id", "digest", name="uq_guesses_tenant_call_id_digest"),
        sa.UniqueConstraint("tenant", "id", name="uq_guesses_tenant_id"),
    )
    with op.batch_alter_table("guesses") as batch_op:
        batch_op.create_index(
            "ix_guesses_tenant_created_at", ["tenant", "created_at"], unique=False
        )

    op.create_table(
        "ledger",
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", _ID, nullable=False),
        sa.Column("kind", _ID, nullable=False),
        sa.Column("call_id", _ID, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("previous", _ID, nullable=False),
        sa.Column("hash", _ID, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "number", name="pk_ledger"),
    )
    with op.batch_alter_table("ledger") as batch_op:
        batch_op.create_index("ix_ledger_tenant_call_id", ["tenant", "call_id"], unique=False)

    op.create_table(
        "ledger_heads",
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", _ID, nullable=False),
        sa.Column("cut_number", sa.Integer(), nullable=False),
        sa.Column("cut_hash", _ID, nullable=False),
        sa.PrimaryKeyConstraint("tenant", name="pk_ledger_heads"),
    )
    op.create_table(
        "openings",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("gate_id", _ID, nullable=False),
        sa.Column("call_id", _ID, nullable=False),
        sa.Column("caller", _TEXT, nullable=False),
        sa.Column("rule", _ID, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_openings"),
        sa.UniqueConstraint("tenant", "id", name="uq_openings_tenant_id"),
        sa.UniqueConstraint("tenant", "key", name="uq_openings_tenant_key"),
    )
    with op.batch_alter_table("openings") as batch_op:
        batch_op.create_index(
            "ix_openings_tenant_created_at", ["tenant", "created_at"], unique=False
        )

    op.create_table(
        "pin_failures",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("caller", _TEXT, nullable=False),
        sa.Column("call_id", _ID, nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pin_failures"),
        sa.UniqueConstraint("tenant", "id", name="uq_pin_failures_tenant_id"),
    )
    with op.batch_alter_table("pin_failures") as batch_op:
        batch_op.create_index(
            "ix_pin_failures_tenant_created_at", ["tenant", "created_at"], unique=False
        )

    op.create_table(
        "pins",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("resident_id", _ID, nullable=True),
        sa.Column("label", _TEXT, nullable=False),
        sa.Column("secret", _TEXT, nullable=False),
        sa.Column("gates", sa.JSON(), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.DateTime(), nullable=True),
        sa.Column("valid_until", sa.DateTime(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pins"),
        sa.UniqueConstraint("tenant", "id", name="uq_pins_tenant_id"),
    )
    op.create_table(
        "questions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("call_id", _ID, nullable=False),
        sa.Column("resident_id", _ID, nullable=False),
        sa.Column("contact", _TEXT, nullable=False),
        sa.Column("channel", _ID, nullable=False),
        sa.Column("visitor_name", _TEXT, nullable=True),
        sa.Column("token_digest", _ID, nullable=False),
        sa.Column("message_id", _TEXT, nullable=True),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("answer", _ID, nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_questions"),
        sa.UniqueConstraint("tenant", "id", name="uq_questions_tenant_id"),
        sa.UniqueConstraint("token_digest", name="uq_questions_token_digest"),
    )
    with op.batch_alter_table("questions") as batch_op:
        batch_op.create_index("ix_questions_tenant_asked_at", ["tenant", "asked_at"], unique=False)

    op.create_table(
        "webhook_messages",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_messages"),
    )
    with op.batch_alter_table("authorizations") as batch_op:
        batch_op.add_column(sa.Column("gates", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("uses", sa.Integer(), nullable=True))

    with op.batch_alter_table("residents") as batch_op:
        batch_op.add_column(sa.Column("extension", _TEXT, nullable=True))

    for statement in _ONLY_ADDED[op.get_context().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table("residents") as batch_op:
        batch_op.drop_column("extension")
    with op.batch_alter_table("authorizations") as batch_op:
        batch_op.drop_column("uses")
        batch_op.drop_column("gates")
    op.drop_table("claims")
    op.drop_table("guesses")
    op.drop_table("ledger")  # and its triggers
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_only_added()")
    op.drop_table("ledger_heads")
    op.drop_table("openings")
    op.drop_table("pin_failures")
    op.drop_table("pins")
    op.drop_table("questions")
    op.drop_table("webhook_messages")
