"""Call records, the attempts under them, and alerts."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.table.row import SID, Row, reference, sid_key

_UNRATED = text("rated_at IS NULL")
"""Calls waiting to be rated are few: an index over them alone costs a finished call nothing."""


class CallRow(Row, kw_only=True, repr=False, eq=False):
    """The one record of a call (`CA`). Dates are UTC; what was not measured is NULL, never 0.

    No foreign keys: a record outlives the trunk, the number and the carrier that it names.
    """

    __tablename__ = "call"
    __table_args__ = (
        Index(None, "account_sid", "date_created", "sid"),
        Index(None, "account_sid", "to_number", "date_created", "sid"),
        Index(None, "account_sid", "from_number", "date_created", "sid"),
        Index(None, "account_sid", "status", "date_created", "sid"),
        Index(None, "account_sid", "start_time", "sid"),
        Index(None, "account_sid", "released_at", "sid"),
        Index(None, "trunk_sid", "date_created", "sid"),
        Index("ix_call_unrated", "date_updated", sqlite_where=_UNRATED, postgresql_where=_UNRATED),
    )

    sid: Mapped[str] = sid_key()
    account_sid: Mapped[str] = mapped_column(SID)
    trunk_sid: Mapped[str | None] = mapped_column(SID, default=None)
    parent_call_sid: Mapped[str | None] = mapped_column(SID, default=None, index=True)
    phone_number_sid: Mapped[str | None] = mapped_column(SID, default=None)
    direction: Mapped[str] = mapped_column(String(24))
    """`trunking-terminating` (customer to carrier) or `trunking-originating` (carrier to customer)."""
    from_number: Mapped[str]
    to_number: Mapped[str]
    to_uri: Mapped[str | None] = mapped_column(default=None)
    """Request-URI of the last attempt."""
    caller_name: Mapped[str | None] = mapped_column(default=None)
    cnam_lookups: Mapped[int] = mapped_column(default=0, server_default="0")
    """Look-ups of the caller's name that are charged, answered by a name or not."""
    forwarded_from: Mapped[str | None] = mapped_column(default=None)
    status: Mapped[str] = mapped_column(String(16))
    """As the record says it: `completed`, `busy`, `failed`, `no-answer`, `cancelled`."""
    date_created: Mapped[datetime]
    """The moment of the INVITE: the order of lists."""
    date_updated: Mapped[datetime]
    invited_at: Mapped[datetime]
    trying_at: Mapped[datetime | None] = mapped_column(default=None)
    ringing_at: Mapped[datetime | None] = mapped_column(default=None)
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    released_at: Mapped[datetime | None] = mapped_column(default=None)
    start_time: Mapped[datetime | None] = mapped_column(default=None)
    """What the API calls start: answered, or invited for a call that never was."""
    duration_s: Mapped[int | None] = mapped_column(default=None)
    """Whole seconds from answer to release, rounded; 0 for a call that was not answered."""
    pdd_ms: Mapped[int | None] = mapped_column(default=None)
    cause: Mapped[str | None] = mapped_column(String(64), default=None)
    """Name of the ReleaseCause."""
    sip_status: Mapped[int | None] = mapped_column(default=None)
    q850_cause: Mapped[int | None] = mapped_column(default=None)
    error_code: Mapped[int | None] = mapped_column(default=None)
    party_at_fault: Mapped[str | None] = mapped_column(String(16), default=None)
    released_by: Mapped[str | None] = mapped_column(String(16), default=None)
    """The party whose BYE, CANCEL or final answer ended it."""
    interrupted: Mapped[bool] = mapped_column(default=False)
    """The gateway died during the call; the end is its recovery's."""
    carrier_sid: Mapped[str | None] = mapped_column(SID, default=None)
    gateway: Mapped[str | None] = mapped_column(default=None)
    """The platform's own SIP address that carried the call."""
    edge: Mapped[str | None] = mapped_column(String(32), default=None)
    inbound_transport: Mapped[str | None] = mapped_column(String(8), default=None)
    outbound_transport: Mapped[str | None] = mapped_column(String(8), default=None)
    codec: Mapped[str | None] = mapped_column(String(32), default=None)
    secure_media: Mapped[bool | None] = mapped_column(default=None)
    inbound_sip_call_id: Mapped[str | None] = mapped_column(default=None, index=True)
    outbound_sip_call_id: Mapped[str | None] = mapped_column(default=None)
    source_address: Mapped[str | None] = mapped_column(default=None)
    """`host:port` that sent the INVITE."""
    carrier_gateway: Mapped[str | None] = mapped_column(default=None)
    """`host:port` of the carrier's side."""
    inbound_media: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """The caller's side, as domain.record writes it: packets_received, packets_lost, jitter_ms, mos and so on."""
    outbound_media: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    price: Mapped[Decimal | None] = mapped_column(default=None)
    """What the customer paid, negative as Twilio has it; NULL until it is rated, and without a tariff."""
    price_unit: Mapped[str] = mapped_column(String(3), default="USD")
    rated_at: Mapped[datetime | None] = mapped_column(default=None)
    detail: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    """The record whole, as its own JSON codec writes it, without the attempts."""


class CallAttemptRow(Row, kw_only=True, repr=False, eq=False):
    """One outbound INVITE of a call, in the order of trying."""

    __tablename__ = "call_attempt"

    call_sid: Mapped[str] = mapped_column(SID, reference("call.sid", on_delete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    target: Mapped[str]
    """The URI asked for."""
    address: Mapped[str | None] = mapped_column(default=None)
    """`transport:host:port` it was sent to."""
    sip_call_id: Mapped[str | None] = mapped_column(default=None)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    sip_status: Mapped[int | None] = mapped_column(default=None)
    cause: Mapped[str | None] = mapped_column(String(64), default=None)
    error_code: Mapped[int | None] = mapped_column(default=None)


class AlertRow(Row, kw_only=True, repr=False, eq=False):
    """Something the customer should know of (`NO`)."""

    __tablename__ = "alert"
    __table_args__ = (
        Index(None, "account_sid", "date_created", "sid"),
        Index(None, "date_created", "sid"),
    )

    sid: Mapped[str] = sid_key()
    account_sid: Mapped[str | None] = mapped_column(SID, default=None)
    resource_sid: Mapped[str | None] = mapped_column(SID, default=None, index=True)
    """The call, trunk or account it is about."""
    error_code: Mapped[int]
    log_level: Mapped[str] = mapped_column(String(8))
    alert_text: Mapped[str]
    date_created: Mapped[datetime]
    detail: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    """Bounded `request_text` and `response_text`, `party_at_fault`, `trunk_sid`, `call_sid`; of a callback also
    `request_method` and `request_url`."""
