"""Alerts that wait to be told by mail, and when an account may have its next one."""

from datetime import datetime

from sqlalchemy import Index, false
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.table.row import SID, Row, sid_key


class AlertMailRow(Row, kw_only=True, repr=False, eq=False):
    """An alert that no mail has told of yet; written in the commit that stores the alert."""

    __tablename__ = "alert_mail"
    __table_args__ = (Index(None, "account_sid"), Index(None, "date_created"))

    alert_sid: Mapped[str] = sid_key()
    account_sid: Mapped[str] = mapped_column(SID)
    date_created: Mapped[datetime]
    """The alert's."""
    claimed: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A mail that tells of it is under way."""


class AlertMailingRow(Row, kw_only=True, repr=False, eq=False):
    """An account that was sent mail, or is being sent some."""

    __tablename__ = "alert_mailing"

    account_sid: Mapped[str] = sid_key()
    next_at: Mapped[datetime]
    """No mail before."""
    attempts: Mapped[int] = mapped_column(default=0)
    """At the mail that is under way."""
