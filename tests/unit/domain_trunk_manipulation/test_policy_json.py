"""Rows 109, 110: rules as customers write them, their limits and their error codes."""

import re
from copy import deepcopy
from typing import Any

import pytest

from trunkline.domain.trunk.manipulation.policy import (
    Action,
    ActionKind,
    Condition,
    ConditionHeader,
    ConditionPart,
    MalformedPolicy,
    Match,
    Operator,
    Rule,
    Target,
)
from trunkline.domain.trunk.manipulation.policy_json import rules_from_json, rules_to_json

ACTION = {"target": "to-number", "action": "remove-prefix", "value": "011"}
COUNT = {"target": "from-number", "action": "remove-number-of-suffix", "value": 2}
CONDITION = {"header": "remote-party-id", "part": "host", "operator": "does-not-equal", "value": "[2001:db8::1]"}
RULE: dict[str, Any] = {"name": "r", "match": "all", "conditions": [CONDITION], "actions": [ACTION, COUNT]}


def test_row_109_rules_are_read_and_written_back() -> None:
    rules = rules_from_json([RULE])
    condition = Condition(ConditionHeader.REMOTE_PARTY_ID, ConditionPart.HOST, Operator.DOES_NOT_EQUAL, "[2001:db8::1]")
    actions = (
        Action(Target.TO_NUMBER, ActionKind.REMOVE_PREFIX, "011"),
        Action(Target.FROM_NUMBER, ActionKind.REMOVE_NUMBER_OF_SUFFIX, count=2),
    )
    assert rules == (Rule("r", actions, (condition,), Match.ALL),)
    assert rules_from_json(rules_to_json(rules)) == rules


def test_row_109_conditions_may_be_absent_and_any_is_the_default() -> None:
    [rule] = rules_from_json([{"name": "r", "actions": [ACTION]}])
    assert (rule.conditions, rule.match) == ((), Match.ANY)


def test_row_110_twenty_actions_and_twenty_conditions_fit() -> None:
    [rule] = rules_from_json([RULE | {"actions": [ACTION] * 20, "conditions": [CONDITION] * 20}])
    assert (len(rule.actions), len(rule.conditions)) == (20, 20)
    assert len(rules_from_json([RULE] * 100)) == 100


def with_(part: str, /, **fields: object) -> list[Any]:
    rule = deepcopy(RULE)
    rule[part][0].update(fields)
    return [rule]


@pytest.mark.parametrize(
    ("source", "code", "says"),
    [
        ([RULE | {"actions": [ACTION] * 21}], 21260, "at most 20 actions"),
        ([RULE | {"conditions": [CONDITION] * 21}], 21261, "at most 20 conditions"),
        ([RULE | {"actions": []}], 21256, "rule 1: at least one action"),
        ([RULE] * 101, 21256, "1 to 100 rules"),
        ([], 21256, "1 to 100 rules"),
        (None, 21256, "an array"),
        ("rules", 21256, "an array"),
        ([3], 21256, "rule 1: an object"),
        ([RULE, RULE | {"when": "always"}], 21256, "rule 2: 'when' is unknown"),
        ([RULE | {"name": ""}], 21256, "name must be a text of 1 to 64"),
        ([RULE | {"name": "n" * 65}], 21256, "name must be a text of 1 to 64"),
        ([RULE | {"name": "a\r\nb"}], 21256, "printable"),
        ([RULE | {"name": "\ud83d"}], 21256, "printable"),
        ([RULE | {"match": "some"}], 21256, "match must be one of any, all, none"),
        ([RULE | {"match": []}], 21256, "match must be one of"),
        ([RULE | {"conditions": {}}], 21256, "an array"),
        (with_("actions", target="to"), 21256, "target must be one of to-number, from-number"),
        (with_("actions", action="remove"), 21256, "action must be one of add-prefix"),
        (with_("actions", value=""), 21256, "value must be a text"),
        (with_("actions", value=11), 21256, "value must be a text"),
        (with_("actions", value="a b"), 21256, "a user part may not hold"),
        (with_("actions", value="1@192.0.2.1"), 21256, "a user part may not hold"),
        (with_("actions", value="50%"), 21256, "a user part may not hold"),
        (with_("actions", value="é"), 21256, "a user part may not hold"),
        (with_("actions", action="remove-number-of-prefix", value="3"), 21256, "number of characters"),
        (with_("actions", action="remove-number-of-prefix", value=True), 21256, "number of characters"),
        (with_("actions", action="remove-number-of-prefix", value=0), 21256, "number of characters"),
        (with_("actions", action="remove-number-of-prefix", value=257), 21256, "number of characters"),
        (with_("conditions", header="Via"), 21256, "header must be one of Contact, Diversion"),
        (with_("conditions", header="Request-URI", part="display-name"), 21256, "uri, user and host"),
        (with_("conditions", header="Request-URI", part="header"), 21256, "uri, user and host"),
        (with_("conditions", part="port"), 21256, "part must be one of"),
        (with_("conditions", operator="is"), 21256, "operator must be one of equals"),
        (with_("conditions", value="a_b"), 21256, "a host may not hold"),
        (with_("conditions", part="user", value='"'), 21256, "a user may not hold"),
        (with_("conditions", part="uri", value="u" * 257), 21256, "value must be a text"),
    ],
)
def test_row_110_what_cannot_be_used_is_refused_with_its_code(source: object, code: int, says: str) -> None:
    with pytest.raises(MalformedPolicy, match=re.escape(says)) as refused:
        rules_from_json(source)
    assert refused.value.code == code


@pytest.mark.parametrize("value", ["+-._~!$&'()*,;=?/Az9", "%41%20", "[", "http://example", "x" * 256])
def test_row_109_text_of_other_parts_is_free_and_users_take_what_they_may(value: str) -> None:
    rules_from_json(with_("conditions", part="header", value=value))
    if "[" not in value and ":" not in value:
        rules_from_json(with_("actions", value=value))
