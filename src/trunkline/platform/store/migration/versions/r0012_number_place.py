"""Where numbers are, and what they ask of their buyers."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "r0012"
down_revision = "r0011"
branch_labels = None
depends_on = None

_STOCK = ["iso_country", "type", "account_sid"]
_INDEXES = {
    "ix_stock_region": ["region", "phone_number"],
    "ix_stock_locality": ["locality", "phone_number"],
    "ix_stock_postal_code": ["postal_code", "phone_number"],
    "ix_stock_lata": ["lata", "rate_center", "phone_number"],
    "ix_stock_latitude": ["latitude", "longitude", "phone_number"],
}


def _columns() -> tuple[sa.Column[Any], ...]:
    return (
        *(
            sa.Column(name, sa.Text(), nullable=True)
            for name in ("region", "locality", "postal_code", "rate_center", "lata")
        ),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("beta", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("address_requirements", sa.String(length=8), nullable=False, server_default="none"),
    )


def upgrade() -> None:
    for column in _columns():
        op.add_column("phone_number", column)
    for name, columns in _INDEXES.items():
        op.create_index(name, "phone_number", [*_STOCK, *columns])


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, "phone_number")
    for column in reversed(_columns()):
        op.drop_column("phone_number", column.name)
