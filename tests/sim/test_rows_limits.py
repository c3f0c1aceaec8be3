"""Rows 35, 36, 38, 39 and 41 and overload on the whole platform: read from the bytes that leave it."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.kit.facts import ACCOUNT, USER, Facts
from tests.kit.phone import PhoneCall, Script
from tests.kit.platform import PLATFORM
from tests.kit.puppet import Puppet
from tests.kit.restart import Restartable
from tests.kit.scene import CALLEE, Scene, open_facts
from trunkline.domain.trunk.facts import AccountFacts, Limits
from trunkline.kit.ids import AccountSid
from trunkline.protocol.sip.message.message import Response
from trunkline.protocol.sip.message.parse import parse
from trunkline.service.gateway.admission.load import TICK_S

TRUNK_CPS = ("503 Trunk CPS limit exceeded", "32001 Trunk CPS limit exceeded")
POOL_CPS = ("503 Account CPS limit exceeded", "32012 Account CPS limit exceeded")
FULL = ("503 Trunk concurrent call limit exceeded", "10004 Concurrent call limit exceeded")
TALKS = Script(hang_up_after=20.0)


def limited(cps: int | None = None, concurrent: int | None = None, facts: Facts | None = None) -> Facts:
    facts = facts or open_facts()
    facts.account_facts = replace(ACCOUNT, limits=Limits(cps, None, concurrent))
    return facts


def refusals(scene: Scene) -> list[tuple[str, str | None]]:
    """Status line and X-Twilio-Error of every final refusal that left for the caller, challenges apart."""
    found = []
    seen = set()
    for _, source, to, data in scene.world.trace or ():
        if source != PLATFORM or to != scene.alice.address or data in seen or not data.startswith(b"SIP/2.0 "):
            continue
        seen.add(data)  # a refusal goes out until it is acknowledged
        response = parse(data)
        assert isinstance(response, Response)
        if response.status >= 300 and response.status != 407:
            line = data.split(b"\r\n", 1)[0].decode().removeprefix("SIP/2.0 ")
            found.append((line, response.get("x-twilio-error")))
    return found


def traced(facts: Facts, max_calls: int = 10_000) -> Scene:
    scene = Scene(facts=facts, max_calls=max_calls)
    scene.world.trace = []
    return scene


def answered(calls: Iterable[PhoneCall]) -> list[bool]:
    return [call.answered_at is not None for call in calls]


def test_row_35_a_country_that_is_not_enabled() -> None:
    with traced(open_facts()) as scene:
        scene.dial(number="+33199005501")
        scene.run(2.0)
        assert refusals(scene) == [("403 No International Authorization", "32205 Country is not allowed")]
        assert [alert.code for alert in scene.platform.records.alerts] == [32205]
        assert scene.platform.record.cause.name == "country_not_allowed"


def test_row_35_no_country_at_all() -> None:
    facts = open_facts()
    facts.account_facts = replace(ACCOUNT, countries=frozenset())
    with traced(facts) as scene:
        scene.dial()
        scene.run(2.0)
        assert refusals(scene) == [("403 No International Authorization", "32205 Country is not allowed")]


def test_row_36_a_blocked_destination() -> None:
    facts = open_facts()
    facts.blocked = frozenset({"+4420794601"})
    with traced(facts) as scene:
        scene.dial()
        scene.run(2.0)
        line = "403 Phone number is blocked for verification"
        assert refusals(scene) == [(line, "32203 Destination number is blocked")]
        assert scene.platform.record.cause.name == "destination_blocked"
        other = scene.dial(TALKS, number="+442079460223")
        scene.run(2.0)
        assert other.answered_at is not None


def test_row_38_calls_over_the_cps_of_a_trunk() -> None:
    """The first three find cold caches, and are all decided by jobs."""
    with traced(limited(cps=2)) as scene:
        burst = [scene.dial(TALKS) for _ in range(3)]
        scene.run(0.9)
        late = scene.dial(TALKS)
        scene.run(0.2)
        fresh = scene.dial(TALKS)
        scene.run(5.0)
        assert sorted(answered(burst)) == [False, True, True]
        assert answered([late, fresh]) == [False, True]
        assert refusals(scene) == [TRUNK_CPS, TRUNK_CPS]
        assert [call.end for call in (*burst, late) if call.answered_at is None] == ["503", "503"]
        scene.run(30.0)
        assert len(scene.platform.records.records) == 5
        assert [alert.code for alert in scene.platform.records.alerts] == [32001, 32001]


def test_row_38_calls_over_the_cps_whose_facts_take_their_time() -> None:
    facts = limited(cps=2)
    facts.delay_s = 0.5
    with traced(facts) as scene:
        calls = [scene.dial(TALKS) for _ in range(5)]
        scene.run(9.0)
        assert sum(answered(calls)) == 2
        assert refusals(scene) == [TRUNK_CPS] * 3


def test_row_38_an_invite_sent_again_with_credentials_counts_once() -> None:
    with traced(limited(cps=1, facts=Facts())) as scene:
        first = scene.dial(TALKS)
        scene.run(0.5)
        second = scene.dial(TALKS)
        scene.run(5.0)
        assert answered([first, second]) == [True, False]
        assert refusals(scene) == [TRUNK_CPS]


def test_row_38_a_call_counts_once_though_the_policy_is_asked_twice() -> None:
    """A fact beyond the limits is missing in the cache: the job that fetches it goes through all checks again."""
    with traced(limited(cps=1)) as scene:
        first = scene.dial(TALKS)
        scene.run(2.0)
        scene.platform.directory.changed("carrier", "CY1", None)
        second = scene.dial(TALKS)
        scene.run(2.0)
        assert answered([first, second]) == [True, True]
        assert refusals(scene) == []


def test_row_38_whoever_is_not_let_in_uses_nothing_up() -> None:
    with traced(limited(cps=1, facts=Facts())) as scene:
        stranger = Puppet(scene.world, ("192.0.2.66", 5060))
        for index in range(5):
            uri = f"sip:{CALLEE}@{scene.platform.facts.trunk.domain}"
            stranger.send(
                (
                    f"INVITE {uri} SIP/2.0\r\nVia: {stranger.via()}\r\nMax-Forwards: 70\r\n"
                    f"From: <sip:{USER}@192.0.2.66>;tag={index}\r\nTo: <{uri}>\r\nCall-ID: s{index}\r\n"
                    f"CSeq: 1 INVITE\r\nContact: <sip:192.0.2.66>\r\nContent-Length: 0\r\n\r\n"
                ).encode()
            )
        call = scene.dial(TALKS)
        scene.run(5.0)
        assert set(stranger.got_status("INVITE")) == {407}
        assert call.answered_at is not None


def test_row_39_the_pool_of_the_parent_account() -> None:
    facts = open_facts()
    facts.parent = AccountFacts(AccountSid("AC" + "9" * 32), limits=Limits(None, 2, None))
    facts.account_facts = replace(ACCOUNT, parent_sid=facts.parent.sid)
    with traced(facts) as scene:
        calls = [scene.dial(TALKS) for _ in range(3)]
        scene.run(5.0)
        assert sorted(answered(calls)) == [False, True, True]
        assert refusals(scene) == [POOL_CPS]


@pytest.mark.parametrize("delay_s", [0.0, 0.5])
def test_row_41_calls_at_once(delay_s: float) -> None:
    facts = limited(concurrent=2)
    facts.delay_s = delay_s
    with traced(facts) as scene:
        burst = [scene.dial(TALKS) for _ in range(4)]
        scene.run(5.0)
        assert sorted(answered(burst)) == [False, False, True, True]
        assert refusals(scene) == [FULL, FULL]
        one, two = (call for call in burst if call.answered_at is not None)
        scene.alice.hang_up(one)
        scene.run(1.0)
        assert len(scene.platform.calls) > scene.platform.calls.ongoing == 1, "released ones wait for repetitions"
        third, fourth = scene.dial(TALKS), scene.dial(TALKS)
        scene.run(5.0)
        assert answered([third, fourth]) == [True, False]
        assert not two.over


def test_row_41_a_cancelled_call_gives_its_place_back() -> None:
    with traced(limited(concurrent=1)) as scene:
        scene.callee.script = Script(answer_after=None)
        first = scene.dial(Script(cancel_after=2.0))
        scene.run(1.0)
        second = scene.dial()
        scene.run(2.0)
        scene.callee.script = Script()
        third = scene.dial(TALKS)
        scene.run(5.0)
        assert answered([first, second, third]) == [False, False, True]
        assert FULL in refusals(scene)


def test_row_41_a_carriers_call_counts_and_is_not_refused() -> None:
    facts = limited(concurrent=1, facts=Facts())
    with Scene(Script(hang_up_after=9.0), facts=facts, origination=True) as scene:
        calls = [scene.dial(), scene.dial()]
        scene.run(4.0)
        assert answered(calls) == [True, True]
        assert scene.platform.calls.ongoing_of(ACCOUNT.sid) == 2


def test_row_41_a_call_taken_back_counts_and_one_that_was_over_does_not(tmp_path: Path) -> None:
    """Killed with one call talking and another refused just before, which the journal still knows."""

    def stage(name: str, kill_at: int) -> Restartable:
        stage = Restartable(tmp_path / name, kill_at=kill_at, down_s=0.3, facts=limited(concurrent=1))
        stage.scene.dial(Script(hang_up_after=8.0))

        def dial() -> None:
            stage.scene.dial(TALKS)

        for at in (5.0, 6.5, 10.0, 11.0):
            stage.world.after(at, dial)
        return stage

    whole = stage("whole", kill_at=0)
    whole.world.run(5.015)
    steps = whole.steps
    whole.finish()
    killed = stage("killed", kill_at=steps)
    killed.finish()
    assert killed.lives == 2
    assert killed.killed_at_s is not None
    assert 5.0 < killed.killed_at_s < 5.02
    for each in (whole, killed):
        calls = each.scene.alice.calls
        assert answered(calls) == [True, False, False, True, False]
        assert {call.end for call in calls if call.answered_at is None} == {"503"}


def test_decision_19_who_answers_a_challenge_has_been_let_in_already() -> None:
    """Of an overloaded gateway's share the INVITE with credentials is none, unless all are refused."""
    with Scene() as scene:
        load = scene.platform.switch.load
        load.share = 0.6  # the first INVITE is let in, the next one asked would be refused
        call = scene.dial(Script(hang_up_after=1.0))
        scene.run(3.0)
        assert call.statuses == [407, 100, 180, 200]
        load.share = 0.0
        later = scene.dial(Script(hang_up_after=1.0))
        while not later.statuses:
            scene.run(0.001)
        load.share = 1.0
        scene.run(3.0)
        assert later.end == "503"


