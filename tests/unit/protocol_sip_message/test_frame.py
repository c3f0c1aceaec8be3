"""Stream framing (RFC 3261 section 18.3, RFC 5626 section 4.4.1)."""

import pytest

from tests.vectors.sip_torture import options
from trunkline.protocol.sip.message.errors import UnframeableMessage
from trunkline.protocol.sip.message.frame import PING, PONG, StreamFramer
from trunkline.protocol.sip.message.parse import MAX_STREAM_MESSAGE

WHOLE = options("Content-Length: 5", body="v=0\r\n")


def test_two_messages_and_the_start_of_a_third() -> None:
    framer = StreamFramer()
    assert framer.feed(WHOLE + WHOLE + WHOLE[:10]) == [WHOLE, WHOLE]
    assert framer.pending == 10
    assert framer.feed(WHOLE[10:]) == [WHOLE]


def test_ping_is_told_and_pong_is_skipped() -> None:
    framer = StreamFramer()
    assert framer.feed(PING) == [PING]
    assert framer.feed(PONG) == []
    assert framer.feed(WHOLE) == [WHOLE]
    assert framer.feed(b"\r") == framer.feed(b"\n\r") == []
    assert framer.feed(b"\n") == [PING]


@pytest.mark.parametrize("line", ["l: 5", "CONTENT-LENGTH :\t5 ", "Content-Length:\r\n  5", "l:5\r\nContent-Length: 5"])
def test_length_in_every_spelling(line: str) -> None:
    whole = options(line, body="v=0\r\n")
    assert StreamFramer().feed(whole + WHOLE) == [whole, WHOLE]


def test_length_in_a_folded_value_or_another_name_is_none() -> None:
    whole = options("Subject: x\r\n l: 9", "X-L: 7", "l: 0")
    assert StreamFramer().feed(whole) == [whole]


@pytest.mark.parametrize("line", ["Subject: none", "l: -1", "l: 5x", "l: 5\r\nl: 6", "l:", "l: 65536", "l: 999999999"])
def test_length_that_cannot_be_followed_ends_the_stream(line: str) -> None:
    framer = StreamFramer()
    with pytest.raises(UnframeableMessage):
        framer.feed(options(line))
    with pytest.raises(UnframeableMessage):
        framer.feed(WHOLE)
    assert framer.pending == 0


def test_message_before_the_fault_is_not_lost() -> None:
    framer = StreamFramer()
    assert framer.feed(WHOLE + options()) == [WHOLE]
    assert framer.fault is not None
    with pytest.raises(UnframeableMessage):
        framer.feed(b"")


def test_endless_headers_end_the_stream() -> None:
    framer = StreamFramer()
    piece = b"X-Header: " + b"a" * 1000 + b"\r\n"
    for _ in range(MAX_STREAM_MESSAGE // len(piece)):
        framer.feed(piece)
    assert framer.pending > MAX_STREAM_MESSAGE - len(piece)
    with pytest.raises(UnframeableMessage):
        framer.feed(piece)
    assert framer.pending == 0
