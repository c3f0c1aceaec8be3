"""Rows 37, 109, sip.md 3.5: header manipulation, Diversion and X- headers on the whole platform, from its bytes."""

from dataclasses import replace

import pytest

from tests.kit.facts import OWNED, PBX_ONE, PFX, Facts
from tests.kit.phone import PhoneCall, Script
from tests.kit.platform import PLATFORM
from tests.kit.scene import CALLEE, Scene, open_facts
from trunkline.domain.trunk.manipulation.policy import (
    Action,
    ActionKind,
    Condition,
    ConditionHeader,
    ConditionPart,
    HeaderPolicy,
    HeaderPolicySid,
    Operator,
    Rule,
    Target,
)
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.parse import parse

SHORT = Script(hang_up_after=1.0)


def starts(header: ConditionHeader, value: str) -> tuple[Condition, ...]:
    return (Condition(header, ConditionPart.USER, Operator.STARTS_WITH, value),)


def replaced(target: Target, prefix: str, by: str) -> tuple[Action, ...]:
    return (Action(target, ActionKind.REMOVE_PREFIX, prefix), Action(target, ActionKind.ADD_PREFIX, by))


REPAIR = HeaderPolicy(
    HeaderPolicySid("HM" + "1" * 32),
    "what the PBX sends",
    (
        Rule("international", replaced(Target.TO_NUMBER, "011", "+"), starts(ConditionHeader.TO, "011")),
        Rule(
            "local caller",
            (Action(Target.FROM_NUMBER, ActionKind.ADD_PREFIX, "+1"),),
            starts(ConditionHeader.FROM, "202"),
        ),
    ),
)
TO_THE_PBX = HeaderPolicy(
    HeaderPolicySid("HM" + "2" * 32),
    "what the PBX wants",
    (
        Rule("extension", (Action(Target.TO_NUMBER, ActionKind.REMOVE_NUMBER_OF_PREFIX, count=8),)),
        Rule(
            "caller without plus",
            (*replaced(Target.FROM_NUMBER, "+44", "0"), Action(Target.FROM_NUMBER, ActionKind.ADD_PREFIX, "9")),
            (Condition(ConditionHeader.CONTACT, ConditionPart.HOST, Operator.EQUALS, PLATFORM[0]),),
        ),
    ),
)


def sent(scene: Scene) -> list[Request]:
    """The INVITEs that left the platform."""
    trace = scene.world.trace or []
    found = [parse(data) for _, source, _, data in trace if source == PLATFORM and data.startswith(b"INVITE ")]
    return [message for message in found if isinstance(message, Request)]


def terminated(facts: Facts, number: str, caller: str, *headers: tuple[str, str]) -> tuple[Scene, PhoneCall]:
    with Scene(facts=facts) as scene:
        scene.world.trace = []
        call = scene.alice.dial(number, SHORT, caller=caller, headers=headers)
        scene.run(5.0)
    return scene, call


def repairing() -> Facts:
    facts = open_facts()
    facts.trunk = replace(facts.trunk, termination_policy=REPAIR)
    return facts


def test_row_109_a_pbx_that_dials_011_and_shows_a_local_number_is_repaired() -> None:
    scene, call = terminated(
        repairing(), "011442079460123", "2025550101", ("P-Asserted-Identity", "<sip:2025550101@pbx.example>")
    )
    assert call.end == "bye sent"
    [invite] = sent(scene)
    assert (invite.uri.user, invite.to.uri.user, invite.from_.uri.user) == (CALLEE, CALLEE, OWNED)
    record = scene.platform.record
    assert (record.from_number, record.to_number) == (OWNED, CALLEE)
    assert record.to_uri == invite.uri_text


def test_row_109_the_customers_own_dialog_keeps_the_numbers_that_it_sent() -> None:
    scene, _ = terminated(repairing(), "011442079460123", "2025550101")
    answers = [data for _, source, to, data in scene.world.trace or [] if source == PLATFORM and to[0] == "192.0.2.50"]
    assert answers
    for data in answers:
        answer = parse(data)
        assert (answer.from_.uri.user, answer.to.uri.user) == ("2025550101", "011442079460123")


@pytest.mark.parametrize(("number", "caller", "error"), [("9", "2025550101", 32101), (CALLEE, "5550101", 32206)])
def test_row_109_what_no_rule_repairs_is_refused_as_ever(number: str, caller: str, error: int) -> None:
    scene, _ = terminated(repairing(), number, caller)
    assert [alert.code for alert in scene.platform.records.alerts] == [error]
    assert sent(scene) == []


def test_row_109_a_call_refused_behind_the_policy_is_recorded_with_the_numbers_that_were_judged() -> None:
    facts = repairing()
    facts.blocked = frozenset({"+44"})
    scene, call = terminated(facts, "011442079460123", "2025550101")
    assert call.end == "403"
    record = scene.platform.record
    assert (record.from_number, record.to_number) == (OWNED, CALLEE)


