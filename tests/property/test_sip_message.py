"""What holds of every SIP message: round trips, framing under any split, two kinds of errors, no added lines."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kit.length import runs
from tests.vectors.sip_torture import ACCEPT, VECTORS
from trunkline.protocol.sip.message.errors import LocalProtocolError, MalformedMessage, UnframeableMessage
from trunkline.protocol.sip.message.frame import PING, StreamFramer
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.message.name_addr import NameAddr, parse_name_addr, quote_display
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.message.uri import Uri, parse_uri
from trunkline.protocol.sip.message.via import Via, parse_via

BOUNDED = settings(max_examples=runs(150), deadline=None)

TOKEN = st.text("abzABZ019-.!%*_+`'~", min_size=1, max_size=12)
USER = st.text("abz019-_.!~*'()&=+$,;?/", min_size=1, max_size=16)
HOST = st.sampled_from(["192.0.2.7", "a.example.org", "[2001:db8::7]", "x-y.example"])
PORT = st.none() | st.integers(0, 65535)
PARAMS = st.lists(st.tuples(TOKEN, st.none() | TOKEN), max_size=4).map(tuple)
URI_WORD = st.text("abzABZ019-_.!~*'()[]/:&+$", min_size=1, max_size=8)
URI_PARAMS = st.lists(st.tuples(URI_WORD, st.none() | URI_WORD), max_size=3).map(tuple)
URI = st.builds(Uri, st.sampled_from(["sip", "sips"]), st.none() | USER, HOST, PORT, URI_PARAMS)
DISPLAY = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
NAME_ADDR = st.builds(lambda name, uri, params: NameAddr(quote_display(name), str(uri), params), DISPLAY, URI, PARAMS)
VIA = st.builds(Via, st.sampled_from(["UDP", "TCP", "TLS", "SCTP"]), HOST, PORT, PARAMS)
METHOD = st.sampled_from(["INVITE", "ACK", "BYE", "OPTIONS", "X-%1'"])
VALUE = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=30)
NAME = TOKEN.map(lambda token: "X-" + token)
BODY = st.binary(max_size=60)
HOSTILE = [bytes([octet]) for octet in b'\r\n\0"\\<>;,@: \t%[]=?']
HOSTILE += [
    b"\r\n",
    b"\r\n ",
    b"\xc3",
    b"\xff",
    b"\x85",
    b"\xe2\x80\xa8",
    b"9" * 30,
    b"-1",
    b"SIP/2.0",
    b"Via: ",
    b"sip:",
]
ACCEPTED = [vector.octets for vector in VECTORS if vector.verdict == ACCEPT]


@st.composite
def requests(draw: st.DrawFn) -> Request:
    method = draw(METHOD)
    request = Request(method, str(draw(URI)), [], draw(BODY))
    request.add("Via", ", ".join(str(via) for via in draw(st.lists(VIA, min_size=1, max_size=3))))
    request.add("From", str(draw(NAME_ADDR)))
    request.add("To", str(draw(NAME_ADDR)))
    request.add("Call-ID", draw(TOKEN))
    request.add("CSeq", f"{draw(st.integers(0, 2**31 - 1))} {method}")
    if draw(st.booleans()):
        request.add("Contact", ", ".join(str(address) for address in draw(st.lists(NAME_ADDR, min_size=1, max_size=3))))
    for name, value in draw(st.lists(st.tuples(NAME, VALUE), max_size=5)):
        request.add(name, value)
    return request


def facts(message: Request | Response) -> tuple[object, ...]:
    """All that a message says, apart from the white space around its values."""
    lines = [(key, name, value.strip(" \t")) for key, name, value in message.headers if key != "content-length"]
    return repr(message), lines, message.body


@BOUNDED
@given(requests())
def test_what_is_built_is_what_is_parsed(request: Request) -> None:
    assert facts(parse(request.to_bytes())) == facts(request)


@BOUNDED
@given(requests(), st.integers(100, 699), VALUE)
def test_response_to_anything_is_parsed_again(request: Request, status: int, reason: str) -> None:
    response = request.respond(status, reason, to_tag="mine")
    again = parse(response.to_bytes())
    assert isinstance(again, Response)
    assert again.status == status
    assert (again.cseq, again.call_id, again.from_.tag) == (request.cseq, request.call_id, request.from_.tag)
    assert again.to.tag == (request.to.tag or "mine")


@BOUNDED
@given(st.sampled_from(ACCEPTED))
def test_parsing_what_was_parsed_changes_nothing(octets: bytes) -> None:
    once = parse(octets).to_bytes()
    assert parse(once).to_bytes() == once


@BOUNDED
@given(URI)
def test_uri_round_trip(uri: Uri) -> None:
    again = parse_uri(str(uri))
    assert (again.scheme, again.user, again.host, again.port) == (uri.scheme, uri.user, uri.host, uri.port)
    assert again.params == uri.params


@BOUNDED
@given(NAME_ADDR)
def test_name_addr_round_trip(address: NameAddr) -> None:
    again = parse_name_addr(str(address))
    assert (again.display, again.uri_text, again.params) == (address.display, address.uri_text, address.params)
    assert str(again.uri) == address.uri_text


@BOUNDED
@given(DISPLAY)
def test_display_name_round_trip(name: str) -> None:
    assert parse_name_addr(f"{quote_display(name)} <sip:a@b.example>").name == name


@BOUNDED
@given(VIA)
def test_via_round_trip(via: Via) -> None:
    again = parse_via(str(via))
    assert (again.transport, again.host, again.port, again.params) == (via.transport, via.host, via.port, via.params)


@BOUNDED
@given(VIA, st.sampled_from(["192.0.2.99", "2001:db8::99"]), st.integers(1, 65535))
def test_stamped_via_says_the_source(via: Via, address: str, port: int) -> None:
    """RFC 3581 section 4."""
    stamped = parse_via(str(via.with_source(address, port)))
    assert stamped.received == address
    assert stamped.param("rport") == (None if via.param("rport") is None else str(port))
    assert stamped.branch == via.branch


@BOUNDED
@given(st.lists(st.sampled_from(range(6)), min_size=1, max_size=5), st.data())
def test_stream_is_framed_alike_under_any_split(kinds: list[int], data: st.DataObject) -> None:
    """RFC 3261 section 18.3 and RFC 5626 section 4.4.1."""
    bodies = [b"", b"v=0\r\n", b"\r\n\r\n", b"INVITE sip:x SIP/2.0\r\n", b"\0" * 50]
    parts: list[bytes] = []
    for kind in kinds:
        if kind == 5:
            parts.append(PING)
            continue
        request = Request("OPTIONS", "sip:a@b.example", [("call-id", "Call-ID", "1")], bodies[kind])
        parts.append(request.to_bytes())
    stream = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    framer = StreamFramer()
    found = [
        message
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for message in framer.feed(stream[start:end])
    ]
    assert found == parts
    assert framer.pending == 0


def test_stream_is_framed_when_split_at_every_octet() -> None:
    message = Request("OPTIONS", "sip:a@b.example", [("call-id", "Call-ID", "1")], b"v=0\r\n").to_bytes()
    stream = b"\r\n" + message + PING + message
    for at in range(len(stream)):
        framer = StreamFramer()
        assert framer.feed(stream[:at]) + framer.feed(stream[at:]) == [message, PING, message]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    # The last two vectors are too big to be mutated often.
    broken = st.sampled_from(VECTORS[:-2]).map(lambda vector: vector.octets)
    octets = bytearray(draw(st.sampled_from(ACCEPTED) | broken))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(octets)))
        piece = draw(st.sampled_from(HOSTILE) | st.binary(max_size=3))
        match draw(st.sampled_from(["insert", "replace", "cut", "double"])):
            case "insert":
                octets[at:at] = piece
            case "replace":
                octets[at : at + len(piece)] = piece
            case "cut":
                del octets[at : at + draw(st.integers(1, 40))]
            case _:
                octets[at:at] = octets[at : at + 40]
    return bytes(octets)


@settings(max_examples=runs(1500), deadline=None)
@given(mutated())
def test_mutated_message_gets_one_of_three_verdicts(octets: bytes) -> None:
    """Goals, row 6. What is accepted can be read and written, what is refused can be answered."""
    try:
        message = parse(octets)
    except UnframeableMessage:
        return
    except MalformedMessage as error:
        request = error.request
        if request is None:
            raise AssertionError("a refusal without its request") from error
        request.stamp_via("192.0.2.1", 5060)
        request.respond(error.status, to_tag="x").to_bytes()
        return
    _ = message.via, message.from_.uri, message.to.uri, message.cseq, message.call_id
    if message.contact is not None:
        _ = message.contact.uri
    if isinstance(message, Request):
        _ = message.uri
        message.stamp_via("192.0.2.1", 5060)
        parse(message.respond(200, to_tag="x").to_bytes())
    assert facts(parse(message.to_bytes())) == facts(message)


@settings(max_examples=runs(500), deadline=None)
@given(st.lists(st.sampled_from(VECTORS[:-2]).map(lambda vector: vector.octets) | mutated(), max_size=4), st.data())
def test_mutated_stream_is_followed_or_given_up(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(parts)
    at = data.draw(st.integers(0, len(stream)))
    whole, split = StreamFramer(), StreamFramer()
    assert _followed(whole, [stream]) == _followed(split, [stream[:at], stream[at:]])


def _followed(framer: StreamFramer, pieces: list[bytes]) -> tuple[list[bytes], bool]:
    found: list[bytes] = []
    try:
        for piece in pieces:
            found += framer.feed(piece)
    except UnframeableMessage:
        return found, True
    return found, framer.fault is not None


ANY_TEXT = st.text(st.characters() | st.sampled_from("\r\n\0 \t:;\x85\u2028\udcff\udc0d\ud800"), max_size=30)


@BOUNDED
@given(requests(), ANY_TEXT, st.sampled_from(["value", "display", "uri", "reason"]))
def test_no_text_of_ours_adds_a_line(request: Request, text: str, place: str) -> None:
    """Goals, attacks: CR/LF injection is impossible by construction of the serialiser."""
    message: Request | Response = request
    match place:
        case "value":
            message.add("X-Added", text)
        case "display":
            message.put("from", f"{quote_display(text)} <sip:a@b.example>;tag=1")
        case "uri":
            request.uri_text = text
        case _:
            message = request.respond(200, text)
    try:
        octets = message.to_bytes()
    except LocalProtocolError:
        return
    head = octets.partition(b"\r\n\r\n")[0]
    kept = [header for header in message.headers if header[0] != "content-length"]
    assert head.count(b"\r\n") == len(kept) + 1
    assert head.count(b"\r") == head.count(b"\n") == len(kept) + 1
