"""What customers say of their calls."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.table.row import SID, Dated, Row


class CallAnnotationRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """The annotation of one call, made at the first word; None is nothing said."""

    __tablename__ = "call_annotation"
    __table_args__ = (Index(None, "account_sid", "call_sid"),)

    call_sid: Mapped[str] = mapped_column(SID, primary_key=True)
    account_sid: Mapped[str] = mapped_column(SID)
    answered_by: Mapped[str | None] = mapped_column(String(32), default=None)
    connectivity_issue: Mapped[str | None] = mapped_column(String(32), default=None)
    quality_issues: Mapped[list[str]] = mapped_column(default_factory=list)
    spam: Mapped[bool | None] = mapped_column(default=None)
    call_score: Mapped[int | None] = mapped_column(default=None)
    """1 (bad) to 5 (excellent)."""
    comment: Mapped[str | None] = mapped_column(default=None)
    incident: Mapped[str | None] = mapped_column(default=None)
