"""Tariffs, charges and daily usage; which calls have been rated."""

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision = "r0002"
branch_labels = None
depends_on = None

_UNRATED = sa.text("rated_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "tariff",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("service", sa.String(length=16), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("number_type", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sell", sa.BigInteger(), nullable=False),
        sa.Column("buy", sa.BigInteger(), nullable=False),
        sa.Column("first_s", sa.BigInteger(), nullable=False),
        sa.Column("next_s", sa.BigInteger(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_tariff"),
        sa.UniqueConstraint(
            "service",
            "prefix",
            "number_type",
            "effective_from",
            name="uq_tariff_service_prefix_number_type_effective_from",
        ),
    )
    op.create_index("ix_tariff_date_created_sid", "tariff", ["date_created", "sid"])
    op.create_table(
        "charge",
        sa.Column("source", sa.String(length=48), nullable=False),
        sa.Column("service", sa.String(length=16), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("category", sa.String(length=48), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.Column("sell", sa.BigInteger(), nullable=False),
        sa.Column("buy", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "service", name="pk_charge"),
    )
    op.create_index("ix_charge_account_sid_day", "charge", ["account_sid", "day"])
    op.create_table(
        "usage_day",
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("category", sa.String(length=48), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.Column("sell", sa.BigInteger(), nullable=False),
        sa.Column("buy", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_sid", "category", "day", name="pk_usage_day"),
    )
    with op.batch_alter_table("call") as call:
        call.add_column(sa.Column("rated_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_call_unrated", "call", ["date_updated"], sqlite_where=_UNRATED, postgresql_where=_UNRATED)


def downgrade() -> None:
    op.drop_index("ix_call_unrated", "call")
    # Not in a batch: SQLite would make the table anew, and the attempts of all calls would go with the old one.
    op.drop_column("call", "rated_at")
    op.drop_table("usage_day")
    op.drop_table("charge")
    op.drop_table("tariff")
