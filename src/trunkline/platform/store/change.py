"""The feed of configuration changes: written in the commit that makes them, read by the gateways."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, event, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session

from trunkline.platform.setting import clock
from trunkline.platform.store.table import (
    AccountRow,
    BlockedDestinationRow,
    CarrierGatewayRow,
    CarrierPrefixRow,
    CarrierRow,
    CarrierSourceRow,
    ChangeRow,
    CredentialListRow,
    CredentialRow,
    HeaderPolicyRow,
    IpAclRow,
    IpAddressRow,
    NumberRangeRow,
    OriginationUrlRow,
    OutgoingCallerIdRow,
    PhoneNumberRow,
    Row,
    TrunkCredentialListRow,
    TrunkHeaderPolicyRow,
    TrunkIpAclRow,
    TrunkRow,
)

CHANNEL = "trunkline_change"
"""The channel that PostgreSQL announces a commit on; only a wake-up, the table is the feed."""

_PAGE = 1000

_Mark = tuple[str, str, str | None, str | None]
"""Kind, SID, account, key."""


class ConfigurationSession(Session):
    """A session whose flushes leave a change row for every configuration row that they touch."""


def _mark(row: Any) -> _Mark | None:
    """What a touched row means to the gateways, by the aggregate it belongs to."""
    match row:
        case AccountRow():
            return ("account", row.sid, row.sid, None)
        case TrunkRow():
            return ("trunk", row.sid, row.account_sid, row.domain_key)
        case OriginationUrlRow():
            return ("trunk", row.trunk_sid, row.account_sid, None)
        case TrunkCredentialListRow() | TrunkIpAclRow() | TrunkHeaderPolicyRow():
            return ("trunk", row.trunk_sid, None, None)
        case CredentialListRow():
            return ("credential_list", row.sid, row.account_sid, None)
        case CredentialRow():
            return ("credential_list", row.credential_list_sid, row.account_sid, None)
        case HeaderPolicyRow():
            return ("header_policy", row.sid, row.account_sid, None)
        case IpAclRow():
            return ("ip_acl", row.sid, row.account_sid, None)
        case IpAddressRow():
            return ("ip_acl", row.ip_acl_sid, row.account_sid, None)
        case PhoneNumberRow():
            return ("number", row.sid, row.account_sid, row.phone_number)
        case OutgoingCallerIdRow():
            return ("caller_id", row.sid, row.account_sid, row.phone_number)
        case CarrierRow():
            return ("carrier", row.sid, None, None)
        case CarrierGatewayRow() | CarrierPrefixRow() | CarrierSourceRow():
            return ("carrier", row.carrier_sid, None, None)
        case BlockedDestinationRow():
            return ("blocked", row.sid, None, row.prefix)
        case NumberRangeRow():
            return ("number_range", row.sid, None, row.prefix)
        case _:
            return None


_WATCHED: tuple[type[Row], ...] = (
    AccountRow,
    TrunkRow,
    OriginationUrlRow,
    TrunkCredentialListRow,
    TrunkIpAclRow,
    TrunkHeaderPolicyRow,
    HeaderPolicyRow,
    CredentialListRow,
    CredentialRow,
    IpAclRow,
    IpAddressRow,
    PhoneNumberRow,
    OutgoingCallerIdRow,
    CarrierRow,
    CarrierGatewayRow,
    CarrierPrefixRow,
    CarrierSourceRow,
    BlockedDestinationRow,
    NumberRangeRow,
)


def _touched(session: Session) -> Iterable[Any]:
    yield from session.new
    yield from session.deleted
    yield from (row for row in session.dirty if session.is_modified(row))


@event.listens_for(ConfigurationSession, "before_flush")
def _write_changes(session: Session, _context: Any, _instances: Any) -> None:
    marks = dict.fromkeys(mark for row in _touched(session) if (mark := _mark(row)))
    if not marks:
        return
    at = clock.wall()
    session.add_all(
        ChangeRow(kind=kind, sid=sid, account_sid=account_sid, key=key, changed_at=at)
        for kind, sid, account_sid, key in marks
    )
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"NOTIFY {CHANNEL}"))


@event.listens_for(ConfigurationSession, "do_orm_execute")
def _refuse_silent_changes(state: ORMExecuteState) -> None:
    """A bulk statement passes no flush and would leave no change row: the gateways would never hear of it."""
    if state.bind_mapper is None or not (state.is_insert or state.is_update or state.is_delete):
        return
    if issubclass(state.bind_mapper.class_, _WATCHED):
        raise TypeError(f"configuration is changed row by row: {state.bind_mapper.class_.__name__}")


@dataclass(frozen=True, slots=True)
class Change:
    """One change; `sid` is the aggregate's, `key` the domain, number or prefix that it is looked up by.

    Kinds: `account`, `trunk`, `number`, `caller_id`, `carrier`, `blocked`,
    `number_range`. A changed credential list, IP access
    control list or header policy is told as a change of every trunk that uses it.
    """

    id: int
    kind: str
    sid: str
    account_sid: str | None
    key: str | None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """The changes after an id, oldest first; read on from `latest`."""

    latest: int
    changes: tuple[Change, ...]
    gap: bool
    """Changes in between were trimmed away: forget everything that is cached."""


async def latest_change(session: AsyncSession) -> int:
    """The id of the newest change: where a process with empty caches begins to read."""
    return await session.scalar(select(func.max(ChangeRow.id))) or 0


async def changes_since(session: AsyncSession, last: int) -> ChangePage:
    """Up to 1000 changes after the id `last`."""
    columns = (ChangeRow.id, ChangeRow.kind, ChangeRow.sid, ChangeRow.account_sid, ChangeRow.key)
    statement = select(*columns).where(ChangeRow.id > last).order_by(ChangeRow.id).limit(_PAGE)
    rows = [Change(*row) for row in await session.execute(statement)]
    if not rows:
        return ChangePage(latest=last, changes=(), gap=False)
    gap = rows[0].id > last + 1 and not await _has_predecessor(session, last)
    return ChangePage(latest=rows[-1].id, changes=tuple(await _by_trunk(session, rows)), gap=gap)


async def _has_predecessor(session: AsyncSession, last: int) -> bool:
    """Ids skip after a rollback; it is a gap only when the row last seen is gone too."""
    return last == 0 or await session.get(ChangeRow, last) is not None


_USED_BY_TRUNKS = {
    "credential_list": (TrunkCredentialListRow.credential_list_sid, TrunkCredentialListRow.trunk_sid),
    "ip_acl": (TrunkIpAclRow.ip_acl_sid, TrunkIpAclRow.trunk_sid),
    "header_policy": (TrunkHeaderPolicyRow.policy_sid, TrunkHeaderPolicyRow.trunk_sid),
}
"""Kinds that are told as changes of trunks: what is used, and by whom."""


async def _by_trunk(session: AsyncSession, rows: list[Change]) -> list[Change]:
    """Puts the trunks in the place of what they use."""
    users: dict[str, list[str]] = {}
    for kind, (used, trunk) in _USED_BY_TRUNKS.items():
        changed = {row.sid for row in rows if row.kind == kind}
        if changed:
            for used_sid, trunk_sid in await session.execute(select(used, trunk).where(used.in_(changed))):
                users.setdefault(used_sid, []).append(trunk_sid)
    told: list[Change] = []
    for row in rows:
        if row.kind in _USED_BY_TRUNKS:
            told += [Change(row.id, "trunk", sid, row.account_sid, None) for sid in users.get(row.sid, ())]
        else:
            told.append(row)
    return told


async def trim_changes(session: AsyncSession, before: datetime) -> None:
    """Drops changes older than `before`; the newest row always stays, so that ids go on rising."""
    newest = select(func.max(ChangeRow.id)).scalar_subquery()
    await session.execute(delete(ChangeRow).where(ChangeRow.changed_at < before, ChangeRow.id < newest))
