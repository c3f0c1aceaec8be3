"""Rows of the feature matrix on the whole platform: read from the bytes that leave it."""

from dataclasses import replace

import pytest

from tests.kit.facts import ACCOUNT, OWNED, PBX_ONE, PBX_THREE, PBX_TWO, PFX, TRUNK, Facts, url
from tests.kit.phone import PhoneCall, Script
from tests.kit.platform import PLATFORM, TRUNK_HOST
from tests.kit.port import offer_sdp
from tests.kit.puppet import Puppet
from tests.kit.scene import CALLEE, Scene, open_facts
from trunkline.domain.trunk.facts import AccountStatus, Limits, OriginationUrl
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.parse import parse


def header(call: PhoneCall, name: str) -> str | None:
    """A header of the final response that the caller got."""
    return next((value for key, value in call.headers if key.lower() == name.lower()), None)


def refused(facts: Facts, **how: str) -> tuple[Scene, PhoneCall]:
    """One termination call that the platform refuses."""
    with Scene(facts=facts) as scene:
        call = scene.alice.dial(how.get("number", CALLEE), caller=how.get("caller", OWNED))
        scene.run(2.0)
        assert call.over
    return scene, call


@pytest.mark.parametrize(
    ("number", "caller", "status", "error"),
    [
        ("442079460123", OWNED, "400", "32101 Called number is not E.164"),
        (CALLEE, "+442079460199", "403", "32204 Caller ID is not a number of the account or verified"),
        (CALLEE, "alice", "403", "32206 Caller ID is malformed or may not originate calls"),
    ],
)
def test_row_45_platform_made_failure_carries_code_and_text(number: str, caller: str, status: str, error: str) -> None:
    scene, call = refused(open_facts(), number=number, caller=caller)
    assert (call.end, header(call, "X-Twilio-Error")) == (status, error)
    assert [alert.code for alert in scene.platform.records.alerts] == [int(error[:5])]


def test_row_45_refusals_of_people_not_known_carry_it_too() -> None:
    facts = open_facts()
    facts.trunk = replace(facts.trunk, acl_networks=())
    _, call = refused(facts)
    assert (call.end, header(call, "X-Twilio-Error")) == ("403", "32201 Source IP address not in ACL")


def test_row_45_a_carriers_own_refusal_carries_none() -> None:
    with Scene(Script(refuse_with=486), facts=open_facts()) as scene:
        call = scene.dial()
        scene.run(2.0)
        assert (call.end, header(call, "X-Twilio-Error")) == ("486", None)


def test_row_15_suspended_account_gets_603() -> None:
    facts = open_facts()
    facts.account_facts = replace(ACCOUNT, status=AccountStatus.SUSPENDED)
    _, call = refused(facts)
    assert (call.end, header(call, "X-Twilio-Error")) == ("603", "10001 Account is not active")


def test_row_20_unknown_domain_gets_no_answer_at_all() -> None:
    with Scene() as scene:
        trace = scene.world.trace = []
        scene.alice.dial(CALLEE, host=f"nobody.pstn.{PFX}")
        scene.run(40.0)
        assert [source for _, source, _, _ in trace if source == PLATFORM] == []


def test_rows_23_and_27_challenge_and_trying() -> None:
    with Scene() as scene:
        trace = scene.world.trace = []
        scene.dial(Script(hang_up_after=1.0))
        scene.run(5.0)
        sent = [parse(data) for _, source, to, data in trace if source == PLATFORM and to == scene.alice.address]
        challenge, trying = sent[0], sent[1]
        assert challenge.to_bytes().startswith(b"SIP/2.0 407 Proxy Authentication Required\r\n")
        value = challenge.get("proxy-authenticate") or ""
        assert value.startswith(f'Digest realm="sip.{PFX}",qop="auth",nonce="')
        assert "algorithm" not in value
        assert trying.to_bytes().startswith(b"SIP/2.0 100 trying -- your call is important to us\r\n")
        assert trying.get("server") == "Twilio Gateway"
        assert trying.to.tag == ""


