"""Offer and answer within a call: every (input, step) pair against a table written from RFC 3261 and RFC 3264."""

from collections.abc import Callable

import pytest

from tests.kit.case import case
from tests.kit.port import offer_sdp
from trunkline.domain.call import command as do
from trunkline.domain.call.command import Side
from trunkline.domain.call.exchange import Agreement, Exchange, Step

OFFER, ANSWER = offer_sdp("192.0.2.50"), offer_sdp("192.0.2.9", codecs="0 101")
NEW, TAKEN = offer_sdp("192.0.2.51", version=2), offer_sdp("192.0.2.8", codecs="0 101", version=2)
FAX = b"v=0\r\no=- 1 2 IN IP4 192.0.2.50\r\ns=-\r\nc=IN IP4 192.0.2.50\r\nt=0 0\r\nm=image 4000 udptl t38\r\n"
AGREED = Agreement(Side.INBOUND, OFFER, ANSWER, b"told offer", b"told answer")
CALLER, CALLEE = Side.INBOUND, Side.OUTBOUND
RESTORE = do.SettleMedia(0, CALLER, OFFER, ANSWER)


def agreed(agreement: Agreement = AGREED) -> Exchange:
    return Exchange([], 0, agreement)


def secured(sdp: bytes, key: str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz") -> bytes:
    crypto = f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}\r\n" if key else ""
    return sdp.replace(b"RTP/AVP", b"RTP/SAVP") + crypto.encode()


SECURED = Agreement(Side.INBOUND, secured(OFFER), secured(ANSWER), b"told offer", b"told answer")


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(
    ("agreement", "offer"),
    [(AGREED, secured(NEW)), (AGREED, secured(NEW, "")), (SECURED, NEW), (SECURED, secured(NEW, ""))],
)
def test_rows_71_and_73_a_reinvite_does_not_change_between_rtp_and_srtp(
    agreement: Agreement, offer: bytes, side: Side
) -> None:
    """Sip.md 5.1, 5.2: what an INVITE would be refused for is refused later as well; the session stands."""
    exchange = agreed(agreement)
    exchange.offered(side, offer)
    assert (exchange._commands, exchange.step) == ([do.RefuseOffer(side, 488)], Step.AGREED)


@pytest.mark.parametrize(("agreement", "offer"), [(AGREED, NEW), (SECURED, secured(NEW))])
def test_a_reinvite_of_the_same_kind_goes_on(agreement: Agreement, offer: bytes) -> None:
    exchange = agreed(agreement)
    exchange.offered(CALLER, offer)
    assert exchange._commands == [do.ReofferMedia(0, CALLER, offer)]


@pytest.mark.parametrize(
    ("status", "told"), [(401, 403), (407, 403), (300, 502), (302, 502), (305, 502), (488, 488), (500, 500), (603, 603)]
)
def test_row_57_a_refusal_goes_on_without_challenge_and_redirect(status: int, told: int) -> None:
    """One dialog's credentials and Contacts are of no use in the other (RFC 3261 sections 8.1.3.4, 22.3)."""
    exchange = offered()
    assert exchange.refused(CALLEE, status)
    assert do.RefuseOffer(CALLER, told) in exchange._commands


def offering() -> Exchange:
    exchange = agreed()
    exchange.offered(CALLER, NEW)
    return exchange


def offered() -> Exchange:
    exchange = offering()
    exchange.media_reoffered(b"new by the relay")
    return exchange


def answering() -> Exchange:
    exchange = offered()
    exchange.answered(CALLEE, TAKEN)
    return exchange


def asked() -> Exchange:
    exchange = agreed()
    exchange.offered(CALLER, b"")
    return exchange


def late_offering() -> Exchange:
    exchange = asked()
    exchange.answered(CALLEE, NEW)
    return exchange


def accepted() -> Exchange:
    exchange = late_offering()
    exchange.media_reoffered(b"new by the relay")
    return exchange


def late_answering() -> Exchange:
    exchange = accepted()
    exchange.acknowledged(CALLER, TAKEN)
    return exchange


def settling() -> Exchange:
    exchange = agreed()
    exchange.settle()
    return exchange


