"""Calls from a carrier, on the wire: which PBX is asked, in which order, with which headers, until when."""

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.e2e.peer import Callee, Caller
from tests.e2e.place import Place
from tests.e2e.sip import Wire

pytestmark = pytest.mark.e2e


def _answered(caller: Caller, pbx: Wire) -> Callee:
    """The PBX takes the call, and it is hung up again."""
    callee = Callee.on(pbx)
    callee.talk_with(caller)
    return callee


def test_row_46_the_user_of_the_uri_is_the_dialled_number(place: Place) -> None:
    """Rows 46, 61, 62, 63: IPv4 host without a user; what the PBX reads of the call on INVITE and ACK."""
    place.open(uris=[place.uri()])
    pbx, caller = place.pbx(), place.from_carrier()
    caller.invite(extra=[("P-Asserted-Identity", f"<sip:{place.far}@x.invalid>")])
    callee = Callee.on(pbx)
    invite = callee.invite
    assert invite.uri == f"sip:{place.number}@{pbx.address[0]}:5060"
    assert invite.get("to") == f"<{invite.uri}>"
    assert invite.get("from").startswith(f"<sip:{place.far}@{place.domain}:5060>")
    assert invite.all("diversion") == [f"<sip:{place.number}@trunkline.localhost>;reason=unconditional"]
    assert invite.get("x-twilio-accountsid") == place.town.service.account_sid
    assert invite.get("x-twilio-callsid").startswith("CA")
    allowed = {word.strip() for word in invite.get("allow").split(",")}
    assert allowed == {"ACK", "BYE", "CANCEL", "INVITE", "OPTIONS", "REFER", "NOTIFY"}
    ack = callee.accept()
    caller.established()
    assert ack.get("x-twilio-callsid") == invite.get("x-twilio-callsid")
    assert ack.get("x-twilio-accountsid") == invite.get("x-twilio-accountsid")
    caller.bye()
    callee.expect_bye()
    record = place.record()
    assert record["sid"] == invite.get("x-twilio-callsid")
    assert (record["status"], record["direction"], record["cause"]) == (
        "completed",
        "trunking-originating",
        "caller_hung_up",
    )
    assert (record["from_number"], record["to_number"]) == (place.far, place.number)


def test_row_46_a_user_of_the_uris_own_is_kept(place: Place) -> None:
    """Rows 46, 50, 61: sip:reception@host?X-...; Diversion still tells the dialled number."""
    place.open(uris=[f"sip:reception@{place.host('pbx1')}:5060?X-Floor=7&X-Wing=north"])
    pbx, caller = place.pbx(), place.from_carrier(to=place.number.removeprefix("+"))
    caller.invite()
    invite = _answered(caller, pbx).invite
    assert invite.uri == f"sip:reception@{pbx.address[0]}:5060"
    assert f"sip:{place.number}@" in invite.get("diversion")
    assert (invite.get("x-floor"), invite.get("x-wing")) == ("7", "north")


def test_row_46_a_name_is_looked_up(place: Place) -> None:
    """Rows 46, 47: an FQDN with a port, over UDP where nothing else is said."""
    pbx = place.wire("127.0.0.1", 0)
    place.open(uris=[f"sip:localhost:{pbx.address[1]}"])
    caller = place.from_carrier()
    caller.invite()
    assert _answered(caller, pbx).invite.uri == f"sip:{place.number}@localhost:{pbx.address[1]}"
    assert place.record()["outbound_transport"] == "udp"


def test_row_51_an_eleventh_uri_is_refused(place: Place) -> None:
    """Row 51, through the SDK: ten are taken, the next is 21249."""
    place.open(uris=[place.uri(rest=f";x={number}") for number in range(10)])
    with pytest.raises(TwilioRestException) as refused:
        place.add_uri(place.uri("pbx2"), {})
    assert (refused.value.code, refused.value.status) == (21249, 400)
    assert len(place.town.api.trunking.v1.trunks(place.sid).origination_urls.list()) == 10


def test_row_52_the_lowest_priority_is_asked_first(place: Place) -> None:
    """Row 52: by number, whatever the order of their making; 503 moves on each time (row 57)."""
    places = {"pbx1": 65535, "pbx2": 0, "pbx3": 10}
    place.open(uris=[(place.uri(kind), {"priority": priority}) for kind, priority in places.items()])
    wires = {kind: place.pbx(kind) for kind in places}
    caller = place.from_carrier()
    caller.invite()
    Callee.on(wires["pbx2"]).refuse(503)
    Callee.on(wires["pbx3"]).refuse(503)
    _answered(caller, wires["pbx1"])
    hosts = [attempt["target"].rpartition("@")[2] for attempt in place.attempts(place.record()["sid"])]
    assert hosts == [f"{place.host(kind)}:5060" for kind in ("pbx2", "pbx3", "pbx1")]
    assert place.alerts(2) == [32011, 32011]


def test_row_53_weights_share_one_priority(place: Place) -> None:
    """Row 53: 65535 against 1, so that the light one leads once in 65,536 calls; after a failure it is asked."""
    uris = [(place.uri("pbx1"), {"weight": 1}), (place.uri("pbx2"), {"weight": 65535})]
    place.open(uris=uris)
    light, heavy = place.pbx("pbx1"), place.pbx("pbx2")
    for _ in range(4):
        caller = place.from_carrier()
        caller.invite()
        Callee.on(heavy).refuse(500)
        Callee.on(light).refuse(486)
        caller.refused(486)


