"""The sums against the RFCs' published examples."""

from trunkline.protocol.sip.digest.algorithm import Algorithm, digest_hex, ha1, legacy_response, response

NONCE_7616 = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE_7616 = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def test_rfc_7616_section_3_9_1_md5() -> None:
    known = ha1(Algorithm.MD5, "Mufasa", "http-auth@example.org", "Circle of Life")
    assert known == "3d78807defe7de2157e2b0b6573a855f"
    assert (
        response(Algorithm.MD5, known, "GET", "/dir/index.html", NONCE_7616, "00000001", CNONCE_7616)
        == "8ca523f5e9506fed4657c9700eebdbec"
    )


def test_rfc_7616_section_3_9_1_sha_256() -> None:
    known = ha1(Algorithm.SHA_256, "Mufasa", "http-auth@example.org", "Circle of Life")
    assert known == "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232"
    assert (
        response(Algorithm.SHA_256, known, "GET", "/dir/index.html", NONCE_7616, "00000001", CNONCE_7616)
        == "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    )


def test_rfc_2617_section_3_5() -> None:
    known = ha1(Algorithm.MD5, "Mufasa", "testrealm@host.com", "Circle Of Life")
    assert known == "939e7578ed9e3c518a452acee763bce9"
    nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
    assert (
        response(Algorithm.MD5, known, "GET", "/dir/index.html", nonce, "00000001", "0a4f113b")
        == "6629fae49393a05397450978507c4ef1"
    )


def test_response_without_qop_is_the_sum_of_rfc_2069() -> None:
    """RFC 2617 section 3.2.2.1: KD(H(A1), nonce:H(A2)) when qop is absent."""
    ha2 = digest_hex(Algorithm.MD5, "REGISTER:sip:example.org")
    assert legacy_response(Algorithm.MD5, "a1", "REGISTER", "sip:example.org", "n") == digest_hex(
        Algorithm.MD5, f"a1:n:{ha2}"
    )


def test_octets_that_are_not_utf_8_are_hashed_as_they_came() -> None:
    text = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert digest_hex(Algorithm.MD5, text) == "961f50f6282239d09e48f812c1ca7276"
