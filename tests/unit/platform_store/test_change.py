"""The change feed: every configuration change is told in its own commit, in the order of commits."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from tests.unit.platform_store import rows
from trunkline.platform.store.change import ChangePage, changes_since, latest_change, trim_changes
from trunkline.platform.store.engine import Store
from trunkline.platform.store.table import (
    BlockedDestinationRow,
    CarrierGatewayRow,
    CarrierRow,
    ChangeRow,
    HeaderPolicyRow,
    OutgoingCallerIdRow,
    Row,
    SettingRow,
    TrunkCredentialListRow,
    TrunkHeaderPolicyRow,
    TrunkIpAclRow,
    TrunkRow,
)
from trunkline.platform.store.vault import Vault

TRUNK, SECOND = rows.sid("TK", 1), rows.sid("TK", 2)


async def _since(store: Store, last: int) -> ChangePage:
    async with store.reading() as session:
        return await changes_since(session, last)


async def _add(store: Store, *added: Row) -> None:
    async with store.writing() as session:
        session.add_all(added)
        await session.commit()


async def _told(store: Store, *added: Row) -> set[tuple[str, str, str | None]]:
    """What the feed says of a commit that adds these rows."""
    async with store.reading() as session:
        last = await latest_change(session)
    await _add(store, *added)
    return {(change.kind, change.sid, change.key) for change in (await _since(store, last)).changes}


async def test_every_kind_of_row_is_told_by_its_aggregate(store: Store, vault: Vault) -> None:
    assert await _told(store, rows.account()) == {("account", rows.ACCOUNT, None)}
    assert await _told(store, rows.trunk(1, "a.pstn.example.test")) == {("trunk", TRUNK, "a.pstn.example.test")}
    assert await _told(store, rows.url(1)) == {("trunk", TRUNK, None)}
    assert await _told(store, rows.number(1)) == {("number", rows.sid("PN", 1), "+12025550101")}
    caller_id = OutgoingCallerIdRow(
        sid=rows.sid("PN", 2),
        account_sid=rows.ACCOUNT,
        phone_number="+12025550199",
        friendly_name="desk",
        date_created=rows.AT,
        date_updated=rows.AT,
    )
    assert await _told(store, caller_id) == {("caller_id", rows.sid("PN", 2), "+12025550199")}
    carrier = CarrierRow(sid=rows.sid("CY", 1), friendly_name="c", date_created=rows.AT, date_updated=rows.AT)
    assert await _told(store, carrier) == {("carrier", carrier.sid, None)}
    gateway = CarrierGatewayRow(carrier_sid=carrier.sid, position=0, uri="sip:192.0.2.9:5060")
    assert await _told(store, gateway) == {("carrier", carrier.sid, None)}
    blocked = BlockedDestinationRow(sid=rows.sid("BD", 1), prefix="+1900", date_created=rows.AT, date_updated=rows.AT)
    assert await _told(store, blocked) == {("blocked", blocked.sid, "+1900")}
    assert await _told(store, SettingRow(key="digest_realm", value="x")) == set()


async def test_a_changed_list_is_told_as_every_trunk_that_it_opens(store: Store, vault: Vault) -> None:
    await _add(store, rows.account(), rows.trunk(1), rows.trunk(2), rows.trunk(3), rows.credential_list(), rows.acl())
    cl, al = rows.sid("CL", 1), rows.sid("AL", 1)
    associations = [
        TrunkCredentialListRow(trunk_sid=TRUNK, credential_list_sid=cl, date_created=rows.AT),
        TrunkCredentialListRow(trunk_sid=SECOND, credential_list_sid=cl, date_created=rows.AT),
        TrunkIpAclRow(trunk_sid=TRUNK, ip_acl_sid=al, date_created=rows.AT),
    ]
    assert await _told(store, *associations) == {("trunk", TRUNK, None), ("trunk", rows.sid("TK", 2), None)}
    told = await _told(store, rows.credential(vault, 1, "pbx"))
    assert told == {("trunk", TRUNK, None), ("trunk", rows.sid("TK", 2), None)}
    assert await _told(store, rows.address(1, "192.0.2.0", 24)) == {("trunk", TRUNK, None)}


async def test_a_changed_header_policy_is_told_as_every_trunk_that_uses_it(store: Store) -> None:
    await _add(store, rows.account(), rows.trunk(1), rows.trunk(2), rows.trunk(3), rows.header_policy())
    policy = rows.sid("HM", 1)
    used = [
        TrunkHeaderPolicyRow(trunk_sid=TRUNK, direction="termination", policy_sid=policy),
        TrunkHeaderPolicyRow(trunk_sid=SECOND, direction="origination", policy_sid=policy),
    ]
    assert await _told(store, *used) == {("trunk", TRUNK, None), ("trunk", SECOND, None)}
    async with store.writing() as session:
        last = await latest_change(session)
        row = await session.get(HeaderPolicyRow, policy)
        assert row is not None
        row.rules = [*row.rules, *row.rules]
        await session.commit()
    told = [(change.kind, change.sid) for change in (await _since(store, last)).changes]
    assert sorted(told) == [("trunk", TRUNK), ("trunk", SECOND)]


async def test_update_and_delete_are_told_and_an_update_of_nothing_is_not(store: Store) -> None:
    await _add(store, rows.account(), rows.trunk(1, "a.pstn.example.test"))
    last = (await _since(store, 0)).latest
    async with store.writing() as session:
        row = (await session.scalars(select(TrunkRow))).one()
        row.secure = row.secure
        await session.commit()
    assert (await _since(store, last)).changes == ()
    async with store.writing() as session:
        (await session.scalars(select(TrunkRow))).one().domain_key = "b.pstn.example.test"
        await session.commit()
    renamed = await _since(store, last)
    assert [(c.kind, c.sid, c.key) for c in renamed.changes] == [("trunk", TRUNK, "b.pstn.example.test")]
    async with store.writing() as session:
        await session.delete((await session.scalars(select(TrunkRow))).one())
        await session.commit()
    assert [(c.kind, c.sid) for c in (await _since(store, renamed.latest)).changes] == [("trunk", TRUNK)]


async def test_a_change_that_is_rolled_back_is_not_told(store: Store) -> None:
    async with store.writing() as session:
        session.add(rows.account())
        await session.flush()
    assert (await _since(store, 0)).changes == ()


async def test_a_bulk_statement_that_would_leave_no_change_is_refused(store: Store) -> None:
    async with store.writing() as session:
        with pytest.raises(TypeError, match="TrunkRow"):
            await session.execute(update(TrunkRow).values(secure=True))
        with pytest.raises(TypeError, match="TrunkRow"):
            await session.execute(delete(TrunkRow))


async def test_a_reader_that_follows_concurrent_writers_misses_nothing(store: Store) -> None:
    """Ids must rise in the order of commits: a reader that has seen 6 never looks for 5 again."""
    await _add(store, rows.account())
    last = (await _since(store, 0)).latest
    seen: list[str] = []
    done = asyncio.Event()

    async def write(start: int) -> None:
        for number in range(start, start + 10):
            await _add(store, rows.trunk(number))

    async def follow() -> None:
        nonlocal last
        while True:
            finished = done.is_set()
            page = await _since(store, last)
            seen.extend(change.sid for change in page.changes)
            last = page.latest
            if finished and not page.changes:
                return

    follower = asyncio.gather(follow())
    await asyncio.gather(*(write(start) for start in (100, 200, 300)))
    done.set()
    await follower
    assert sorted(seen) == sorted(rows.sid("TK", start + n) for start in (100, 200, 300) for n in range(10))


async def test_a_reader_behind_a_trimmed_feed_is_told_of_the_gap(store: Store) -> None:
    for number in range(1, 6):
        await _add(store, rows.account(number))
    async with store.reading() as session:
        newest = (await session.scalars(select(ChangeRow.changed_at))).all()[-1]
    assert not (await _since(store, 2)).gap
    async with store.appending() as session:
        await trim_changes(session, newest + timedelta(seconds=1))
        await session.commit()
    behind, level = await _since(store, 2), await _since(store, 5)
    assert behind.gap
    assert [change.sid for change in behind.changes] == [rows.sid("AC", 5)]
    assert (level.gap, level.changes, level.latest) == (False, (), 5)
    await _add(store, rows.account(6))
    assert (await _since(store, 5)).latest == 6
