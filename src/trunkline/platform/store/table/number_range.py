"""Ranges of numbers that the operator marks."""

from typing import Literal

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.table.row import Dated, Row, sid_key

RangeMark = Literal["do-not-originate", "low-risk", "special", "tollfraud"]
"""Nobody may call with such a number; or how risky it is to call one."""
RangeList = Literal["caller", "callee"]


class NumberRangeRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """A prefix (`NR`) and what it means for numbers that call, or that are called."""

    __tablename__ = "number_range"
    __table_args__ = (UniqueConstraint("of", "prefix"), Index(None, "of", "date_created", "sid"))

    sid: Mapped[str] = sid_key()
    of: Mapped[RangeList] = mapped_column(String(8))
    prefix: Mapped[str]
    """`+` and 1-15 digits; a whole number is one too."""
    mark: Mapped[RangeMark] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(default="")
    """The operator's own note."""
