"""The schema of the foundation: configuration, call records, alerts, the change feed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None


def _document() -> sa.JSON:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("parent_sid", sa.String(length=34), nullable=True),
        sa.Column("friendly_name", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("auth_token_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("cps", sa.BigInteger(), nullable=True),
        sa.Column("pool_cps", sa.BigInteger(), nullable=True),
        sa.Column("concurrent", sa.BigInteger(), nullable=True),
        sa.Column("countries", _document(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=True),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_sid"], ["account.sid"], name="fk_account_parent_sid", initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_account"),
    )
    op.create_index("ix_account_date_created_sid", "account", ["date_created", "sid"])
    op.create_index("ix_account_parent_sid_date_created_sid", "account", ["parent_sid", "date_created", "sid"])

    op.create_table(
        "alert",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=True),
        sa.Column("resource_sid", sa.String(length=34), nullable=True),
        sa.Column("error_code", sa.BigInteger(), nullable=False),
        sa.Column("log_level", sa.String(length=8), nullable=False),
        sa.Column("alert_text", sa.Text(), nullable=False),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", _document(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_alert"),
    )
    op.create_index("ix_alert_account_sid_date_created_sid", "alert", ["account_sid", "date_created", "sid"])
    op.create_index("ix_alert_date_created_sid", "alert", ["date_created", "sid"])
    op.create_index("ix_alert_resource_sid", "alert", ["resource_sid"])

    op.create_table(
        "call",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("trunk_sid", sa.String(length=34), nullable=True),
        sa.Column("parent_call_sid", sa.String(length=34), nullable=True),
        sa.Column("phone_number_sid", sa.String(length=34), nullable=True),
        sa.Column("direction", sa.String(length=24), nullable=False),
        sa.Column("from_number", sa.Text(), nullable=False),
        sa.Column("to_number", sa.Text(), nullable=False),
        sa.Column("to_uri", sa.Text(), nullable=True),
        sa.Column("caller_name", sa.Text(), nullable=True),
        sa.Column("forwarded_from", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trying_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ringing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration_s", sa.BigInteger(), nullable=True),
        sa.Column("pdd_ms", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.Column("sip_status", sa.BigInteger(), nullable=True),
        sa.Column("q850_cause", sa.BigInteger(), nullable=True),
        sa.Column("error_code", sa.BigInteger(), nullable=True),
        sa.Column("party_at_fault", sa.String(length=16), nullable=True),
        sa.Column("released_by", sa.String(length=16), nullable=True),
        sa.Column("interrupted", sa.Boolean(), nullable=False),
        sa.Column("carrier_sid", sa.String(length=34), nullable=True),
        sa.Column("gateway", sa.Text(), nullable=True),
        sa.Column("edge", sa.String(length=32), nullable=True),
        sa.Column("inbound_transport", sa.String(length=8), nullable=True),
        sa.Column("outbound_transport", sa.String(length=8), nullable=True),
        sa.Column("codec", sa.String(length=32), nullable=True),
        sa.Column("secure_media", sa.Boolean(), nullable=True),
        sa.Column("inbound_sip_call_id", sa.Text(), nullable=True),
        sa.Column("outbound_sip_call_id", sa.Text(), nullable=True),
        sa.Column("source_address", sa.Text(), nullable=True),
        sa.Column("carrier_gateway", sa.Text(), nullable=True),
        sa.Column("inbound_media", _document(), nullable=True),
        sa.Column("outbound_media", _document(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("price_unit", sa.String(length=3), nullable=False),
        sa.Column("detail", _document(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_call"),
    )
    op.create_index("ix_call_account_sid_date_created_sid", "call", ["account_sid", "date_created", "sid"])
    op.create_index(
        "ix_call_account_sid_from_number_date_created_sid",
        "call",
        ["account_sid", "from_number", "date_created", "sid"],
    )
    op.create_index("ix_call_account_sid_start_time_sid", "call", ["account_sid", "start_time", "sid"])
    op.create_index(
        "ix_call_account_sid_status_date_created_sid", "call", ["account_sid", "status", "date_created", "sid"]
    )
    op.create_index(
        "ix_call_account_sid_to_number_date_created_sid", "call", ["account_sid", "to_number", "date_created", "sid"]
    )
    op.create_index("ix_call_inbound_sip_call_id", "call", ["inbound_sip_call_id"])
    op.create_index("ix_call_parent_call_sid", "call", ["parent_call_sid"])
    op.create_index("ix_call_trunk_sid_date_created_sid", "call", ["trunk_sid", "date_created", "sid"])

    op.create_table(
        "carrier",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("realm", sa.Text(), nullable=True),
        sa.Column("password_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_carrier"),
    )
    op.create_index("ix_carrier_date_created_sid", "carrier", ["date_created", "sid"])

    op.create_table(
        "change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_change"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_change_changed_at", "change", ["changed_at"])

    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_setting"),
    )
    op.create_table(
        "call_attempt",
        sa.Column("call_sid", sa.String(length=34), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("sip_call_id", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sip_status", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.Column("error_code", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_sid"],
            ["call.sid"],
            name="fk_call_attempt_call_sid",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("call_sid", "position", name="pk_call_attempt"),
    )
    op.create_table(
        "carrier_gateway",
        sa.Column("carrier_sid", sa.String(length=34), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["carrier_sid"],
            ["carrier.sid"],
            name="fk_carrier_gateway_carrier_sid",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("carrier_sid", "position", name="pk_carrier_gateway"),
    )
    op.create_table(
        "carrier_prefix",
        sa.Column("carrier_sid", sa.String(length=34), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["carrier_sid"],
            ["carrier.sid"],
            name="fk_carrier_prefix_carrier_sid",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("carrier_sid", "prefix", name="pk_carrier_prefix"),
    )
    op.create_table(
        "carrier_source",
        sa.Column("carrier_sid", sa.String(length=34), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["carrier_sid"],
            ["carrier.sid"],
            name="fk_carrier_source_carrier_sid",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("carrier_sid", "network", name="pk_carrier_source"),
    )
    op.create_table(
        "credential_list",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=False),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid"],
            ["account.sid"],
            name="fk_credential_list_account_sid",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_credential_list"),
        sa.UniqueConstraint("account_sid", "friendly_name", name="uq_credential_list_account_sid_friendly_name"),
    )
    op.create_index(
        "ix_credential_list_account_sid_date_created_sid", "credential_list", ["account_sid", "date_created", "sid"]
    )

    op.create_table(
        "ip_acl",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=False),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid"], ["account.sid"], name="fk_ip_acl_account_sid", initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_ip_acl"),
        sa.UniqueConstraint("account_sid", "friendly_name", name="uq_ip_acl_account_sid_friendly_name"),
    )
    op.create_index("ix_ip_acl_account_sid_date_created_sid", "ip_acl", ["account_sid", "date_created", "sid"])

    op.create_table(
        "outgoing_caller_id",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("phone_number", sa.Text(), nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=False),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid"],
            ["account.sid"],
            name="fk_outgoing_caller_id_account_sid",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_outgoing_caller_id"),
        sa.UniqueConstraint("account_sid", "phone_number", name="uq_outgoing_caller_id_account_sid_phone_number"),
    )
    op.create_index(
        "ix_outgoing_caller_id_account_sid_date_created_sid",
        "outgoing_caller_id",
        ["account_sid", "date_created", "sid"],
    )
    op.create_index("ix_outgoing_caller_id_phone_number", "outgoing_caller_id", ["phone_number"])

    op.create_table(
        "trunk",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=True),
        sa.Column("domain_name", sa.Text(), nullable=True),
        sa.Column("domain_key", sa.Text(), nullable=True),
        sa.Column("disaster_recovery_url", sa.Text(), nullable=True),
        sa.Column("disaster_recovery_method", sa.String(length=4), nullable=False),
        sa.Column("transfer_mode", sa.String(length=16), nullable=False),
        sa.Column("transfer_caller_id", sa.String(length=16), nullable=False),
        sa.Column("secure", sa.Boolean(), nullable=False),
        sa.Column("cnam_lookup_enabled", sa.Boolean(), nullable=False),
        sa.Column("symmetric_rtp_enabled", sa.Boolean(), nullable=False),
        sa.Column("recording_mode", sa.String(length=32), nullable=False),
        sa.Column("recording_trim", sa.String(length=16), nullable=False),
        sa.Column("cps", sa.BigInteger(), nullable=True),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid"], ["account.sid"], name="fk_trunk_account_sid", initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_trunk"),
        sa.UniqueConstraint("domain_key", name="uq_trunk_domain_key"),
    )
    op.create_index("ix_trunk_account_sid_date_created_sid", "trunk", ["account_sid", "date_created", "sid"])

    op.create_table(
        "credential",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("credential_list_sid", sa.String(length=34), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("ha1_md5_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("ha1_sha256_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid"], ["account.sid"], name="fk_credential_account_sid", initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["credential_list_sid"],
            ["credential_list.sid"],
            name="fk_credential_credential_list_sid",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_credential"),
        sa.UniqueConstraint("credential_list_sid", "username", name="uq_credential_credential_list_sid_username"),
    )
    op.create_index(
        "ix_credential_credential_list_sid_date_created_sid",
        "credential",
        ["credential_list_sid", "date_created", "sid"],
    )

    op.create_table(
        "ip_address",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("ip_acl_sid", sa.String(length=34), nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=False),
        sa.Column("ip_address", sa.Text(), nullable=False),
        sa.Column("cidr_prefix_length", sa.BigInteger(), nullable=False),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid"], ["account.sid"], name="fk_ip_address_account_sid", initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["ip_acl_sid"],
            ["ip_acl.sid"],
            name="fk_ip_address_ip_acl_sid",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_ip_address"),
        sa.UniqueConstraint(
            "ip_acl_sid",
            "ip_address",
            "cidr_prefix_length",
            name="uq_ip_address_ip_acl_sid_ip_address_cidr_prefix_length",
        ),
    )
    op.create_index("ix_ip_address_ip_acl_sid_date_created_sid", "ip_address", ["ip_acl_sid", "date_created", "sid"])

    op.create_table(
        "origination_url",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("trunk_sid", sa.String(length=34), nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=False),
        sa.Column("sip_url", sa.Text(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid"],
            ["account.sid"],
            name="fk_origination_url_account_sid",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["trunk_sid"],
            ["trunk.sid"],
            name="fk_origination_url_trunk_sid",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_origination_url"),
    )
    op.create_index(
        "ix_origination_url_trunk_sid_date_created_sid", "origination_url", ["trunk_sid", "date_created", "sid"]
    )

    op.create_table(
        "phone_number",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("phone_number", sa.Text(), nullable=False),
        sa.Column("iso_country", sa.String(length=2), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("stocked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=True),
        sa.Column("trunk_sid", sa.String(length=34), nullable=True),
        sa.Column("friendly_name", sa.Text(), nullable=True),
        sa.Column("voice_url", sa.Text(), nullable=True),
        sa.Column("voice_method", sa.String(length=4), nullable=False),
        sa.Column("voice_fallback_url", sa.Text(), nullable=True),
        sa.Column("voice_fallback_method", sa.String(length=4), nullable=False),
        sa.Column("voice_application_sid", sa.String(length=34), nullable=True),
        sa.Column("voice_caller_id_lookup", sa.Boolean(), nullable=False),
        sa.Column("voice_receive_mode", sa.String(length=8), nullable=False),
        sa.Column("status_callback", sa.Text(), nullable=True),
        sa.Column("status_callback_method", sa.String(length=4), nullable=False),
        sa.Column("sms_url", sa.Text(), nullable=True),
        sa.Column("sms_method", sa.String(length=4), nullable=False),
        sa.Column("sms_fallback_url", sa.Text(), nullable=True),
        sa.Column("sms_fallback_method", sa.String(length=4), nullable=False),
        sa.Column("sms_application_sid", sa.String(length=34), nullable=True),
        sa.Column("address_sid", sa.String(length=34), nullable=True),
        sa.Column("identity_sid", sa.String(length=34), nullable=True),
        sa.Column("bundle_sid", sa.String(length=34), nullable=True),
        sa.Column("emergency_status", sa.String(length=8), nullable=False),
        sa.Column("emergency_address_sid", sa.String(length=34), nullable=True),
        sa.Column("emergency_address_status", sa.String(length=32), nullable=False),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_updated", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid"], ["account.sid"], name="fk_phone_number_account_sid", initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["trunk_sid"],
            ["trunk.sid"],
            name="fk_phone_number_trunk_sid",
            ondelete="SET NULL",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_phone_number"),
        sa.UniqueConstraint("phone_number", name="uq_phone_number_phone_number"),
    )
    op.create_index(
        "ix_phone_number_account_sid_date_created_sid", "phone_number", ["account_sid", "date_created", "sid"]
    )
    op.create_index(
        "ix_phone_number_iso_country_type_account_sid_phone_number",
        "phone_number",
        ["iso_country", "type", "account_sid", "phone_number"],
    )
    op.create_index("ix_phone_number_trunk_sid_date_created_sid", "phone_number", ["trunk_sid", "date_created", "sid"])

    op.create_table(
        "trunk_credential_list",
        sa.Column("trunk_sid", sa.String(length=34), nullable=False),
        sa.Column("credential_list_sid", sa.String(length=34), nullable=False),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_list_sid"],
            ["credential_list.sid"],
            name="fk_trunk_credential_list_credential_list_sid",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["trunk_sid"],
            ["trunk.sid"],
            name="fk_trunk_credential_list_trunk_sid",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("trunk_sid", "credential_list_sid", name="pk_trunk_credential_list"),
    )
    op.create_index("ix_trunk_credential_list_credential_list_sid", "trunk_credential_list", ["credential_list_sid"])
    op.create_index(
        "ix_trunk_credential_list_page", "trunk_credential_list", ["trunk_sid", "date_created", "credential_list_sid"]
    )

    op.create_table(
        "trunk_ip_acl",
        sa.Column("trunk_sid", sa.String(length=34), nullable=False),
        sa.Column("ip_acl_sid", sa.String(length=34), nullable=False),
        sa.Column("date_created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ip_acl_sid"], ["ip_acl.sid"], name="fk_trunk_ip_acl_ip_acl_sid", initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["trunk_sid"],
            ["trunk.sid"],
            name="fk_trunk_ip_acl_trunk_sid",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("trunk_sid", "ip_acl_sid", name="pk_trunk_ip_acl"),
    )
    op.create_index("ix_trunk_ip_acl_ip_acl_sid", "trunk_ip_acl", ["ip_acl_sid"])
    op.create_index("ix_trunk_ip_acl_page", "trunk_ip_acl", ["trunk_sid", "date_created", "ip_acl_sid"])


def downgrade() -> None:
    op.drop_table("trunk_ip_acl")
    op.drop_table("trunk_credential_list")
    op.drop_table("phone_number")
    op.drop_table("origination_url")
    op.drop_table("ip_address")
    op.drop_table("credential")
    op.drop_table("trunk")
    op.drop_table("outgoing_caller_id")
    op.drop_table("ip_acl")
    op.drop_table("credential_list")
    op.drop_table("carrier_source")
    op.drop_table("carrier_prefix")
    op.drop_table("carrier_gateway")
    op.drop_table("call_attempt")
    op.drop_table("setting")
    op.drop_table("change")
    op.drop_table("carrier")
    op.drop_table("call")
    op.drop_table("alert")
    op.drop_table("account")
