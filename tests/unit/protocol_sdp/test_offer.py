"""RFC 3264 and rows 81 to 85: what is let through, offered, answered and held."""

import pytest

from trunkline.protocol.sdp.errors import NoCommonCodec
from trunkline.protocol.sdp.offer import (
    ORIGINATION_ORDER,
    answer_codecs,
    answer_for,
    answer_within,
    continued,
    filter_offer,
    is_held,
    platform_offer,
    with_all_directions,
)
from trunkline.protocol.sdp.session import SessionDescription, parse

TOP = "v=0\no=- 1 1 IN IP4 192.0.2.10\ns=-\nc=IN IP4 192.0.2.10\nt=3034423619 3042462419\n"
RICH = (
    "m=audio 4000 RTP/AVP 9 8 96 0 18 97 101 13\na=rtpmap:9 G722/8000\na=rtpmap:96 opus/48000/2\n"
    "a=fmtp:96 useinbandfec=1\na=rtpmap:97 telephone-event/48000\na=fmtp:97 0-16\n"
    "a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\n"
    "a=rtcp-fb:96 nack\na=rtcp-fb:* ccm\na=ptime:30\na=sendrecv\n"
)
VIDEO = "m=video 5000 RTP/SAVP 99\ni=face\nb=AS:100\na=rtpmap:99 H264/90000\na=crypto:1 X inline:abc\n"


def sdp(*parts: str) -> SessionDescription:
    return parse(TOP + "".join(parts))


def media_text(session: SessionDescription, index: int = 0) -> str:
    return "\n".join(session.media[index].lines)


def test_row_81_termination_keeps_the_customers_order_and_payload_types() -> None:
    """Design, decision 12."""
    assert media_text(filter_offer(sdp(RICH))) == (
        "m=audio 4000 RTP/AVP 8 0 101\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\n"
        "a=rtcp-fb:* ccm\na=ptime:30\na=sendrecv"
    )


def test_row_81_origination_is_pcmu_then_pcma() -> None:
    filtered = filter_offer(sdp(RICH), order=ORIGINATION_ORDER)
    assert filtered.media[0].formats == ("0", "8", "101")


def test_what_is_kept_of_a_telephones_lines_is_remembered_for_the_very_same_question() -> None:
    """The lines under m= are read once for all calls; port, order, wanted codecs and any other line are not."""
    assert filter_offer(sdp(RICH)).media[0].formats == ("8", "0", "101")
    assert filter_offer(sdp(RICH), order=ORIGINATION_ORDER).media[0].formats == ("0", "8", "101")
    assert filter_offer(sdp(RICH), ("PCMA",)).media[0].formats == ("8",)
    moved = filter_offer(sdp(RICH.replace("audio 4000", "audio 4002").replace("ptime:30", "ptime:20")))
    assert media_text(moved) == media_text(filter_offer(sdp(RICH))).replace("4000", "4002").replace(
        "ptime:30", "ptime:20"
    )


def test_lines_too_long_to_be_remembered_are_filtered_all_the_same() -> None:
    long = RICH + "a=x:" + "y" * 2000 + "\n"
    assert filter_offer(sdp(long)).media[0].formats == ("8", "0", "101")
    assert media_text(filter_offer(sdp(long))).endswith("y" * 2000)


def test_a_dynamic_payload_type_of_pcmu_stays() -> None:
    filtered = filter_offer(sdp("m=audio 4000 RTP/AVP 110 18\na=rtpmap:110 pcmu/8000\n"))
    assert media_text(filtered) == "m=audio 4000 RTP/AVP 110\na=rtpmap:110 pcmu/8000"


def test_other_media_are_refused_in_their_place_and_lose_their_keys() -> None:
    """RFC 3264 section 6: a refused stream stays with port 0."""
    filtered = filter_offer(sdp(VIDEO, RICH, "m=image 6000 udptl t38\nc=IN IP4 192.0.2.11\n"))
    assert media_text(filtered, 0) == "m=video 0 RTP/SAVP 99\ni=face"
    assert filtered.media[1].port == 4000
    assert media_text(filtered, 2) == "m=image 0 udptl t38\nc=IN IP4 192.0.2.11"


OFFERED = sdp("m=audio 4000 RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000\n").build()


@pytest.mark.parametrize(
    ("answer", "formats"),
    [
        ("m=audio 5000 RTP/AVP 18 0 101\na=rtpmap:101 telephone-event/8000\n", ("0", "101")),
        ("m=audio 5000 RTP/AVP 0 96\na=rtpmap:96 opus/48000/2\n", ("0",)),
        ("m=audio 5000 RTP/AVP 0 96\na=rtpmap:96 telephone-event/8000\n", ("0", "96")),
    ],
)
def test_row_81_an_answer_adds_no_codec_that_may_not_pass(answer: str, formats: tuple[str, ...]) -> None:
    """RFC 3264 section 6.1: an answerer may name more than it was offered; design, decision 12."""
    assert parse(answer_within(sdp(answer).build(), OFFERED)).media[0].formats == formats


