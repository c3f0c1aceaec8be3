"""Termination in its odd forms: what a customer's requests get that are not as nearly everybody writes them."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from tests.kit.facts import CARRIER_TWO, OWNED, Facts
from tests.kit.phone import Script
from tests.kit.platform import PLATFORM, TRUNK_HOST
from tests.kit.port import offer_sdp
from tests.kit.puppet import Puppet
from tests.kit.scene import CALLEE, Scene, open_facts
from tests.sim.test_rows import invite_of
from trunkline.protocol.sip.message.message import Request, Response

ALLOW = "ACK,BYE,CANCEL,INVITE,OPTIONS,REFER,NOTIFY"
HOST = ("192.0.2.60", 5060)


def puppet_of(scene: Scene) -> Puppet:
    """A customer whose messages the test writes."""
    return Puppet(scene.world, HOST)


def ringing(scene: Scene, puppet: Puppet) -> tuple[Request, Response]:
    """The puppet's call and its 180."""
    invite = puppet.invite(CALLEE)
    scene.run(0.3)
    return invite, puppet.answer_to("INVITE", 180)


def answered(scene: Scene, puppet: Puppet, invite: Request | None = None) -> tuple[Request, str]:
    """A call that the puppet has acknowledged, and the To of its answer."""
    invite = invite or puppet.composed(CALLEE)
    puppet.send(invite.to_bytes())
    scene.run(0.6)
    to = puppet.answer_to("INVITE", 200).get("to") or ""
    puppet.follow(invite, "ACK", to=to)
    scene.run(0.1)
    return invite, to


# ---- within a dialog that is not confirmed (RFC 3261 sections 12.2.2 and 14.2)


@pytest.mark.parametrize("method", ["UPDATE", "PRACK", "INFO", "MESSAGE", "SUBSCRIBE"])
def test_row_63_what_is_not_allowed_gets_405_in_an_early_dialog_and_the_call_goes_on(method: str) -> None:
    """A 481 would have the caller give the whole call up (RFC 3261 section 12.2.1.2, RFC 3311 section 5.2)."""
    with Scene(Script(hang_up_after=0.5), facts=open_facts()) as scene:
        puppet = puppet_of(scene)
        invite, ringing_ = ringing(scene, puppet)
        puppet.follow(invite, method, to=ringing_.get("to") or "", cseq=2)
        scene.run(0.1)
        assert puppet.answer_to(method, 405).get("allow") == ALLOW
        scene.run(0.3)
        to = puppet.answer_to("INVITE", 200).get("to") or ""
        puppet.follow(invite, "ACK", to=to)
        puppet.follow(invite, "BYE", to=to, cseq=3)
        scene.run(0.1)
        assert puppet.got_status("BYE") == [200]


def test_row_28_options_in_an_early_dialog_gets_200() -> None:
    with Scene(Script(refuse_with=486, answer_after=1.0), facts=open_facts()) as scene:
        puppet = puppet_of(scene)
        invite, ringing_ = ringing(scene, puppet)
        puppet.follow(invite, "OPTIONS", to=ringing_.get("to") or "", cseq=2)
        scene.run(0.1)
        assert puppet.answer_to("OPTIONS", 200).get("accept") == "application/sdp"
        puppet.follow(invite, "CANCEL")
        scene.run(0.1)
        puppet.follow(invite, "ACK", to=puppet.answer_to("INVITE", 487).get("to") or "")


def test_a_second_invite_before_the_answer_to_the_first_gets_500_with_a_time_to_wait() -> None:
    """RFC 3261 section 14.2."""
    with Scene(Script(hang_up_after=0.5), facts=open_facts()) as scene:
        puppet = puppet_of(scene)
        invite, ringing_ = ringing(scene, puppet)
        to = ringing_.get("to") or ""
        again = puppet.follow(invite, "INVITE", to=to, cseq=2, body=puppet.sdp)
        scene.run(0.1)
        refusal = puppet.answer_to("INVITE", 500)
        assert 0 <= int(refusal.get("retry-after") or "-1") <= 10
        puppet.follow(invite, "ACK", to=to, cseq=2, via=again.get("via") or "")
        scene.run(0.3)
        puppet.follow(invite, "ACK", to=to)
        scene.run(0.1)
        puppet.follow(invite, "BYE", to=to, cseq=3)
        scene.run(0.1)
        assert puppet.got_status("BYE") == [200]


