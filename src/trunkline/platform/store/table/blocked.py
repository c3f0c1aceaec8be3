"""The platform's block list."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.table.row import Dated, Row, sid_key


class BlockedDestinationRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """A prefix that nobody may call (`BD`)."""

    __tablename__ = "blocked_destination"
    __table_args__ = (Index(None, "date_created", "sid"),)

    sid: Mapped[str] = sid_key()
    prefix: Mapped[str] = mapped_column(unique=True)
    """`+` and 1-15 digits; a whole number is one too."""
    reason: Mapped[str] = mapped_column(default="")
    """The operator's own note."""
