"""How carriers want their calls, their own cause lists, channels and pings."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "r0006"
down_revision = "r0005"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")


def _columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("number_format", sa.String(length=16), nullable=False, server_default="e164"),
        sa.Column("strip_prefix", sa.Text(), nullable=False, server_default=""),
        sa.Column("tech_prefix", sa.Text(), nullable=False, server_default=""),
        sa.Column("caller_id_headers", _DOCUMENT, nullable=False, server_default='["from", "pai"]'),
        sa.Column("pass_x_headers", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("stop_codes", _DOCUMENT, nullable=False, server_default="[]"),
        sa.Column("move_on_codes", _DOCUMENT, nullable=False, server_default="[]"),
        sa.Column("max_channels", sa.BigInteger(), nullable=True),
        sa.Column("options_ping", sa.Boolean(), nullable=False, server_default=sa.true()),
    )


def upgrade() -> None:
    for column in _columns():
        op.add_column("carrier", column)


def downgrade() -> None:
    for column in reversed(_columns()):
        op.drop_column("carrier", column.name)
