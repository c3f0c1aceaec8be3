"""The messages of RFC 4475 and RFC 5118, each judged and read as its section says (goals, row 5).

They are read from TRUNKLINE_VECTORS and not part of the project; without them these tests are skipped. Where a
section lets the receiver be liberal or strict, the verdict here is the one this stack has chosen.
"""

import os
import re
from pathlib import Path

import pytest

from tests.vectors.sip_torture import ACCEPT, DROP
from trunkline.protocol.sip.message.errors import MalformedMessage, UnframeableMessage
from trunkline.protocol.sip.message.frame import StreamFramer
from trunkline.protocol.sip.message.message import Message, Request, Response
from trunkline.protocol.sip.message.name_addr import parse_name_addr
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.message.via import parse_via

VECTORS = Path(os.environ.get("TRUNKLINE_VECTORS", Path(__file__).parents[4] / "shared" / "vectors"))

RFC_4475 = {
    "wsinv": ("3.1.1.1", ACCEPT),
    "intmeth": ("3.1.1.2", ACCEPT),
    "esc01": ("3.1.1.3", ACCEPT),
    "escnull": ("3.1.1.4", ACCEPT),
    "esc02": ("3.1.1.5", ACCEPT),
    "lwsdisp": ("3.1.1.6", ACCEPT),
    "longreq": ("3.1.1.7", ACCEPT),
    "dblreq": ("3.1.1.8", ACCEPT),
    "semiuri": ("3.1.1.9", ACCEPT),
    "transports": ("3.1.1.10", ACCEPT),
    "mpart01": ("3.1.1.11", ACCEPT),
    "unreason": ("3.1.1.12", ACCEPT),
    "noreason": ("3.1.1.13", ACCEPT),
    "badinv01": ("3.1.2.1", 400),
    "clerr": ("3.1.2.2", 400),
    "ncl": ("3.1.2.3", 400),
    "scalar02": ("3.1.2.4", 400),
    "scalarlg": ("3.1.2.5", DROP),
    "quotbal": ("3.1.2.6", 400),
    "ltgtruri": ("3.1.2.7", 400),
    "lwsruri": ("3.1.2.8", 400),
    "lwsstart": ("3.1.2.9", 400),
    "trws": ("3.1.2.10", 400),
    "escruri": ("3.1.2.11", 400),
    "baddate": ("3.1.2.12", ACCEPT),
    "regbadct": ("3.1.2.13", 400),
    "badaspec": ("3.1.2.14", 400),
    "baddn": ("3.1.2.15", 400),
    "badvers": ("3.1.2.16", 505),
    "mismatch01": ("3.1.2.17", 400),
    "mismatch02": ("3.1.2.18", 400),
    "bigcode": ("3.1.2.19", DROP),
    "badbranch": ("3.2.1", ACCEPT),
    "insuf": ("3.3.1", 400),
    "unkscm": ("3.3.2", 416),
    "novelsc": ("3.3.3", 416),
    "unksm2": ("3.3.4", ACCEPT),
    "bext01": ("3.3.5", ACCEPT),
    "invut": ("3.3.6", ACCEPT),
    "regaut01": ("3.3.7", ACCEPT),
    "multi01": ("3.3.8", 400),
    "mcl01": ("3.3.9", 400),
    "bcast": ("3.3.10", ACCEPT),
    "zeromf": ("3.3.11", ACCEPT),
    "cparam01": ("3.3.12", ACCEPT),
    "cparam02": ("3.3.13", ACCEPT),
    "regescrt": ("3.3.14", ACCEPT),
    "sdp01": ("3.3.15", ACCEPT),
    "inv2543": ("3.4.1", ACCEPT),
}
RFC_5118 = {
    "ipv6-good": ("4.1", ACCEPT),
    "ipv6-bad": ("4.2", 400),
    "port-ambiguous": ("4.3", ACCEPT),
    "port-unambiguous": ("4.4", ACCEPT),
    "via-received-param-with-delim": ("4.5", ACCEPT),
    "via-received-param-no-delim": ("4.5", ACCEPT),
    "ipv6-in-sdp": ("4.6", ACCEPT),
    "mult-ip-in-header": ("4.7", ACCEPT),
    "mult-ip-in-sdp": ("4.8", ACCEPT),
    "ipv4-mapped-ipv6": ("4.9", ACCEPT),
    "ipv6-bug-abnf-3-colons": ("4.10", ACCEPT),
    "ipv6-correct-abnf-2-colons": ("4.10", ACCEPT),
}
EXPECTED = {
    **{name: (f"RFC 4475 {section}", verdict) for name, (section, verdict) in RFC_4475.items()},
    **{name: (f"RFC 5118 {section}", verdict) for name, (section, verdict) in RFC_5118.items()},
}