@pytest.mark.parametrize(("method", "status"), [("UPDATE", 405), ("OPTIONS", 200), ("INVITE", 491)])
def test_a_carrier_that_rings_may_ask_within_its_early_dialog(method: str, status: int) -> None:
    """RFC 3261 section 14.2 for the 491; a 481 would end the carrier's leg."""
    with Scene(facts=open_facts()) as scene:
        scene.world.detach(scene.callee.address)
        carrier = Puppet(scene.world, scene.callee.address)
        call = scene.dial()
        scene.run(0.1)
        (invite,) = carrier.got("INVITE")
        carrier.respond(invite, 180)
        scene.run(0.1)
        asked = carrier.say_back(invite, method, 1, carrier.sdp if method == "INVITE" else b"")
        scene.run(0.1)
        assert carrier.got_status(method) == [status]
        if method == "INVITE":
            carrier.follow(asked, "ACK", to=asked.get("to") or "", via=asked.get("via") or "")
        carrier.respond(invite, 486)
        scene.run(0.1)
        assert call.end == "486"


# ---- peers of RFC 2543


def test_a_caller_without_a_from_tag_can_hang_up() -> None:
    """RFC 3261 section 12.1.1: such a tag has the value null."""
    with Scene(facts=open_facts()) as scene:
        puppet = puppet_of(scene)
        invite = puppet.composed(CALLEE)
        invite.put("from", f"<sip:{OWNED}@{HOST[0]}>")
        invite, to = answered(scene, puppet, invite)
        puppet.follow(invite, "BYE", to=to, cseq=2)
        scene.run(0.1)
        assert puppet.got_status("BYE") == [200]


def test_a_bye_with_another_from_tag_is_no_bye_of_this_dialog_and_counts_for_nothing() -> None:
    """RFC 3261 section 12.2.2: its number, too, is of another dialog."""
    with Scene(facts=open_facts()) as scene:
        puppet = puppet_of(scene)
        invite, to = answered(scene, puppet)
        stranger = puppet.composed(CALLEE)
        stranger.put("from", f"<sip:{OWNED}@{HOST[0]}>;tag=stranger")
        puppet.follow(stranger, "BYE", to=to, cseq=900)
        scene.run(0.1)
        puppet.follow(invite, "BYE", to=to, cseq=2)
        scene.run(0.1)
        assert puppet.got_status("BYE") == [481, 200]


# ---- refused without proof (RFC 3261 section 26.3.2.4)


def _shut_out() -> Facts:
    facts = open_facts()
    facts.trunk = replace(facts.trunk, acl_networks=(ip_network("198.51.100.0/24"),))
    return facts


@pytest.mark.parametrize(("facts", "status"), [(Facts(), 407), (_shut_out(), 403)])
def test_rows_22_23_and_89_who_has_proved_nothing_gets_one_answer_for_each_invite(facts: Facts, status: int) -> None:
    """A forged source would be hit eleven times for one datagram (RFC 3261 section 26.3.2.4)."""
    with Scene(facts=facts) as scene:
        puppet = puppet_of(scene)
        puppet.invite(CALLEE)
        scene.run(60.0)
        assert puppet.got_status("INVITE") == [status]


def test_row_89_a_caller_who_gives_up_before_anybody_knows_it_is_told_so_once() -> None:
    """RFC 3261 section 26.3.2.4: the CANCEL can be forged as well as the INVITE."""
    facts = open_facts()
    facts.delay_s = 1.0
    with Scene(facts=facts) as scene:
        puppet = puppet_of(scene)
        invite = puppet.invite(CALLEE)
        scene.run(0.1)
        puppet.follow(invite, "CANCEL", via=invite.get("via") or "")
        scene.run(60.0)
        assert (puppet.got_status("CANCEL"), puppet.got_status("INVITE")) == ([200], [487])


def test_rows_22_23_and_89_an_invite_that_comes_again_is_answered_again() -> None:
    """The answer was lost: the caller repeats itself."""
    with Scene(facts=Facts()) as scene:
        puppet = puppet_of(scene)
        invite = puppet.invite(CALLEE)
        scene.run(0.5)
        puppet.send(invite.to_bytes())
        scene.run(0.5)
        first, second = (found for found in puppet.responses if found.status == 407)
        assert first.to_bytes() == second.to_bytes()


def test_row_89_an_invite_in_a_dialog_that_nobody_knows_gets_481_once() -> None:
    with Scene(facts=Facts()) as scene:
        puppet = puppet_of(scene)
        puppet.follow(puppet.composed("nobody", host="192.0.2.77"), "INVITE", to="<sip:x@y.example>;tag=1", cseq=2)
        scene.run(60.0)
        assert puppet.got_status("INVITE") == [481]


