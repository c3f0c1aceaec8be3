"""An INVITE as a header manipulation policy leaves it (sip.md 9.11)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from trunkline.domain.trunk.manipulation.policy import (
    Action,
    ActionKind,
    Condition,
    ConditionHeader,
    ConditionPart,
    HeaderPolicy,
    Match,
    Operator,
    Rule,
    Target,
)
from trunkline.domain.trunk.manipulation.policy_json import USER
from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.name_addr import NameAddr, parse_name_addr, split_addresses
from trunkline.protocol.sip.message.uri import Uri

_WITH_USER: Final = frozenset({"sip", "sips", "tel"})

_CHANGED: Final = {
    Target.TO_NUMBER: frozenset({"to"}),
    Target.FROM_NUMBER: frozenset({"from", "p-asserted-identity", "remote-party-id", "contact"}),
}
"""The header that an action reads is `to` or `from`; the rest gets a copy."""


@dataclass(frozen=True, slots=True)
class Manipulation:
    """`request` is one of its own, whether it differs or not; `matched` are the names of the rules that were run."""

    request: Request
    matched: tuple[str, ...]


def manipulate(policy: HeaderPolicy, request: Request) -> Manipulation:
    """Run the rules in order, each over what the ones before it have left; the request given stays as it is.

    Raises MalformedMessage for a request without a readable To or From.
    """
    changed = Request(request.method, request.uri_text, list(request.headers), request.body)
    matched: list[str] = []
    for rule in policy.rules:
        if rule_holds(rule, changed):
            matched.append(rule.name)
            changed = _run(rule.actions, changed)
    return Manipulation(changed, tuple(matched))


# ---- conditions


def rule_holds(rule: Rule, request: Request) -> bool:
    """Whether the rule is run; one without conditions always is."""
    if not rule.conditions:
        return True
    held = (condition_holds(condition, request) for condition in rule.conditions)
    match rule.match:
        case Match.ANY:
            return any(held)
        case Match.ALL:
            return all(held)
        case Match.NONE:
            return not any(held)


def condition_holds(condition: Condition, request: Request) -> bool:
    """Whether any value of the header is so, or for a negation whether none is; a header that is absent has none."""
    found, sought = list(_values(condition, request)), condition.value
    match condition.operator:
        case Operator.EQUALS:
            return sought in found
        case Operator.DOES_NOT_EQUAL:
            return sought not in found
        case Operator.STARTS_WITH:
            return any(text.startswith(sought) for text in found)
        case Operator.DOES_NOT_START_WITH:
            return not any(text.startswith(sought) for text in found)
        case Operator.CONTAINS:
            return any(sought in text for text in found)
        case Operator.DOES_NOT_CONTAIN:
            return not any(sought in text for text in found)
        case Operator.ENDS_WITH:
            return any(text.endswith(sought) for text in found)
        case Operator.DOES_NOT_END_WITH:
            return not any(text.endswith(sought) for text in found)


def _values(condition: Condition, request: Request) -> Iterator[str]:
    part = condition.part
    if condition.header is ConditionHeader.REQUEST_URI:
        if part is ConditionPart.URI:
            yield request.uri_text
        else:
            yield from _of_uri(request.uri, part)
        return
    lines = request.get_all(condition.header.lower())
    if part is ConditionPart.HEADER:
        yield from lines
        return
    for member in _members(lines):
        match part:
            case ConditionPart.DISPLAY_NAME:
                yield _unquoted(member.display)
            case ConditionPart.URI:
                yield member.uri_text
            case ConditionPart.USER | ConditionPart.HOST:
                yield from _of_uri(member.uri, part)


def _of_uri(uri: Uri, part: ConditionPart) -> Iterator[str]:
    if part is ConditionPart.HOST:
        yield uri.host
    elif uri.user is not None:
        yield uri.user


def _members(lines: list[str]) -> Iterator[NameAddr]:
    """The addresses that can be read."""
    for line in lines:
        for member in _split(line):
            try:
                yield parse_name_addr(member)
            except MalformedMessage:
                continue


def _split(line: str) -> list[str]:
    """The members of a line; one that cannot be told apart is one member that cannot be read."""
    try:
        return split_addresses(line)
    except MalformedMessage:
        return [line]


def _unquoted(display: str) -> str:
    """The quotes go, the backslashes inside stay: nothing is unescaped."""
    return display[1:-1] if len(display) >= 2 and display[0] == '"' else display


# ---- actions


def _run(actions: tuple[Action, ...], request: Request) -> Request:
    """The actions in order; each number is written once, as the last of them leaves it."""
    users: dict[Target, str] = {}
    for action in actions:
        target = action.target
        user = changed_user(action, users[target] if target in users else _user(request, target))
        if user is not None:
            users[target] = user
    for target, user in users.items():
        request = _written(request, target, user)
    return request


def _user(request: Request, target: Target) -> str:
    address = request.to if target is Target.TO_NUMBER else request.from_
    return address.uri.user or ""


def _written(request: Request, target: Target, user: str) -> Request:
    keys = _CHANGED[target]
    headers = [(key, name, _readdressed(value, user) if key in keys else value) for key, name, value in request.headers]
    uri = str(_with_user(request.uri, user)) if target is Target.TO_NUMBER else request.uri_text
    return Request(request.method, uri, headers, request.body)


def changed_user(action: Action, user: str) -> str | None:
    """The user part after one action; None where it cannot be done.

    That is: there is no such prefix or suffix, or what would be left is no user part.
    """
    changed = _changed(action, user)
    return changed if USER.fullmatch(changed) else None


def _changed(action: Action, user: str) -> str:
    value = action.value
    match action.kind:
        case ActionKind.ADD_PREFIX:
            return value + user
        case ActionKind.ADD_SUFFIX:
            return user + value
        case ActionKind.REMOVE_PREFIX:
            return user[len(value) :] if user.startswith(value) else ""
        case ActionKind.REMOVE_SUFFIX:
            return user[: -len(value)] if user.endswith(value) else ""
        case ActionKind.REMOVE_NUMBER_OF_PREFIX:
            return user[action.count :]
        case ActionKind.REMOVE_NUMBER_OF_SUFFIX:
            return user[: -action.count]
        case ActionKind.REPLACE_WITH:
            return value


def _readdressed(line: str, user: str) -> str:
    return ", ".join([_member_with_user(member, user) for member in _split(line)])


def _member_with_user(member: str, user: str) -> str:
    try:
        address = parse_name_addr(member)
    except MalformedMessage:
        return member
    return str(NameAddr(address.display, str(_with_user(address.uri, user)), address.params))


def _with_user(uri: Uri, user: str) -> Uri:
    if uri.scheme not in _WITH_USER or (uri.scheme == "tel" and user.startswith(";")):
        return uri  # a tel URI has a number before its parameters (RFC 3966 section 3)
    return Uri(uri.scheme, user, uri.host, uri.port, uri.params, uri.headers, uri.password)
