"""RFC 3550 section 6: compounds, byte by byte."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kit.length import runs
from trunkline.protocol.rtp import rtcp
from trunkline.protocol.rtp.errors import MalformedRtcp

BLOCK = rtcp.ReportBlock(0xCAFEBABE, 64, -2, 0x00010005, 7, 0x11112222, 0x00018000)
BLOCK_HEX = "cafebabe 40fffffe 00010005 00000007 11112222 00018000"

# V=2, one block, SR, 12 words; SSRC 1; NTP 0x83AA7E80.80000000 (1970-01-01 00:00:00.5); then SDES "ab@c", BYE "bye"
SR_HEX = "81c8000c 00000001 83aa7e80 80000000 000000a0 00000003 000001e0" + BLOCK_HEX
SDES_HEX = "81ca0003 00000001 01046162 40630000"
BYE_HEX = "81cb0002 00000001 03627965"
COMPOUND = bytes.fromhex(SR_HEX + SDES_HEX + BYE_HEX)
PACKETS: list[rtcp.Packet] = [
    rtcp.SenderReport(1, rtcp.ntp_time(0.5), 160, 3, 480, (BLOCK,)),
    rtcp.SourceDescription(((1, b"ab@c"),)),
    rtcp.Goodbye((1,), b"bye"),
]


def test_a_compound_is_built_octet_for_octet() -> None:
    assert rtcp.build(PACKETS).hex() == COMPOUND.hex()


def test_a_compound_is_read_back() -> None:
    assert rtcp.parse(COMPOUND) == PACKETS
    assert rtcp.parse(memoryview(bytearray(COMPOUND))) == PACKETS


def test_a_receiver_report_without_blocks() -> None:
    """Section 6.1: an empty RR begins a compound when there is nothing to tell."""
    data = bytes.fromhex("80c90001 00000009")
    assert rtcp.parse(data) == [rtcp.ReceiverReport(9)]
    assert rtcp.build([rtcp.ReceiverReport(9)]) == data
    assert rtcp.parse(rtcp.build([rtcp.ReceiverReport(9, (BLOCK, BLOCK))])) == [rtcp.ReceiverReport(9, (BLOCK, BLOCK))]


def test_unknown_packets_items_and_extensions_are_skipped() -> None:
    application = bytes.fromhex("80cc0002 00000001 61626364")
    note_before_name = bytes.fromhex("81ca0004 00000001 0702 6869 0102 7878 00000000")
    start = bytes.fromhex("80c90002 00000009 deadbeef")
    assert rtcp.parse(start + application + note_before_name) == [
        rtcp.ReceiverReport(9),
        rtcp.SourceDescription(((1, b"xx"),)),
    ]


@pytest.mark.parametrize("length", range(1, 9))
def test_names_of_every_length_end_on_a_words_border(length: int) -> None:
    """Section 6.5: each chunk ends with one to four nulls."""
    packets: list[rtcp.Packet] = [rtcp.ReceiverReport(1), rtcp.SourceDescription(((1, b"n" * length), (2, b"m")))]
    built = rtcp.build(packets)
    assert len(built) % 4 == 0
    assert rtcp.parse(built) == packets


def test_padding_of_the_last_packet_is_taken_off() -> None:
    padded = bytes.fromhex("a0c90002 00000009 00000004")
    assert rtcp.parse(padded) == [rtcp.ReceiverReport(9)]


@pytest.mark.parametrize(
    "data",
    [
        "",
        "80c900",
        "40c90001 00000009",
        "80ca0000",
        "80c90002 00000009",
        "80c90000",
        "80c80001 00000009",
        "81c90001 00000009",
        "a0c90001 00000009 80c90001 00000009",
        "a0c90001 00000000",
        "a0c90001 000000ff",
        "a0c90000",
        "80c90001 00000009 81ca0001 00000001",
        "80c90001 00000009 81ca0002 00000001 01ff6162",
        "80c90001 00000009 81ca0002 00000001 01026162",
        "80c90001 00000009 81ca0002 00000001 01016101",
        "80c90001 00000009 82cb0001 00000001",
        "80c90001 00000009 81cb0002 00000001 ff616263",
    ],
)
def test_what_does_not_fit_is_malformed(data: str) -> None:
    """Appendix A.2."""
    with pytest.raises(MalformedRtcp):
        rtcp.parse(bytes.fromhex(data))


@given(st.integers(0, len(COMPOUND) - 1), st.binary(min_size=1, max_size=8))
@settings(deadline=None, max_examples=runs(300))
def test_a_mutated_compound_is_read_or_malformed(at: int, piece: bytes) -> None:
    """goals.md, reliability row 6."""
    data = COMPOUND[:at] + piece + COMPOUND[at + len(piece) :]
    for cut in (data, data[: at + 1]):
        with suppress(MalformedRtcp):
            assert rtcp.parse(rtcp.build(rtcp.parse(cut)))


def test_losses_beyond_24_bits_are_clamped() -> None:
    for lost, wire in ((1 << 30, 0x7FFFFF), (-(1 << 30), -0x800000)):
        block = rtcp.ReportBlock(1, 255, lost, 0, 0)
        (report,) = rtcp.parse(rtcp.build([rtcp.ReceiverReport(1, (block,))]))
        assert isinstance(report, rtcp.ReceiverReport)
        assert report.blocks[0].cumulative_lost == wire


def test_the_round_trip_of_the_rfcs_figure_2() -> None:
    """Section 6.4.1: A = 0xb710:8000, DLSR = 5.250 s, LSR = 0xb705:2000 give 6.125 s."""
    block = rtcp.ReportBlock(1, 0, 0, 0, 0, 0xB7052000, 0x00054000)
    assert rtcp.round_trip_s(block, 0xB7108000 << 16) == 6.125


def test_no_round_trip_without_a_report_or_with_a_false_one() -> None:
    assert rtcp.round_trip_s(rtcp.ReportBlock(1, 0, 0, 0, 0), 1 << 40) is None
    assert rtcp.round_trip_s(rtcp.ReportBlock(1, 0, 0, 0, 0, 100, 0xFFFF), 50 << 16) is None
