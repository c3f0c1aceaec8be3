"""ITU-T Q.23, Q.24 and E.180: tones made and heard."""

import pytest

from trunkline.protocol.rtp import g711, tone
from trunkline.protocol.rtp.telephone_event import DIGITS


def test_a_sine_is_at_its_frequency_and_nowhere_else() -> None:
    samples = tone.sine([440], 0.1)
    assert len(samples) == 1600
    assert tone.share(samples, 440) == pytest.approx(1, abs=0.05)
    assert tone.share(samples, 1000) < 0.01
    assert tone.strongest(samples, (400, 440, 480))[0] == 440


def test_silence_has_no_tone() -> None:
    assert tone.share(tone.silence(0.02), 440) == 0
    assert tone.share(b"", 440) == 0
    assert tone.dtmf_digit(tone.silence(0.05)) is None
    assert tone.dtmf_digit(b"") is None


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("law", [g711.PCMU, g711.PCMA])
def test_every_digit_is_heard_through_g711(digit: str, law: int) -> None:
    samples = g711.decode(g711.encode(tone.dtmf(digit, 0.04), law), law)
    assert tone.dtmf_digit(samples) == digit


def test_one_tone_of_a_digit_or_other_tones_are_none() -> None:
    assert tone.dtmf_digit(tone.sine([697], 0.05)) is None
    assert tone.dtmf_digit(tone.sine([440, 480], 0.05)) is None
    assert tone.dtmf_digit(tone.sine([697, 1209, 300, 2500], 0.05)) is None


def test_a_digit_with_one_faint_tone_is_none() -> None:
    """Q.24: twist."""
    low, high = tone.sine([770], 0.05, 0.5), tone.sine([1336], 0.05, 0.1)
    mixed = bytearray()
    for at in range(0, len(low), 2):
        value = sum(int.from_bytes(part[at : at + 2], "little", signed=True) for part in (low, high))
        mixed += value.to_bytes(2, "little", signed=True)
    assert tone.dtmf_digit(bytes(mixed)) is None


def test_cadences_have_their_lengths() -> None:
    """E.180: North America rings 2 s of 6, and is busy half of each second."""
    ringing, busy = tone.ringback(), tone.busy()
    assert len(ringing) == 2 * 8000 * 6
    assert tone.share(ringing[:3200], 440) > 0.4
    assert set(ringing[32000:]) == {0}
    assert len(busy) == 2 * 8000
    assert tone.share(busy[:3200], 620) > 0.4


def test_the_amplitude_is_never_above_full_scale() -> None:
    assert (
        max(
            abs(int.from_bytes(tone.sine([1000, 2000], 0.1, 1.0)[at : at + 2], "little", signed=True))
            for at in range(0, 1600, 2)
        )
        <= 32767
    )