pytestmark = pytest.mark.skipif(not VECTORS.is_dir(), reason="the messages of RFC 4475 and 5118 are not here")


def octets(name: str) -> bytes:
    path = VECTORS / "rfc5118" / name if name in RFC_5118 else VECTORS / "rfc4475" / f"{name}.dat"
    return path.read_bytes()


def request(name: str) -> Request:
    message = parse(octets(name))
    assert isinstance(message, Request)
    return message


def response(name: str) -> Response:
    message = parse(octets(name))
    assert isinstance(message, Response)
    return message


def refused(name: str) -> Request:
    with pytest.raises(MalformedMessage) as caught:
        parse(octets(name))
    assert caught.value.request is not None
    return caught.value.request


def values(message: Message, key: str) -> list[str]:
    return [str(parse_via(member)) for member in message.members(key)]


def test_every_message_has_a_verdict() -> None:
    files = [path for folder in ("rfc4475", "rfc5118") for path in (VECTORS / folder).iterdir()]
    assert sorted(path.name.removesuffix(".dat") for path in files) == sorted(EXPECTED)
    assert len(EXPECTED) == 61


@pytest.mark.parametrize("name", EXPECTED)
def test_verdict_is_the_sections(name: str) -> None:
    verdict = ACCEPT
    try:
        parse(octets(name))
    except MalformedMessage as error:
        verdict = error.status
    except UnframeableMessage:
        verdict = DROP
    assert verdict == EXPECTED[name][1], EXPECTED[name][0]


@pytest.mark.parametrize("name", [name for name, (_, verdict) in EXPECTED.items() if verdict == ACCEPT])
def test_accepted_message_means_the_same_when_written_again(name: str) -> None:
    first = parse(octets(name))
    again = parse(first.to_bytes())
    assert repr(again) == repr(first)
    assert again.body == first.body
    kept = [(key, value) for key, _, value in first.headers if key != "content-length"]
    assert [(key, value) for key, _, value in again.headers if key != "content-length"] == kept


@pytest.mark.parametrize("name", [name for name, (_, verdict) in EXPECTED.items() if verdict > 0])
def test_refused_message_can_be_answered(name: str) -> None:
    """RFC 4475 section 3.1.2: the answer goes back along the Via."""
    broken = refused(name)
    broken.stamp_via("192.0.2.250", 5099)
    answer = broken.respond(EXPECTED[name][1], to_tag="refused").to_bytes()
    assert answer.startswith(b"SIP/2.0 %d " % EXPECTED[name][1])
    assert b"received=192.0.2.250" in answer


@pytest.mark.parametrize(
    "name", [name for name, (_, verdict) in EXPECTED.items() if verdict == ACCEPT and name != "inv2543"]
)
def test_accepted_message_is_framed_octet_by_octet(name: str) -> None:
    """RFC 3261 section 18.3, for all that carry a Content-Length (goals, row 5)."""
    whole = octets(name)
    end = whole.index(b"\r\n\r\n") + 4 + len(parse(whole).body)
    framer = StreamFramer()
    framed = [found for at in range(end) for found in framer.feed(whole[at : at + 1])]
    assert framed == [whole[:end]]


@pytest.mark.parametrize("name", ["ncl", "mcl01", "inv2543"])
def test_stream_without_one_length_is_closed(name: str) -> None:
    """RFC 4475 sections 3.1.2.3 and 3.3.9: over a stream nobody knows where the next message starts."""
    with pytest.raises(UnframeableMessage):
        StreamFramer().feed(octets(name))


# ---- RFC 4475 section 3.1.1: valid messages, read right


def test_wsinv_every_header_is_read_through_its_white_space() -> None:
    invite = request("wsinv")
    assert str(invite.uri) == "sip:vivekg@chair-dnrc.example.com;unknownparam"
    assert (str(invite.to.uri), invite.to.tag) == ("sip:vivekg@chair-dnrc.example.com", "1918181833n")
    assert (invite.from_.name, str(invite.from_.uri)) == ('J Rosenberg \\"', "sip:jdrosen@example.com")
    assert invite.from_.tag == "98asjd8"
    assert invite.get("max-forwards") == "0068"
    assert invite.call_id == "wsinv.ndaksdj@192.0.2.1"
    assert invite.cseq == (9, "INVITE")
    assert invite.get("subject") == ""
    assert invite.get("newfangledheader") == "newfangled value continued newfangled value"
    assert invite.get("unknownheaderwithunusualvalue") == ";;,,;;,;"
    assert invite.get("content-type") == "application/sdp"
    assert len(invite.body) == 150


