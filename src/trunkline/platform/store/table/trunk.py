"""Trunks, their origination URLs and what is associated with them."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.table.row import SID, Dated, Row, reference, sid_key

HttpMethod = Literal["GET", "POST"]
TransferMode = Literal["disable-all", "enable-all", "sip-only"]
TransferCallerId = Literal["from-transferee", "from-transferor"]
RecordingMode = Literal[
    "do-not-record",
    "record-from-ringing",
    "record-from-answer",
    "record-from-ringing-dual",
    "record-from-answer-dual",
]
RecordingTrim = Literal["trim-silence", "do-not-trim"]


class TrunkRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """A trunk (`TK`) with the defaults of features.md row 2."""

    __tablename__ = "trunk"
    __table_args__ = (Index(None, "account_sid", "date_created", "sid"),)

    sid: Mapped[str] = sid_key()
    account_sid: Mapped[str] = mapped_column(SID, reference("account.sid"))
    friendly_name: Mapped[str | None] = mapped_column(default=None)
    domain_name: Mapped[str | None] = mapped_column(default=None)
    """The domain as the customer typed it."""
    domain_key: Mapped[str | None] = mapped_column(default=None, unique=True)
    """The domain in its canonical form (lower case, alias and edge taken out): what calls are looked up by."""
    disaster_recovery_url: Mapped[str | None] = mapped_column(default=None)
    disaster_recovery_method: Mapped[HttpMethod] = mapped_column(String(4), default="POST")
    transfer_mode: Mapped[TransferMode] = mapped_column(String(16), default="disable-all")
    transfer_caller_id: Mapped[TransferCallerId] = mapped_column(String(16), default="from-transferee")
    secure: Mapped[bool] = mapped_column(default=False)
    tls_verified: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The far side's certificate is verified on origination over TLS."""
    cnam_lookup_enabled: Mapped[bool] = mapped_column(default=False)
    symmetric_rtp_enabled: Mapped[bool] = mapped_column(default=False)
    recording_mode: Mapped[RecordingMode] = mapped_column(String(32), default="do-not-record")
    recording_trim: Mapped[RecordingTrim] = mapped_column(String(16), default="do-not-trim")
    cps: Mapped[int | None] = mapped_column(default=None)
    """A limit of this trunk's own; None takes the account's."""
    cps_next: Mapped[int | None] = mapped_column(default=None)
    """What takes its place at `cps_next_at`; set and cleared with it."""
    cps_next_at: Mapped[datetime | None] = mapped_column(default=None)


class OriginationUrlRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """One target of a trunk's origination (`OU`)."""

    __tablename__ = "origination_url"
    __table_args__ = (Index(None, "trunk_sid", "date_created", "sid"),)

    sid: Mapped[str] = sid_key()
    account_sid: Mapped[str] = mapped_column(SID, reference("account.sid"))
    trunk_sid: Mapped[str] = mapped_column(SID, reference("trunk.sid", on_delete="CASCADE"))
    friendly_name: Mapped[str]
    sip_url: Mapped[str]
    priority: Mapped[int]
    weight: Mapped[int]
    enabled: Mapped[bool]


class TrunkListRow(Row, kw_only=True, repr=False, eq=False):
    """A list that opens a trunk; no cascade from the list, which is not deleted while it is in use (21236, 21241)."""

    __abstract__ = True

    # Columns of its children come first else, and with them the list's SID in the key.
    trunk_sid: Mapped[str] = mapped_column(
        SID, reference("trunk.sid", on_delete="CASCADE"), primary_key=True, sort_order=-1
    )
    date_created: Mapped[datetime]


class TrunkCredentialListRow(TrunkListRow, kw_only=True, repr=False, eq=False):
    """A credential list that opens a trunk."""

    __tablename__ = "trunk_credential_list"
    __table_args__ = (Index("ix_trunk_credential_list_page", "trunk_sid", "date_created", "credential_list_sid"),)

    credential_list_sid: Mapped[str] = mapped_column(
        SID, reference("credential_list.sid"), primary_key=True, index=True
    )


class TrunkIpAclRow(TrunkListRow, kw_only=True, repr=False, eq=False):
    """An IP access control list that opens a trunk."""

    __tablename__ = "trunk_ip_acl"
    __table_args__ = (Index("ix_trunk_ip_acl_page", "trunk_sid", "date_created", "ip_acl_sid"),)

    ip_acl_sid: Mapped[str] = mapped_column(SID, reference("ip_acl.sid"), primary_key=True, index=True)
