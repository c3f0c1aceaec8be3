"""What is to be told to customers' addresses, and what is waited for until then."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.table.row import SID, Dated, Row, reference, sid_key
from trunkline.platform.store.table.trunk import HttpMethod

Recurrence = Literal["daily", "monthly", "yearly", "alltime"]
TriggerBy = Literal["count", "usage", "price"]


class CallbackRow(Row, kw_only=True, repr=False, eq=False):
    """A request (`CB`) that has not been taken yet; written in the commit that it tells of."""

    __tablename__ = "callback"
    __table_args__ = (Index(None, "due_at"),)

    sid: Mapped[str] = sid_key()
    account_sid: Mapped[str] = mapped_column(SID)
    url: Mapped[str]
    method: Mapped[HttpMethod] = mapped_column(String(4))
    fields: Mapped[dict[str, Any]]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)


class UsageTriggerRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """A trigger (`UT`) that fires once in each of its periods, when the usage reaches the value."""

    __tablename__ = "usage_trigger"
    __table_args__ = (Index(None, "account_sid", "date_created", "sid"),)

    sid: Mapped[str] = sid_key()
    account_sid: Mapped[str] = mapped_column(SID, reference("account.sid"))
    friendly_name: Mapped[str | None] = mapped_column(default=None)
    usage_category: Mapped[str] = mapped_column(String(48))
    trigger_by: Mapped[TriggerBy] = mapped_column(String(8))
    trigger_value: Mapped[Decimal]
    recurring: Mapped[Recurrence | None] = mapped_column(String(8), default=None)
    callback_url: Mapped[str]
    callback_method: Mapped[HttpMethod] = mapped_column(String(4))
    date_fired: Mapped[datetime | None] = mapped_column(default=None)
    fired_in: Mapped[str | None] = mapped_column(String(10), default=None)
    """The first day of the period that it last fired in."""


class ValidationRow(Row, kw_only=True, repr=False, eq=False):
    """A request to show a number as caller that waits for its code; `call_sid` (`CA`) names it."""

    __tablename__ = "caller_id_validation"
    __table_args__ = (
        Index(None, "account_sid", "phone_number"),
        Index(None, "expires_at"),
        Index(None, "call_at"),
        Index(None, "caller"),
    )

    call_sid: Mapped[str] = sid_key()
    account_sid: Mapped[str] = mapped_column(SID, reference("account.sid"))
    phone_number: Mapped[str]
    friendly_name: Mapped[str]
    code_hash: Mapped[bytes]
    status_callback: Mapped[str | None] = mapped_column(default=None)
    status_callback_method: Mapped[HttpMethod] = mapped_column(String(4))
    failures: Mapped[int] = mapped_column(default=0)
    date_created: Mapped[datetime]
    expires_at: Mapped[datetime]
    extension: Mapped[str] = mapped_column(default="")
    """Digits and pauses to be sent once the call is answered."""
    call_at: Mapped[datetime | None] = mapped_column(default=None)
    """When the number is to be called; None once somebody has taken that on."""
    caller: Mapped[str | None] = mapped_column(default=None)
    """Who has: the voice process's name."""
