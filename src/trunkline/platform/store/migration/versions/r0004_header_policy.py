"""Header manipulation policies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "r0004"
down_revision = "r0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "header_policy",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=False),
        sa.Column("rules", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid"],
            ["account.sid"],
            name="fk_header_policy_account_sid",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_header_policy"),
    )
    op.create_index(
        "ix_header_policy_account_sid_date_created_sid", "header_policy", ["account_sid", "date_created", "sid"]
    )
    op.create_table(
        "trunk_header_policy",
        sa.Column("trunk_sid", sa.String(length=34), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("policy_sid", sa.String(length=34), nullable=False),
        sa.ForeignKeyConstraint(
            ["trunk_sid"],
            ["trunk.sid"],
            name="fk_trunk_header_policy_trunk_sid",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["policy_sid"],
            ["header_policy.sid"],
            name="fk_trunk_header_policy_policy_sid",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("trunk_sid", "direction", name="pk_trunk_header_policy"),
    )
    op.create_index("ix_trunk_header_policy_policy_sid", "trunk_header_policy", ["policy_sid"])


def downgrade() -> None:
    op.drop_table("trunk_header_policy")
    op.drop_table("header_policy")