@pytest.mark.parametrize("method", ["INVITE", "BYE", "OPTIONS", "CANCEL"])
def test_row_89_who_asks_about_what_nobody_knows_costs_no_memory_and_is_told_so_each_time(method: str) -> None:
    """RFC 3261 section 8.2.7: the same answer, to the To tag, without state."""
    with Scene(facts=Facts()) as scene:
        puppet = puppet_of(scene)
        to = "<sip:x@y.example>" if method == "CANCEL" else "<sip:x@y.example>;tag=1"
        request = puppet.follow(puppet.composed(CALLEE), method, to=to, cseq=2)
        puppet.send(request.to_bytes())
        scene.run(0.1)
        first, second = puppet.responses
        assert first.status == 481
        assert first.to.tag
        assert first.to_bytes() == second.to_bytes()
        assert scene.platform.ua.transaction_count == 0


# ---- what a refusal says


def test_row_26_the_refusal_of_a_register_says_what_is_allowed() -> None:
    """RFC 3261 section 21.4.6."""
    with Scene(facts=open_facts()) as scene:
        puppet = puppet_of(scene)
        request = puppet.composed("nobody")
        request.method, request.uri_text = "REGISTER", f"sip:{TRUNK_HOST}"
        request.put("cseq", "1 REGISTER")
        puppet.send(request.to_bytes())
        scene.run(0.1)
        refusal = puppet.answer_to("REGISTER", 405)
        assert refusal.get("allow") == ALLOW
        assert (refusal.get("x-twilio-error") or "").startswith("32210 ")


def test_row_45_a_refused_transfer_says_why() -> None:
    with Scene(Script(hang_up_after=1.0), facts=open_facts()) as scene:
        puppet = puppet_of(scene)
        invite, to = answered(scene, puppet)
        puppet.follow(invite, "REFER", ("Refer-To", "<sip:+12025550199@192.0.2.60>"), to=to, cseq=2)
        scene.run(0.1)
        assert puppet.answer_to("REFER", 603).get("x-twilio-error") == "32218 Call transfer is not permitted"
        puppet.follow(invite, "BYE", to=to, cseq=3)
        scene.run(0.1)


@pytest.mark.parametrize(("require", "unsupported"), [("timer", "timer"), ("100rel, timer", "100rel, timer")])
def test_an_extension_that_is_required_is_refused_by_name(require: str, unsupported: str) -> None:
    """RFC 3261 section 8.2.2.3."""
    with Scene(facts=open_facts()) as scene:
        call = scene.alice.dial(CALLEE, headers=(("Require", require),))
        scene.run(1.0)
        assert call.end == "420"
        assert ("Unsupported", unsupported) in [(name, value) for name, value in call.headers]


def test_a_require_header_that_names_nothing_asks_for_nothing() -> None:
    with Scene(Script(hang_up_after=0.5), facts=open_facts()) as scene:
        call = scene.alice.dial(CALLEE, headers=(("Require", ""),))
        scene.run(3.0)
        assert call.end == "bye received"


# ---- what the INVITE holds


def sent(
    scene: Scene,
    puppet: Puppet,
    *headers: tuple[str, str],
    body: bytes | None = None,
    invite: Request | None = None,
) -> Response:
    """The first answer above 100 to an INVITE with these headers in place of the usual ones."""
    invite = invite or puppet.composed(CALLEE)
    for name, value in headers:
        invite.put(name.lower(), value)
    if body is not None:
        invite.body = body
    puppet.send(invite.to_bytes())
    scene.run(0.3)
    found = next(response for response in puppet.responses if response.status > 100)
    if found.status < 300:
        puppet.follow(invite, "CANCEL", via=invite.get("via") or "")
        scene.run(0.1)
        puppet.follow(invite, "ACK", to=found.get("to") or "", via=invite.get("via") or "")
    return found


MULTIPART = b"--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--x--\r\n"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ((("Content-Type", "text/plain"),), None),
        ((("Content-Type", "multipart/mixed;boundary=x"),), MULTIPART),
        ((("Content-Encoding", "gzip"),), None),
        ((("Content-Disposition", "render"),), None),
    ],
)
def test_row_44_a_body_of_another_kind_is_refused_with_what_is_taken(
    headers: tuple[tuple[str, str], ...], body: bytes | None
) -> None:
    """RFC 3261 sections 8.2.3 and 21.4.13."""
    with Scene(facts=open_facts()) as scene:
        refusal = sent(scene, puppet_of(scene), *headers, body=body)
        assert (refusal.status, refusal.get("accept")) == (415, "application/sdp")
        assert refusal.get("accept-encoding") == "identity"
    assert scene.platform.record.cause.name == "body_unsupported"


def test_row_82_no_common_codec_says_what_is_taken_too() -> None:
    with Scene(facts=open_facts()) as scene:
        refusal = sent(scene, puppet_of(scene), body=offer_sdp(HOST[0], codecs="18"))
        assert (refusal.status, refusal.get("accept")) == (415, "application/sdp")


