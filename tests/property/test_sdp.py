"""Whatever a peer sends as SDP: the same lines come out, or `MalformedSdp` and nothing else."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kit.length import runs
from trunkline.protocol.sdp.errors import MalformedSdp, NoCommonCodec
from trunkline.protocol.sdp.media import Transport
from trunkline.protocol.sdp.offer import answer_codecs, answer_for, filter_offer, is_held, platform_offer
from trunkline.protocol.sdp.session import parse

TEXT = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=30)
IPV4 = st.ip_addresses(v=4).map(str)
IPV6 = st.ip_addresses(v=6).map(str)
CONNECTION = st.one_of(IPV4.map(lambda address: f"c=IN IP4 {address}"), IPV6.map(lambda address: f"c=IN IP6 {address}"))
ATTRIBUTE = st.one_of(
    st.sampled_from(
        [
            "a=rtpmap:0 PCMU/8000",
            "a=rtpmap:101 telephone-event/8000",
            "a=fmtp:101 0-16",
            "a=sendonly",
            "a=ptime:20",
            "a=rtcp:4001",
            "a=rtcp-mux",
            "b=AS:64",
        ]
    ),
    st.tuples(st.sampled_from("abekiuxz"), TEXT).map("=".join),
)
PAYLOAD_TYPES = st.lists(st.integers(0, 127), min_size=1, max_size=6).map(lambda types: " ".join(map(str, types)))


@st.composite
def media(draw: st.DrawFn) -> list[str]:
    kind = draw(st.sampled_from(["audio", "video"]))
    proto = draw(st.sampled_from(["RTP/AVP", "RTP/SAVP", "UDP/TLS/RTP/SAVPF"]))
    first = f"m={kind} {draw(st.integers(0, 65535))} {proto} {draw(PAYLOAD_TYPES)}"
    own = draw(st.lists(CONNECTION, max_size=1))
    return [first, *own, *draw(st.lists(ATTRIBUTE, max_size=6))]


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    origin = f"o=- {draw(st.integers(0))} {draw(st.integers(0, 10**20))} IN IP4 {draw(IPV4)}"
    lines = ["v=0", origin, f"s={draw(TEXT)}", draw(CONNECTION), "t=0 0", *draw(st.lists(ATTRIBUTE, max_size=3))]
    for one in draw(st.lists(media(), max_size=3)):
        lines += one
    return "".join(f"{line}\r\n" for line in lines).encode()


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    body = bytearray(draw(bodies()))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(body) - 1))
        piece = draw(
            st.one_of(st.binary(max_size=4), st.sampled_from([b"\r\n", b"m=", b"c=", b":", b"/", b" ", b"9" * 40]))
        )
        body[at : at + draw(st.integers(0, 4))] = piece
        if not body:
            break
    return bytes(body)


@given(bodies())
@settings(deadline=None, max_examples=runs(150))
def test_build_gives_back_what_was_parsed(body: bytes) -> None:
    session = parse(body)
    assert session.build() == body
    assert parse(session.build()) == session


@given(bodies(), st.integers(1, 65535), IPV4)
@settings(deadline=None, max_examples=runs(150))
def test_an_anchored_body_names_the_relay_only(body: bytes, port: int, relay: str) -> None:
    session = parse(body)
    anchored = parse(session.with_transports([Transport(relay, port, port)] * len(session.media), relay).build())
    assert anchored.origin.address == relay
    for before, after in zip(session.media, anchored.media, strict=True):
        assert after.port == port
        assert after.rtcp_port == port
        assert anchored.address_of(after) in {relay, "0.0.0.0", "::"}
        assert after.formats == before.formats


@given(st.one_of(mutated(), st.binary(max_size=300), st.text(max_size=100)))
@settings(deadline=None, max_examples=runs(400))
def test_a_mutated_body_is_read_or_malformed(body: bytes | str) -> None:
    """goals.md, reliability row 6."""
    try:
        session = parse(body)
        assert parse(session.build()) == session
        for one in session.media:
            _ = (one.codecs(), one.rtcp_port, one.rtcp_address, one.ptime, one.crypto_lines, one.fmtp(0))
        is_held(session)
        answer_codecs(platform_offer("127.0.0.1", 4000, "1"), session)
        answer = answer_for(filter_offer(session), "127.0.0.1", 4000, "1")
        parse(answer.build())
    except (MalformedSdp, NoCommonCodec):
        pass