@pytest.mark.parametrize(
    "answer",
    ["m=audio 5000 RTP/AVP 0 101\n", "m=audio 5000 RTP/AVP 8\n", "m=audio 0 RTP/AVP 18\n", "m=audio 5000 RTP/AVP 18\n"],
)
def test_an_answer_of_what_was_offered_is_left_alone_and_so_is_one_of_nothing_else(answer: str) -> None:
    octets = sdp(answer).build()
    assert answer_within(octets, OFFERED) is octets
    assert answer_within(b"m=audio 4 x 18\r\n", OFFERED) == b"m=audio 4 x 18\r\n"


@pytest.mark.parametrize(
    ("answer", "lines"),
    [
        ("m=audio 5000 RTP/AVP 0\n", ["m=video 0 RTP/AVP 99", "m=audio 5000 RTP/AVP 0", "m=image 0 udptl t38"]),
        ("", ["m=video 0 RTP/AVP 99", "m=audio 0 RTP/AVP 0 8", "m=image 0 udptl t38"]),
        ("m=audio 0 RTP/AVP 0\n", ["m=video 0 RTP/AVP 99", "m=audio 0 RTP/AVP 0 8", "m=image 0 udptl t38"]),
        (
            "m=video 0 RTP/AVP 99\nm=audio 5000 RTP/AVP 8 18\nm=image 0 udptl t38\nm=video 6000 RTP/AVP 31\n",
            ["m=video 0 RTP/AVP 99", "m=audio 5000 RTP/AVP 8", "m=image 0 udptl t38"],
        ),
    ],
)
def test_an_answer_has_the_lines_of_its_offer(answer: str, lines: list[str]) -> None:
    """RFC 3264 section 6: MUST have as many m= lines; some answer the audio alone, read as video then."""
    offer = sdp("m=video 0 RTP/AVP 99\n", "m=audio 4000 RTP/AVP 0 8\na=sendrecv\n", "m=image 0 udptl t38\n").build()
    told = parse(answer_within(sdp(answer).build(), offer))
    assert [media.lines[0] for media in told.media] == lines


def test_a_key_beside_rtp_does_not_travel_on() -> None:
    """RFC 4568 section 6: a=crypto is of SRTP; else two phones agree on what the trunk does not know."""
    key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\n"
    assert "crypto" not in media_text(filter_offer(sdp("m=audio 4000 RTP/AVP 0\n" + key)))
    assert "crypto" in media_text(filter_offer(sdp("m=audio 4000 RTP/SAVP 0\n" + key)))


def test_a_session_goes_on_under_its_own_name() -> None:
    """RFC 3264 section 8: o= is the same but for its version, which rises by one where anything else has changed."""
    told = TOP.replace("o=- 1 1", "o=root 7 41").encode() + b"m=audio 4000 RTP/AVP 0\n"
    told = parse(told).build()
    again = told.replace(b"o=root 7 41", b"o=- 123 999")
    assert continued(again, told) == told
    changed = again.replace(b"4000", b"4002")
    assert continued(changed, told) == changed.replace(b"o=- 123 999", b"o=root 7 42")
    assert continued(b"odd", told) == b"odd"
    assert continued(changed, b"odd") == changed


def test_the_second_audio_line_is_refused() -> None:
    filtered = filter_offer(sdp("m=audio 4000 RTP/SAVP 0\n", "m=audio 4002 RTP/AVP 0\n"))
    assert [media.port for media in filtered.media] == [4000, 0]


@pytest.mark.parametrize(
    "media",
    [
        "m=audio 4000 RTP/AVP 18 9\n",
        "m=audio 4000 RTP/AVP 101\na=rtpmap:101 telephone-event/8000\n",
        "m=audio 4000 RTP/AVP 96\na=rtpmap:96 PCMU/16000\n",
        "m=audio 4000 RTP/AVP 96\na=rtpmap:96 PCMU/8000/2\n",
        "m=audio 4000 RTP/AVP 96\n",
        "m=audio 0 RTP/AVP 0\n",
        "m=audio 4000 UDP/TLS/RTP/SAVPF 0\n",
        "m=audio 4000 udp 0\n",
        VIDEO,
        "",
    ],
)
def test_row_82_nothing_in_common(media: str) -> None:
    with pytest.raises(NoCommonCodec):
        filter_offer(sdp(media))


def test_rows_84_and_85_the_platforms_own_offer() -> None:
    """Spec 4.4, byte for byte but for the name of the session."""
    assert platform_offer("127.0.0.1", 10000, "12345").build() == (
        b"v=0\r\no=root 12345 1 IN IP4 127.0.0.1\r\ns=Trunkline Media Gateway\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        b"m=audio 10000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
        b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=maxptime:20\r\na=sendrecv\r\n"
    )