def test_row_109_facts_that_come_late_change_nothing_twice() -> None:
    facts = repairing()
    facts.delay_s = 0.2
    doubled = Rule("twice", (Action(Target.TO_NUMBER, ActionKind.ADD_PREFIX, "+44"),))
    facts.trunk = replace(facts.trunk, termination_policy=replace(REPAIR, rules=(doubled,)))
    scene, _ = terminated(facts, "2079460123", OWNED)
    assert [invite.uri.user for invite in sent(scene)] == [CALLEE]


def test_row_109_the_invite_to_the_customer_is_changed_and_the_record_tells_what_was_dialled() -> None:
    facts = Facts()
    facts.trunk = replace(facts.trunk, origination_policy=TO_THE_PBX)
    with Scene(SHORT, facts=facts, origination=True) as scene:
        scene.world.trace = []
        scene.dial()
        scene.run(5.0)
    [invite] = sent(scene)
    assert (invite.uri_text, invite.to.uri.user) == (f"sip:0101@{PBX_ONE[0]}:{PBX_ONE[1]}", "0101")
    caller, contact = "902079460199", invite.contact
    assert contact is not None
    assert (invite.from_.uri.user, contact.uri.user) == (caller, caller)
    assert (invite.get("p-asserted-identity") or "").startswith(f'"Alice" <sip:{caller}@')
    assert invite.get("diversion") == f"<sip:{OWNED}@{PFX}>;reason=unconditional"
    record = scene.platform.record
    assert (record.from_number, record.to_number, record.to_uri) == ("+442079460199", OWNED, invite.uri_text)


def test_row_109_each_direction_has_a_policy_of_its_own() -> None:
    facts = open_facts()
    facts.trunk = replace(facts.trunk, origination_policy=REPAIR)
    scene, _ = terminated(facts, "011442079460123", OWNED)
    assert [alert.code for alert in scene.platform.records.alerts] == [32101]
    facts = Facts()
    facts.trunk = replace(facts.trunk, termination_policy=TO_THE_PBX)
    with Scene(SHORT, facts=facts, origination=True) as scene:
        scene.world.trace = []
        scene.dial()
        scene.run(5.0)
    assert [invite.uri.user for invite in sent(scene)] == [OWNED]


DIVERSIONS = [
    (f"<sip:{OWNED}@{PFX}>;reason=unconditional", True),
    (f"<sip:{OWNED}@acme.pstn.{PFX}>", True),
    (f"<sip:+442079460199@acme.pstn.{PFX}>;reason=no-answer", False),
    (f"<sip:2025550101@{PFX.upper()}>", False),
    ("<sip:+442079460199@pbx.example>;reason=user-busy", True),
    ("<tel:+442079460199>", True),
    ("<<broken", False),
]


@pytest.mark.parametrize("together", [True, False])
def test_row_37_diversions_go_on_but_those_with_our_domain_only_for_own_numbers(together: bool) -> None:
    values = [value for value, _ in DIVERSIONS]
    headers = [("Diversion", value) for value in ([", ".join(values)] if together else values)]
    scene, call = terminated(open_facts(), CALLEE, OWNED, *headers)
    assert call.end == "bye sent"
    [invite] = sent(scene)
    assert invite.get_all("diversion") == [value for value, kept in DIVERSIONS if kept]


def test_row_37_diversions_that_cannot_be_told_apart_are_left_out_and_the_call_goes_on() -> None:
    value = f'"open <sip:{OWNED}@{PFX}>, <sip:{OWNED}@{PFX}>'
    scene, call = terminated(repairing(), CALLEE, OWNED, ("Diversion", value))
    assert call.end == "bye sent"
    [invite] = sent(scene)
    assert invite.get("diversion") is None


@pytest.mark.parametrize(("length", "codes"), [(50, []), (51, [32115])])
def test_sip_md_3_5_x_headers_do_not_go_on_and_a_call_reason_of_over_50_characters_is_warned_of(
    length: int, codes: list[int]
) -> None:
    headers = (("X-Branded-CallReason", "r" * length), ("X-Own", "1"), ("x-lower", "2"))
    scene, call = terminated(open_facts(), CALLEE, OWNED, *headers)
    assert call.end == "bye sent"
    [invite] = sent(scene)
    assert [name for key, name, _ in invite.headers if key.startswith("x-")] == []
    warnings = [alert for alert in scene.platform.records.alerts if alert.level == "warning"]
    assert [alert.code for alert in warnings] == codes
    assert [alert.call_sid for alert in warnings] == [scene.platform.record.sid for _ in codes]
