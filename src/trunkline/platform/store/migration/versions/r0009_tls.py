"""TLS switches: deprecated versions of an account, verification by a trunk."""

import sqlalchemy as sa
from alembic import op

revision = "r0009"
down_revision = "r0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("deprecated_tls", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("trunk", sa.Column("tls_verified", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("trunk", "tls_verified")
    op.drop_column("account", "deprecated_tls")
