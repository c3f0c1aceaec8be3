"""Where a 302 may lead: rows 65-68, sip.md 4.6."""

from dataclasses import replace

import pytest

from tests.unit.domain_trunk.town import OWNED, PFX
from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.origination.redirect import RedirectRule, is_private
from trunkline.domain.trunk.origination.uri import OriginationTarget, parse_origination_uri
from trunkline.protocol.sip.transaction.flow import Flow

RULE = RedirectRule(OWNED, secure=False, suffix=PFX)
_URI = parse_origination_uri("sip:pbx.example.com")
assert _URI is not None
ASKED = OriginationTarget(None, _URI, Transport.UDP, OWNED)


def uri_of(contact: str, rule: RedirectRule = RULE) -> str | None:
    target = rule.follow(contact, ASKED)
    return None if target is None else target.request_uri


@pytest.mark.parametrize(
    ("contact", "uri"),
    [
        ("<sip:desk@203.0.113.9:5070>", "sip:desk@203.0.113.9:5070"),
        ("sip:desk@pbx.example.com;q=0.5", "sip:desk@pbx.example.com"),
        ('"Desk, second" <sip:desk@pbx.example.com;transport=tcp>', "sip:desk@pbx.example.com;transport=tcp"),
        ("<sips:desk@pbx.example.com>", "sip:desk@pbx.example.com;transport=tls"),
        ("<sip:pbx.example.com>", f"sip:{OWNED}@pbx.example.com"),
        (f"<sip:desk@pbx.{PFX}>", f"sip:desk@pbx.{PFX}"),
        (f"<sip:desk@pstn.example.com>;x={PFX}", "sip:desk@pstn.example.com"),
    ],
)
def test_row_64_target_of_a_redirect(contact: str, uri: str) -> None:
    assert uri_of(contact) == uri


@pytest.mark.parametrize(
    ("contact", "uri"),
    [
        ("<sip:one@203.0.113.9>, <sip:two@203.0.113.9>", "sip:one@203.0.113.9"),
        ("<tel:+12025550101>, <sip:two@203.0.113.9>", None),
    ],
)
def test_row_65_only_the_first_uri_counts(contact: str, uri: str | None) -> None:
    assert uri_of(contact) == uri


@pytest.mark.parametrize(
    "contact",
    [
        f"<sip:desk@acme.pstn.{PFX}>",
        f"<sip:desk@acme.PSTN.{PFX.upper()}.>",
        f"<sip:desk@acme.pstn.ashburn.{PFX}>",
        f"<sip:desk@acme.pstn.us1.{PFX}>",
        f"<sip:desk@acme.sip.{PFX}>",
        f"<sip:desk@acme.sip.dublin.{PFX}>",
        f"<sip:desk@sip.{PFX}>",
        f"<sips:desk@acme.sip.{PFX};transport=tls>",
        "<sip:desk@acme.pstn.twilio.com>",
    ],
)
@pytest.mark.parametrize("allow_private", [False, True])
def test_row_66_names_of_the_platform_are_forbidden(contact: str, allow_private: bool) -> None:
    assert uri_of(contact, replace(RULE, allow_private=allow_private)) is None


def test_row_66_the_alias_is_a_foreign_name_where_it_is_switched_off() -> None:
    contact = "<sip:desk@acme.pstn.twilio.com>"
    assert uri_of(contact, replace(RULE, alias=False)) == "sip:desk@acme.pstn.twilio.com"


PRIVATE = [
    *("127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.1.1"),
    *("100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255"),
]


@pytest.mark.parametrize("host", [*PRIVATE, "localhost", "pbx.LOCALHOST", "localhost."])
def test_row_66_private_hosts_are_forbidden_unless_allowed(host: str) -> None:
    contact = f"<sip:desk@{host}:5060>"
    assert uri_of(contact) is None
    assert uri_of(contact, replace(RULE, allow_private=True)) == f"sip:desk@{host}:5060"


@pytest.mark.parametrize("host", [*PRIVATE, "::1", "::", "fd00::1", "fe80::1", "ff02::1", "::ffff:10.0.0.1"])
def test_row_66_an_address_that_a_name_leads_to_is_judged_too(host: str) -> None:
    assert is_private(host)
    assert not RULE.admits(Flow("UDP", host, 5060), ASKED)
    assert replace(RULE, allow_private=True).admits(Flow("UDP", host, 5060), ASKED)


@pytest.mark.parametrize(
    "host", ["192.0.2.9", "172.32.0.1", "172.15.255.255", "100.128.0.1", "11.0.0.1", "2001:db8::1", "::ffff:192.0.2.9"]
)
def test_row_66_public_addresses_are_admitted(host: str) -> None:
    assert RULE.admits(Flow("UDP", host, 5060), ASKED)


@pytest.mark.parametrize(
    "contact",
    [
        *("", "*", "<tel:+12025550101>", "tel:+12025550101", "<mailto:desk@example.com>", "<http://example.com/>"),
        *("desk", "<sip:>", "<sip:@example.com>", "<sip:desk@example.com", '"desk <sip:desk@example.com>', ", ,"),
        *("<sip:desk@127.1>", "<sip:desk@2130706433>", "<sip:desk@example.com:0>", "<sip:a:secret@example.com>"),
        "<sip:desk@[2001:db8::1]>",  # as an origination URI: an IPv4 address or a name
    ],
)
def test_row_66_what_is_no_sip_uri_is_forbidden(contact: str) -> None:
    assert uri_of(contact, replace(RULE, allow_private=True)) is None


@pytest.mark.parametrize("extra", ["edge=dublin", "region=ie1", "tnx=TX1", "edge=nowhere", "maddr=10.0.0.1"])
def test_row_67_edge_and_tnx_are_ignored(extra: str) -> None:
    target = RULE.follow(f"<sip:desk@pbx.example.com;{extra}>", ASKED)
    assert target is not None
    assert (target.request_uri, target.uri.edge) == ("sip:desk@pbx.example.com", None)


def test_row_67_a_redirect_leaves_by_the_edge_of_who_sent_it_whose_gateways_judge_the_address() -> None:
    asked = replace(ASKED, away="dublin")
    target = RULE.follow("<sip:desk@pbx.example.com;edge=tokyo>", asked)
    assert target is not None
    assert target.away == "dublin"
    assert RULE.admits(Flow("TCP", "10.0.0.1", 5060), target)
    assert RULE.follow("<sip:desk@10.0.0.1>", asked) is None


@pytest.mark.parametrize("contact", ["<sip:desk@pbx.example.com>", "<sip:desk@pbx.example.com;transport=udp>"])
def test_row_68_secure_stays_secure(contact: str) -> None:
    target = replace(RULE, secure=True).follow(contact, ASKED)
    assert target is not None
    assert (target.transport, target.request_uri) == (Transport.TLS, "sip:desk@pbx.example.com;transport=tls")