def test_row_77_a_secure_offer_has_one_key() -> None:
    offer = platform_offer("2001:db8::1", 10000, "1", crypto="1 AES_CM_128_HMAC_SHA1_80 inline:k")
    assert offer.media[0].proto == "RTP/SAVP"
    assert offer.media[0].crypto_lines == ("1 AES_CM_128_HMAC_SHA1_80 inline:k",)
    assert parse(offer.build()) == offer


def test_an_endpoint_answers_the_first_codec_it_knows_under_the_offers_types() -> None:
    """RFC 3264 section 6; the t= line is the offer's."""
    offer = sdp(VIDEO, RICH.replace("101", "102"))
    answer = answer_for(offer, "127.0.0.1", 7000, "9")
    assert answer.build() == (
        b"v=0\r\no=root 9 1 IN IP4 127.0.0.1\r\ns=Trunkline Media Gateway\r\nc=IN IP4 127.0.0.1\r\n"
        b"t=3034423619 3042462419\r\nm=video 0 RTP/SAVP 99\r\n"
        b"m=audio 7000 RTP/AVP 8 102\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:102 telephone-event/8000\r\n"
        b"a=fmtp:102 0-16\r\na=ptime:20\r\na=maxptime:20\r\na=sendrecv\r\n"
    )


def test_an_endpoint_may_know_one_codec_only() -> None:
    answer = answer_for(sdp(RICH), "127.0.0.1", 7000, "9", allowed=("PCMU",))
    assert answer.media[0].formats == ("0",)
    with pytest.raises(NoCommonCodec):
        answer_for(sdp(RICH), "127.0.0.1", 7000, "9", allowed=("G729X",))


@pytest.mark.parametrize(
    ("offered", "wanted", "answered"),
    [
        ("sendrecv", "sendrecv", "sendrecv"),
        ("sendonly", "sendrecv", "recvonly"),
        ("recvonly", "sendrecv", "sendonly"),
        ("inactive", "sendrecv", "inactive"),
        ("sendrecv", "sendonly", "sendonly"),
        ("sendonly", "sendonly", "inactive"),
        ("recvonly", "recvonly", "inactive"),
        ("sendrecv", "inactive", "inactive"),
    ],
)
def test_the_direction_of_an_answer(offered: str, wanted: str, answered: str) -> None:
    """RFC 3264 section 6.1."""
    answer = answer_for(sdp(RICH.replace("sendrecv", offered)), "127.0.0.1", 7000, "9", direction=wanted)
    assert answer.direction_of(answer.media[0]) == answered


def test_what_was_agreed() -> None:
    offer = sdp(VIDEO, RICH)
    answer = answer_for(offer, "127.0.0.1", 7000, "9")
    agreed = answer_codecs(offer, answer)
    assert (agreed.index, agreed.codec.name, agreed.codec.payload_type, agreed.telephone_event) == (1, "PCMA", 8, 101)


def test_an_answer_without_events_has_none() -> None:
    agreed = answer_codecs(sdp(RICH), sdp("m=audio 4000 RTP/AVP 0\n"))
    assert (agreed.codec.name, agreed.telephone_event) == ("PCMU", None)


@pytest.mark.parametrize("answer", ["m=audio 0 RTP/AVP 0\n", "m=audio 4000 RTP/AVP 3\n", "m=image 1 udptl t38\n", ""])
def test_an_answer_may_accept_nothing(answer: str) -> None:
    with pytest.raises(NoCommonCodec):
        answer_codecs(sdp(RICH), sdp(answer))


@pytest.mark.parametrize(
    ("media", "held"),
    [
        (RICH, False),
        (RICH.replace("sendrecv", "sendonly"), True),
        (RICH.replace("sendrecv", "inactive"), True),
        (RICH.replace("sendrecv", "recvonly"), False),
        (RICH.replace("a=ptime:30", "c=IN IP4 0.0.0.0"), True),
        (RICH.replace("a=ptime:30", "c=IN IP6 ::"), True),
        (VIDEO, False),
    ],
)
def test_hold_is_told_by_direction_or_by_the_zero_address(media: str, held: bool) -> None:
    """RFC 3264 section 8.4."""
    assert is_held(sdp(media)) is held


def test_a_direction_is_given_to_everything_in_use() -> None:
    session = with_all_directions(sdp(RICH, "m=image 0 udptl t38\n"), "inactive")
    assert is_held(session)
    assert session.media[0].direction == "inactive"
    assert session.media[1].direction is None
    session = parse(TOP + "a=sendonly\nm=audio 4000 RTP/AVP 0\n")
    back = with_all_directions(session, "sendrecv")
    assert (back.attribute("sendonly"), back.direction_of(back.media[0])) == (None, "sendrecv")
