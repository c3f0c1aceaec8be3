"""Commands: what one side writes the other reads, in rtpengine's spelling."""

import pytest

from trunkline.protocol.ng.bencode import BValue, decode_dict, encode
from trunkline.protocol.ng.command import (
    Answer,
    Command,
    Delete,
    ListCalls,
    Offer,
    Ping,
    Query,
    Recording,
    SourceRule,
    parse_command,
    to_bytes,
    to_dict,
)
from trunkline.protocol.ng.errors import MalformedNg

SDP = b"v=0\r\n"
_PLAIN_OFFER: dict[str, BValue] = {"command": b"offer", "call-id": b"c", "from-tag": b"A", "sdp": SDP}


@pytest.mark.parametrize(
    "command",
    [
        Ping(),
        Offer("c", "A", SDP),
        Offer("c", "A", SDP, "t1", "z9hG4bK-1", SourceRule.SYMMETRIC, "RTP/SAVP", "192.0.2.7"),
        Answer("c", "A", "t1", SDP, "z9hG4bK-1", SourceRule.SYMMETRIC, "2001:db8::7"),
        Answer("c", "A", "t1", SDP),
        Delete("c"),
        Delete("c", "A", fatal=True),
        Query("c"),
        ListCalls(1000),
        Recording("c", start=True),
        Recording("c", start=False),
    ],
)
def test_a_command_survives_the_wire(command: Command) -> None:
    assert parse_command(decode_dict(encode(to_dict(command)))) == command
    assert decode_dict(to_bytes(command)) == decode_dict(encode(to_dict(command)))


def test_row_86_strict_leg_asks_for_strict_source_and_no_learning() -> None:
    """Row 86: send to the SDP address only."""
    assert to_dict(Offer("c", "A", SDP, "t1")) == {
        "command": "offer",
        "call-id": "c",
        "from-tag": "A",
        "to-tag": "t1",
        "sdp": SDP,
        "flags": ["strict-source", "endpoint-learning-off", "port-latching"],
        "replace": ["origin", "session-connection"],
        "ICE": "remove",
        "DTLS": "off",
        "rtcp-mux": ["demux", "reject"],
    }


def test_row_87_symmetric_leg_asks_for_learning_at_once() -> None:
    """Row 87: latch onto the arriving source."""
    body = to_dict(Answer("c", "A", "t1", SDP, source=SourceRule.SYMMETRIC))
    assert body["flags"] == ["strict-source", "endpoint-learning-immediate", "port-latching"]


def test_delete_is_at_once_so_that_the_statistics_come_back() -> None:
    assert to_dict(Delete("c", "A")) == {"command": "delete", "call-id": "c", "delete delay": 0, "from-tag": "A"}


@pytest.mark.parametrize("flag", [b"asymmetric", b"endpoint-learning-off", b"endpoint learning off"])
def test_row_86_either_spelling_of_no_learning_is_strict(flag: bytes) -> None:
    """Row 86."""
    command = parse_command(_offer(flags=[flag]))
    assert isinstance(command, Offer)
    assert command.source is SourceRule.STRICT


def test_without_a_flag_the_leg_is_symmetric_as_with_rtpengine() -> None:
    """Row 87."""
    command = parse_command(_offer(flags=[b"trust-address", 5]))
    assert isinstance(command, Offer)
    assert command.source is SourceRule.SYMMETRIC


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "Unrecognized command"),
        ({"command": b"fly"}, "Unrecognized command"),
        ({"command": 7}, "Unrecognized command"),
        ({"command": b"offer", "call-id": b"c"}, "No from-tag in message"),
        ({"command": b"offer", "call-id": b"c", "from-tag": b"A"}, "No SDP body in message"),
        ({"command": b"answer", "call-id": b"c", "from-tag": b"A", "sdp": b""}, "No to-tag in message"),
        ({"command": b"delete"}, "No call-id in message"),
        ({"command": b"query", "call-id": [b"c"]}, "No call-id in message"),
        ({"command": b"list", "limit": 0}, "invalid limit"),
        ({**_PLAIN_OFFER, "received from": [b"IP6", b"zz:zz"]}, "Invalid address"),
        ({**_PLAIN_OFFER, "received-from": [b"IP4", b"\xff"]}, "Invalid address"),
        ({"command": b"list", "limit": b"x"}, "invalid limit"),
    ],
)
def test_what_is_missing_is_named(body: dict[str, BValue], reason: str) -> None:
    with pytest.raises(MalformedNg, match=reason):
        parse_command(body)


def _offer(**more: BValue) -> dict[str, BValue]:
    return {**_PLAIN_OFFER, **more}
