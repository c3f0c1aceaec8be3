"""The platform's block list of prefixes."""

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blocked_destination",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_blocked_destination"),
        sa.UniqueConstraint("prefix", name="uq_blocked_destination_prefix"),
    )
    op.create_index("ix_blocked_destination_date_created_sid", "blocked_destination", ["date_created", "sid"])


def downgrade() -> None:
    op.drop_table("blocked_destination")
