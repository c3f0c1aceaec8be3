"""API keys."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.table.row import SID, Dated, Row, reference, sid_key


class ApiKeyRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """A key (`SK`) that acts for its account. Its secret is told once and kept as a keyed hash."""

    __tablename__ = "api_key"
    __table_args__ = (Index(None, "account_sid", "date_created", "sid"),)

    sid: Mapped[str] = sid_key()
    account_sid: Mapped[str] = mapped_column(SID, reference("account.sid"))
    friendly_name: Mapped[str | None] = mapped_column(default=None)
    secret_hash: Mapped[bytes]
    """HMAC-SHA-256 under the vault: the secret is 128 random bits, so that a slow hash would add nothing."""
