"""Rows 28 and 89 and decision 19 on the whole platform: who is not listened to, and who always is."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network
from itertools import count

import pytest

from tests.kit.facts import CARRIER_ONE, REALM, TRUNK, Facts
from tests.kit.platform import PLATFORM, TRUNK_HOST
from tests.kit.puppet import Puppet
from tests.kit.scene import ALICE, CALLEE, Scene
from tests.kit.wire import Address
from tests.kit.world import World
from trunkline.domain.trunk.ban import PINGS, UNKNOWN, BanRule
from trunkline.protocol.sip.message.message import Response
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.transaction.flow import Flow

GUESSER = ("192.0.2.66", 5060)
_branches = count(1)
Attack = Callable[["Guesser"], None]


class Guesser(Puppet):
    """Sends what it likes from its address, and acknowledges what it is told."""

    def __init__(self, world: World, address: Address) -> None:
        super().__init__(world, address)
        self.said: set[str] = set()

    def receive(self, data: bytes, flow: Flow) -> None:
        message = parse(data)
        if message.call_id in self.said:
            super().receive(data, flow)
        if isinstance(message, Response) and message.status >= 300 and message.cseq[1] == "INVITE":
            lines = [f"{name}: {value}" for key, name, value in message.headers if key in {"from", "to", "call-id"}]
            head = [f"ACK sip:{PLATFORM[0]} SIP/2.0", f"Via: {self.via(message.via.branch)}", "CSeq: 1 ACK", *lines]
            self.send(("\r\n".join(head) + "\r\nContent-Length: 0\r\n\r\n").encode())

    def say(self, method: str, uri: str, extra: str = "", tag: str = "") -> None:
        branch = f"z9hG4bK-{next(_branches)}"
        self.said.add(branch)
        to = f"<{uri}>" + (f";tag={tag}" if tag else "")
        self.send(
            (
                f"{method} {uri} SIP/2.0\r\nVia: {self.via(branch)}\r\nMax-Forwards: 70\r\n"
                f"From: <sip:+12025550101@{self.address[0]}>;tag={branch}\r\nTo: {to}\r\nCall-ID: {branch}\r\n"
                f"CSeq: 1 {method}\r\nContact: <sip:{self.address[0]}>\r\n{extra}Content-Length: 0\r\n\r\n"
            ).encode()
        )

    def guess(self, user: str = "alice", host: str = TRUNK_HOST) -> None:
        """An INVITE with credentials that cannot be right."""
        uri = f"sip:{CALLEE}@{host}"
        credentials = (
            f'Digest username="{user}",realm="{REALM}",nonce="n",uri="{uri}",response="{"0" * 32}",'
            'cnonce="c",qop=auth,nc=00000001'
        )
        self.say("INVITE", uri, f"Proxy-Authorization: {credentials}\r\n")

    def register(self) -> None:
        self.say("REGISTER", f"sip:{TRUNK_HOST}")

    def probe(self) -> None:
        self.say("INVITE", f"sip:100@{PLATFORM[0]}")

    def ping(self) -> None:
        self.say("OPTIONS", f"sip:{TRUNK_HOST}")

    def statuses(self) -> list[int]:
        """What came back for each request that got a first answer."""
        seen: dict[str, int] = {}
        for response in self.responses:
            seen.setdefault(response.call_id, response.status)
        return list(seen.values())


def attack(scene: Scene, times: int, act: Attack, address: tuple[str, int] = GUESSER, every_s: float = 0.1) -> Guesser:
    """What that address got for doing this so often, one after the other."""
    guesser = Guesser(scene.world, address)
    for _ in range(times):
        act(guesser)
        scene.run(every_s)
    return guesser


def subjects(scene: Scene) -> list[tuple[str, str]]:
    return [(ban.source, ban.subject) for ban in scene.platform.doorkeeper.bans(scene.world.now)]


ATTACKS: list[tuple[Attack, list[int]]] = [
    (lambda guesser: guesser.guess(), [403] * 10),
    (lambda guesser: guesser.guess("nobody"), [403] * 10),
    (lambda guesser: guesser.register(), [405] * 10),
]


@pytest.mark.parametrize(("act", "answers"), ATTACKS)
def test_decision_19_ten_failures_and_then_silence(act: Attack, answers: list[int]) -> None:
    """Goal 7: known and unknown users answer alike, to the last failure."""
    with Scene(facts=Facts()) as scene:
        guesser = attack(scene, 30, act)
        assert guesser.statuses() == answers
        assert subjects(scene) == [(GUESSER[0], TRUNK_HOST)]
        assert scene.platform.doorkeeper.dropped == 20


@pytest.mark.parametrize("method", ["INVITE", "MESSAGE", "SUBSCRIBE", "FOO"])
def test_decision_19_who_is_outside_the_acl_is_ignored_after_ten_requests_of_whatever_kind(method: str) -> None:
    facts = Facts()
    facts.trunk = replace(TRUNK, has_acl=True, acl_networks=(ip_network("198.51.100.0/24"),))
    with Scene(facts=facts) as scene:
        guesser = attack(scene, 30, lambda each: each.say(method, f"sip:{CALLEE}@{TRUNK_HOST}"))
        assert len(guesser.statuses()) == 10
        assert subjects(scene) == [(GUESSER[0], TRUNK_HOST)]


def test_decision_19_probing_for_domains_is_met_with_silence_that_asks_nothing() -> None:
    with Scene(facts=Facts()) as scene:
        guesser = attack(scene, 10, Guesser.probe)
        assert subjects(scene) == [(GUESSER[0], UNKNOWN)]
        asked = len(scene.platform.facts.asked)
        attack(scene, 20, Guesser.probe)
        assert guesser.responses == []
        assert scene.platform.doorkeeper.dropped == 20
        assert len(scene.platform.facts.asked) == asked


def test_decision_19_names_tried_in_turn_are_looked_up_once_a_second_at_most() -> None:
    names = iter(range(1000))

    def try_name(guesser: Guesser) -> None:
        guesser.guess(host=TRUNK_HOST.replace("acme", f"name{next(names)}"))

    with Scene(facts=Facts()) as scene:
        attack(scene, 10, try_name)
        scene.platform.facts.asked.clear()
        attack(scene, 100, try_name)  # ten seconds
        assert scene.platform.facts.asked.count("trunk") in range(9, 12)


def test_decision_19_the_ban_is_for_one_domain_and_ends_by_itself() -> None:
    with Scene(facts=Facts()) as scene:
        attack(scene, 10, Guesser.guess)
        guesser = attack(scene, 1, Guesser.guess)
        assert guesser.responses == []
        scene.run(600.0)
        assert attack(scene, 1, Guesser.guess).statuses() == [403]


def test_decision_19_who_probes_may_still_use_its_trunk() -> None:
    with Scene(facts=Facts()) as scene:
        scene.dial()
        scene.run(2.0)
        attack(scene, 12, Guesser.probe, ALICE)
        assert subjects(scene) == [(ALICE[0], UNKNOWN)]
        guesser = attack(scene, 1, lambda each: each.say("INVITE", f"sip:{CALLEE}@{TRUNK_HOST}"), ALICE)
        assert guesser.statuses() == [407]
        scene.world.attach(ALICE, scene.alice)
        scene.alice.hang_up(scene.alice.calls[0])


def test_decision_19_requests_within_dialogs_are_always_heard() -> None:
    """The customer's own address is banned in the middle of its call, by somebody who sends in its name."""
    with Scene(facts=Facts()) as scene:
        call = scene.dial()
        scene.run(2.0)
        attack(scene, 12, Guesser.guess, ALICE)
        scene.world.attach(ALICE, scene.alice)
        assert subjects(scene) == [(ALICE[0], TRUNK_HOST)]
        assert scene.alice.reinvite(call)
        scene.run(1.0)
        assert call.reinvites == [200]
        scene.alice.hang_up(call)
        scene.run(1.0)
        assert scene.platform.record.cause.name == "caller_hung_up"
        unheard = scene.dial()
        scene.run(40.0)
        assert unheard.end == "timeout"
        assert scene.platform.doorkeeper.lift(ALICE[0]) == 1
        heard = scene.dial()
        scene.run(2.0)
        assert heard.answered_at is not None
        scene.alice.hang_up(heard)


