"""Records: exactly one for each call, however often and however mixed they are delivered."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests.unit.platform_store import rows
from trunkline.domain.call.release_cause import CALLEE_HUNG_UP, Party, from_response
from trunkline.domain.record.alert import Alert, AlertLevel
from trunkline.domain.record.attempt import CallAttempt
from trunkline.domain.record.call_record import CallRecord, Direction, record_from_json
from trunkline.domain.record.media_statistics import MediaStatistics
from trunkline.domain.trunk.address import Transport
from trunkline.kit.ids import AccountSid, CallSid, TrunkSid
from trunkline.platform.store.engine import Store
from trunkline.platform.store.record_writer import BATCH, write_records
from trunkline.platform.store.table import AlertRow, CallAttemptRow, CallRow, ChangeRow


def _record(number: int) -> CallRecord:
    busy = from_response(503, "Service Unavailable", Party.CARRIER)
    started = rows.AT + timedelta(milliseconds=20)
    return CallRecord(
        sid=CallSid(rows.sid("CA", number)),
        account_sid=AccountSid(rows.ACCOUNT),
        trunk_sid=TrunkSid(rows.sid("TK", 1)),
        direction=Direction.TERMINATING,
        from_number="+12025550101",
        to_number="+442079460000",
        invited_at=rows.AT,
        ringing_at=rows.AT + timedelta(milliseconds=350),
        answered_at=rows.AT + timedelta(seconds=2),
        released_at=rows.AT + timedelta(seconds=12, milliseconds=1),
        cause=CALLEE_HUNG_UP,
        released_by=Party.CALLEE,
        gateway="127.0.0.1:5060",
        source_address="192.0.2.5:5060",
        inbound_transport=Transport.UDP,
        inbound_media=MediaStatistics(packets_received=500, packets_lost=0, mos=4.3),
        inbound_sip_call_id="abc@192.0.2.5",
        attempts=(
            CallAttempt(0, "sip:192.0.2.7", "udp:192.0.2.7:5060", rows.AT, started, "x1", 503, busy),
            CallAttempt(1, "sip:192.0.2.8", "udp:192.0.2.8:5060", started, rows.AT, "x2", 200, None),
        ),
    )


def _alert(number: int) -> Alert:
    return Alert(
        sid=rows.sid("NO", number),
        code=32011,
        text="Error communicating with your SIP communications infrastructure",
        level=AlertLevel.ERROR,
        raised_at=rows.AT,
        account_sid=AccountSid(rows.ACCOUNT),
        call_sid=CallSid(rows.sid("CA", number)),
    )


async def _counts(store: Store) -> tuple[int, ...]:
    async with store.reading() as session:
        return tuple(
            [
                await session.scalar(select(func.count()).select_from(table)) or 0
                for table in (CallRow, CallAttemptRow, AlertRow, ChangeRow)
            ]
        )


async def test_a_record_is_stored_with_its_milestones_attempts_and_media(store: Store) -> None:
    record = _record(1)
    await write_records(store, [record], [_alert(1)])
    async with store.reading() as session:
        call = (await session.scalars(select(CallRow))).one()
        attempts = (await session.scalars(select(CallAttemptRow).order_by(CallAttemptRow.position))).all()
        alert = (await session.scalars(select(AlertRow))).one()
    assert (call.sid, call.status, call.direction) == (record.sid, "completed", "trunking-terminating")
    assert (call.invited_at, call.ringing_at, call.answered_at) == (rows.AT, record.ringing_at, record.answered_at)
    assert (call.released_at, call.trying_at) == (record.released_at, None)
    assert (call.date_created, call.start_time) == (rows.AT, record.answered_at)
    assert (call.duration_s, call.pdd_ms) == (10, 350)
    assert (call.cause, call.q850_cause, call.released_by) == ("callee_hung_up", 16, "callee")
    assert call.inbound_media is not None
    assert call.inbound_media["packets_lost"] == 0
    assert call.inbound_media["jitter_ms"] is None
    assert call.outbound_media is None
    tried = [(attempt.position, attempt.target, attempt.sip_status) for attempt in attempts]
    assert tried == [(0, "sip:192.0.2.7", 503), (1, "sip:192.0.2.8", 200)]
    assert (alert.resource_sid, alert.error_code, alert.log_level) == (record.sid, 32011, "error")
    assert record_from_json({**call.detail, "attempts": []}) == replace(record, attempts=())


async def test_a_call_that_nobody_answered_starts_at_its_invite_and_lasts_nothing(store: Store) -> None:
    busy = from_response(486, "Busy Here", Party.CALLEE)
    await write_records(store, [replace(_record(1), ringing_at=None, answered_at=None, cause=busy)])
    async with store.reading() as session:
        call = (await session.scalars(select(CallRow))).one()
    assert (call.status, call.start_time, call.duration_s, call.pdd_ms) == ("busy", rows.AT, 0, None)
    assert (call.sip_status, call.q850_cause) == (486, 17)


async def test_a_record_delivered_again_changes_nothing(store: Store) -> None:
    await write_records(store, [_record(1), _record(2)], [_alert(1)])
    changed = replace(_record(1), to_number="+12025550177")
    await write_records(store, [changed, _record(1), _record(3)], [_alert(1), _alert(2)])
    assert await _counts(store) == (3, 6, 2, 0)
    async with store.reading() as session:
        found = await session.get(CallRow, rows.sid("CA", 1))
    assert found is not None
    assert found.to_number == "+442079460000"


@pytest.mark.parametrize("octets", ["Zo\udcff", "a\0b"], ids=["no-utf-8", "nul"])
async def test_goal_9_whatever_a_peer_sent_there_is_a_record(store: Store, octets: str) -> None:
    """A call whose record the database refused would cost nothing."""
    media = MediaStatistics(codec=octets)
    attempt = replace(_record(1).attempts[0], target_uri=f"sip:{octets}@192.0.2.7")
    record = replace(
        _record(1), caller_name=octets, from_number=octets, to_uri=octets, inbound_sip_call_id=octets,
        inbound_media=media, attempts=(attempt,),
    )  # fmt: skip
    alert = replace(_alert(1), text=octets, request_text=octets)
    await write_records(store, [record, _record(2)], [alert])
    assert await _counts(store) == (2, 3, 1, 0)
    clean = octets.replace("\udcff", "?").replace("\0", "?")
    async with store.reading() as session:
        call = await session.get_one(CallRow, rows.sid("CA", 1))
    assert (call.caller_name, call.inbound_sip_call_id, call.detail["caller_name"]) == (clean, clean, clean)
    assert call.inbound_media is not None
    assert call.inbound_media["codec"] == clean


async def test_more_than_a_batch_is_stored_whole(store: Store) -> None:
    await write_records(store, [_record(n) for n in range(BATCH * 2 + 1)], [_alert(n) for n in range(BATCH + 1)])
    assert await _counts(store) == (BATCH * 2 + 1, BATCH * 4 + 2, BATCH + 1, 0)


async def test_nothing_to_write_writes_nothing(store: Store) -> None:
    await write_records(store, [])
    assert await _counts(store) == (0, 0, 0, 0)


async def test_a_batch_that_fails_leaves_nothing_of_itself_and_may_be_delivered_again(store: Store) -> None:
    naive = replace(_record(2), trying_at=rows.AT.replace(tzinfo=None))
    with pytest.raises(Exception, match="without zone"):
        await write_records(store, [_record(1), naive])
    assert await _counts(store) == (0, 0, 0, 0)
    await write_records(store, [_record(1), _record(2)])
    assert await _counts(store) == (2, 4, 0, 0)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries=st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=6))
async def test_any_order_of_deliveries_leaves_one_record_for_each_call(
    sqlite_store: Store, deliveries: list[list[int]]
) -> None:
    async with sqlite_store.reading() as session:
        expected = set(await session.scalars(select(CallRow.sid)))
    for delivery in deliveries:
        await write_records(sqlite_store, [_record(number) for number in delivery])
        expected |= {rows.sid("CA", number) for number in delivery}
    async with sqlite_store.reading() as session:
        assert sorted(await session.scalars(select(CallRow.sid))) == sorted(expected)
