"""When a caller ID's number is called, by whom, and what is keyed in at the answer."""

import sqlalchemy as sa
from alembic import op

revision = "r0017"
down_revision = "r0016"
branch_labels = None
depends_on = None

_TABLE = "caller_id_validation"
_INDEXED = ("call_at", "caller")


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("extension", sa.Text(), nullable=False, server_default=""))
    op.add_column(_TABLE, sa.Column("call_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(_TABLE, sa.Column("caller", sa.Text(), nullable=True))
    for name in _INDEXED:
        op.create_index(f"ix_{_TABLE}_{name}", _TABLE, [name])


def downgrade() -> None:
    for name in _INDEXED:
        op.drop_index(f"ix_{_TABLE}_{name}", _TABLE)
    for name in ("caller", "call_at", "extension"):
        op.drop_column(_TABLE, name)
