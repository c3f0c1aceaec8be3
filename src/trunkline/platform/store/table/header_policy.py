"""Header manipulation policies, and the trunks that use them."""

from typing import Any, Literal

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.column import JsonDocument
from trunkline.platform.store.table.row import SID, Dated, Row, reference, sid_key

PolicyDirection = Literal["termination", "origination"]


class HeaderPolicyRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """A policy (`HM`)."""

    __tablename__ = "header_policy"
    __table_args__ = (Index(None, "account_sid", "date_created", "sid"),)

    sid: Mapped[str] = sid_key()
    account_sid: Mapped[str] = mapped_column(SID, reference("account.sid"))
    friendly_name: Mapped[str]
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JsonDocument)
    """As `domain.trunk.manipulation.policy_json` writes them."""


class TrunkHeaderPolicyRow(Row, kw_only=True, repr=False, eq=False):
    """The one policy of a trunk for one direction (row 110)."""

    __tablename__ = "trunk_header_policy"

    trunk_sid: Mapped[str] = mapped_column(SID, reference("trunk.sid", on_delete="CASCADE"), primary_key=True)
    direction: Mapped[PolicyDirection] = mapped_column(String(16), primary_key=True)
    # No cascade: a policy in use is not deleted.
    policy_sid: Mapped[str] = mapped_column(SID, reference("header_policy.sid"), index=True)
