"""Calls from a customer, on the wire: who is let in, who is refused and how, and what is left of each."""

import pytest

from tests.e2e.peer import Callee
from tests.e2e.place import Place
from tests.e2e.sip import sdp

pytestmark = pytest.mark.e2e


def test_customer_with_digest_talks_to_the_carrier(place: Place) -> None:
    """Rows 23, 27, 45: one challenge of the documented form, the 100's own words, one completed record."""
    place.open()
    carrier = place.carrier()
    caller = place.customer()
    caller.invite()
    challenge = caller.expect(407)
    offered = challenge.get("proxy-authenticate")
    assert offered.startswith('Digest realm="sip.trunkline.localhost",qop="auth",nonce="')
    assert "algorithm" not in offered
    assert challenge.get("x-twilio-error") == ""
    caller.ack_failure(challenge)
    caller.invite(login=place.login)
    trying = caller.expect(100)
    assert trying.start == "SIP/2.0 100 trying -- your call is important to us"
    assert trying.get("server") == "Twilio Gateway"
    callee = Callee.on(carrier)
    callee.ring()
    assert caller.expect(180).tag("to")
    callee.answer()
    caller.established()
    callee.expect("ACK")
    caller.bye()
    callee.expect_bye()
    record = place.record()
    assert (record["status"], record["direction"]) == ("completed", "trunking-terminating")
    assert (record["from_number"], record["to_number"], record["cause"]) == (
        place.number,
        place.far,
        "caller_hung_up",
    )


UNKNOWN = ["nobody.pstn.trunkline.localhost", "pstn.ashburn.trunkline.localhost", "example.com", "192.0.2.7"]


@pytest.mark.parametrize("host", UNKNOWN)
def test_row_20_an_unknown_domain_is_met_with_silence(place: Place, host: str) -> None:
    """Row 20: INVITE, its repeat and other methods get no answer at all, and the gateway goes on."""
    place.open()
    caller = place.customer()
    caller.uri = caller.target = f"sip:{place.far}@{host}"
    data = caller.invite()
    caller.wire.assert_silence(0.3)
    caller.wire.send(data)
    for method in ("REGISTER", "MESSAGE", "SUBSCRIBE"):
        caller.request(method)
    caller.wire.assert_silence(0.3)


def test_row_21_a_trunk_without_authentication_refuses(place: Place) -> None:
    """Rows 21, 45: neither ACL nor credentials: 403 with 32200 and an alert, no record."""
    place.open(credentials=False)
    caller = place.customer()
    caller.invite()
    assert caller.refused(403).get("x-twilio-error").startswith("32200 ")
    assert place.alerts() == [32200]
    assert place.records(0, seconds=0) == []


def test_row_22_only_addresses_of_the_acl_may_call(place: Place) -> None:
    """Rows 22, 45: inside the CIDR the INVITE reaches the carrier without digest, outside it is 403 with 32201."""
    street = place.customer_host.rpartition(".")[0]
    place.open(credentials=False, acl=[f"{street}.0/30"])
    carrier = place.carrier()
    stranger = place.customer(host=f"{street}.4")
    stranger.invite()
    assert stranger.refused(403).get("x-twilio-error").startswith("32201 ")
    assert place.alerts() == [32201]
    neighbour = place.customer(host=f"{street}.3")
    neighbour.invite()
    Callee.on(carrier).refuse(486)
    neighbour.refused(486)
    assert [record["source_address"].split(":")[0] for record in place.records(1)] == [f"{street}.3"]


@pytest.mark.parametrize("login", [("right", "Wrong-Password-1"), ("nobody", "Aa1-nobody-Secret")])
def test_row_24_wrong_credentials_are_403(place: Place, login: tuple[str, str]) -> None:
    """Rows 24, 45: a wrong password and an unknown user get the very same 403 with 32202."""
    place.open()
    caller = place.customer()
    caller.invite(login=(place.login[0] if login[0] == "right" else login[0], login[1]))
    refusal = caller.refused(403)
    assert refusal.get("x-twilio-error") == "32202 Wrong credentials"
    assert refusal.get("proxy-authenticate") == ""
    assert place.alerts() == [32202]
    assert place.records(0, seconds=0) == []


