"""Dialogs (RFC 3261 section 12) and where their requests go (design, decision 14)."""

import pytest

from tests.unit.protocol_sip_transaction.message import request, response
from trunkline.protocol.sip.dialog.dialog import Dialog, numeric_flow
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.message.uri import parse_uri
from trunkline.protocol.sip.transaction.flow import Flow, TlsTerms

SEEN = Flow("UDP", "192.0.2.77", 40000)
STREAM = Flow("TCP", "192.0.2.77", 40000, 7)
CONTACT = "Contact: <sip:alice@10.0.0.7:5070>\r\n"


def uas(extra: str = CONTACT, flow: Flow = SEEN) -> Dialog:
    return Dialog.of_uas(request(extra=extra), "ours", flow)


def uac(*lines: tuple[str, str], flow: Flow = SEEN) -> Dialog:
    sent = request()
    answer = response(sent, 200)
    for name, value in lines:
        answer.add(name, value)
    return Dialog.of_uac(sent, answer, flow)


def routes(message: Request) -> list[str]:
    return message.get_all("route")


def test_uas_takes_what_section_12_1_1_says() -> None:
    dialog = uas(CONTACT + "Record-Route: <sip:p1;lr>\r\nRecord-Route: <sip:p2;lr>, <sip:p3;lr>\r\n")
    assert dialog.route_set == ("<sip:p1;lr>", "<sip:p2;lr>", "<sip:p3;lr>"), "in the order of the request"
    assert (dialog.remote_target, dialog.remote_cseq, dialog.local_cseq) == ("sip:alice@10.0.0.7:5070", 1, 0)
    assert (dialog.local_tag, dialog.remote_tag) == ("ours", "alice")
    bye = dialog.next_request("BYE", "SIP/2.0/UDP host;branch=z9hG4bK-9")
    assert (bye.uri_text, bye.cseq) == ("sip:alice@10.0.0.7:5070", (1, "BYE"))
    assert (bye.from_.tag, bye.to.tag) == ("ours", "alice")
    assert bye.get("max-forwards") == "70"


def test_uac_takes_what_section_12_1_2_says() -> None:
    dialog = uac(("Contact", "<sip:bob@192.0.2.9>"), ("Record-Route", "<sip:p1;lr>"), ("Record-Route", "<sip:p2;lr>"))
    assert dialog.route_set == ("<sip:p2;lr>", "<sip:p1;lr>"), "in reverse order"
    assert (dialog.remote_target, dialog.local_cseq, dialog.remote_cseq) == ("sip:bob@192.0.2.9", 1, None)
    assert (dialog.local_tag, dialog.remote_tag) == ("alice", "bob")
    assert dialog.next_request("BYE", "v").cseq == (2, "BYE")
    assert dialog.next_request("ACK", "v", 1).cseq == (1, "ACK")
    assert dialog.next_request("INVITE", "v").cseq == (3, "INVITE"), "an ACK takes no number"


def test_without_a_contact_the_target_is_who_was_asked() -> None:
    assert uas("").remote_target == "sip:+15005550199@192.0.2.9"
    assert uac().remote_target == "sip:+15005550100@192.0.2.1"


def test_loose_routes_go_along_and_the_target_stays_the_request_uri() -> None:
    bye = uas(CONTACT + "Record-Route: <sip:p1;lr>\r\nRecord-Route: <sip:p2>\r\n").next_request("BYE", "v")
    assert (bye.uri_text, routes(bye)) == ("sip:alice@10.0.0.7:5070", ["<sip:p1;lr>", "<sip:p2>"])


def test_a_strict_router_first_swaps_target_and_route() -> None:
    """Section 12.2.1.1."""
    bye = uas(CONTACT + "Record-Route: <sip:p1>\r\nRecord-Route: <sip:p2;lr>\r\n").next_request("BYE", "v")
    assert (bye.uri_text, routes(bye)) == ("sip:p1", ["<sip:p2;lr>", "<sip:alice@10.0.0.7:5070>"])


def test_numbers_must_rise() -> None:
    """Section 12.2.2."""
    dialog = uas()
    assert [dialog.accepts(number) for number in (1, 0, 2, 2, 9, 5)] == [False, False, True, False, True, False]
    assert uac().accepts(0), "the first of the far side may be any"


def test_without_a_route_set_requests_go_to_where_the_peer_was_seen() -> None:
    assert uas().next_hop() == SEEN
    assert uas(flow=STREAM).next_hop() == STREAM


