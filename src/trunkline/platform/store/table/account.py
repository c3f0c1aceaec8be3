"""Accounts and sub-accounts with their limits."""

from decimal import Decimal
from typing import Literal

from sqlalchemy import Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.table.row import SID, Dated, Row, reference, sid_key

AccountStatus = Literal["active", "suspended", "closed"]
AccountType = Literal["Trial", "Full"]


class AccountRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """An account (`AC`). A limit of None is no limit.

    The defaults of limits are made by a factory: a plain default would be a default of the column too,
    and take the place of an explicit None at the INSERT.
    """

    __tablename__ = "account"
    __table_args__ = (
        Index(None, "date_created", "sid"),
        Index(None, "parent_sid", "date_created", "sid"),
    )

    sid: Mapped[str] = sid_key()
    parent_sid: Mapped[str | None] = mapped_column(SID, reference("account.sid"), default=None)
    friendly_name: Mapped[str]
    status: Mapped[AccountStatus] = mapped_column(String(16), default="active")
    type: Mapped[AccountType] = mapped_column(String(16), default="Full")
    auth_token_sealed: Mapped[bytes]
    """The auth token under the vault, context `account:{sid}:auth_token`."""
    cps: Mapped[int | None] = mapped_column(default_factory=lambda: 1)
    """New termination calls per second and trunk."""
    pool_cps: Mapped[int | None] = mapped_column(default=None)
    """New termination calls per second of the whole account, sub-accounts included."""
    concurrent: Mapped[int | None] = mapped_column(default_factory=lambda: 4)
    """Calls at the same time."""
    countries: Mapped[list[str]] = mapped_column(default_factory=list)
    """ISO 3166 alpha-2 codes whose low-risk numbers may be called."""
    special_countries: Mapped[list[str]] = mapped_column(default_factory=list)
    """The same of their high-risk special numbers."""
    tollfraud_countries: Mapped[list[str]] = mapped_column(default_factory=list)
    """The same of their high-risk toll-fraud numbers."""
    inherits_permissions: Mapped[bool] = mapped_column(default=False)
    """A sub-account's parent says what may be called, not these lists."""
    deprecated_tls: Mapped[bool] = mapped_column(default=False, server_default=false())
    """TLS 1.0 and 1.1 may be spoken, both ways."""
    advanced_features: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Of Voice Insights: kept and shown, of no effect."""
    voice_trace: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The same."""
    credit: Mapped[Decimal | None] = mapped_column(default=None)
    """What may be spent in all; None is no limit."""
    out_of_funds: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The credit is used up, as `funds` has noted: calls are refused."""
    alert_url: Mapped[str | None] = mapped_column(default=None)
    """Where it wants to be told of its alerts."""
    alert_method: Mapped[Literal["GET", "POST"]] = mapped_column(String(4), default="POST", server_default="POST")
    alert_email: Mapped[str | None] = mapped_column(default=None)
    """Where it wants mail about them."""