def test_row_24_a_nonce_count_is_good_once(place: Place) -> None:
    """Design, decision 15: credentials that are sent again are stale, and never let a second call in."""
    place.open()
    carrier, caller = place.carrier(), place.customer()
    caller.invite()
    credentials = caller.challenged(place.login)
    caller.invite(extra=[("Proxy-Authorization", credentials)])
    Callee.on(carrier).refuse(486)
    caller.refused(486)
    thief = place.customer()
    thief.invite(extra=[("Proxy-Authorization", credentials)])
    assert "stale=true" in thief.expect(407).get("proxy-authenticate")
    carrier.assert_silence(0.3)


def test_row_25_acl_and_credentials_are_both_demanded(place: Place) -> None:
    """Row 25: ACL first, so a stranger's bare INVITE is 403 and not 407; behind it the password is checked."""
    place.open(acl=[place.customer_host])
    carrier = place.carrier()
    stranger = place.customer(host=place.host("stranger"))
    stranger.invite()
    assert stranger.refused(403).get("x-twilio-error").startswith("32201 ")
    guesser = place.customer()
    guesser.invite(login=(place.login[0], "Wrong-Password-1"))
    assert guesser.refused(403).get("x-twilio-error").startswith("32202 ")
    carrier.assert_silence(0.2)
    caller = place.customer()
    caller.invite(login=place.login)
    Callee.on(carrier).refuse(486)
    caller.refused(486)
    assert place.alerts(2) == [32201, 32202]


def test_row_26_register_is_refused(place: Place) -> None:
    """Rows 26, 45: 405 with 32210, from an address that may call too."""
    place.open(credentials=False, acl=[place.customer_host])
    caller = place.customer()
    caller.target = f"sip:{place.domain}"
    caller.request("REGISTER", extra=[("Expires", "60")])
    refusal = caller.expect(405, 403)
    assert refusal.get("x-twilio-error").startswith("32210 ")
    assert place.alerts() == [32210]


@pytest.mark.parametrize("to", ["14155550100", "+1415555010A", "", "+0155", "anonymous", "+" + "1" * 16])
def test_row_30_the_called_number_is_e164(place: Place, to: str) -> None:
    """Rows 30, 45: anything but + and digits is 400 with 32101, and leaves a record since the caller is known."""
    place.open()
    caller = place.customer(to=to)
    caller.uri = caller.target = f"sip:{to}@{place.domain}" if to else f"sip:{place.domain}"
    caller.invite(login=place.login)
    refusal = caller.refused(400)
    assert refusal.start == "SIP/2.0 400 Invalid Phone Number"
    assert refusal.get("x-twilio-error").startswith("32101 ")
    assert place.alerts() == [32101]
    record = place.record()
    assert (record["status"], record["error_code"], record["sip_status"]) == ("failed", 32101, 400)


@pytest.mark.parametrize(
    ("near", "code"), [("<sip:FOREIGN@x.invalid>", 32204), ("<sip:alice@x.invalid>", 32206), ("<sip:x.invalid>", 32206)]
)
def test_row_32_the_caller_id_is_the_accounts(place: Place, near: str, code: int) -> None:
    """Rows 32, 45: a number of somebody else is 403 with 32204, no number at all 403 with 32206."""
    place.open()
    carrier, caller = place.carrier(), place.customer()
    caller.invite(login=place.login, near=near.replace("FOREIGN", place.foreign))
    refusal = caller.refused(403)
    assert refusal.start == "SIP/2.0 403 Invalid Caller ID"
    assert refusal.get("x-twilio-error").startswith(f"{code} ")
    carrier.assert_silence(0.2)
    assert place.alerts() == [code]
    assert place.record()["error_code"] == code


SOURCES = [
    ("Remote-Party-ID", "anonymous", "NUMBER", 0),
    ("P-Asserted-Identity", "anonymous", "NUMBER", 0),
    ("Remote-Party-ID", "NUMBER", "FOREIGN", 32204),
    ("Remote-Party-ID", "anonymous", "FOREIGN", 32204),
    ("P-Asserted-Identity", "anonymous", "FOREIGN", 32204),
    ("P-Asserted-Identity", "FOREIGN", "NUMBER", 32204),
]