def test_decision_19_never_an_address_of_the_trunks_access_list() -> None:
    listed = replace(TRUNK, has_acl=True, acl_networks=(ip_network(f"{GUESSER[0]}/32"),))
    with Scene(facts=Facts(trunk=listed)) as scene:
        assert attack(scene, 30, Guesser.guess).statuses() == [403] * 30
        outside = attack(scene, 30, lambda each: each.say("INVITE", f"sip:{CALLEE}@{TRUNK_HOST}"), ("192.0.2.67", 5060))
        assert outside.statuses() == [403] * 10
        assert subjects(scene) == [("192.0.2.67", TRUNK_HOST)]


def test_decision_19_never_a_carriers_source() -> None:
    with Scene(facts=Facts()) as scene:
        assert attack(scene, 30, Guesser.guess, CARRIER_ONE).statuses() == [403] * 30
        assert attack(scene, 100, Guesser.ping, CARRIER_ONE).statuses() == [200] * 100
        assert subjects(scene) == []
        assert scene.platform.doorkeeper.vouches_for(CARRIER_ONE[0])
        assert not scene.platform.doorkeeper.vouches_for(GUESSER[0])
        scene.world.attach(CARRIER_ONE, scene.callee)


def test_decision_19_nobody_is_banned_while_it_is_unknown_who_the_carriers_are() -> None:
    with Scene(facts=Facts()) as scene:
        attack(scene, 5, Guesser.guess)
        scene.platform.facts.broken = True
        assert attack(scene, 10, Guesser.guess).statuses() == [403] * 10
        scene.platform.facts.broken = False
        assert len(attack(scene, 20, Guesser.guess).statuses()) == 10 - 5


