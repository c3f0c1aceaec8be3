"""RFC 3550 section 5.1: the header of a packet."""

import pytest

from trunkline.protocol.rtp import packet

# V=2, no padding, extension or CSRC; marker, type 0; sequence 0x1234; timestamp 0x01020304; SSRC 0xCAFEBABE
HEADER = bytes.fromhex("80801234 01020304 cafebabe")
ALLOWED = packet.payload_type_table((0, 101))


def test_fields_are_read_at_their_places() -> None:
    assert packet.payload_type(HEADER) == 0
    assert packet.marker(HEADER)
    assert packet.sequence(HEADER) == 0x1234
    assert packet.timestamp(HEADER) == 0x01020304
    assert packet.ssrc(HEADER) == 0xCAFEBABE


def test_a_built_packet_is_that_header_and_the_payload() -> None:
    built = packet.build(b"\xff" * 160, 0, 0x1234, 0x01020304, 0xCAFEBABE, marker=True)
    assert built == HEADER + b"\xff" * 160
    assert packet.build(b"", 8, 0x10000, 1 << 32, 1) == bytes.fromhex("80080000 00000000 00000001")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (HEADER, packet.GOOD),
        (HEADER + bytes(160), packet.GOOD),
        (bytes.fromhex("80651234 01020304 cafebabe"), packet.GOOD),
        (HEADER[:11], packet.TOO_SHORT),
        (b"", packet.TOO_SHORT),
        (b"\x40" + HEADER[1:], packet.WRONG_VERSION),
        (b"\xc0" + HEADER[1:], packet.WRONG_VERSION),
        (b"\x80\x08" + HEADER[2:], packet.WRONG_PAYLOAD_TYPE),
        (b"\x80\xc8" + HEADER[2:], packet.WRONG_PAYLOAD_TYPE),
        (HEADER + bytes(1489), packet.OVERSIZE),
    ],
)
def test_faults_are_told_apart(data: bytes, expected: int) -> None:
    """goals.md, attacks on the relay: wrong version, wrong payload type, oversize."""
    assert packet.fault(data, len(data), ALLOWED) == expected
    assert packet.FAULTS[expected]


def test_a_buffer_longer_than_the_packet_is_read_to_its_size() -> None:
    buffer = bytearray(2048)
    buffer[:12] = HEADER
    assert packet.fault(buffer, 11, ALLOWED) == packet.TOO_SHORT
    assert packet.payload_span(memoryview(buffer), 172) == (12, 172)


@pytest.mark.parametrize(
    ("first", "rest", "span"),
    [
        (0x80, b"abcd", (12, 16)),
        (0x80, b"", (12, 12)),
        (0x82, b"12345678abcd", (20, 24)),
        (0x82, b"1234", (0, 0)),
        (0x90, b"\xbe\xde\x00\x01oneXabcd", (20, 24)),
        (0x90, b"\xbe\xde\x00\x09oneXabcd", (0, 0)),
        (0x90, b"\xbe\xde", (0, 0)),
        (0xA0, b"abcd\x00\x00\x03", (12, 16)),
        (0xA0, b"abcd\x00", (0, 0)),
        (0xA0, b"abcd\xff", (0, 0)),
    ],
)
def test_payload_past_csrc_extension_and_padding(first: int, rest: bytes, span: tuple[int, int]) -> None:
    data = bytes([first]) + HEADER[1:] + rest
    assert packet.payload_span(data, len(data)) == span


def test_rtcp_on_the_same_port_is_recognised() -> None:
    """RFC 5761 section 4."""
    assert packet.is_rtcp(bytes.fromhex("80c80006 00000001"), 8)
    assert not packet.is_rtcp(HEADER, 12)
    assert not packet.is_rtcp(bytes.fromhex("80c8"), 2)
    assert not packet.is_rtcp(bytes.fromhex("00c80006 00000001"), 8)
