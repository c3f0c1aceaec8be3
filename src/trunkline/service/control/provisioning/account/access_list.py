"""Use cases of the lists that trunks are opened by, of either kind (rows 135, 138-140)."""

from dataclasses import dataclass
from typing import Any, Final

from trunkline.platform.store.repository.access import CREDENTIALS, IP_ADDRESSES, EntryTable, find_entry
from trunkline.platform.store.repository.access_list import (
    CREDENTIAL_LISTS,
    IP_ACLS,
    ListTables,
    count_lists,
    find_list,
    find_mapping,
    list_named,
    opens_a_trunk,
)
from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.repository.trunk import find_trunk
from trunkline.platform.store.table import AccessListRow, TrunkListRow
from trunkline.service.control.provisioning.field_rule import check_list_name
from trunkline.service.control.provisioning.refusal import Refusal, existing
from trunkline.service.control.provisioning.workbench import Workbench


@dataclass(frozen=True, slots=True)
class ListKind:
    """What tells one kind of list from the other: where it is kept, its limits, and the codes of its refusals."""

    tables: ListTables
    entries: EntryTable[Any]
    prefix: str
    """Of its SIDs."""
    noun: str
    article: str
    most: int
    """Lists of one account."""
    longest_name: int
    name_refused: int
    too_many: int
    still_used: int


CREDENTIAL_LIST: Final = ListKind(
    CREDENTIAL_LISTS,
    CREDENTIALS,
    prefix="CL",
    noun="credential list",
    article="A",
    most=100,
    longest_name=64,
    name_refused=21240,
    too_many=21239,
    still_used=21241,
)
IP_ACL: Final = ListKind(
    IP_ACLS,
    IP_ADDRESSES,
    prefix="AL",
    noun="IP access control list",
    article="An",
    most=1_000,
    longest_name=255,
    name_refused=21235,
    too_many=21255,
    still_used=21236,
)


async def owned_list(session: DbSession, kind: ListKind, account_sid: str, sid: str) -> AccessListRow:
    return existing(await find_list(session, kind.tables, account_sid, sid))


async def _refuse_taken_name(
    session: DbSession, kind: ListKind, account_sid: str, name: str, sid: str | None = None
) -> None:
    other = await list_named(session, kind.tables, account_sid, name)
    if other is not None and other.sid != sid:
        raise Refusal(kind.name_refused, f"{kind.article} {kind.noun} with this FriendlyName exists already")


async def create_list(bench: Workbench, kind: ListKind, account_sid: str, friendly_name: str) -> AccessListRow:
    name, now = check_list_name(friendly_name, kind.longest_name, kind.name_refused), bench.wall()
    async with bench.store.writing() as session:
        await _refuse_taken_name(session, kind, account_sid, name)
        if await count_lists(session, kind.tables, account_sid) >= kind.most:
            raise Refusal(kind.too_many, f"An account has at most {kind.most} {kind.noun}s")
        row = kind.tables.row(
            sid=bench.ids.sid(kind.prefix),
            account_sid=account_sid,
            friendly_name=name,
            date_created=now,
            date_updated=now,
        )
        session.add(row)
        await session.commit()
    return row


async def rename_list(
    bench: Workbench, kind: ListKind, account_sid: str, sid: str, friendly_name: str
) -> AccessListRow:
    name = check_list_name(friendly_name, kind.longest_name, kind.name_refused)
    async with bench.store.writing() as session:
        row = await owned_list(session, kind, account_sid, sid)
        await _refuse_taken_name(session, kind, account_sid, name, sid)
        row.friendly_name, row.date_updated = name, bench.wall()
        await session.commit()
    return row


async def delete_list(bench: Workbench, kind: ListKind, account_sid: str, sid: str) -> None:
    """What it holds goes with it; refused while a trunk is opened by it."""
    async with bench.store.writing() as session:
        row = await owned_list(session, kind, account_sid, sid)
        if await opens_a_trunk(session, kind.tables, sid):
            raise Refusal(kind.still_used, f"The {kind.noun} is still associated with a trunk")
        await session.delete(row)
        await session.commit()


async def delete_entry(bench: Workbench, kind: ListKind, account_sid: str, list_sid: str, sid: str) -> None:
    """Of what a list holds."""
    async with bench.store.writing() as session:
        await session.delete(existing(await find_entry(session, kind.entries, account_sid, list_sid, sid)))
        await session.commit()


async def associate_list(
    bench: Workbench, kind: ListKind, account_sid: str, trunk_sid: str, sid: str
) -> tuple[TrunkListRow, AccessListRow]:
    async with bench.store.writing() as session:
        existing(await find_trunk(session, account_sid, trunk_sid))
        row = await owned_list(session, kind, account_sid, sid)
        if await find_mapping(session, kind.tables, trunk_sid, sid) is not None:
            raise Refusal(21245, f"The {kind.noun} is associated with this trunk already")
        mapping = kind.tables.mapped(trunk_sid, sid, bench.wall())
        session.add(mapping)
        await session.commit()
    return mapping, row


async def dissociate_list(bench: Workbench, kind: ListKind, account_sid: str, trunk_sid: str, sid: str) -> None:
    async with bench.store.writing() as session:
        existing(await find_trunk(session, account_sid, trunk_sid))
        mapping = existing(await find_mapping(session, kind.tables, trunk_sid, sid))
        await session.delete(mapping)
        await session.commit()
