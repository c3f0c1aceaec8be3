"""Money: tariffs, what was charged, and the daily sums of it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import Date, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.table.phone_number import NumberType
from trunkline.platform.store.table.row import SID, Dated, Row, sid_key

ServiceName = Literal["termination", "origination", "secure", "recording", "cnam-lookup", "number-month"]


class TariffRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """A price (`TF`), as `domain.rating.tariff.Tariff` has it."""

    __tablename__ = "tariff"
    __table_args__ = (
        UniqueConstraint("service", "prefix", "number_type", "effective_from"),
        Index(None, "date_created", "sid"),
    )

    sid: Mapped[str] = sid_key()
    service: Mapped[ServiceName] = mapped_column(String(16))
    prefix: Mapped[str]
    number_type: Mapped[NumberType | Literal[""]] = mapped_column(String(16), default="")
    """"" = any: a NULL would be unequal to every other in the constraint."""
    name: Mapped[str] = mapped_column(default="")
    sell: Mapped[Decimal]
    buy: Mapped[Decimal]
    first_s: Mapped[int] = mapped_column(default=60)
    next_s: Mapped[int] = mapped_column(default=60)
    effective_from: Mapped[datetime]


class ChargeRow(Row, kw_only=True, repr=False, eq=False):
    """One charge for one thing, once: the call's SID and the service, or a number and its month."""

    __tablename__ = "charge"
    __table_args__ = (Index(None, "account_sid", "day"),)

    source: Mapped[str] = mapped_column(String(48), primary_key=True)
    """SID of the call or recording, or `PN...:2026-03` for a number's month."""
    service: Mapped[str] = mapped_column(String(16), primary_key=True)
    account_sid: Mapped[str] = mapped_column(SID)
    day: Mapped[date] = mapped_column(Date)
    """UTC; the day the call came."""
    category: Mapped[str] = mapped_column(String(48))
    seconds: Mapped[int]
    sell: Mapped[Decimal]
    buy: Mapped[Decimal]


class UsageDayRow(Row, kw_only=True, repr=False, eq=False):
    """What an account used in one category on one UTC day: the sum of its charges, kept as they are made."""

    __tablename__ = "usage_day"

    account_sid: Mapped[str] = mapped_column(SID, primary_key=True)
    category: Mapped[str] = mapped_column(String(48), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    count: Mapped[int]
    seconds: Mapped[int]
    sell: Mapped[Decimal]
    buy: Mapped[Decimal]
