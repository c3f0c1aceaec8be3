"""RFC 4566 session descriptions: read, kept line by line, rewritten for the relay."""

import pytest

from trunkline.protocol.sdp.errors import MalformedSdp
from trunkline.protocol.sdp.media import Transport
from trunkline.protocol.sdp.session import MAX_LINES, MAX_MEDIA, MAX_SIZE, Origin, SessionDescription, parse

PHONE = b"""v=0
o=alice 2890844526 2890844527 IN IP4 192.0.2.10
s=-
c=IN IP4 192.0.2.10
t=0 0
m=audio 49170 RTP/AVP 8 0 97 101
a=rtpmap:8 PCMA/8000
a=rtpmap:97 iLBC/8000
a=rtpmap:101 Telephone-Event/8000
a=fmtp:97 mode=30
a=fmtp:101 0-16
a=ptime:20
a=sendonly
""".replace(b"\n", b"\r\n")

TWO_MEDIA = b"""v=0
o=- 1 1 IN IP6 2001:db8::7
s= 
i=odd lines in odd places
t=0 0
a=tool:none
z=unknown to most
m=audio 4000/1 RTP/SAVP 0
i=speech
c=IN IP6 2001:db8::7
a=rtcp:4100 IN IP4 192.0.2.44
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz
m=image 0 udptl t38
""".replace(b"\n", b"\r\n")  # noqa: W291  a blank s= is one space


def changed(old: bytes, new: bytes, body: bytes = PHONE) -> SessionDescription:
    assert old in body
    return parse(body.replace(old, new))


def malformed(body: bytes | str) -> str:
    with pytest.raises(MalformedSdp) as caught:
        parse(body)
    return caught.value.reason


@pytest.mark.parametrize("body", [PHONE, TWO_MEDIA])
def test_every_line_is_kept_in_its_place(body: bytes) -> None:
    """RFC 4566 section 5; style.md section 6: wire fidelity."""
    assert parse(body).build() == body


def test_bare_line_feeds_and_a_missing_end_are_accepted() -> None:
    """RFC 4566 section 5: parsers should also accept lines ended by a single LF."""
    assert parse(PHONE.replace(b"\r\n", b"\n")).build() == PHONE
    assert parse(PHONE.rstrip(b"\r\n")).build() == PHONE
    assert parse(PHONE + b"\r\n\r\n").build() == PHONE


def test_text_that_is_not_utf_8_survives() -> None:
    body = PHONE.replace(b"s=-", b"s=caf\xe9")
    assert parse(body).build() == body


def test_text_is_read_like_bytes() -> None:
    assert parse(PHONE.decode()) == parse(PHONE)


def test_views_of_a_media_line() -> None:
    """RFC 4566 sections 5.7, 5.14, 6."""
    session = parse(PHONE)
    (media,) = session.media
    assert (media.kind, media.port, media.proto) == ("audio", 49170, "RTP/AVP")
    assert media.payload_types == (8, 0, 97, 101)
    assert session.address_of(media) == "192.0.2.10"
    assert session.direction_of(media) == "sendonly"
    assert media.ptime == 20
    assert media.fmtp(97) == "mode=30"
    assert media.fmtp(8) is None
    assert not media.is_secure
    assert session.name == "-"


def test_codecs_follow_the_m_line_static_types_need_no_rtpmap() -> None:
    """RFC 3551 section 6 for payload type 0; RFC 4855 section 3: names without case."""
    (media,) = parse(PHONE).media
    assert [(codec.payload_type, codec.name, codec.clock_rate) for codec in media.codecs()] == [
        (8, "PCMA", 8000),
        (0, "PCMU", 8000),
        (97, "ILBC", 8000),
        (101, "telephone-event", 8000),
    ]


def test_a_dynamic_type_without_rtpmap_means_nothing() -> None:
    (media,) = changed(b"a=rtpmap:97 iLBC/8000\r\n", b"").media
    assert [codec.payload_type for codec in media.codecs()] == [8, 0, 101]


def test_rtpmap_with_channels() -> None:
    (media,) = changed(b"iLBC/8000", b"opus/48000/2").media
    opus = media.codecs()[2]
    assert (opus.name, opus.clock_rate, opus.channels) == ("OPUS", 48000, 2)


@pytest.mark.parametrize("rtpmap", [b"x PCMU/8000", b"97 iLBC", b"97 iLBC/fast", b"97 iLBC/8000/two", b"97"])
def test_a_broken_rtpmap_is_the_peers_fault(rtpmap: bytes) -> None:
    (media,) = changed(b"a=rtpmap:97 iLBC/8000", b"a=rtpmap:" + rtpmap).media
    with pytest.raises(MalformedSdp):
        media.codecs()


