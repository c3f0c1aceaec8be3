"""The record and the alerts of a call, field by field, on the whole platform."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.kit.facts import ACCOUNT, CARRIER, OWNED, PBX_ONE, PBX_TWO, TRUNK, Facts, url
from tests.kit.phone import Script
from tests.kit.platform import wall_of
from tests.kit.scene import CALLEE, Scene, open_facts
from trunkline.domain.call.release_cause import Party
from trunkline.domain.record.call_record import Direction
from trunkline.domain.trunk.address import Transport
from trunkline.protocol.ng.command import SourceRule
from trunkline.service.gateway.execution.executor import _codec


def test_termination_record() -> None:
    with Scene(facts=open_facts()) as scene:
        call = scene.dial(Script(hang_up_after=3.0))
        scene.run(10.0)
        assert call.session is not None
        inbound = call.session.call_id
        outbound = scene.callee.call_made.session
        assert outbound is not None
    record = scene.platform.record
    assert (record.account_sid, record.trunk_sid, record.direction) == (ACCOUNT.sid, TRUNK.sid, Direction.TERMINATING)
    assert (record.from_number, record.to_number, record.caller_name) == (OWNED, CALLEE, "Alice")
    assert record.to_uri == f"sip:{CALLEE}@192.0.2.200:5060"
    assert record.number_sid == "PN12025550101"
    assert (record.carrier_sid, record.carrier_gateway) == (CARRIER.sid, "192.0.2.200:5060")
    assert (record.source_address, record.gateway) == ("192.0.2.50:5060", "192.0.2.1:5060")
    assert (record.inbound_transport, record.outbound_transport) == (Transport.UDP, Transport.UDP)
    assert (record.inbound_sip_call_id, record.outbound_sip_call_id) == (inbound, outbound.call_id)
    assert (record.codec, record.cause.name, record.released_by) == ("PCMU", "caller_hung_up", Party.CALLER)
    assert not record.interrupted
    assert record.inbound_media is not None
    assert (record.inbound_media.packets_received, record.inbound_media.packets_lost) == (100, None)
    assert record.answered_at is not None
    assert round((record.released_at - record.answered_at) / timedelta(seconds=1), 2) == 3.02
    (attempt,) = record.attempts
    assert (attempt.index, attempt.status, attempt.address) == (0, 200, "udp:192.0.2.200:5060")
    assert attempt.sip_call_id == outbound.call_id


def test_origination_record_with_a_failed_attempt_and_its_alert() -> None:
    with Scene(Script(refuse_with=500), Script(hang_up_after=2.0), origination=True) as scene:
        scene.dial()
        scene.run(10.0)
    record = scene.platform.record
    assert record.direction is Direction.ORIGINATING
    assert (record.from_number, record.to_number, record.number_sid) == ("+442079460199", OWNED, "PN12025550101")
    assert record.to_uri == f"sip:{OWNED}@192.0.2.101:5060"
    assert (record.carrier_sid, record.carrier_gateway) == (CARRIER.sid, "192.0.2.200:5060")
    assert [(attempt.status, attempt.cause.name if attempt.cause else "") for attempt in record.attempts] == [
        (500, "callee_500"), (200, ""),
    ]  # fmt: skip
    (alert,) = scene.platform.records.alerts
    assert (alert.code, alert.call_sid, alert.account_sid) == (32011, record.sid, ACCOUNT.sid)
    assert alert.raised_at == record.released_at
    assert (alert.trunk_sid, alert.party) == (TRUNK.sid, Party.CALLEE)
    sent, answer = alert.request_text or "", alert.response_text or ""
    assert sent.startswith(f"INVITE sip:{OWNED}@192.0.2.100:5060 SIP/2.0\r\n")
    assert f"X-Twilio-CallSid: {record.sid}\r\n" in sent
    assert answer.startswith("SIP/2.0 500 ")
    assert f"\r\nCall-ID: {record.attempts[0].sip_call_id}\r\n" in answer


def test_goal_9_a_codec_longer_than_any_is_not_recorded() -> None:
    """An answer says what it likes; the column has 32 characters."""
    assert _codec(b"m=audio 4000 RTP/AVP 98\r\na=rtpmap:98 speex/8000\r\n") == "SPEEX"
    assert _codec(b"m=audio 4000 RTP/AVP 98\r\na=rtpmap:98 " + 33 * b"x" + b"/8000\r\n") is None


def test_unanswered_call_has_no_answer_and_no_codec() -> None:
    with Scene(Script(refuse_with=486), facts=open_facts()) as scene:
        scene.dial()
        scene.run(5.0)
    record = scene.platform.record
    assert (record.answered_at, record.codec, record.status.value) == (None, None, "busy")
    assert record.trying_at is not None
    assert record.ringing_at is not None
    assert record.trying_at < record.ringing_at < record.released_at


def test_refusal_before_any_attempt_has_a_record_without_attempts() -> None:
    with Scene(facts=open_facts()) as scene:
        scene.dial(number="0123")
        scene.run(1.0)
    record = scene.platform.record
    assert (record.attempts, record.to_uri, record.outbound_transport, record.inbound_media) == ((), None, None, None)
    assert (record.from_number, record.to_number) == (OWNED, "0123")
    assert record.invited_at == wall_of(scene.world.clock.start) + timedelta(seconds=0.01)


def test_name_that_leads_nowhere_is_an_attempt_without_an_address() -> None:
    nowhere = replace(url(PBX_ONE), uri="sip:pbx.example", priority=1)
    with Scene(
        Script(), Script(hang_up_after=1.0), facts=Facts().with_urls(nowhere, url(PBX_TWO)), origination=True
    ) as s:
        s.dial()
        s.run(5.0)
    assert [(attempt.status, attempt.address) for attempt in s.platform.record.attempts] == [
        (503, None), (200, "udp:192.0.2.101:5060"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("origination", "verbs"),
    [
        (False, [("offer", SourceRule.SYMMETRIC), ("answer", SourceRule.STRICT)]),
        (True, [("offer", SourceRule.STRICT), ("answer", SourceRule.SYMMETRIC)]),
    ],
)
def test_rows_86_and_87_symmetric_rtp_is_the_customers_side_only(
    origination: bool, verbs: list[tuple[str, SourceRule]]
) -> None:
    facts = Facts() if origination else open_facts()
    facts.trunk = replace(facts.trunk, symmetric_rtp=True)
    with Scene(Script(hang_up_after=1.0), facts=facts, origination=origination) as scene:
        scene.dial()
        scene.run(5.0)
    assert [(verb, rule) for verb, _, _, rule in scene.platform.media.asked if verb != "drop"] == verbs


def test_every_attempt_has_a_relay_session_of_its_own_and_all_are_deleted() -> None:
    """Design, decision 6: fresh keys per attempt."""
    with Scene(Script(refuse_with=500), Script(hang_up_after=1.0), origination=True) as scene:
        scene.dial()
        scene.run(5.0)
    asked = scene.platform.media.asked
    sid = scene.platform.record.sid
    assert [(verb, key.removeprefix(sid)) for verb, key, _, _ in asked] == [
        ("offer", "-0"), ("drop", "-0"), ("offer", "-1"), ("answer", "-1"), ("drop", "-1"),
    ]  # fmt: skip


@pytest.mark.parametrize("by_callee", [False, True])
def test_hold_goes_round_through_the_relay_with_its_offerer(by_callee: bool) -> None:
    script = Script(reinvite_after=1.0)
    with Scene(script if by_callee else Script(), facts=open_facts()) as scene:
        call = scene.dial(Script(hang_up_after=3.0, reinvite_after=None if by_callee else 1.0))
        scene.run(10.0)
        asker = scene.callee.call_made if by_callee else call
        assert asker.reinvites == [200]
        assert b"192.0.2.3" in asker.sdp, "the relay's address"
    opener = "callee" if by_callee else "caller"
    assert [(verb, who) for verb, _, who, _ in scene.platform.media.asked] == [
        ("offer", "caller"), ("answer", "caller"), ("offer", opener), ("answer", opener), ("drop", ""),
    ]  # fmt: skip
