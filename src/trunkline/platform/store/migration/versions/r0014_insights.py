"""Annotations of calls, switches of Voice Insights, recordings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "r0014"
down_revision = "r0013"
branch_labels = None
depends_on = None

_SWITCHES = ("advanced_features", "voice_trace")


def _document() -> sa.JSON:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "call_annotation",
        sa.Column("call_sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("answered_by", sa.String(length=32), nullable=True),
        sa.Column("connectivity_issue", sa.String(length=32), nullable=True),
        sa.Column("quality_issues", _document(), nullable=False),
        sa.Column("spam", sa.Boolean(), nullable=True),
        sa.Column("call_score", sa.BigInteger(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("incident", sa.Text(), nullable=True),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("call_sid", name="pk_call_annotation"),
    )
    op.create_index("ix_call_annotation_account_sid_call_sid", "call_annotation", ["account_sid", "call_sid"])
    op.create_table(
        "recording",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("call_sid", sa.String(length=34), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("channels", sa.BigInteger(), nullable=False),
        sa.Column("track", sa.String(length=8), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration_s", sa.BigInteger(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("price_unit", sa.String(length=3), nullable=False),
        sa.Column("error_code", sa.BigInteger(), nullable=True),
        sa.Column("encryption_details", _document(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_recording"),
    )
    for keys in (["account_sid", "date_created", "sid"], ["account_sid", "call_sid", "date_created", "sid"]):
        op.create_index("ix_recording_" + "_".join(keys), "recording", keys)
    op.create_index("ix_recording_deleted_at", "recording", ["deleted_at"])
    op.create_index("ix_call_account_sid_released_at_sid", "call", ["account_sid", "released_at", "sid"])
    for name in _SWITCHES:
        op.add_column("account", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for name in _SWITCHES:
        op.drop_column("account", name)
    op.drop_index("ix_call_account_sid_released_at_sid", "call")
    op.drop_table("recording")
    op.drop_table("call_annotation")