def test_direction_of_the_session_holds_for_media_without_one() -> None:
    """RFC 4566 section 6: attributes at session level are defaults."""
    session = changed(b"a=sendonly\r\n", b"")
    assert session.direction_of(session.media[0]) == "sendrecv"
    session = parse(PHONE.replace(b"a=sendonly\r\n", b"").replace(b"t=0 0", b"t=0 0\r\na=inactive"))
    assert session.direction_of(session.media[0]) == "inactive"


def test_a_medias_own_connection_wins_and_ipv6_is_read() -> None:
    session = parse(TWO_MEDIA)
    audio, image = session.media
    assert session.address is None
    assert session.address_of(audio) == "2001:db8::7"
    assert audio.is_secure
    assert len(audio.crypto_lines) == 1
    assert (image.kind, image.port, image.payload_types) == ("image", 0, ())
    assert session.attribute("tool") == "none"
    assert audio.attribute("sendrecv") is None
    assert parse(PHONE).media[0].attribute("sendonly") == ""
    with pytest.raises(MalformedSdp):
        session.address_of(image)


def test_rtcp_port_by_attribute_by_mux_and_by_rule() -> None:
    """RFC 3605 section 2.1, RFC 5761 section 5.1.1, RFC 3550 section 11."""
    (media,) = parse(PHONE).media
    assert (media.rtcp_port, media.rtcp_address) == (49171, None)
    (audio, _) = parse(TWO_MEDIA).media
    assert (audio.rtcp_port, audio.rtcp_address) == (4100, "192.0.2.44")
    (media,) = changed(b"a=sendonly", b"a=rtcp-mux").media
    assert media.rtcp_port == 49170


@pytest.mark.parametrize(
    ("field", "expected"), [(b"30", 30), (b"", None), (b"x", None), (b"20.5", None), (b"9" * 99, None)]
)
def test_ptime_is_whole_milliseconds_or_nothing(field: bytes, expected: int | None) -> None:
    (media,) = changed(b"a=ptime:20", b"a=ptime:" + field).media
    assert media.ptime == expected


def test_origin_is_read_and_its_version_raised() -> None:
    """RFC 4566 section 5.2, RFC 3264 section 8."""
    session = parse(PHONE)
    assert session.origin == Origin("alice", "2890844526", 2890844527, "192.0.2.10")
    raised = session.with_version(2890844528)
    assert raised.build() == PHONE.replace(b"2890844527", b"2890844528")


def test_origin_and_name_are_replaced() -> None:
    session = parse(PHONE).with_origin(Origin("root", "7", 1, "2001:db8::1")).with_name("Gateway")
    assert b"o=root 7 1 IN IP6 2001:db8::1\r\ns=Gateway\r\n" in session.build()


def test_one_media_line_is_sent_elsewhere() -> None:
    moved = parse(PHONE).with_transport(0, Transport("127.0.0.1", 12000, 12001))
    expected = PHONE.replace(
        b"m=audio 49170 RTP/AVP 8 0 97 101", b"m=audio 12000 RTP/AVP 8 0 97 101\r\nc=IN IP4 127.0.0.1"
    )
    assert moved.build() == expected + b"a=rtcp:12001\r\n"
    assert moved.media[0].port == 12000


def test_no_address_of_the_peer_is_left_after_anchoring() -> None:
    """goals.md, attacks on the relay: the far side learns the relay's address only."""
    anchored = parse(PHONE).with_transports([Transport("127.0.0.1", 12000, 12001)], "127.0.0.9")
    expected = PHONE.replace(b"IP4 192.0.2.10\r\ns=", b"IP4 127.0.0.9\r\ns=").replace(b"192.0.2.10", b"127.0.0.1")
    assert anchored.build() == expected.replace(b"49170", b"12000") + b"a=rtcp:12001\r\n"


def test_anchoring_replaces_rtcp_and_refuses_other_media() -> None:
    anchored = parse(TWO_MEDIA).with_transports([Transport("127.0.0.1", 12000), None], "127.0.0.1")
    text = anchored.build()
    assert b"2001:db8" not in text
    assert b"192.0.2.44" not in text
    assert b"m=audio 12000 RTP/SAVP 0\r\ni=speech\r\nc=IN IP4 127.0.0.1\r\na=crypto:" in text
    assert text.endswith(b"m=image 0 udptl t38\r\nc=IN IP4 127.0.0.1\r\n")