MAKERS: dict[str, Callable[[], Exchange]] = {
    "G": agreed,
    "F": offering,
    "O": offered,
    "W": answering,
    "K": asked,
    "f": late_offering,
    "C": accepted,
    "w": late_answering,
    "S": settling,
}
STEPS = {
    "G": Step.AGREED,
    "F": Step.OFFERING,
    "O": Step.OFFERED,
    "W": Step.ANSWERING,
    "K": Step.ASKED,
    "f": Step.OFFERING,
    "C": Step.ACCEPTED,
    "w": Step.ANSWERING,
    "S": Step.SETTLING,
}
INPUTS: dict[str, Callable[[Exchange], object]] = {
    "caller offers": lambda exchange: exchange.offered(CALLER, NEW),
    "callee offers": lambda exchange: exchange.offered(CALLEE, NEW),
    "caller asks": lambda exchange: exchange.offered(CALLER, b""),
    "caller offers a fax": lambda exchange: exchange.offered(CALLER, FAX),
    "relay has the offer": lambda exchange: exchange.media_reoffered(b"x"),
    "callee takes it": lambda exchange: exchange.answered(CALLEE, TAKEN),
    "callee takes it mute": lambda exchange: exchange.answered(CALLEE, b""),
    "callee offers a fax": lambda exchange: exchange.answered(CALLEE, FAX),
    "caller cannot take it": lambda exchange: exchange.answered(CALLER, TAKEN),
    "callee refuses": lambda exchange: exchange.refused(CALLEE, 488),
    "caller cannot refuse": lambda exchange: exchange.refused(CALLER, 488),
    "caller's ACK answers": lambda exchange: exchange.acknowledged(CALLER, TAKEN),
    "caller's ACK is mute": lambda exchange: exchange.acknowledged(CALLER, b""),
    "callee's ACK": lambda exchange: exchange.acknowledged(CALLEE, TAKEN),
    "relay has the answer": lambda exchange: exchange.media_reanswered(b"x"),
    "relay fails": lambda exchange: exchange.media_failed(),
    "relay has settled": lambda exchange: exchange.media_settled(),
}
# Columns as MAKERS. "." means that nothing happens at all, "=" that the step stays and something is said.
TABLE = """
                        G F O W K f C w S
caller offers           F = = = = = = = =
callee offers           F = = = = = = = =
caller asks             K = = = = = = = =
caller offers a fax     = = = = = = = = =
relay has the offer     . O . . . C . . .
callee takes it         . . W . f . . . .
callee takes it mute    . . S . G . . . .
callee offers a fax     . . W . G . . . .
caller cannot take it   . . . . . . . . .
callee refuses          . . S . G . . . .
caller cannot refuse    . . . . . . . . .
caller's ACK answers    . . . . . . w . .
caller's ACK is mute    . . . . . . S . .
callee's ACK            . . . . . . . . .
relay has the answer    . . . G . . . G .
relay fails             . S . S . S . S G
relay has settled       . . . . . . . . G
"""


def _pairs() -> list[tuple[str, str, str]]:
    head, *rows = TABLE.strip("\n").split("\n")
    return [
        (row[:24].strip(), column, cell)
        for row in rows
        for column, cell in zip(head.split(), row[24:].split(), strict=True)
    ]


def test_the_table_is_whole() -> None:
    assert [(name, column) for name, column, _ in _pairs()] == [(name, step) for name in INPUTS for step in MAKERS]


@pytest.mark.parametrize("name", INPUTS)
def test_every_input_at_every_step(name: str) -> None:
    for row, before, after in _pairs():
        if row == name:
            with case(f"{name} at step {before}"):
                assert_becomes(name, before, after)


def assert_becomes(name: str, before: str, after: str) -> None:
    exchange = MAKERS[before]()
    exchange._commands.clear()
    INPUTS[name](exchange)
    if after == ".":
        assert exchange._commands == []
    elif after == "=":
        assert exchange._commands
    assert exchange.step is STEPS[before if after in ".=" else after]


def _said(exchange: Exchange, act: Callable[[Exchange], object]) -> list[do.Command]:
    exchange._commands.clear()
    act(exchange)
    return exchange._commands


def test_late_offer_goes_the_other_way_round() -> None:
    """Design, decision 12: the offer comes back in the 200, its answer goes on in the ACK."""
    exchange = late_answering()
    exchange.media_reanswered(b"taken by the relay")
    assert exchange._commands == [
        do.SendOffer(CALLEE, b""),
        do.ReofferMedia(0, CALLEE, NEW),
        do.AcceptOffer(CALLER, b"new by the relay"),
        do.ReanswerMedia(0, CALLER, TAKEN),
        do.SendAnswer(CALLEE, b"taken by the relay"),
    ]
    assert exchange.agreed == Agreement(CALLEE, NEW, TAKEN, b"new by the relay", b"taken by the relay")


def _said_with_origin(origin: bytes, sdp: bytes) -> bytes:
    return sdp.replace(sdp.split(b"\r\n")[1], origin)