@pytest.mark.parametrize(
    ("route", "seen", "hop"),
    [
        ("<sip:192.0.2.5;lr>", SEEN, Flow("UDP", "192.0.2.5", 5060)),
        ("<sip:192.0.2.5:5080;transport=tcp;lr>", SEEN, Flow("TCP", "192.0.2.5", 5080)),
        ("<sip:192.0.2.77;transport=tcp;lr>", STREAM, STREAM),
        ("<sip:[2001:db8::1]:5080;lr>", SEEN, Flow("UDP", "2001:db8::1", 5080)),
        ("<sips:192.0.2.5;lr>", SEEN, Flow("TLS", "192.0.2.5", 5061)),
        ("<sip:proxy.example;lr>", SEEN, SEEN),
        ("<nonsense", SEEN, SEEN),
    ],
)
def test_with_a_route_set_requests_go_to_its_first_hop(route: str, seen: Flow, hop: Flow) -> None:
    dialog = uas(flow=seen)
    dialog.route_set = (route,)
    assert dialog.next_hop() == hop


def test_target_refresh_takes_the_new_contact_and_keeps_the_old_without_one() -> None:
    dialog = uas()
    dialog.refresh_target(request(extra="Contact: <sip:alice@192.0.2.200>\r\n"))
    assert dialog.remote_target == "sip:alice@192.0.2.200"
    dialog.refresh_target(request())
    assert dialog.remote_target == "sip:alice@192.0.2.200"


@pytest.mark.parametrize(
    ("contact", "flow"),
    [
        ("sip:alice@192.0.2.8:5070;transport=tcp", Flow("TCP", "192.0.2.8", 5070)),
        ("sip:alice@192.0.2.8;transport=tls", Flow("TLS", "192.0.2.8", 5061)),
        ("sip:alice@192.0.2.8:5070", Flow("TCP", "192.0.2.8", 5070)),
        ("sip:alice@192.0.2.8:5070;transport=udp", Flow("UDP", "192.0.2.8", 5070)),
        ("sip:alice@desk.example;transport=tcp", Flow("TCP", "192.0.2.77", 40000)),
        ("tel:+15005550100", Flow("TCP", "192.0.2.77", 40000)),
    ],
)
def test_a_lost_connection_is_replaced_by_one_to_the_contact(contact: str, flow: Flow) -> None:
    """Design, decision 14."""
    dialog = uas(f"Contact: <{contact}>\r\n", STREAM)
    dialog.lose_connection()
    assert dialog.next_hop() == flow


@pytest.mark.parametrize(
    ("contact", "address", "port"),
    [
        ("sip:alice@192.0.2.8", "192.0.2.8", 5061),
        ("sip:alice@192.0.2.8:5070;transport=tcp", "192.0.2.8", 5070),
        ("sip:alice@192.0.2.8:5071;transport=tls", "192.0.2.8", 5071),
        ("sip:alice@desk.example;transport=tls", "192.0.2.77", 40000),
    ],
)
def test_a_lost_tls_connection_is_replaced_by_tls_on_the_same_terms(contact: str, address: str, port: int) -> None:
    """Design, decision 14: what was TLS never falls back to plain text, and is verified as it was."""
    terms = TlsTerms("pbx.example", verified=True)
    dialog = uas(f"Contact: <{contact}>\r\n", Flow("TLS", "192.0.2.77", 40000, 9, terms))
    dialog.lose_connection()
    assert dialog.next_hop() == Flow("TLS", address, port, 0, terms)


def test_numeric_flow_of_a_name_is_none() -> None:
    assert numeric_flow(parse_uri("sip:pbx.example"), None) is None


def test_tag_of_an_existing_dialog_is_not_added_twice() -> None:
    dialog = Dialog.of_uas(request(to_tag="ours"), "ours", SEEN)
    assert dialog.local_text.count("tag=") == 1


def test_answer_of_another_dialect_survives_octet_for_octet() -> None:
    sent = request()
    answer = response(sent, 200)
    assert isinstance(answer, Response)
    answer.put("to", "Bob   <sip:bob@192.0.2.9;x=1>;foo=bar;tag=b")
    bye = Dialog.of_uac(sent, answer, SEEN).next_request("BYE", "v")
    assert bye.get("to") == "Bob   <sip:bob@192.0.2.9;x=1>;foo=bar;tag=b"
