"""The platform's own names of callers."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.table.row import Dated, Row, sid_key


class CallerNameRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """The name of a number (`NM`), which goes before what a service says."""

    __tablename__ = "caller_name"
    __table_args__ = (Index(None, "date_created", "sid"),)

    sid: Mapped[str] = sid_key()
    phone_number: Mapped[str] = mapped_column(String(16), unique=True)
    """E.164."""
    name: Mapped[str]