def test_goal_7_a_guesser_gets_no_more_guesses_while_the_carriers_are_read() -> None:
    """Nobody has called yet, and the store takes longer than the guesses."""
    with Scene(facts=Facts()) as scene:
        attack(scene, 9, Guesser.guess)
        scene.platform.facts.delay_s = 1.0
        guesser = attack(scene, 20, Guesser.guess, every_s=0.01)
        assert guesser.statuses() == [403]
        scene.run(1.0)
        assert subjects(scene) == [(GUESSER[0], TRUNK_HOST)]
        assert scene.platform.doorkeeper.bans_begun == 1


def test_decision_19_a_carrier_is_heard_again_once_the_carriers_are_read() -> None:
    with Scene(facts=Facts()) as scene:
        attack(scene, 9, Guesser.guess, CARRIER_ONE)
        scene.platform.facts.delay_s = 1.0
        assert attack(scene, 1, Guesser.guess, CARRIER_ONE, every_s=1.5).statuses() == [403]
        assert attack(scene, 20, Guesser.guess, CARRIER_ONE).statuses() == [403] * 20
        assert (subjects(scene), scene.platform.doorkeeper.bans_begun) == ([], 0)
        scene.world.attach(CARRIER_ONE, scene.callee)


def test_goal_14_bare_invites_to_a_trunk_in_flood_are_ignored_within_two_seconds() -> None:
    with Scene(facts=Facts()) as scene:
        uri = f"sip:{CALLEE}@{TRUNK_HOST}"
        begun = scene.world.now
        guesser = attack(scene, 700, lambda each: each.say("INVITE", uri), every_s=0.0035)
        assert guesser.statuses() == [407] * 500
        (ban,) = scene.platform.doorkeeper.bans(scene.world.now)
        assert ban.began_at - begun <= 2.0
        call = scene.dial()
        scene.run(2.0)
        assert call.answered_at is not None
        scene.alice.hang_up(call)


def test_goal_2_a_busy_customer_is_not_banned_for_calls_that_an_overloaded_gateway_did_not_hear() -> None:
    with Scene(facts=Facts()) as scene:
        scene.platform.bans.rule = BanRule(unanswered=50)
        first = scene.dial()
        scene.run(2.0)
        for _ in range(100):
            scene.dial()
            scene.run(0.015)  # the challenge has left; the credentials come next
            scene.platform.switch.load.share = 1.0
            scene.run(0.05)
            scene.platform.switch.load.share = 0.0
        assert {call.end for call in scene.alice.calls[1:]} == {"503"}
        assert subjects(scene) == []
        scene.alice.hang_up(first)


@pytest.mark.parametrize("uri", [f"sip:{TRUNK_HOST}", f"sip:{PLATFORM[0]}"])
def test_row_28_options_every_15_seconds_are_always_answered(uri: str) -> None:
    with Scene(facts=Facts()) as scene:
        customer = attack(scene, 100, lambda each: each.say("OPTIONS", uri), every_s=15.0)
        assert customer.statuses() == [200] * 100
        assert customer.responses[0].body == b""
        assert customer.responses[0].get("server") == "Twilio Gateway"


def test_row_28_options_in_flood_are_ignored_and_calls_are_not() -> None:
    with Scene(facts=Facts()) as scene:
        flooder = attack(scene, 100, Guesser.ping, every_s=0.01)
        assert flooder.statuses() == [200] * 12
        assert subjects(scene) == [(GUESSER[0], PINGS)]
        attack(scene, 1, lambda each: each.say("OPTIONS", f"sip:{PLATFORM[0]}"))
        assert scene.platform.doorkeeper.dropped == 88
        assert attack(scene, 1, Guesser.guess).statuses() == [403]
        within = attack(scene, 1, lambda each: each.say("OPTIONS", f"sip:{PLATFORM[0]}", tag="gone"))
        assert within.statuses() == [481]
        scene.run(600.0)
        assert attack(scene, 1, Guesser.ping).statuses() == [200]


def test_what_cannot_be_read_is_answered_as_ever() -> None:
    with Scene(facts=Facts()) as scene:
        attack(scene, 10, Guesser.guess)
        guesser = attack(scene, 1, lambda each: each.say("INVITE", f"sip:{CALLEE}@{TRUNK_HOST}", "To: <sip:b@b>\r\n"))
        assert guesser.statuses() == [400]
        assert attack(scene, 1, lambda each: each.say("ACK", f"sip:{CALLEE}@{TRUNK_HOST}")).responses == []
