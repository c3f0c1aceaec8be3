"""The audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.table.row import SID, Row, sid_key


class AuditEventRow(Row, kw_only=True, repr=False, eq=False):
    """One change that somebody made over REST (`AE`). No foreign keys: it outlives everybody that it names."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index(None, "account_sid", "date_created", "sid"),
        Index(None, "account_sid", "resource_sid", "date_created", "sid"),
        Index(None, "date_created", "sid"),
    )

    sid: Mapped[str] = sid_key()
    account_sid: Mapped[str | None] = mapped_column(SID, default=None)
    """Whose log it stands in; None: the operator's alone."""
    actor_sid: Mapped[str | None] = mapped_column(SID, default=None)
    """The account or API key that asked; None: the operator."""
    actor_type: Mapped[str] = mapped_column(String(16))
    """`account`, `api-key` or `operator`."""
    event_type: Mapped[str] = mapped_column(String(64))
    """`trunk.created`, `credential-list.deleted`."""
    resource_type: Mapped[str] = mapped_column(String(48))
    resource_sid: Mapped[str | None] = mapped_column(SID, default=None)
    source_ip_address: Mapped[str | None] = mapped_column(default=None)
    date_created: Mapped[datetime]
    event_data: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    """By column: `previous`, `updated` or both; never a secret."""
