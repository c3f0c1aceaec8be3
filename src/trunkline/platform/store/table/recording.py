"""Recordings: what is known of them; the sound lies elsewhere."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.table.row import SID, Dated, Row, sid_key

RecordingStatus = Literal["in-progress", "paused", "stopped", "processing", "completed", "absent"]
RecordingTrack = Literal["inbound", "outbound", "both"]


class RecordingRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """A recording (`RE`), which outlives its call; inserted by whoever records."""

    __tablename__ = "recording"
    __table_args__ = (
        Index(None, "account_sid", "date_created", "sid"),
        Index(None, "account_sid", "call_sid", "date_created", "sid"),
        Index(None, "deleted_at"),
    )

    sid: Mapped[str] = sid_key()
    account_sid: Mapped[str] = mapped_column(SID)
    call_sid: Mapped[str] = mapped_column(SID)
    status: Mapped[RecordingStatus] = mapped_column(String(16), default="in-progress")
    source: Mapped[str] = mapped_column(String(32), default="Trunking")
    """`Trunking`, or `StartCallRecordingAPI` for one that was asked for during the call."""
    channels: Mapped[int] = mapped_column(default=1)
    track: Mapped[RecordingTrack] = mapped_column(String(8), default="both")
    start_time: Mapped[datetime | None] = mapped_column(default=None)
    duration_s: Mapped[int | None] = mapped_column(default=None)
    """Whole seconds; None until it is over."""
    price: Mapped[Decimal | None] = mapped_column(default=None)
    """Negative; None until it is rated."""
    price_unit: Mapped[str] = mapped_column(String(3), default="USD")
    error_code: Mapped[int | None] = mapped_column(default=None)
    encryption_details: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)
    """The sound is gone from then on, what is known of it is kept a while."""
