"""RFC 4568: keys in SDP."""

from base64 import b64encode

import pytest

from trunkline.kit.secret import Secret
from trunkline.protocol.sdp.crypto import (
    AES_CM_128_HMAC_SHA1_32,
    AES_CM_128_HMAC_SHA1_80,
    Crypto,
    parse_crypto,
    usable_keys,
)
from trunkline.protocol.sdp.errors import MalformedSdp

KEY = bytes(range(30))
TEXT = b64encode(KEY).decode()
BOTH = {AES_CM_128_HMAC_SHA1_80, AES_CM_128_HMAC_SHA1_32}


def test_a_key_is_read_and_written_alike() -> None:
    value = f"1 {AES_CM_128_HMAC_SHA1_80} inline:{TEXT}|2^20"
    crypto = parse_crypto(value)
    assert (crypto.tag, crypto.suite, crypto.key.reveal(), crypto.lifetime) == (1, AES_CM_128_HMAC_SHA1_80, KEY, "2^20")
    assert not crypto.has_mki
    assert crypto.value() == value


def test_a_key_is_masked_in_its_repr() -> None:
    assert TEXT not in repr(parse_crypto(f"1 {AES_CM_128_HMAC_SHA1_80} inline:{TEXT}"))


def test_mki_and_session_parameters_are_seen() -> None:
    crypto = parse_crypto(f"2 {AES_CM_128_HMAC_SHA1_32} inline:{TEXT}|2^20|1:4 UNENCRYPTED_SRTCP -X")
    assert crypto.has_mki
    assert crypto.session_parameters == "UNENCRYPTED_SRTCP -X"
    with pytest.raises(ValueError, match="MKI"):
        crypto.value()


def test_session_parameters_are_written() -> None:
    crypto = Crypto(3, AES_CM_128_HMAC_SHA1_80, Secret(KEY), session_parameters="-X")
    assert crypto.value() == f"3 {AES_CM_128_HMAC_SHA1_80} inline:{TEXT} -X"


@pytest.mark.parametrize(
    "value",
    [
        "",
        f"1 {AES_CM_128_HMAC_SHA1_80}",
        f"x {AES_CM_128_HMAC_SHA1_80} inline:{TEXT}",
        f"1 {AES_CM_128_HMAC_SHA1_80} uri:{TEXT}",
        f"1 {AES_CM_128_HMAC_SHA1_80} inline:@@@@",
        f"1 {AES_CM_128_HMAC_SHA1_80} inline:ä",
        f"1 {AES_CM_128_HMAC_SHA1_80} inline:{TEXT[:-4]}",
    ],
)
def test_a_broken_attribute_is_refused_without_its_text(value: str) -> None:
    with pytest.raises(MalformedSdp) as caught:
        parse_crypto(value)
    assert TEXT[:8] not in str(caught.value)


def test_row_78_both_suites_are_taken_in_the_offers_order() -> None:
    values = [
        f"1 AES_256_CM_HMAC_SHA1_80 inline:{b64encode(bytes(46)).decode()}",
        f"2 {AES_CM_128_HMAC_SHA1_32} inline:{TEXT}",
        f"3 {AES_CM_128_HMAC_SHA1_80} inline:{TEXT}",
        f"4 {AES_CM_128_HMAC_SHA1_80} inline:{TEXT}|2^20|1:4",
        f"5 {AES_CM_128_HMAC_SHA1_80} inline:{TEXT} UNENCRYPTED_SRTP",
        f"6 {AES_CM_128_HMAC_SHA1_80} inline:{TEXT} -ANY",
        "7 nonsense",
    ]
    assert [crypto.tag for crypto in usable_keys(values, BOTH)] == [2, 3, 6]
