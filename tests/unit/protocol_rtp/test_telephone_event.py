"""Row 84, RFC 4733: digits as events."""

import pytest

from trunkline.protocol.rtp.telephone_event import DIGITS, TelephoneEventReceiver, digit_payloads, event_payload


def test_the_four_octets_of_an_event() -> None:
    """Section 2.3: code, end bit, volume, duration."""
    assert event_payload(5, 800, end=False) == bytes.fromhex("050a0320")
    assert event_payload(11, 800, end=True) == bytes.fromhex("0b8a0320")
    assert event_payload(0, 1 << 20, end=False, volume=63) == bytes.fromhex("003fffff")


def test_a_digit_grows_and_ends_three_times() -> None:
    """Section 2.5.1.4."""
    payloads = digit_payloads("#", 480)
    assert [payload.hex() for payload in payloads] == ["0b0a00a0", "0b0a0140", "0b8a01e0", "0b8a01e0", "0b8a01e0"]
    with pytest.raises(ValueError, match="substring"):
        digit_payloads("x", 480)


def heard(receiver: TelephoneEventReceiver, timestamp: int, payloads: list[bytes]) -> str:
    return "".join(receiver.receive(timestamp, payload) or "" for payload in payloads)


def test_every_digit_is_heard_once() -> None:
    receiver = TelephoneEventReceiver()
    digits = [heard(receiver, 1000 * at, digit_payloads(digit, 800)) for at, digit in enumerate(DIGITS)]
    assert "".join(digits) == DIGITS


def test_the_same_digit_twice_is_two_events() -> None:
    receiver = TelephoneEventReceiver()
    assert heard(receiver, 1000, digit_payloads("7", 800)) == "7"
    assert heard(receiver, 2000, digit_payloads("7", 800)) == "7"


def test_only_the_end_arrives() -> None:
    """Section 2.5.1.5."""
    assert heard(TelephoneEventReceiver(), 1000, digit_payloads("9", 800)[-1:]) == "9"


def test_a_late_packet_of_an_earlier_event_says_nothing() -> None:
    receiver = TelephoneEventReceiver()
    first = digit_payloads("1", 800)
    assert heard(receiver, 0xFFFFFF00, first[:3]) == "1"
    assert heard(receiver, 0x00000100, digit_payloads("2", 800)) == "2"
    assert heard(receiver, 0xFFFFFF00, first[3:]) == ""


def test_other_events_and_short_payloads_are_no_digits() -> None:
    """Event 16 is a hook flash."""
    receiver = TelephoneEventReceiver()
    assert receiver.receive(1, event_payload(16, 160, end=False)) is None
    assert receiver.receive(2, b"\x01\x02\x03") is None
    assert receiver.malformed == 1
    assert receiver.receive(2, event_payload(3, 160, end=False)) == "3"
