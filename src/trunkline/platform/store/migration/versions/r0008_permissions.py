"""Dialing permissions by risk, marked number ranges, a trunk's calls a second from a later day on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "r0008"
down_revision = "r0007"
branch_labels = None
depends_on = None


def _document() -> sa.JSON:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "number_range",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("of", sa.String(length=8), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("mark", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_number_range"),
        sa.UniqueConstraint("of", "prefix", name="uq_number_range_of_prefix"),
    )
    op.create_index("ix_number_range_of_date_created_sid", "number_range", ["of", "date_created", "sid"])
    op.add_column("account", sa.Column("special_countries", _document(), nullable=False, server_default="[]"))
    op.add_column("account", sa.Column("tollfraud_countries", _document(), nullable=False, server_default="[]"))
    op.add_column("account", sa.Column("inherits_permissions", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("trunk", sa.Column("cps_next", sa.BigInteger(), nullable=True))
    op.add_column("trunk", sa.Column("cps_next_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("trunk", "cps_next_at")
    op.drop_column("trunk", "cps_next")
    op.drop_column("account", "inherits_permissions")
    op.drop_column("account", "tollfraud_countries")
    op.drop_column("account", "special_countries")
    op.drop_table("number_range")
