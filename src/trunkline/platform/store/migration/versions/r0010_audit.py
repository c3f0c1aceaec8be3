"""The audit log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "r0010"
down_revision = "r0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=True),
        sa.Column("actor_sid", sa.String(length=34), nullable=True),
        sa.Column("actor_type", sa.String(length=16), nullable=False),
        sa.Column("event_type", sa.String(length=64), nullable=False),
        sa.Column("resource_type", sa.String(length=48), nullable=False),
        sa.Column("resource_sid", sa.String(length=34), nullable=True),
        sa.Column("source_ip_address", sa.Text(), nullable=True),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_audit_event"),
    )
    for columns in (["account_sid"], ["account_sid", "resource_sid"], []):
        keys = [*columns, "date_created", "sid"]
        op.create_index("ix_audit_event_" + "_".join(keys), "audit_event", keys)


def downgrade() -> None:
    op.drop_table("audit_event")
