"""Numbers: the inventory with the customers' incoming numbers, and verified caller IDs."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.table.row import SID, Dated, Row, reference, sid_key
from trunkline.platform.store.table.trunk import HttpMethod

NumberType = Literal["local", "mobile", "toll-free"]
"""Those that have tariffs of their own."""
StockType = Literal["local", "mobile", "toll-free", "national", "shared-cost", "voip", "m2m"]
AddressRequirements = Literal["none", "any", "local", "foreign"]


_STOCK = ("iso_country", "type", "account_sid")


class PhoneNumberRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """A number of the platform (`PN`): in stock while it has no account, else that account's IncomingPhoneNumber.

    Buying sets `account_sid`, `date_created`, `charge_at` anew; releasing clears the account, the trunk and every URL.
    """

    __tablename__ = "phone_number"
    __table_args__ = (
        Index(None, "account_sid", "date_created", "sid"),
        Index(None, "trunk_sid", "date_created", "sid"),
        Index(None, "iso_country", "type", "account_sid", "phone_number"),
        Index(None, "charge_at", "sid"),
        # One for each thing that numbers for sale are looked for by: each begins as the one above does, and goes
        # further, so that a planner without statistics takes it too.
        Index("ix_stock_region", *_STOCK, "region", "phone_number"),
        Index("ix_stock_locality", *_STOCK, "locality", "phone_number"),
        Index("ix_stock_postal_code", *_STOCK, "postal_code", "phone_number"),
        Index("ix_stock_lata", *_STOCK, "lata", "rate_center", "phone_number"),
        Index("ix_stock_latitude", *_STOCK, "latitude", "longitude", "phone_number"),
    )

    sid: Mapped[str] = sid_key()
    phone_number: Mapped[str] = mapped_column(unique=True)
    """E.164 with `+`."""
    iso_country: Mapped[str] = mapped_column(String(2))
    type: Mapped[StockType] = mapped_column(String(16), default="local")
    region: Mapped[str | None] = mapped_column(default=None)
    """State or province, as its abbreviation."""
    locality: Mapped[str | None] = mapped_column(default=None)
    postal_code: Mapped[str | None] = mapped_column(default=None)
    rate_center: Mapped[str | None] = mapped_column(default=None)
    lata: Mapped[str | None] = mapped_column(default=None)
    latitude: Mapped[float | None] = mapped_column(default=None)
    longitude: Mapped[float | None] = mapped_column(default=None)
    beta: Mapped[bool] = mapped_column(default=False)
    address_requirements: Mapped[AddressRequirements] = mapped_column(String(8), default="none")
    stocked_at: Mapped[datetime]
    """When the operator put it into the inventory."""
    account_sid: Mapped[str | None] = mapped_column(SID, reference("account.sid"), default=None)
    charge_at: Mapped[datetime | None] = mapped_column(default=None)
    """The months that begin from then on have not been charged; None in stock."""
    trunk_sid: Mapped[str | None] = mapped_column(SID, reference("trunk.sid", on_delete="SET NULL"), default=None)
    friendly_name: Mapped[str | None] = mapped_column(default=None)
    voice_url: Mapped[str | None] = mapped_column(default=None)
    voice_method: Mapped[HttpMethod] = mapped_column(String(4), default="POST")
    voice_fallback_url: Mapped[str | None] = mapped_column(default=None)
    voice_fallback_method: Mapped[HttpMethod] = mapped_column(String(4), default="POST")
    voice_application_sid: Mapped[str | None] = mapped_column(SID, default=None)
    voice_caller_id_lookup: Mapped[bool] = mapped_column(default=False)
    voice_receive_mode: Mapped[Literal["voice", "fax"]] = mapped_column(String(8), default="voice")
    status_callback: Mapped[str | None] = mapped_column(default=None)
    status_callback_method: Mapped[HttpMethod] = mapped_column(String(4), default="POST")
    sms_url: Mapped[str | None] = mapped_column(default=None)
    sms_method: Mapped[HttpMethod] = mapped_column(String(4), default="POST")
    sms_fallback_url: Mapped[str | None] = mapped_column(default=None)
    sms_fallback_method: Mapped[HttpMethod] = mapped_column(String(4), default="POST")
    sms_application_sid: Mapped[str | None] = mapped_column(SID, default=None)
    address_sid: Mapped[str | None] = mapped_column(SID, default=None)
    identity_sid: Mapped[str | None] = mapped_column(SID, default=None)
    bundle_sid: Mapped[str | None] = mapped_column(SID, default=None)
    emergency_status: Mapped[Literal["Active", "Inactive"]] = mapped_column(String(8), default="Inactive")
    emergency_address_sid: Mapped[str | None] = mapped_column(SID, default=None)
    emergency_address_status: Mapped[str] = mapped_column(String(32), default="unregistered")


class OutgoingCallerIdRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """A number that an account has verified as its own and may show as caller (`PN`)."""

    __tablename__ = "outgoing_caller_id"
    __table_args__ = (
        UniqueConstraint("account_sid", "phone_number"),
        Index(None, "account_sid", "date_created", "sid"),
    )

    sid: Mapped[str] = sid_key()
    account_sid: Mapped[str] = mapped_column(SID, reference("account.sid"))
    phone_number: Mapped[str] = mapped_column(index=True)
    friendly_name: Mapped[str]
