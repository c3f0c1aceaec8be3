"""Entries as octets, and media keys sealed in them (design, decision 8: keys are encrypted)."""

import pytest

from trunkline.kit.secret import Secret
from trunkline.platform.journal.payload import decoded, encoded, head_of
from trunkline.platform.journal.seal import Sealer

SEALER = Sealer(Secret(b"k" * 32))
KEY = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
PADDING = "X-Pad: 1234567890\r\n" * 20
CRYPTO = f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 {KEY}"
SDP = f"INVITE sip:a@b SIP/2.0\r\n{PADDING}\r\nv=0\r\n{CRYPTO}\r\na=x\r\n"


def test_an_entry_is_read_back_as_it_was_written() -> None:
    fields = {"attempt": 1, "at": 1.25, "flow": ["UDP", "192.0.2.1", 5060, 0], "none": None, "short": '\udcff\n"é'}
    long = {"one": "a\r\n\udcfe" * 100, "two": "é" * 300}
    payload = encoded("CA1", "sent", {**fields, **long}, SEALER)
    assert head_of(payload) == ("CA1", "sent")
    assert decoded(payload, SEALER) == ("CA1", "sent", {**fields, **long})


def test_a_media_key_is_on_disk_in_sealed_form_only() -> None:
    payload = encoded("CA1", "sent", {"request": SDP}, SEALER)
    assert KEY.encode() not in payload
    assert KEY[7:].encode() not in payload
    assert b"a=sealed:" in payload
    assert decoded(payload, SEALER)[2] == {"request": SDP}


@pytest.mark.parametrize("line", ["k=clear:secret-of-old-days", "a=key-mgmt:mikey AQAFgM0XflABAAAA"])
def test_older_ways_to_carry_a_key_are_sealed_too(line: str) -> None:
    text = SDP + line + "\r\n"
    payload = encoded("CA1", "sent", {"request": text}, SEALER)
    assert line.encode() not in payload
    assert decoded(payload, SEALER)[2] == {"request": text}


def test_a_sealed_line_opens_in_its_own_call_and_under_its_own_key_only() -> None:
    sealed = SEALER.seal(SDP, "CA1")
    for sealer, context in ((SEALER, "CA2"), (Sealer(Secret(b"x" * 32)), "CA1")):
        before = sealer.unopened
        opened = sealer.open(sealed, context)
        assert sealer.unopened == before + 1
        assert KEY not in opened
        assert "a=inactive" in opened


@pytest.mark.parametrize("payload", [b"CA1 sent\nnot json\n", b"CA1 sent\n[1]\n", b"CA1 sent", b"\xff"])
def test_an_entry_of_another_make_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        decoded(payload, SEALER)
