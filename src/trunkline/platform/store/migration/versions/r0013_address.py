"""Addresses, and the regions of trunks and numbers."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "r0013"
down_revision = "r0012"
branch_labels = None
depends_on = None


def _sid(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.String(length=34), nullable=False)


def _dates() -> "tuple[sa.Column[Any], ...]":
    return tuple(
        sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("date_created", "date_updated")
    )


def _account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_sid"], ["account.sid"], name=f"fk_{table}_account_sid", deferrable=True, initially="DEFERRED"
    )


def upgrade() -> None:
    texts = ("customer_name", "friendly_name", "street", "city", "region", "postal_code")
    op.create_table(
        "address",
        _sid("sid"),
        _sid("account_sid"),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("street_secondary", sa.Text(), nullable=True),
        sa.Column("iso_country", sa.String(length=2), nullable=False),
        sa.Column("emergency_enabled", sa.Boolean(), nullable=False),
        sa.Column("validated", sa.Boolean(), nullable=False),
        *_dates(),
        _account("address"),
        sa.PrimaryKeyConstraint("sid", name="pk_address"),
    )
    op.create_index("ix_address_account_sid_date_created_sid", "address", ["account_sid", "date_created", "sid"])
    op.create_table(
        "voice_route",
        _sid("sid"),
        _sid("account_sid"),
        _sid("target_sid"),
        sa.Column("friendly_name", sa.Text(), nullable=True),
        sa.Column("voice_region", sa.String(length=8), nullable=False),
        *_dates(),
        _account("voice_route"),
        sa.PrimaryKeyConstraint("sid", name="pk_voice_route"),
        sa.UniqueConstraint("account_sid", "target_sid", name="uq_voice_route_account_sid_target_sid"),
    )
    op.create_index("ix_voice_route_target_sid", "voice_route", ["target_sid"])


def downgrade() -> None:
    op.drop_table("voice_route")
    op.drop_table("address")