@pytest.mark.parametrize(
    "headers",
    [
        (("Content-Type", "APPLICATION/SDP ; charset=utf-8"),),
        (("Content-Encoding", "identity"), ("Content-Disposition", "session;handling=required")),
    ],
)
def test_row_44_sdp_is_known_however_it_is_named(headers: tuple[tuple[str, str], ...]) -> None:
    with Scene(facts=open_facts()) as scene:
        assert sent(scene, puppet_of(scene), *headers).status == 180


ANONYMOUS = ("From", "<sip:anonymous@anonymous.invalid>;tag=a")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("P-Asserted-Identity", f'"A" <sip:alice@pbx.example>, <tel:{OWNED}>'),
        ("P-Asserted-Identity", f'<sip:{OWNED}@pbx.example>, "A, B" <sip:alice@pbx.example>'),
        ("Remote-Party-ID", f"<sip:+442079460123@pbx.example>;party=called, <sip:{OWNED}@pbx.example>;party=calling"),
    ],
)
def test_row_33_the_number_is_found_among_several_identities(name: str, value: str) -> None:
    """RFC 3325 section 9.1: a SIP and a tel URI; and a Remote-Party-ID of the called party is none of the caller."""
    with Scene(facts=open_facts()) as scene:
        assert sent(scene, puppet_of(scene), ANONYMOUS, (name, value)).status == 180


def test_row_33_a_remote_party_id_that_cannot_be_read_is_no_valid_one() -> None:
    with Scene(facts=open_facts()) as scene:
        refusal = sent(scene, puppet_of(scene), ("Remote-Party-ID", f'"{OWNED}'))
        assert (refusal.status, (refusal.get("x-twilio-error") or "")[:5]) == (403, "32206")


@pytest.mark.parametrize(("came", "goes"), [("1", "0"), ("20", "19"), ("70", "69")])
def test_row_29_each_round_takes_one_hop_to_the_last(came: str, goes: str) -> None:
    """A carrier that routes the call back to us would see 1 become 1 for ever."""
    with Scene(facts=open_facts()) as scene:
        scene.world.trace = []
        assert sent(scene, puppet_of(scene), ("Max-Forwards", came)).status == 180
        assert invite_of(scene).get("max-forwards") == goes


@pytest.mark.parametrize(("came", "goes"), [("1", "0"), ("20", "19"), ("70", "60")])
def test_row_29_a_call_from_the_carrier_takes_one_hop_too(came: str, goes: str) -> None:
    """Otherwise a PBX that sends its calls back to their number would call itself for ever."""
    with Scene(origination=True) as scene:
        scene.world.trace = []
        carrier = Puppet(scene.world, CARRIER_TWO)
        invite = carrier.composed(OWNED, host=PLATFORM[0])
        assert sent(scene, carrier, ("Max-Forwards", came), invite=invite).status == 180
        assert invite_of(scene).get("max-forwards") == goes


def test_row_29_a_call_from_the_carrier_without_hops_left_is_483() -> None:
    with Scene(origination=True) as scene:
        carrier = Puppet(scene.world, CARRIER_TWO)
        invite = carrier.composed(OWNED, host=PLATFORM[0])
        assert sent(scene, carrier, ("Max-Forwards", "0"), invite=invite).status == 483
        assert [alert.code for alert in scene.platform.records.alerts] == [32006]


# ---- routes (RFC 3261 sections 12.1.1 and 20.30)


@pytest.mark.parametrize("route", ['"<sip:x;lr>', '"<sip:x;lr>, <sip:y;lr>', "%%%", "", "<tel:+12025550101>"])
def test_a_record_route_that_cannot_be_followed_is_refused_at_once(route: str) -> None:
    """Such a call began, and could never be ended by us: no BYE found its way."""
    with Scene(facts=open_facts()) as scene:
        assert sent(scene, puppet_of(scene), ("Record-Route", route)).status == 400
    assert not scene.platform.records.records


def test_a_carriers_answer_with_such_a_route_is_none() -> None:
    with Scene(facts=open_facts()) as scene:
        scene.world.detach(scene.callee.address)
        carrier = Puppet(scene.world, scene.callee.address)
        call = scene.dial()
        scene.run(0.1)
        (invite,) = carrier.got("INVITE")
        carrier.respond(invite, 180)
        carrier.respond(invite, 200, "puppet", carrier.sdp, ("Record-Route", "%%%"))
        scene.run(180.3)
        carrier.respond(carrier.got("CANCEL")[0], 200)
        carrier.respond(invite, 487)
        scene.run(0.1)
        assert call.end == "408"
