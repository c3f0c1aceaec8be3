"""Records with every field set, and with as few as a record may have."""

from datetime import UTC, datetime, timedelta

from trunkline.domain.call.release_cause import (
    CALLEE_HUNG_UP,
    CREDENTIALS_REJECTED,
    TARGET_SILENT,
    Party,
    from_response,
)
from trunkline.domain.record.alert import Alert, AlertLevel
from trunkline.domain.record.attempt import CallAttempt
from trunkline.domain.record.call_record import CallRecord, Direction
from trunkline.domain.record.media_statistics import MediaStatistics
from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.carrier.facts import CarrierSid
from trunkline.domain.trunk.facts import NumberSid
from trunkline.kit.ids import AccountSid, CallSid, TrunkSid

START = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def silent_attempt() -> CallAttempt:
    return CallAttempt(
        index=0,
        target_uri="sip:192.0.2.7",
        address="udp:192.0.2.7:5060",
        started_at=after(0.1),
        ended_at=after(4.1),
        sip_call_id="c-1",
        status=408,
        cause=TARGET_SILENT,
    )


def answered_attempt() -> CallAttempt:
    return CallAttempt(
        index=1,
        target_uri="sip:192.0.2.8",
        address=None,
        started_at=after(4.1),
        ended_at=None,
        sip_call_id=None,
        status=None,
        cause=from_response(503, "Service Unavailable", Party.CALLEE),
    )


def full_record() -> CallRecord:
    return CallRecord(
        sid=CallSid("CA" + "1" * 32),
        account_sid=AccountSid("AC" + "2" * 32),
        trunk_sid=TrunkSid("TK" + "3" * 32),
        direction=Direction.ORIGINATING,
        from_number="+12025550101",
        to_number="+442079460123",
        to_uri="sip:+442079460123@192.0.2.8",
        number_sid=NumberSid("PN" + "4" * 32),
        parent_call_sid=CallSid("CA" + "5" * 32),
        caller_name="ACME",
        cnam_lookups=1,
        invited_at=START,
        trying_at=after(0.2),
        ringing_at=after(1.5),
        answered_at=after(6),
        released_at=after(66.5),
        cause=CALLEE_HUNG_UP,
        released_by=Party.CALLEE,
        interrupted=True,
        edge="dublin",
        gateway="192.0.2.1:5060",
        carrier_sid=CarrierSid("CY" + "6" * 32),
        carrier_gateway="192.0.2.90:5060",
        source_address="192.0.2.90:5070",
        inbound_transport=Transport.UDP,
        outbound_transport=Transport.TLS,
        secure_media=True,
        codec="PCMU",
        inbound_media=MediaStatistics(3000, 516000, 2990, 514280, 4, 1.5, 4.3, "PCMU"),
        outbound_media=MediaStatistics(packets_received=2990),
        inbound_sip_call_id="in@192.0.2.90",
        outbound_sip_call_id="out@192.0.2.1",
        attempts=(silent_attempt(), answered_attempt()),
    )


def sparse_record() -> CallRecord:
    return CallRecord(
        sid=CallSid("CA" + "7" * 32),
        account_sid=AccountSid("AC" + "2" * 32),
        trunk_sid=None,
        direction=Direction.TERMINATING,
        from_number="anonymous",
        to_number="+12025550102",
        invited_at=START,
        released_at=after(0.004),
        cause=CREDENTIALS_REJECTED,
        released_by=Party.PLATFORM,
        gateway="192.0.2.1:5060",
        source_address="192.0.2.50:5060",
        inbound_transport=Transport.TCP,
        inbound_sip_call_id="x",
    )


def full_alert() -> Alert:
    return Alert(
        sid="NO" + "8" * 32,
        code=32011,
        text="Origination attempt failed",
        level=AlertLevel.WARNING,
        raised_at=START,
        account_sid=AccountSid("AC" + "2" * 32),
        trunk_sid=TrunkSid("TK" + "3" * 32),
        call_sid=CallSid("CA" + "1" * 32),
        request_text="INVITE sip:192.0.2.7 SIP/2.0",
        response_text="SIP/2.0 500 Oops",
        party=Party.CALLEE,
    )


def sparse_alert() -> Alert:
    return Alert(
        sid="NO" + "9" * 32,
        code=32201,
        text="t",
        level=AlertLevel.ERROR,
        raised_at=START,
        account_sid=AccountSid("AC" + "2" * 32),
    )
