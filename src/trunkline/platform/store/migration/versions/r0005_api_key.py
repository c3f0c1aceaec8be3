"""API keys."""

import sqlalchemy as sa
from alembic import op

revision = "r0005"
down_revision = "r0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=True),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid"], ["account.sid"], name="fk_api_key_account_sid", deferrable=True, initially="DEFERRED"
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_api_key"),
    )
    op.create_index("ix_api_key_account_sid_date_created_sid", "api_key", ["account_sid", "date_created", "sid"])


def downgrade() -> None:
    op.drop_table("api_key")
