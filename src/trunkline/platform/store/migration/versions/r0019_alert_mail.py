"""Where an account wants mail about its alerts, which of them wait for it, and when it may have the next one."""

import sqlalchemy as sa
from alembic import op

revision = "r0019"
down_revision = "r0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("account") as account:
        account.add_column(sa.Column("alert_email", sa.Text(), nullable=True))
    op.create_table(
        "alert_mail",
        sa.Column("alert_sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("alert_sid", name="pk_alert_mail"),
    )
    op.create_index("ix_alert_mail_account_sid", "alert_mail", ["account_sid"])
    op.create_index("ix_alert_mail_date_created", "alert_mail", ["date_created"])
    op.create_table(
        "alert_mailing",
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_sid", name="pk_alert_mailing"),
    )


def downgrade() -> None:
    for table in ("alert_mailing", "alert_mail"):
        op.drop_table(table)
    # Not in a batch: SQLite would make the table anew, under all rows that refer to it.
    op.drop_column("account", "alert_email")