def test_row_54_a_disabled_uri_is_never_used(place: Place) -> None:
    """Row 54: neither first by priority nor after the enabled one failed; with none left it is 32010 (row 59)."""
    place.open(uris=[(place.uri("pbx1"), {"enabled": False}), (place.uri("pbx2"), {"priority": 5})])
    idle, pbx = place.pbx("pbx1"), place.pbx("pbx2")
    caller = place.from_carrier()
    caller.invite()
    Callee.on(pbx).refuse(500)
    caller.refused(500)
    idle.assert_silence(0.3)
    assert len(place.attempts(place.record()["sid"])) == 1


def test_row_59_no_uri_at_all(place: Place) -> None:
    """Rows 59, 45: 480 with 32010, a failed record, an alert."""
    place.open()
    caller = place.from_carrier()
    caller.invite()
    assert caller.refused(480).get("x-twilio-error").startswith("32010 ")
    assert place.record()["cause"] == "no_origination_uri"
    assert place.alerts() == [32010]


@pytest.mark.parametrize("status", [400, 404, 405, 410, 416, 482, 484, 486, 600, 603, 604, 606])
def test_row_56_codes_that_stop_the_hunt(place: Place, status: int) -> None:
    """Row 56: the PBX has spoken: nobody else is asked, and the carrier hears its word."""
    place.open(uris=[place.uri("pbx1"), place.uri("pbx2")])
    first, second = place.pbx("pbx1"), place.pbx("pbx2")
    caller = place.from_carrier()
    caller.invite()
    Callee.on(first).refuse(status)
    caller.refused(status)
    second.assert_silence(0.25)
    record = place.record()
    assert record["sip_status"] == status
    assert [attempt["sip_status"] for attempt in place.attempts(record["sid"])] == [status]


@pytest.mark.parametrize("status", [300, 403, 406, 408, 415, 480, 487, 488, 500, 502, 503, 504, 580])
def test_row_57_codes_that_go_on(place: Place, status: int) -> None:
    """Rows 57, 60: every other failure is the next URI's chance, and an alert 32011."""
    place.open(uris=[place.uri("pbx1"), place.uri("pbx2")])
    first, second = place.pbx("pbx1"), place.pbx("pbx2")
    caller = place.from_carrier()
    caller.invite()
    Callee.on(first).refuse(status)
    _answered(caller, second)
    assert [attempt["sip_status"] for attempt in place.attempts(place.record()["sid"])] == [status, 200]
    assert place.alerts() == [32011]


@pytest.mark.parametrize(("status", "header"), [(401, "WWW-Authenticate"), (407, "Proxy-Authenticate")])
def test_row_58_a_challenge_of_the_pbx_is_a_failure(place: Place, status: int, header: str) -> None:
    """Row 58: no second INVITE to it, never any credentials, and the carrier does not see the challenge."""
    place.open(uris=[place.uri("pbx1"), place.uri("pbx2")])
    first, second = place.pbx("pbx1"), place.pbx("pbx2")
    caller = place.from_carrier()
    caller.invite()
    challenging = Callee.on(first)
    challenge = f'Digest realm="sip.trunkline.localhost",qop="auth",nonce="{status}"'
    acks = [challenging.refuse(status, extra=[(header, challenge)])]
    callee = _answered(caller, second)
    seen = [challenging.invite, callee.invite, *acks, *first.drain()]
    assert [message.method for message in seen] == ["INVITE", "INVITE", "ACK"]
    assert not any(message.get(name) for message in seen for name in ("authorization", "proxy-authorization"))
    assert place.alerts() == [32011]


@pytest.mark.parametrize(("status", "header"), [(401, "WWW-Authenticate"), (407, "Proxy-Authenticate")])
def test_row_58_the_last_pbxs_challenge_is_not_passed_on(place: Place, status: int, header: str) -> None:
    """Row 58: with nobody left the carrier gets 403, not something it could answer."""
    place.open(uris=[place.uri()])
    pbx, caller = place.pbx(), place.from_carrier()
    caller.invite()
    Callee.on(pbx).refuse(status, extra=[(header, 'Digest realm="x",nonce="y"')])
    refusal = caller.refused(403)
    assert refusal.get("www-authenticate") == refusal.get("proxy-authenticate") == ""
    pbx.assert_silence(0.2)


def test_a_number_of_nobody_is_404(place: Place) -> None:
    """Design, section 7: from a carrier's address an unknown number is 404; from any other address silence."""
    place.open(uris=[place.uri()])
    caller = place.from_carrier(to=place.foreign)
    caller.invite()
    caller.refused(404)
    host, port = place.town.gateway
    stranger = Caller(place.wire(place.host("stranger")), place.far, place.number, f"{host}:{port}")
    stranger.invite()
    stranger.wire.assert_silence(0.5)
    place.pbx().assert_silence(0.2)


def test_a_pbx_that_nobody_listens_at_is_passed_by_at_once(place: Place) -> None:
    """Goals 11: ICMP refused is a failure now, not after 4 s."""
    place.open(uris=[place.uri("pbx1"), place.uri("pbx2")])
    pbx, caller = place.pbx("pbx2"), place.from_carrier()
    caller.invite()
    callee = Callee.on(pbx, seconds=2)
    callee.talk_with(caller)
    assert [row["cause"] for row in place.attempts(place.record()["sid"])] == ["target_unreachable", None]
