"""Callbacks, usage triggers and caller IDs that wait for their code."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "r0015"
down_revision = "r0014"
branch_labels = None
depends_on = None


def _sid(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.String(length=34), nullable=False)


def _text(name: str, *, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Text(), nullable=nullable)


def _word(name: str, length: int, *, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _date(name: str, *, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_sid"], ["account.sid"], name=f"fk_{table}_account_sid", deferrable=True, initially="DEFERRED"
    )


def upgrade() -> None:
    op.create_table(
        "callback",
        _sid("sid"),
        _sid("account_sid"),
        _text("url"),
        _word("method", 4),
        sa.Column("fields", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        _date("due_at"),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_callback"),
    )
    op.create_index("ix_callback_due_at", "callback", ["due_at"])
    op.create_table(
        "usage_trigger",
        _sid("sid"),
        _sid("account_sid"),
        _text("friendly_name", nullable=True),
        _word("usage_category", 48),
        _word("trigger_by", 8),
        sa.Column("trigger_value", sa.BigInteger(), nullable=False),
        _word("recurring", 8, nullable=True),
        _text("callback_url"),
        _word("callback_method", 4),
        _date("date_fired", nullable=True),
        _word("fired_in", 10, nullable=True),
        _date("date_created"),
        _date("date_updated"),
        _account("usage_trigger"),
        sa.PrimaryKeyConstraint("sid", name="pk_usage_trigger"),
    )
    columns = ["account_sid", "date_created", "sid"]
    op.create_index("ix_usage_trigger_account_sid_date_created_sid", "usage_trigger", columns)
    op.create_table(
        "caller_id_validation",
        _sid("call_sid"),
        _sid("account_sid"),
        _text("phone_number"),
        _text("friendly_name"),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        _text("status_callback", nullable=True),
        _word("status_callback_method", 4),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        _date("date_created"),
        _date("expires_at"),
        _account("caller_id_validation"),
        sa.PrimaryKeyConstraint("call_sid", name="pk_caller_id_validation"),
    )
    columns = ["account_sid", "phone_number"]
    op.create_index("ix_caller_id_validation_account_sid_phone_number", "caller_id_validation", columns)
    op.create_index("ix_caller_id_validation_expires_at", "caller_id_validation", ["expires_at"])


def downgrade() -> None:
    for table in ("caller_id_validation", "usage_trigger", "callback"):
        op.drop_table(table)