def test_row_28_options_ping_gets_200_without_authentication() -> None:
    with Scene() as scene:
        puppet = Puppet(scene.world, ("192.0.2.60", 5060))
        headers = (
            f"Via: {puppet.via()}\r\nMax-Forwards: 70\r\nFrom: <sip:a@192.0.2.60>;tag=1\r\nTo: <sip:{TRUNK_HOST}>\r\n"
            f"Call-ID: ping\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        )
        puppet.send(f"OPTIONS sip:{TRUNK_HOST} SIP/2.0\r\n{headers}".encode())
        scene.run(0.1)
        answer = puppet.answer_to("OPTIONS", 200)
        assert (answer.get("server"), answer.body) == ("Twilio Gateway", b"")
        assert answer.to.tag


def invite_of(scene: Scene) -> Request:
    """The first INVITE that left for a customer."""
    assert scene.world.trace is not None
    found = next(data for _, source, _, data in scene.world.trace if source == PLATFORM and data.startswith(b"INVITE "))
    message = parse(found)
    assert isinstance(message, Request)
    return message


def originated(*urls: OriginationUrl) -> Scene:
    facts = Facts().with_urls(*urls) if urls else Facts()
    with Scene(Script(hang_up_after=1.0), facts=facts, origination=True) as scene:
        scene.world.trace = []
        scene.dial()
        scene.run(5.0)
    return scene


def test_row_46_user_is_the_dialled_number_unless_the_uri_gives_one() -> None:
    scene = originated()
    assert invite_of(scene).uri_text == f"sip:{OWNED}@192.0.2.100:5060"
    scene = originated(replace(url(PBX_ONE), uri="sip:desk@192.0.2.100"))
    assert invite_of(scene).uri_text == "sip:desk@192.0.2.100"


def test_row_50_headers_of_the_uri_are_on_the_invite() -> None:
    scene = originated(url(PBX_ONE, extra="?X-Room=blue"))
    assert invite_of(scene).get("x-room") == "blue"


def test_row_52_lowest_priority_number_first() -> None:
    scene = originated(url(PBX_TWO, 20), url(PBX_ONE, 10), url(PBX_THREE, 30))
    assert invite_of(scene).uri.host == PBX_ONE[0]


def test_row_54_disabled_uri_is_never_used() -> None:
    scene = originated(replace(url(PBX_TWO, 1), enabled=False), url(PBX_ONE, 10))
    assert invite_of(scene).uri.host == PBX_ONE[0]
    assert not scene.callees[1].calls


@pytest.mark.parametrize("status", [400, 404, 405, 410, 416, 482, 484, 486, 600, 603, 604, 606])
def test_row_56_stop_codes_end_the_hunt_and_reach_the_caller(status: int) -> None:
    with Scene(Script(refuse_with=status), origination=True) as scene:
        call = scene.dial()
        scene.run(5.0)
        assert call.end == str(status)
        assert not scene.callees[1].calls


@pytest.mark.parametrize("status", [301, 401, 403, 407, 408, 480, 487, 488, 500, 502, 503, 504])
def test_rows_57_and_58_every_other_failure_moves_on_and_no_challenge_is_answered(status: int) -> None:
    with Scene(Script(refuse_with=status), Script(hang_up_after=1.0), origination=True) as scene:
        trace = scene.world.trace = []
        call = scene.dial()
        scene.run(5.0)
        assert call.end == "bye received"
        assert not [data for _, source, _, data in trace if source == PLATFORM and b"uthorization:" in data]
    assert [attempt.status for attempt in scene.platform.record.attempts] == [status, 200]
    assert [alert.code for alert in scene.platform.records.alerts] == [32011], "row 60: one for each failed attempt"


def test_rows_57_and_59_no_uri_at_all() -> None:
    facts = Facts()
    facts.trunk = replace(TRUNK, origination_urls=())
    with Scene(facts=facts, origination=True) as scene:
        call = scene.dial()
        scene.run(1.0)
        assert (call.end, header(call, "X-Twilio-Error")) == ("480", "32010 No usable origination URI")


def test_rows_61_to_63_headers_of_the_origination_invite_and_its_ack() -> None:
    scene = originated()
    invite = invite_of(scene)
    record = scene.platform.record
    assert invite.get_all("diversion") == [f"<sip:{OWNED}@{PFX}>;reason=unconditional"]
    assert invite.get_all("x-twilio-accountsid") == [ACCOUNT.sid]
    assert invite.get_all("x-twilio-callsid") == [record.sid]
    assert invite.get_all("allow") == ["ACK,BYE,CANCEL,INVITE,OPTIONS,REFER,NOTIFY"]
    assert invite.get("user-agent") == "Twilio Gateway"
    assert invite.get("p-asserted-identity") == '"Alice" <sip:+442079460199@192.0.2.200:5060>'
    assert int(invite.get("max-forwards") or "0") <= 60
    assert invite.from_.uri_text == f"sip:+442079460199@{TRUNK_HOST}:5060"
    assert scene.world.trace is not None
    ack = parse(next(data for _, source, _, data in scene.world.trace if source == PLATFORM and data[:4] == b"ACK "))
    assert ack.get_all("x-twilio-callsid") == [record.sid]


def test_row_70_origination_knows_no_limit_of_calls_a_second() -> None:
    """The account may make one call a second, and one at once: calls in are not counted."""
    facts = Facts()
    facts.account_facts = replace(ACCOUNT, limits=Limits(1, 1, 1))
    with Scene(Script(hang_up_after=1.0), facts=facts, origination=True) as scene:
        calls = [scene.dial() for _ in range(20)]
        scene.run(5.0)
    assert {call.end for call in calls} == {"bye received"}


def test_row_81_origination_offers_pcmu_before_pcma() -> None:
    with Scene(Script(hang_up_after=1.0), origination=True) as scene:
        scene.world.trace = []
        offer = offer_sdp("192.0.2.200", codecs="18 8 0 101")
        call = scene.alice.dial(OWNED, host=PLATFORM[0], caller="+442079460199", sdp=offer)
        scene.run(5.0)
        assert call.over
        assert b" RTP/AVP 0 8 101\r\n" in invite_of(scene).body


def test_termination_invite_says_nothing_of_the_customer() -> None:
    """Rows 32 and 37: private headers of the customer do not reach the carrier."""
    with Scene(Script(hang_up_after=1.0), facts=open_facts()) as scene:
        scene.world.trace = []
        scene.alice.dial(CALLEE, headers=(("X-Secret", "1"), ("P-Asserted-Identity", f"<sip:{OWNED}@192.0.2.50>")))
        scene.run(5.0)
        invite = invite_of(scene)
        assert invite.uri_text == f"sip:{CALLEE}@192.0.2.200:5060"
        assert invite.get("x-secret") is None
        assert (invite.get("p-asserted-identity") or "").endswith(f"<sip:{OWNED}@192.0.2.1:5060>")  # our own
        assert invite.from_.uri_text == f"sip:{OWNED}@192.0.2.1:5060"
        assert b"192.0.2.50" not in invite.to_bytes().replace(b"o=- 1 1 IN IP4 192.0.2.50", b"")