def test_anchoring_keeps_a_held_address() -> None:
    """RFC 3264 section 8.4: c=0.0.0.0 is hold in the manner of RFC 2543."""
    held = changed(b"c=IN IP4 192.0.2.10", b"c=IN IP4 0.0.0.0")
    anchored = held.with_transports([Transport("127.0.0.1", 12000)], "127.0.0.1")
    assert anchored.address == "0.0.0.0"
    assert anchored.media[0].address is None
    own = changed(b"101\r\n", b"101\r\nc=IN IP4 0.0.0.0\r\n")
    anchored = own.with_transports([Transport("127.0.0.1", 12000)], "127.0.0.1")
    assert anchored.address == "127.0.0.1"
    assert anchored.media[0].address == "0.0.0.0"


def test_anchoring_two_media_at_different_addresses() -> None:
    body = PHONE + b"m=audio 49180 RTP/AVP 0\r\n"
    anchored = parse(body).with_transports([Transport("127.0.0.1", 1000), Transport("127.0.0.2", 2000)], "127.0.0.1")
    assert [anchored.address_of(media) for media in anchored.media] == ["127.0.0.1", "127.0.0.2"]


def test_attributes_are_left_out_by_name() -> None:
    session = parse(PHONE.replace(b"t=0 0", b"t=0 0\r\na=ptime-like:1\r\na=ptime:9"))
    assert session.without_attributes({"ptime", "sendonly"}).build() == PHONE.replace(
        b"t=0 0", b"t=0 0\r\na=ptime-like:1"
    ).replace(b"a=ptime:20\r\na=sendonly\r\n", b"")


def test_direction_is_set_once() -> None:
    (media,) = changed(b"a=ptime:20", b"a=recvonly").media
    assert media.with_direction("inactive").lines[-1] == "a=inactive"
    assert sum(line == "a=inactive" for line in media.with_direction("inactive").lines) == 1
    (media,) = changed(b"a=sendonly\r\n", b"").media
    assert media.with_direction("sendrecv").lines[-1] == "a=sendrecv"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"v=0\r\n", b""),
        (b"v=0", b"v=1"),
        (b"v=0\r\n", b"\r\nv=0\r\n"),
        (b"o=alice 2890844526 2890844527 IN IP4 192.0.2.10\r\n", b""),
        (b"2890844527 IN", b"x IN"),
        (b"2890844527 IN", b"IN"),
        (b"t=0 0", b"t=0\r0"),
        (b"t=0 0", b"t=0\0"),
        (b"t=0 0", b"just words"),
        (b"t=0 0", b"t"),
        (b"t=0 0", b" =0"),
        (b"t=0 0", b"t=0 0\r\n"),
        (b"c=IN IP4 192.0.2.10\r\n", b""),
        (b"c=IN IP4 192.0.2.10", b"c=IN IP4 phone.example.com"),
        (b"c=IN IP4 192.0.2.10", b"c=IN IP4 192.0.2.256"),
        (b"c=IN IP4 192.0.2.10", b"c=IN IP4 192.0.2.010"),
        (b"c=IN IP4 192.0.2.10", b"c=IN IP6 192.0.2.10"),
        (b"c=IN IP4 192.0.2.10", b"c=IN IP6 fe80::1%eth0"),
        (b"c=IN IP4 192.0.2.10", b"c=ATM NSAP 47"),
        (b"c=IN IP4 192.0.2.10", b"c="),
        (b"m=audio 49170", b"m=audio 70000"),
        (b"m=audio 49170", b"m=audio -1"),
        (b"m=audio 49170", "m=audio ٤٩١٧٠".encode()),
        (b"m=audio 49170 RTP/AVP 8 0 97 101", b"m=audio 49170"),
        (b"m=audio 49170 RTP/AVP 8 0 97 101", b"m=audio 49170 RTP/AVP"),
        (b"8 0 97 101", b"8 0 128"),
        (b"8 0 97 101", b"8 PCMU"),
    ],
)
def test_an_unusable_body_is_refused(old: bytes, new: bytes) -> None:
    """Features row 44: the gateway answers 32102."""
    assert old in PHONE
    assert malformed(PHONE.replace(old, new, 1))


def test_size_lines_and_media_are_bounded() -> None:
    assert malformed(b"") != ""
    assert malformed(PHONE + b"a=" + b"x" * MAX_SIZE) == "too large"
    assert malformed(PHONE + b"a=x\r\n" * MAX_LINES) == "too many lines"
    assert malformed(PHONE + b"m=audio 0 RTP/AVP 0\r\n" * MAX_MEDIA) == "too many media"
    assert malformed("v=0\r\no=\ud800") == "not encodable as UTF-8"


def test_multicast_suffix_is_not_part_of_the_address() -> None:
    """RFC 4566 section 5.7."""
    assert changed(b"192.0.2.10\r\nt", b"233.252.0.1/127\r\nt").address == "233.252.0.1"
