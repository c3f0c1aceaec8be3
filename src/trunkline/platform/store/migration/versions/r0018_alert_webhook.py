"""Where an account wants to be told of its alerts."""

import sqlalchemy as sa
from alembic import op

revision = "r0018"
down_revision = "r0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("account") as account:
        account.add_column(sa.Column("alert_url", sa.Text(), nullable=True))
        account.add_column(sa.Column("alert_method", sa.String(length=4), nullable=False, server_default="POST"))


def downgrade() -> None:
    # Not in a batch: SQLite would make the table anew, under all rows that refer to it.
    op.drop_column("account", "alert_method")
    op.drop_column("account", "alert_url")