@pytest.mark.parametrize(("header", "near", "named", "code"), SOURCES)
def test_row_33_where_the_caller_id_is_read(place: Place, header: str, near: str, named: str, code: int) -> None:
    """Row 33: From; without a number there RPID or PAI; an RPID must be the account's too."""
    place.open()
    words = {"NUMBER": place.number, "FOREIGN": place.foreign}
    carrier, caller = place.carrier(), place.customer()
    value = f"<sip:{words[named]}@x.invalid>"
    caller.invite(login=place.login, near=f"<sip:{words.get(near, near)}@x.invalid>", extra=[(header, value)])
    if code:
        assert caller.refused(403).get("x-twilio-error").startswith(f"{code} ")
        carrier.assert_silence(0.2)
        return
    callee = Callee.on(carrier)
    assert f"sip:{place.number}@" in callee.invite.get("from")
    callee.refuse(486)
    caller.refused(486)


BODIES = [("", 32103), ("v=0\r\nnot sdp at all", 32102), ("m=audio x RTP/AVP 0\r\n", 32102)]


@pytest.mark.parametrize(("body", "code"), BODIES)
def test_row_44_sdp_missing_or_unreadable(place: Place, body: str, code: int) -> None:
    """Rows 44, 45: 400 with 32103 without a body, with 32102 for one that is no SDP."""
    place.open()
    caller = place.customer()
    caller.invite(login=place.login, body=body)
    assert caller.refused(400).get("x-twilio-error").startswith(f"{code} ")
    assert place.alerts() == [code]
    assert place.record()["error_code"] == code


def test_row_82_no_codec_in_common_is_415(place: Place) -> None:
    """Row 82."""
    place.open()
    caller = place.customer()
    caller.invite(login=place.login, body=sdp("127.0.0.9", 40000, codecs="9 18"))
    caller.refused(415)
    assert place.record()["status"] == "failed"


def test_row_45_a_carriers_own_answer_carries_no_error_header(place: Place) -> None:
    """Row 45: X-Twilio-Error is for failures that the platform makes; 486 goes through as it came."""
    place.open()
    carrier, caller = place.carrier(), place.customer()
    caller.invite(login=place.login)
    Callee.on(carrier).refuse(486, "Occupied")
    refusal = caller.refused(486)
    assert refusal.start == "SIP/2.0 486 Occupied"
    assert refusal.get("x-twilio-error") == ""
    record = place.record()
    assert (record["status"], record["cause"], record["party_at_fault"]) == ("busy", "carrier_486", "carrier")


def test_row_28_options_are_answered_without_a_login(place: Place) -> None:
    """Rows 27, 28: to a gateway address and to a trunk's domain, 200 with a To tag and without a body."""
    place.open()
    caller = place.customer()
    for target in (f"sip:127.0.0.1:{place.town.gateway[1]}", f"sip:{place.domain}"):
        caller.target = target
        caller.request("OPTIONS")
        answer = caller.expect(200)
        assert answer.tag("to")
        assert answer.body == b""
        assert answer.get("server") == "Twilio Gateway"


def test_a_trunk_domain_is_found_in_every_form(place: Place) -> None:
    """Rows 17, 18: the edge's name, the legacy one and the alias of design decision 11, in any case of letters."""
    place.open(credentials=False)
    for host in (f"{place.name}.pstn.ashburn", f"{place.name}.pstn.us1", f"{place.name.upper()}.PSTN"):
        caller = place.customer()
        caller.uri = caller.target = f"sip:{place.far}@{host}.trunkline.localhost"
        caller.invite()
        assert caller.refused(403).get("x-twilio-error").startswith("32200 ")
    alias = place.customer()
    alias.uri = alias.target = f"sip:{place.far}@{place.name}.pstn.twilio.com"
    alias.invite()
    assert alias.refused(403).get("x-twilio-error").startswith("32200 ")


def test_a_required_extension_is_refused_by_name(place: Place) -> None:
    """RFC 3261 section 8.2.2.3; sip.md 9.9: no 100rel, so an INVITE that insists on it is 420 with Unsupported."""
    place.open()
    carrier, caller = place.carrier(), place.customer()
    caller.invite(login=place.login, extra=[("Require", "100rel"), ("Supported", "timer")])
    assert caller.refused(420).get("unsupported") == "100rel"
    carrier.assert_silence(0.2)
    record = place.record()
    assert (record["status"], record["cause"], record["sip_status"]) == ("failed", "bad_extension", 420)