def test_each_side_is_told_one_session_whoever_is_behind_us() -> None:
    """RFC 3264 section 8: the same o= but for its version, one higher with each change, a refused offer among them."""
    ours, theirs = b"o=root 77 5 IN IP4 192.0.2.1", b"o=alice 9 900 IN IP4 192.0.2.1"
    exchange = agreed(
        Agreement(CALLER, OFFER, ANSWER, _said_with_origin(ours, OFFER), _said_with_origin(theirs, ANSWER))
    )
    for version, passed_on in ((6, NEW), (7, OFFER), (7, OFFER)):
        exchange.offered(CALLER, NEW)
        exchange.media_reoffered(passed_on)
        told = exchange._commands[-1]
        assert isinstance(told, do.SendOffer)
        assert told.sdp.split(b"\r\n")[1].startswith(b"o=root 77 %d IN IP4" % version)
        exchange.refused(CALLEE, 488)
        exchange.media_settled()
    exchange.offered(CALLER, NEW)
    exchange.media_reoffered(NEW)
    exchange.answered(CALLEE, TAKEN)
    exchange.media_reanswered(TAKEN)
    assert exchange._commands[-1] == do.AcceptOffer(CALLER, exchange.agreed.told_answer)
    assert exchange.agreed.told_answer.split(b"\r\n")[1].startswith(b"o=alice 9 901 IN IP4")
    assert exchange.agreed.told_offer.split(b"\r\n")[1].startswith(b"o=root 77 8 IN IP4")


@pytest.mark.parametrize(
    ("make", "act", "said"),
    [
        (offered, "callee refuses", [do.RefuseOffer(CALLER, 488), RESTORE]),
        (offered, "callee takes it mute", [do.RefuseOffer(CALLER, 488), RESTORE]),
        (offering, "relay fails", [do.RefuseOffer(CALLER, 503), RESTORE]),
        (answering, "relay fails", [do.RefuseOffer(CALLER, 503), RESTORE]),
        (asked, "callee refuses", [do.RefuseOffer(CALLER, 488)]),
        (asked, "callee takes it mute", [do.SendAnswer(CALLEE, b""), do.RefuseOffer(CALLER, 488)]),
        (asked, "callee offers a fax", [do.SendAnswer(CALLEE, b"told offer"), do.RefuseOffer(CALLER, 488)]),
        (
            late_offering,
            "relay fails",
            [do.SendAnswer(CALLEE, b"told offer"), do.RefuseOffer(CALLER, 503), RESTORE],
        ),
        (accepted, "caller's ACK is mute", [do.SendAnswer(CALLEE, b"told offer"), RESTORE]),
        (late_answering, "relay fails", [do.SendAnswer(CALLEE, b"told offer"), RESTORE]),
    ],
)
def test_undone_exchange_leaves_what_was_agreed(make: Callable[[], Exchange], act: str, said: list[do.Command]) -> None:
    """RFC 3261 section 14.1; an open 2xx is still acknowledged (section 13.2.2.4)."""
    exchange = make()
    assert _said(exchange, INPUTS[act]) == said
    assert exchange.agreed == AGREED


def test_nothing_is_restored_where_nothing_is_known() -> None:
    exchange = agreed(Agreement(CALLER, b"", b"", b"", b""))
    exchange.offered(CALLER, NEW)
    exchange.media_reoffered(b"x")
    assert _said(exchange, INPUTS["callee refuses"]) == [do.RefuseOffer(CALLER, 488)]
    assert not exchange.is_pending


def test_fax_beside_audio_is_passed_on_with_port_0() -> None:
    """Sip.md 9.9."""
    exchange = agreed()
    exchange.offered(CALLER, NEW + b"m=image 4000 udptl t38\r\n")
    (passed,) = exchange._commands
    assert isinstance(passed, do.ReofferMedia)
    assert b"m=audio 40000 RTP/AVP 0 8 101" in passed.sdp
    assert b"m=image 0 udptl t38" in passed.sdp


def test_fax_alone_488_and_nothing_else_happens() -> None:
    """Sip.md 9.9."""
    exchange = agreed()
    assert _said(exchange, INPUTS["caller offers a fax"]) == [do.RefuseOffer(CALLER, 488)]


def test_only_the_settling_of_a_first_session_is_fatal() -> None:
    exchange = settling()
    assert not exchange.media_failed()
    exchange.settle(first=True)
    assert exchange.media_failed()
    exchange.settle(first=True)
    exchange.media_settled()
    exchange.settle()
    assert not exchange.media_failed()


@pytest.mark.parametrize(
    ("offer", "answer", "held"),
    [
        (OFFER, ANSWER, False),
        (offer_sdp("192.0.2.50", way="sendonly"), offer_sdp("192.0.2.9", way="recvonly"), True),
        (OFFER, offer_sdp("192.0.2.9", way="inactive"), True),
        (offer_sdp("0.0.0.0"), ANSWER, True),
        (b"unreadable", b"", False),
    ],
)
def test_row_92_held_sessions_are_known(offer: bytes, answer: bytes, held: bool) -> None:
    assert Agreement(CALLER, offer, answer, b"", b"").is_held is held
