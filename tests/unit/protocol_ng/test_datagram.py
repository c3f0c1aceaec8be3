"""The cookie frame of ng."""

import pytest

from trunkline.protocol.ng.datagram import MAX_COOKIE, body_of, build, cookie_of
from trunkline.protocol.ng.errors import MalformedNg


def test_the_documented_datagram_octet_for_octet() -> None:
    datagram = build(b"5323_1", {"command": "ping"})
    assert datagram == b"5323_1 d7:command4:pinge"
    cookie = cookie_of(datagram)
    assert (cookie, body_of(datagram, cookie)) == (b"5323_1", {"command": b"ping"})


@pytest.mark.parametrize("datagram", [b"", b" de", b"nospace", b"c" * (MAX_COOKIE + 1) + b" de"])
def test_without_a_cookie_there_is_nobody_to_answer(datagram: bytes) -> None:
    with pytest.raises(MalformedNg, match="cookie"):
        cookie_of(datagram)