def test_wsinv_three_vias_route_and_contact() -> None:
    invite = request("wsinv")
    assert values(invite, "via") == [
        "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw",
        "SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8",
        "SIP/2.0/UDP 192.168.255.111;branch=z9hG4bK30239",
    ]
    route = parse_name_addr(invite.get_all("route")[0])
    assert (route.uri.param("lr"), route.uri.param("unknownwith"), route.uri.param("unknown-no-value")) == (
        "",
        "value",
        "",
    )
    contact = invite.contact
    assert contact is not None
    assert contact.name == 'Quoted string ""'
    assert contact.params == (("newparam", "newvalue"), ("secondparam", None), ("q", "0.33"))


def test_intmeth_method_user_and_names_keep_every_character() -> None:
    odd = request("intmeth")
    assert odd.method == odd.cseq[1] == "!interesting-Method0123456789_*+`.%indeed'~"
    assert odd.uri.user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    assert odd.uri.password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
    assert odd.uri.host == "example.com"
    assert odd.via.branch == "z9hG4bK-.!%66*_+`'~"
    assert odd.to.name == "BEL:\x07 NUL:\x00 DEL:\x7f"
    assert odd.from_.name == "token1~` token2'+_ token3*%!.-"
    assert odd.from_.tag == "_token~1'+`*%!-."
    assert odd.from_.param("fromparam''~+*_!.-%") == '"работающий"'
    assert odd.get("max-forwards") == "255"
    assert odd.get("extensionheader-!.%*+_`'~") == "\ufeff大停電"


def test_esc01_escapes_are_kept_and_resolved_once() -> None:
    invite = request("esc01")
    assert (invite.uri.scheme, invite.uri.user, invite.uri.host) == ("sip", "sips%3Auser%40example.com", "example.net")
    assert invite.uri.plain_user == "sips:user@example.com"
    assert invite.to.uri.plain_user == "user"
    assert invite.from_.uri.plain_user == "I have spaces"
    contact = invite.contact
    assert contact is not None
    assert contact.uri.plain_user == "caller"
    assert contact.uri.params == (("%6C%72", None), ("n%61me", "v%61lue%25%34%31"))


def test_escnull_null_is_a_character_of_the_user() -> None:
    register = request("escnull")
    assert register.to.uri.plain_user == "null-\0-null"
    assert [parse_name_addr(value).uri.plain_user for value in register.get_all("contact")] == ["\0", "\0\0"]


def test_esc02_percent_in_methods_and_names_is_no_escape() -> None:
    odd = request("esc02")
    assert odd.method == "RE%47IST%45R"
    assert odd.to.name == "%Z%45"
    assert odd.get("c%6fntact") == "<sip:alias2@host2.example.com>"
    assert len(odd.get_all("contact")) == 2
    assert odd.via.branch == "z9hG4bK209%fzsnel234"


def test_lwsdisp_display_name_may_touch_the_bracket() -> None:
    caller = request("lwsdisp").from_
    assert (caller.display, str(caller.uri), caller.tag) == ("caller", "sip:caller@example.com", "323")


def test_longreq_long_values_are_whole() -> None:
    invite = request("longreq")
    hosts = [parse_via(member).host for member in invite.members("via")]
    assert hosts == [*(f"sip{number}.example.com" for number in range(33, 0, -1)), "host.example.com"]
    assert invite.call_id == f"longreq.one{'really' * 20}longcallid"
    assert invite.from_.tag == f"12{'982' * 50}424"
    assert invite.to.name.startswith("I have a user name of extremeextreme")
    assert invite.to.params == ()
    name, value = invite.to.uri.params[-1]
    assert re.fullmatch("very(long)+ParameterNameWithNoValue", name)
    assert value is None
    assert invite.contact is not None
    assert invite.contact.uri.user == "amazinglylongcallername" * 5


def test_dblreq_octets_behind_the_message_are_ignored() -> None:
    assert request("dblreq").body == b""


def test_semiuri_parameter_belongs_to_the_user() -> None:
    uri = request("semiuri").uri
    assert (uri.user, uri.host, uri.params) == ("user;par=u%40example.net", "example.com", ())
    assert request("semiuri").tokens("accept") >= {"application/sdp", "multipart/signed", "message/sipfrag"}


def test_transports_are_read_known_or_not() -> None:
    vias = [parse_via(member) for member in request("transports").members("via")]
    assert [via.transport for via in vias] == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]
    assert [via.host for via in vias] == [f"t{number}.example.com" for number in range(1, 6)]


def test_mpart01_body_keeps_its_binary_octets() -> None:
    message = request("mpart01")
    assert len(message.body) == int(message.get("content-length") or 0)
    assert message.body.count(b"--7a9cbec02ceef655") >= 3
    assert message.body in octets("mpart01")


def test_unreason_and_noreason_phrases() -> None:
    assert response("unreason").reason == "= 2**3 * 5**2 но сто девяносто девять - простое"
    assert (response("noreason").status, response("noreason").reason) == (100, "")


# ---- RFC 4475 sections 3.1.2 to 3.4: what is left of broken and odd ones


