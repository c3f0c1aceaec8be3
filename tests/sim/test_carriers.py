"""Carriers on the whole platform (sip.md 2.6, 3.5; design, decisions 6, 7, 19): health, digest, channels, own lists."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.kit.facts import CARRIER, CARRIER_ONE, CARRIER_TWO, OWNED, Facts
from tests.kit.phone import Script
from tests.kit.platform import PLATFORM
from tests.kit.puppet import Puppet
from tests.kit.restart import Restartable
from tests.kit.scene import CALLEE, Scene, open_facts
from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.carrier.facts import CarrierFacts, CarrierGateway
from trunkline.domain.trunk.carrier.login import CarrierLogin
from trunkline.domain.trunk.carrier.profile import CallerIdHeader, CarrierProfile, NumberFormat
from trunkline.kit.secret import Secret
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.service.gateway.journal import entry

LOGIN = CarrierLogin("trunk7", "carrier.example", Secret("correct horse 9"))
CHALLENGE = 'Digest realm="carrier.example",nonce="n1",qop="auth"'
BRIEF = Script(hang_up_after=1.0)


def towards(carrier: CarrierFacts) -> Facts:
    facts = open_facts()
    facts.carrier = carrier
    return facts


# ---- health


def pinged(scene: Scene, rounds: int, every_s: float = 10.0) -> None:
    for _ in range(rounds):
        scene.platform.watch.ask([scene.platform.facts.carrier])
        scene.run(every_s)


def test_decision_19_a_dead_gateway_is_down_after_three_options_and_no_call_waits_for_it() -> None:
    with Scene(facts=open_facts()) as scene:
        scene.world.detach(CARRIER_ONE)
        pinged(scene, 3)
        assert not scene.platform.watch.health.is_down(CARRIER.gateways[0])  # the third has just been given its time
        pinged(scene, 1, 0.1)
        assert scene.platform.watch.health.is_down(CARRIER.gateways[0])
        calls = [scene.dial(BRIEF) for _ in range(3)]
        scene.run(3.0)
        assert [call.statuses[-1] for call in calls] == [200, 200, 200]
        assert len(scene.callees[1].calls) == 3
        assert all(len(record.attempts) == 1 for record in scene.platform.records.records)


def test_decision_19_three_silent_calls_are_known_to_all_later_ones_and_two_answers_bring_it_back() -> None:
    with Scene(facts=open_facts()) as scene:
        scene.callees[0].deaf = True
        for _ in range(3):
            scene.dial(BRIEF)
        scene.run(7.0)
        late = scene.dial(BRIEF)
        scene.run(2.0)
        assert late.answered_at is not None
        assert late.answered_at - late.invited_at < 1.0
        attempts = sorted(len(record.attempts) for record in scene.platform.records.records)
        assert attempts == [1, 2, 2, 2]
        scene.callees[0].deaf = False
        pinged(scene, 2)
        assert not scene.platform.watch.health.is_down(CARRIER.gateways[0])
        back = scene.dial(BRIEF)
        scene.run(2.0)
        assert back.over
        assert len(scene.callees[0].calls) == 1


def test_gateways_that_are_all_down_are_tried_all_the_same() -> None:
    with Scene(facts=open_facts()) as scene:
        for phone in scene.callees:
            phone.deaf = True
        pinged(scene, 4)
        view = scene.platform.watch.view()
        assert [seen["state"] for seen in view] == ["down", "down"]
        assert {seen["last_failure"] for seen in view} == {"no response to OPTIONS"}
        for phone in scene.callees:
            phone.deaf = False
        call = scene.dial(BRIEF)
        scene.run(3.0)
        assert call.statuses[-1] == 200


def test_a_gateway_that_answers_503_to_options_is_passed_by_until_it_takes_calls_again() -> None:
    with Scene(facts=open_facts()) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)
        status = [503]
        puppet.on_request = lambda request: puppet.respond(request, status[0])
        pinged(scene, 3)
        call = scene.dial(BRIEF)
        scene.run(3.0)
        assert call.over
        assert puppet.got("INVITE") == []
        status[0] = 405
        pinged(scene, 2)
        assert [seen["state"] for seen in scene.platform.watch.view()] == ["up", "up"]


def test_a_gateway_of_two_addresses_is_up_while_one_of_them_answers() -> None:
    named = CarrierGateway("gw.carrier.example", 5060)
    with Scene(facts=towards(replace(CARRIER, gateways=(named,)))) as scene:
        flows = [replace_host(CARRIER_ONE), replace_host(CARRIER_TWO)]
        scene.platform.locator.names["gw.carrier.example"] = flows
        scene.world.detach(CARRIER_ONE)
        pinged(scene, 8)
        assert [seen["state"] for seen in scene.platform.watch.view()] == ["up"]
        scene.platform.locator.names["gw.carrier.example"] = []
        pinged(scene, 3)
        (seen,) = scene.platform.watch.view()
        assert (seen["state"], seen["last_failure"]) == ("down", "no address to OPTIONS")


def replace_host(address: tuple[str, int]) -> Flow:
    return Flow("UDP", *address)


def test_a_carrier_that_wants_no_options_gets_none() -> None:
    with Scene(facts=towards(replace(CARRIER, options_ping=False))) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)
        pinged(scene, 2)
        assert puppet.requests == []
        assert scene.platform.watch.view() == []


def test_two_answered_calls_bring_a_gateway_back_that_is_not_asked() -> None:
    lone = replace(CARRIER, gateways=CARRIER.gateways[:1], options_ping=False)
    with Scene(facts=towards(lone)) as scene:
        scene.callee.deaf = True
        for _ in range(3):
            scene.dial(BRIEF)
        scene.run(5.0)
        assert scene.platform.watch.health.is_down(lone.gateways[0])
        scene.callee.deaf = False
        for down in (True, False):
            scene.dial(BRIEF)
            scene.run(3.0)
            assert scene.platform.watch.health.is_down(lone.gateways[0]) is down


def test_a_gateway_that_is_configured_no_more_is_forgotten() -> None:
    with Scene(facts=open_facts()) as scene:
        pinged(scene, 1)
        scene.platform.watch.ask([])
        scene.run(1.0)
        assert scene.platform.watch.view() == []


# ---- digest


def challenger(puppet: Puppet, *, realm: str = "carrier.example", provisional: int = 0, satisfied: bool = True) -> None:
    """Challenges an INVITE without credentials; takes one that has them."""

    def on_request(request: Request) -> None:
        if request.method == "BYE":
            puppet.respond(request, 200)
        elif request.method == "INVITE" and satisfied and request.get("proxy-authorization"):
            puppet.respond(request, 180)
            puppet.accept(request)
        elif request.method == "INVITE":
            if provisional:
                puppet.respond(request, provisional)
            challenge = f'Digest realm="{realm}",nonce="n1",qop="auth"'
            puppet.respond(request, 407, "puppet", b"", ("Proxy-Authenticate", challenge))

    puppet.on_request = on_request


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@pytest.mark.parametrize("provisional", [0, 100])
def test_a_carriers_challenge_is_answered_within_the_same_attempt(transport: str, provisional: int) -> None:
    gateways = (CarrierGateway(*CARRIER_ONE, Transport(transport.lower())), CARRIER.gateways[1])
    with Scene(facts=towards(replace(CARRIER, login=LOGIN, gateways=gateways))) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE, transport)
        challenger(puppet, provisional=provisional)
        call = scene.dial(BRIEF)
        scene.run(5.0)
        assert call.statuses[-1] == 200
        first, second = puppet.got("INVITE")
        assert (first.cseq[0], second.cseq[0], first.call_id) == (1, 2, second.call_id)
        assert first.from_.tag == second.from_.tag
        assert 'username="trunk7"' in (second.get("proxy-authorization") or "")
        assert scene.callees[1].calls == []
    record = scene.platform.record
    assert [attempt.status for attempt in record.attempts] == [200]
    journalled = [fields for _, kind, fields in scene.platform.journal.entries if kind == entry.SENT]
    assert [fields["attempt"] for fields in journalled] == [0, 0]
    assert "CSeq: 2 INVITE" in journalled[1]["request"]
    assert "correct horse" not in str(journalled)
    assert "uthorization" not in str(journalled)


@pytest.mark.parametrize(
    ("login", "realm"), [(LOGIN, "evil.example"), (None, "carrier.example")], ids=["foreign realm", "no login"]
)
def test_a_challenge_of_another_realm_is_never_answered_and_the_hunt_goes_on(
    login: CarrierLogin | None, realm: str
) -> None:
    with Scene(BRIEF, BRIEF, facts=towards(replace(CARRIER, login=login))) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)
        challenger(puppet, realm=realm)
        call = scene.dial(BRIEF)
        scene.run(5.0)
        assert len(puppet.got("INVITE")) == 1
        assert call.statuses[-1] == 200
    assert [attempt.status for attempt in scene.platform.record.attempts] == [407, 200]


def test_credentials_that_are_not_taken_are_sent_once() -> None:
    with Scene(facts=towards(replace(CARRIER, login=LOGIN))) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)
        challenger(puppet, satisfied=False)
        call = scene.dial(BRIEF)
        scene.run(5.0)
        assert len(puppet.got("INVITE")) == 2
        assert call.statuses[-1] == 200  # of the other gateway
    assert [attempt.status for attempt in scene.platform.record.attempts] == [407, 200]


def test_decision_6_a_phone_that_rang_is_not_rung_again_for_a_late_challenge() -> None:
    with Scene(facts=towards(replace(CARRIER, login=LOGIN, gateways=CARRIER.gateways[:1]))) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)
        challenger(puppet, provisional=180)
        call = scene.dial(BRIEF)
        scene.run(5.0)
        assert len(puppet.got("INVITE")) == 1
        assert call.end == "403"  # row 57: a challenge is not passed on


def test_silence_after_the_credentials_is_bounded_by_four_seconds_of_its_own() -> None:
    with Scene(facts=towards(replace(CARRIER, login=LOGIN))) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)

        def challenge(request: Request) -> None:
            puppet.respond(request, 407, "puppet", b"", ("Proxy-Authenticate", CHALLENGE))

        def on_request(request: Request) -> None:
            if request.method == "INVITE" and not request.get("proxy-authorization"):
                scene.world.after(3.0, lambda: challenge(request))

        puppet.on_request = on_request
        call = scene.dial(BRIEF)
        scene.run(12.0)
        assert call.answered_at is not None
        assert 7.0 < call.answered_at - call.invited_at < 8.0  # 3 s, then 4 s, then half a second of ringing
    assert [attempt.status for attempt in scene.platform.record.attempts] == [408, 200]


def test_caller_gives_up_while_the_credentials_are_on_their_way_the_second_invite_is_cancelled() -> None:
    with Scene(facts=towards(replace(CARRIER, login=LOGIN))) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)

        def on_request(request: Request) -> None:
            if request.method == "INVITE" and not request.get("proxy-authorization"):
                puppet.respond(request, 407, "puppet", b"", ("Proxy-Authenticate", CHALLENGE))
            elif request.method == "INVITE":
                puppet.respond(request, 180)
            elif request.method == "CANCEL":
                puppet.respond(request, 200)
                puppet.respond(puppet.got("INVITE")[1], 487)

        puppet.on_request = on_request
        call = scene.dial(Script(cancel_after=1.0))
        scene.run(5.0)
        (cancel,) = puppet.got("CANCEL")
        assert cancel.cseq[0] == 2
        assert cancel.via.branch == puppet.got("INVITE")[1].via.branch
        assert call.end == "cancel sent"


@pytest.mark.parametrize(("realm", "byes"), [("carrier.example", 2), ("evil.example", 1)])
def test_a_challenged_bye_is_repeated_with_credentials_of_our_realm(realm: str, byes: int) -> None:
    with Scene(facts=towards(replace(CARRIER, login=LOGIN))) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)

        def on_request(request: Request) -> None:
            if request.method == "INVITE":
                puppet.accept(request)
            elif request.method == "BYE" and request.get("authorization") is None:
                challenge = f'Digest realm="{realm}",nonce="n1",qop="auth"'
                puppet.respond(request, 401, "puppet", b"", ("WWW-Authenticate", challenge))
            elif request.method == "BYE":
                puppet.respond(request, 200)

        puppet.on_request = on_request
        scene.dial(BRIEF)
        scene.run(5.0)
        sent = puppet.got("BYE")
        assert [bye.cseq[0] for bye in sent] == list(range(2, 2 + byes))
        assert sent[-1].get("reason") == sent[0].get("reason") is not None
    assert scene.platform.record.cause.name == "caller_hung_up"


@pytest.mark.parametrize(("realm", "statuses"), [("carrier.example", [200]), ("evil.example", [403])])
def test_row_57_a_challenged_reinvite_is_repeated_with_credentials_of_our_realm(
    realm: str, statuses: list[int]
) -> None:
    """The customer puts the call on hold. A challenge that is not answered is not passed on either."""
    with Scene(facts=towards(replace(CARRIER, login=LOGIN))) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)

        def on_request(request: Request) -> None:
            if request.method == "INVITE" and request.to.tag and request.get("authorization") is None:
                challenge = f'Digest realm="{realm}",nonce="n1",qop="auth"'
                puppet.respond(request, 401, "puppet", b"", ("WWW-Authenticate", challenge))
            elif request.method == "INVITE":
                puppet.accept(request)
            elif request.method == "BYE":
                puppet.respond(request, 200)

        puppet.on_request = on_request
        call = scene.dial(Script(reinvite_after=1.0, hang_up_after=3.0))
        scene.run(6.0)
        assert call.reinvites == statuses
        first, *repeated = [invite for invite in puppet.got("INVITE") if invite.to.tag]
        if statuses == [200]:
            (again,) = repeated
            assert again.cseq[0] == first.cseq[0] + 1
            assert again.body == first.body
            assert 'uri="' + again.uri_text in (again.get("authorization") or "")
    assert scene.platform.record.cause.name == "caller_hung_up"


# ---- channels


def test_a_full_carrier_is_passed_over_and_the_call_is_503_with_an_alert() -> None:
    with Scene(facts=towards(replace(CARRIER, max_channels=1))) as scene:
        first = scene.dial(Script(hang_up_after=3.0))
        scene.run(1.0)
        second = scene.dial(BRIEF)
        scene.run(1.0)
        assert second.end == "503"
        assert ("X-Twilio-Error", "10004 Concurrent call limit exceeded") in second.headers
        scene.run(4.0)
        assert first.over
        third = scene.dial(BRIEF)
        scene.run(3.0)
        assert third.statuses[-1] == 200
    by_cause = {record.cause.name: record for record in scene.platform.records.records}
    assert by_cause["carrier_full"].attempts == ()
    assert [alert.code for alert in scene.platform.records.alerts] == [10004]


def test_calls_from_a_carrier_take_its_channels_and_are_never_refused_for_them() -> None:
    with Scene(facts=towards(replace(CARRIER, max_channels=1)), origination=True) as scene:
        calls = [scene.dial(BRIEF) for _ in range(2)]
        scene.run(1.0)
        assert scene.platform.calls.channels.in_use(CARRIER.sid) == 2
        scene.run(3.0)
        assert [call.statuses[-1] for call in calls] == [200, 200]


# ---- a carrier's own lists


@pytest.mark.parametrize(
    ("status", "lists", "tried"),
    [
        (403, {}, 1),
        (403, {"move_on_codes": frozenset({403})}, 2),
        (486, {}, 1),
        (603, {"move_on_codes": frozenset({603})}, 2),
        (500, {}, 2),
        (500, {"stop_codes": frozenset({500})}, 1),
        (408, {}, 2),
    ],
)
def test_section_2_6_a_carriers_own_codes_go_before_the_list(
    status: int, lists: dict[str, frozenset[int]], tried: int
) -> None:
    facts = towards(replace(CARRIER, **lists))  # type: ignore[arg-type]  # one of two fields of one type
    with Scene(Script(refuse_with=status), Script(refuse_with=404), facts=facts) as scene:
        call = scene.dial(BRIEF)
        scene.run(5.0)
        assert call.end == ("404" if tried == 2 else str(status))
    assert len(scene.platform.record.attempts) == tried


@pytest.mark.parametrize(
    ("status", "phrase", "code"),
    [(607, "Unwanted", 32017), (608, "Rejected", 32017), (603, "Network Blocked", 32017), (603, "Decline", None)],
)
def test_section_3_5_refusal_for_reputation_is_32017(status: int, phrase: str, code: int | None) -> None:
    with Scene(facts=open_facts()) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)

        def refuse(request: Request) -> None:
            if request.method == "INVITE":
                response = request.respond(status, phrase, to_tag="puppet")
                puppet.send(response.to_bytes())

        puppet.on_request = refuse
        call = scene.dial(BRIEF)
        scene.run(5.0)
        assert call.end == str(status)
    assert [alert.code for alert in scene.platform.records.alerts] == ([] if code is None else [code])
    assert scene.platform.record.cause.name == ("carrier_603" if code is None else "caller_reputation")


# ---- the shape of what is sent


def invited(profile: CarrierProfile, login: CarrierLogin | None = None, **how: str) -> Request:
    """The INVITE that a carrier of this profile gets."""
    carrier = replace(CARRIER, profile=profile, login=login)
    with Scene(facts=towards(carrier)) as scene:
        puppet = Puppet(scene.world, CARRIER_ONE)
        puppet.on_request = lambda request: puppet.respond(request, 486) if request.method == "INVITE" else None
        call = scene.alice.dial(CALLEE, headers=(("X-Order", "7"), ("X-Twilio-CallSid", "forged")))
        scene.run(2.0)
        assert call.over
    return puppet.got("INVITE")[0]


OURS = f"{PLATFORM[0]}:{PLATFORM[1]}"


def test_default_shape_is_e164_in_from_and_pai_without_x_headers() -> None:
    invite = invited(CarrierProfile())
    assert invite.uri.user == CALLEE
    assert invite.from_.uri_text == f"sip:{OWNED}@{OURS}"
    assert f"<sip:{OWNED}@{OURS}>" in (invite.get("p-asserted-identity") or "")
    assert invite.get("remote-party-id") is None
    assert [name for name, _, _ in invite.headers if name.startswith("x-")] == []


def test_digits_and_prefixes_reach_every_place_of_the_number() -> None:
    profile = CarrierProfile(NumberFormat.DIGITS, strip_prefix="+44", tech_prefix="9900")
    invite = invited(profile)
    assert invite.uri.user == "9900" + CALLEE[3:]
    assert invite.to.uri_text == invite.uri_text
    assert invite.from_.uri_text == f"sip:{OWNED[1:]}@{OURS}"
    assert f"<sip:{OWNED[1:]}@{OURS}>" in (invite.get("p-asserted-identity") or "")


def test_caller_id_in_rpid_alone_leaves_from_to_the_account() -> None:
    profile = CarrierProfile(caller_id=frozenset({CallerIdHeader.RPID}))
    invite = invited(profile)
    assert invite.from_.uri_text == f"sip:anonymous@{OURS}"
    assert invite.get("p-asserted-identity") is None
    assert f"<sip:{OWNED}@{OURS}>;party=calling;screen=yes" in (invite.get("remote-party-id") or "")
    assert invited(profile, LOGIN).from_.uri_text == f"sip:trunk7@{OURS}"


def test_x_headers_are_sent_on_where_the_carrier_wants_them_but_never_ours() -> None:
    invite = invited(CarrierProfile(pass_x_headers=True))
    assert invite.get("x-order") == "7"
    assert invite.get("x-twilio-callsid") is None


# ---- time and death


def test_goal_11_names_that_are_looked_up_slowly_cost_their_time_and_no_call() -> None:
    gateways = (CarrierGateway("gw.carrier.example", 5060), CARRIER.gateways[1])
    with Scene(BRIEF, Script(hang_up_after=1.0), facts=towards(replace(CARRIER, gateways=gateways))) as scene:
        scene.platform.locator.delay_s = 1.5  # the deadline of a look-up, for each of both
        call = scene.dial(BRIEF)
        scene.run(6.0)
        assert call.answered_at is not None
        assert 3.0 < call.answered_at - call.invited_at < 4.0
    assert [attempt.status for attempt in scene.platform.record.attempts] == [503, 200]


def test_the_end_of_the_process_does_not_wait_for_answers_to_options() -> None:
    with Scene(facts=open_facts()) as scene:
        scene.world.detach(CARRIER_ONE)
        pinged(scene, 1, 1.0)
        assert scene.platform.ua.transaction_count > 0
        assert scene.platform.switch.is_settled


class Picky:
    """A carrier that challenges, rings two seconds and answers until it is acknowledged."""

    def __init__(self, puppet: Puppet) -> None:
        self.puppet = puppet
        self.rung: set[str] = set()
        self.over: set[str] = set()
        self.answered: Request | None = None
        puppet.on_request = self.take

    def take(self, request: Request) -> None:
        puppet, branch = self.puppet, request.via.branch
        if request.method == "INVITE" and request.get("proxy-authorization") is None:
            puppet.respond(request, 407, "puppet", b"", ("Proxy-Authenticate", CHALLENGE))
        elif request.method == "INVITE" and branch not in self.rung:
            self.rung.add(branch)
            puppet.respond(request, 180)
            puppet.world.after(2.0, lambda: self.pick_up(request))
        elif request.method == "BYE":
            puppet.respond(request, 200)
            self.over |= self.rung
        elif request.method == "CANCEL":
            self.cancel(request)

    def cancel(self, request: Request) -> None:
        puppet, branch = self.puppet, request.via.branch
        invite = next((known for known in puppet.got("INVITE") if known.via.branch == branch), None)
        puppet.respond(request, 481 if invite is None else 200)  # one that never left the dead process
        self.over.add(branch)
        if invite is not None and self.answered is None:
            puppet.respond(invite, 487)

    def pick_up(self, invite: Request) -> None:
        acknowledged = any(ack.cseq[0] == invite.cseq[0] for ack in self.puppet.got("ACK"))
        if acknowledged or (invite.via.branch in self.over and self.answered is None):
            return
        self.answered = invite
        self.puppet.accept(invite)
        self.puppet.world.after(0.5, lambda: self.pick_up(invite))


def challenged_and_killed(path: Path, kill_at: int) -> tuple[Restartable, Picky]:
    stage = Restartable(
        path, kill_at=kill_at, facts=towards(replace(CARRIER, login=LOGIN, gateways=CARRIER.gateways[:1]))
    )
    picky = Picky(Puppet(stage.world, CARRIER_ONE))
    stage.scene.dial(Script(hang_up_after=2.0))
    stage.finish()
    return stage, picky


def test_decision_8_killed_at_every_step_of_a_challenged_call_nobody_is_rung_twice_or_left_ringing(
    tmp_path: Path,
) -> None:
    whole, picky = challenged_and_killed(tmp_path / "whole", 0)
    assert (whole.record.cause.name, len(picky.rung)) == ("caller_hung_up", 1)
    cancelled = 0
    for kill_at in range(1, whole.steps + 1):
        stage, picky = challenged_and_killed(tmp_path / str(kill_at), kill_at)
        assert stage.lives == 2
        assert len(picky.rung) <= 1, f"killed at step {kill_at}"
        assert picky.over >= picky.rung, f"left ringing, killed at step {kill_at}"
        cancelled += any(cancel.cseq[0] == 2 for cancel in picky.puppet.got("CANCEL"))
    assert cancelled  # the INVITE with the credentials is the one that is taken back
