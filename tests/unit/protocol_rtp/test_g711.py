"""ITU-T G.711: both laws."""

from array import array

import pytest

from trunkline.protocol.rtp import g711


def samples(*values: int) -> bytes:
    return array("h", values).tobytes()


def values(samples: bytes) -> list[int]:
    block = array("h")
    block.frombytes(samples)
    return list(block)


def test_octets_of_known_samples() -> None:
    """G.711 tables 1a and 2a, alternate bits of the A-law inverted: 0xFF and 0xD5 are the smallest positive values."""
    assert g711.encode(samples(0, 32635, -32635), g711.PCMU).hex() == "ff8000"
    assert g711.encode(samples(0, 32635, -32635), g711.PCMA).hex() == "d5aa2a"
    assert values(g711.decode(b"\xff\x80\x00", g711.PCMU)) == [0, 32124, -32124]
    assert values(g711.decode(b"\xd5\xaa\x2a", g711.PCMA)) == [8, 32256, -32256]


@pytest.mark.parametrize("law", [g711.PCMU, g711.PCMA])
def test_decoding_and_encoding_keeps_every_octet(law: int) -> None:
    octets = bytes(code for code in range(256) if not (law == g711.PCMU and code == 0x7F))  # its -0 becomes +0
    assert g711.encode(g711.decode(octets, law), law) == octets


def test_silence_is_a_frame_of_nothing() -> None:
    assert len(g711.SILENCE[g711.PCMU]) == len(g711.SILENCE[g711.PCMA]) == g711.FRAME_SAMPLES
    assert set(values(g711.decode(g711.SILENCE[g711.PCMU], g711.PCMU))) == {0}
    assert set(values(g711.decode(g711.SILENCE[g711.PCMA], g711.PCMA))) == {8}


def test_the_laws_translate_into_each_other() -> None:
    octets = bytes(range(256))
    assert g711.translate(octets, 8, 8) is octets
    there = g711.translate(octets, g711.PCMU, g711.PCMA)
    assert there == g711.encode(g711.decode(octets, g711.PCMU), g711.PCMA)
    back = g711.translate(octets, g711.PCMA, g711.PCMU)
    assert back == g711.encode(g711.decode(octets, g711.PCMA), g711.PCMU)


@pytest.mark.parametrize(
    ("samples", "width", "rate", "channels"),
    [(b"abc", 2, 16000, 1), (b"abcd", 5, 8000, 1), (b"abcd", 2, 8000, 3), (b"abcd", 2, 0, 1)],
)
def test_samples_that_cannot_be_converted_are_refused(samples: bytes, width: int, rate: int, channels: int) -> None:
    with pytest.raises(ValueError, match=r"PCM|frames"):
        g711.narrow_band(samples, width, rate, channels)