def test_decision_19_overload_is_refused_early() -> None:
    with traced(open_facts(), max_calls=10) as scene:
        calls = [scene.dial(TALKS) for _ in range(9)]
        scene.run(2.0)
        assert all(answered(calls))
        asked = len(scene.platform.facts.asked)
        tenth = scene.dial()
        scene.run(0.5)
        assert refusals(scene) == [("503 Service Unavailable", None)]
        assert ("retry-after", "10") in [(name.lower(), value) for name, value in tenth.headers]
        assert len(scene.platform.facts.asked) == asked
        scene.alice.hang_up(calls[0])
        scene.run(0.5)
        eleventh = scene.dial(TALKS)
        scene.run(2.0)
        assert eleventh.answered_at is not None


def test_decision_19_lag_refuses_new_calls_early_and_leaves_the_others_alone() -> None:
    """Goal 2: nobody is challenged or looked up, established calls go on, and all is well again within 5 s."""
    with traced(open_facts()) as scene:
        load = scene.platform.switch.load

        def tick(late_s: float, seconds: float) -> None:
            for _ in range(round(seconds / (TICK_S + late_s))):
                scene.run(TICK_S + late_s)
                load.told(late_s, scene.world.now)

        talking = scene.dial(Script())
        tick(0.0, 2.0)
        tick(0.15, 2.0)
        asked = len(scene.platform.facts.asked)
        refused = [scene.dial() for _ in range(20)]
        scene.run(0.5)
        assert refusals(scene) == [("503 Service Unavailable", None)] * 20
        assert {("retry-after", "10")} <= {(name.lower(), value) for call in refused for name, value in call.headers}
        assert len(scene.platform.facts.asked) == asked
        assert scene.alice.reinvite(talking)
        scene.run(1.0)
        assert talking.reinvites == [200]
        assert not talking.over
        tick(0.0, 5.0)
        later = scene.dial(TALKS)
        scene.run(2.0)
        assert later.answered_at is not None
        scene.alice.hang_up(talking)
