"""The platform's own rows: its values, and the feed of configuration changes."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.column import RisingId
from trunkline.platform.store.table.row import SID, Row


class SettingRow(Row, kw_only=True, repr=False, eq=False):
    """A value of the whole store: fixed once (the digest realm, the proof of the vault's key), or the operator's."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str]


class ChangeRow(Row, kw_only=True, repr=False, eq=False):
    """One change of configuration, written in the commit that made it; ids rise in the order of commits."""

    __tablename__ = "change"
    # AUTOINCREMENT: an id is never handed out again after the feed was trimmed.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(RisingId, primary_key=True, autoincrement=True, init=False)
    kind: Mapped[str] = mapped_column(String(16))
    """`account`, `trunk`, `credential_list`, `ip_acl`, `number`, `caller_id`, `carrier`, `blocked`,
    `number_range`."""
    sid: Mapped[str] = mapped_column(SID)
    """The aggregate that changed: for an origination URL or an association its trunk."""
    account_sid: Mapped[str | None] = mapped_column(SID, default=None)
    key: Mapped[str | None] = mapped_column(default=None)
    """What it is looked up by: a trunk's canonical domain, a number."""
    changed_at: Mapped[datetime] = mapped_column(index=True)
