"""Messages by kind: counted from their first octets, in tables that strangers cannot make grow."""

import random

from trunkline.platform.sipnet.counters import OTHER, SipCounters, note


def test_requests_by_method_and_responses_by_status() -> None:
    counts = SipCounters().heard
    for data in (
        b"INVITE sip:a SIP/2.0",
        b"INVITE sip:b SIP/2.0",
        b"ACK sip:a SIP/2.0",
        b"BYE sip:a",
        b"SIP/2.0 200 OK",
    ):
        note(counts, "UDP", data)
    note(counts, "TCP", b"SIP/2.0 503 Service Unavailable")
    note(counts, "SCTP", b"OPTIONS sip:a SIP/2.0")
    assert counts == {
        "UDP": {b"INVI": 2, b"ACK ": 1, b"BYE ": 1, b"200": 1},
        "TCP": {b"503": 1},
        "TLS": {},
        OTHER: {b"OPTI": 1},
    }


def test_what_is_neither_is_one_kind() -> None:
    counts = SipCounters().told
    chance = random.Random(7)
    for _ in range(20_000):
        note(counts, "UDP", chance.randbytes(12))
        note(counts, "UDP", b"SIP/2.0 %d" % chance.randrange(100_000))
    assert len(counts["UDP"]) <= 601
    assert counts["UDP"][b""] >= 20_000
    assert all(kind == b"" or 100 <= int(kind) <= 699 for kind in counts["UDP"])