def test_badvers_goes_back_along_a_via_of_the_other_version() -> None:
    assert refused("badvers").via.host == "c.example.com"


def test_multi01_answer_copies_one_of_each() -> None:
    """RFC 4475 section 3.3.8: the first of each, as good as any."""
    answer = refused("multi01").respond(400)
    assert [len(answer.get_all(key)) for key in ("from", "to", "call-id", "cseq")] == [1, 1, 1, 1]


def test_mismatch02_method_is_there_for_a_501() -> None:
    assert refused("mismatch02").method == "NEWMETHOD"


def test_badbranch_has_the_cookie_and_nothing_else() -> None:
    assert request("badbranch").via.branch == "z9hG4bK"


def test_unksm2_foreign_schemes_are_read() -> None:
    register = request("unksm2")
    assert (register.to.uri.scheme, register.from_.uri.scheme) == ("isbn", "http")
    assert register.contact is not None
    assert str(register.contact.uri) == "name:John_Smith"


def test_bext01_unknown_options_are_there_for_a_420() -> None:
    options = request("bext01")
    assert options.tokens("require") == {"nothingsupportsthis", "nothingsupportsthiseither"}
    assert options.tokens("proxy-require") == {"noproxiessupportthis", "nordoanyproxiessupportthis"}


def test_invut_and_sdp01_types_are_there_for_a_415_and_a_406() -> None:
    assert request("invut").get("content-type") == "application/unknownformat"
    assert request("sdp01").tokens("accept") == {"text/nobodyknowsthis"}


def test_regaut01_unknown_scheme_is_kept() -> None:
    assert (request("regaut01").get("authorization") or "").startswith("NoOneKnowsThisScheme ")


def test_bcast_second_via_is_seen() -> None:
    """RFC 4475 section 3.3.10: dropping it is for the layer that knows its own sent-by."""
    vias = [parse_via(member) for member in response("bcast").members("via")]
    assert [via.host for via in vias] == ["192.0.2.198", "255.255.255.255"]


def test_zeromf_is_read() -> None:
    assert request("zeromf").get("max-forwards") == "0"


def test_cparam01_parameter_belongs_to_the_header() -> None:
    contact = request("cparam01").contact
    assert contact is not None
    assert (contact.params, contact.uri.params) == ((("unknownparam", None),), ())


def test_cparam02_parameter_belongs_to_the_uri() -> None:
    contact = request("cparam02").contact
    assert contact is not None
    assert (contact.params, contact.uri.params) == ((), (("unknownparam", None),))


def test_regescrt_header_stays_in_the_contacts_uri() -> None:
    contact = request("regescrt").contact
    assert contact is not None
    assert (contact.uri.headers, str(contact.uri)) == (
        "Route=%3Csip:sip.example.com%3E",
        "sip:user@example.com?Route=%3Csip:sip.example.com%3E",
    )


def test_inv2543_has_neither_branch_nor_tag() -> None:
    invite = request("inv2543")
    assert (invite.via.branch, invite.from_.tag, invite.get("max-forwards")) == ("", "", None)
    assert invite.body.startswith(b"v=0\r\n")


# ---- RFC 5118


def test_ipv6_references_are_read() -> None:
    assert request("ipv6-good").uri.address == "2001:db8::10"
    assert (request("port-ambiguous").uri.address, request("port-ambiguous").uri.port) == ("2001:db8::10:5070", None)
    assert (request("port-unambiguous").uri.address, request("port-unambiguous").uri.port) == ("2001:db8::10", 5070)
    assert request("ipv4-mapped-ipv6").via.sent_by == "[::ffff:192.0.2.10]:19823"


@pytest.mark.parametrize("name", ["via-received-param-with-delim", "via-received-param-no-delim"])
def test_received_means_the_same_with_and_without_brackets(name: str) -> None:
    assert request(name).via.received == "2001:db8::9:255"


@pytest.mark.parametrize("name", ["ipv6-bug-abnf-3-colons", "ipv6-correct-abnf-2-colons"])
def test_three_colons_mean_two(name: str) -> None:
    assert request(name).uri.address == "2001:db8::192.0.2.1"


def test_mixed_addresses_in_vias() -> None:
    vias = [parse_via(member) for member in request("mult-ip-in-header").members("via")]
    assert [(via.host, via.port, via.received) for via in vias] == [
        ("[2001:db8::9:1]", 6050, ""),
        ("192.0.2.1", None, ""),
        ("[2001:db8::9:255]", None, "192.0.2.200"),
    ]


@pytest.mark.parametrize("name", ["ipv6-in-sdp", "mult-ip-in-sdp"])
def test_bodies_with_ipv6_are_whole(name: str) -> None:
    message = request(name)
    assert b"c=IN IP6 2001:db8::" in message.body
    assert len(message.body) == int(message.get("content-length") or 0)
