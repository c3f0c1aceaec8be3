"""Regions in which the calls of a trunk or a number are to be processed."""

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.table.row import SID, Dated, Row, reference, sid_key


class VoiceRouteRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """The region (`QQ`) of one trunk or one number: of the resource with `target_sid`."""

    __tablename__ = "voice_route"
    __table_args__ = (UniqueConstraint("account_sid", "target_sid"), Index(None, "target_sid"))

    sid: Mapped[str] = sid_key()
    account_sid: Mapped[str] = mapped_column(SID, reference("account.sid"))
    target_sid: Mapped[str] = mapped_column(SID)
    """`TK` or `PN`."""
    friendly_name: Mapped[str | None] = mapped_column(default=None)
    voice_region: Mapped[str] = mapped_column(String(8), default="us1")
