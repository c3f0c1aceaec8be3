"""Framing: whole frames are read back, a torn one ends the reading. Goals row 9: nothing is lost by kill -9."""

from hypothesis import given
from hypothesis import strategies as st

from trunkline.platform.journal.frame import HEAD_BYTES, framed, frames

PAYLOADS = st.lists(st.binary(max_size=60), max_size=6)


@given(PAYLOADS, st.data())
def test_frames_cut_anywhere_yield_the_whole_ones_before_the_cut(payloads: list[bytes], data: st.DataObject) -> None:
    whole = [framed(payload) for payload in payloads]
    octets = b"".join(whole)
    cut = data.draw(st.integers(0, len(octets)))
    expected, end = [], 0
    for payload, frame in zip(payloads, whole, strict=True):
        end += len(frame)
        if end <= cut:
            expected.append(payload)
    assert [payload for _, payload in frames(octets[:cut])] == expected


@given(st.binary(min_size=1, max_size=80), st.data())
def test_a_flipped_bit_ends_the_reading(payload: bytes, data: st.DataObject) -> None:
    octets = bytearray(framed(payload))
    at = data.draw(st.integers(0, 8 * len(octets) - 1))
    octets[at // 8] ^= 1 << at % 8
    assert list(frames(bytes(octets))) == []


def test_reading_starts_at_any_frame() -> None:
    first, second = framed(b"one"), framed(b"two")
    assert list(frames(first + second, len(first))) == [(HEAD_BYTES + 3, b"two")]
