"""Postal addresses of accounts."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.table.row import SID, Dated, Row, reference, sid_key


class AddressRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """An address (`AD`) that numbers can be tied to."""

    __tablename__ = "address"
    __table_args__ = (Index(None, "account_sid", "date_created", "sid"),)

    sid: Mapped[str] = sid_key()
    account_sid: Mapped[str] = mapped_column(SID, reference("account.sid"))
    customer_name: Mapped[str]
    friendly_name: Mapped[str] = mapped_column(default="")
    street: Mapped[str]
    street_secondary: Mapped[str | None] = mapped_column(default=None)
    city: Mapped[str]
    region: Mapped[str]
    postal_code: Mapped[str]
    iso_country: Mapped[str] = mapped_column(String(2))
    emergency_enabled: Mapped[bool] = mapped_column(default=False)
    validated: Mapped[bool] = mapped_column(default=False)
    """Its postal code has the form of its country's."""
