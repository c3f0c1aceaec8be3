"""Names of callers, and how many look-ups a call made."""

import sqlalchemy as sa
from alembic import op

revision = "r0007"
down_revision = "r0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "caller_name",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("phone_number", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_caller_name"),
        sa.UniqueConstraint("phone_number", name="uq_caller_name_phone_number"),
    )
    op.create_index("ix_caller_name_date_created_sid", "caller_name", ["date_created", "sid"])
    op.add_column("call", sa.Column("cnam_lookups", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    # Not in a batch: SQLite would make the table anew, and the attempts of all calls would go with the old one.
    op.drop_column("call", "cnam_lookups")
    op.drop_table("caller_name")
