"""Rules of header manipulation as plain JSON types: how customers write them and how they are kept."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeVar

from trunkline.domain.trunk.manipulation.policy import (
    COUNTING,
    LONGEST_NAME,
    LONGEST_VALUE,
    MOST_ACTIONS,
    MOST_CONDITIONS,
    MOST_RULES,
    REQUEST_URI_PARTS,
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

INVALID_RULES: Final = 21256
TOO_MANY_ACTIONS: Final = 21260
TOO_MANY_CONDITIONS: Final = 21261

USER: Final = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=?/]|%[0-9A-Fa-f]{2})+", re.ASCII)
"""What a user part may hold (sip.md 9.11)."""
_HOST: Final = re.compile(r"[A-Za-z0-9\-.:\[\]]+", re.ASCII)
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""Control characters, and the halves of a pair that JSON can spell and no encoding can write."""
_HEADERS: Final = {header.lower(): header for header in ConditionHeader}
E = TypeVar("E", bound=StrEnum)


def rules_from_json(source: object) -> tuple[Rule, ...]:
    """Read an array of rules; raises MalformedPolicy, which says where."""
    rules = _array(source, "Rules")
    if not 1 <= len(rules) <= MOST_RULES:
        raise MalformedPolicy(INVALID_RULES, f"Rules must be an array of 1 to {MOST_RULES} rules")
    return tuple([_rule(rule, f"rule {at}") for at, rule in enumerate(rules, 1)])


def rules_to_json(rules: Sequence[Rule]) -> list[dict[str, object]]:
    """What `rules_from_json` reads back."""
    return [
        {
            "name": rule.name,
            "match": rule.match.value,
            "conditions": [
                {
                    "header": condition.header.value,
                    "part": condition.part.value,
                    "operator": condition.operator.value,
                    "value": condition.value,
                }
                for condition in rule.conditions
            ],
            "actions": [
                {
                    "target": action.target.value,
                    "action": action.kind.value,
                    "value": action.count if action.kind in COUNTING else action.value,
                }
                for action in rule.actions
            ],
        }
        for rule in rules
    ]


def _fault(where: str, reason: str) -> MalformedPolicy:
    return MalformedPolicy(INVALID_RULES, f"{where}: {reason}")


def _array(source: object, where: str) -> Sequence[object]:
    if isinstance(source, Sequence) and not isinstance(source, str):
        return source
    raise _fault(where, "an array is needed")


def _object(source: object, where: str, names: frozenset[str]) -> Mapping[str, object]:
    """An object with no member but these: a misspelt one would change calls in a way that nobody meant."""
    if not isinstance(source, Mapping):
        raise _fault(where, "an object is needed")
    for name in source:
        if name not in names:
            raise _fault(where, f"{str(name)[:40]!r} is unknown")
    return source


def _member(source: Mapping[str, object], name: str, kind: type[E], where: str, default: E | None = None) -> E:
    value = source.get(name, default)
    try:
        return kind(value if isinstance(value, str) else "")
    except ValueError:
        raise _fault(where, f"{name} must be one of {', '.join(kind)}") from None


def _text(source: Mapping[str, object], name: str, longest: int, where: str) -> str:
    value = source.get(name)
    if isinstance(value, str) and 0 < len(value) <= longest and not _UNPRINTABLE.search(value):
        return value
    raise _fault(where, f"{name} must be a text of 1 to {longest} printable characters")


_RULE: Final = frozenset({"name", "match", "conditions", "actions"})


def _rule(source: object, where: str) -> Rule:
    fields = _object(source, where, _RULE)
    actions = _array(fields.get("actions", ()), f"{where}, actions")
    conditions = _array(fields.get("conditions", ()), f"{where}, conditions")
    if not actions:
        raise _fault(where, "at least one action is needed")
    if len(actions) > MOST_ACTIONS:
        raise MalformedPolicy(TOO_MANY_ACTIONS, f"{where}: at most {MOST_ACTIONS} actions")
    if len(conditions) > MOST_CONDITIONS:
        raise MalformedPolicy(TOO_MANY_CONDITIONS, f"{where}: at most {MOST_CONDITIONS} conditions")
    return Rule(
        _text(fields, "name", LONGEST_NAME, where),
        tuple([_action(action, f"{where}, action {at}") for at, action in enumerate(actions, 1)]),
        tuple([_condition(condition, f"{where}, condition {at}") for at, condition in enumerate(conditions, 1)]),
        _member(fields, "match", Match, where, Match.ANY),
    )


_ACTION: Final = frozenset({"target", "action", "value"})


def _action(source: object, where: str) -> Action:
    fields = _object(source, where, _ACTION)
    target, kind = _member(fields, "target", Target, where), _member(fields, "action", ActionKind, where)
    if kind in COUNTING:
        return Action(target, kind, count=_count(fields.get("value"), where))
    value = _text(fields, "value", LONGEST_VALUE, where)
    if not USER.fullmatch(value):
        raise _fault(where, "value holds characters that a user part may not hold")
    return Action(target, kind, value)


def _count(value: object, where: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST_VALUE:
        return value
    raise _fault(where, f"value must be a number of characters, 1 to {LONGEST_VALUE}")


_CONDITION: Final = frozenset({"header", "part", "operator", "value"})


def _condition(source: object, where: str) -> Condition:
    fields = _object(source, where, _CONDITION)
    header = _HEADERS.get(_text(fields, "header", LONGEST_NAME, where).lower())
    if header is None:
        raise _fault(where, f"header must be one of {', '.join(ConditionHeader)}")
    part = _member(fields, "part", ConditionPart, where)
    if header is ConditionHeader.REQUEST_URI and part not in REQUEST_URI_PARTS:
        raise _fault(where, "the Request-URI has the parts uri, user and host")
    value = _text(fields, "value", LONGEST_VALUE, where)
    allowed = {ConditionPart.USER: USER, ConditionPart.HOST: _HOST}.get(part)
    if allowed is not None and not allowed.fullmatch(value):
        raise _fault(where, f"value holds characters that a {part.value} may not hold")
    return Condition(header, part, _member(fields, "operator", Operator, where), value)
