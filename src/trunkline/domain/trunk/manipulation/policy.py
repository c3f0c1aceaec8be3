"""Header manipulation policies: rules that change the called and the calling number of an INVITE (sip.md 9.11)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

HeaderPolicySid = NewType("HeaderPolicySid", str)
"""`HM` and 32 hex digits."""

MOST_ACTIONS: Final = 20
MOST_CONDITIONS: Final = 20
MOST_RULES: Final = 100
"""A bound of ours: what a call may cost is bounded by it."""
LONGEST_NAME: Final = 64
LONGEST_VALUE: Final = 256


class Target(StrEnum):
    """The number that an action changes."""

    TO_NUMBER = "to-number"
    """User of To, then copied to the Request-URI."""
    FROM_NUMBER = "from-number"
    """User of From, then copied to P-Asserted-Identity, Remote-Party-ID and Contact."""


class ActionKind(StrEnum):
    ADD_PREFIX = "add-prefix"
    ADD_SUFFIX = "add-suffix"
    REMOVE_PREFIX = "remove-prefix"
    REMOVE_SUFFIX = "remove-suffix"
    REMOVE_NUMBER_OF_PREFIX = "remove-number-of-prefix"
    """So many characters from the front."""
    REMOVE_NUMBER_OF_SUFFIX = "remove-number-of-suffix"
    """So many characters from the end."""
    REPLACE_WITH = "replace-with"


COUNTING: Final = frozenset({ActionKind.REMOVE_NUMBER_OF_PREFIX, ActionKind.REMOVE_NUMBER_OF_SUFFIX})
"""Actions that take a count in the place of a text."""


@dataclass(frozen=True, slots=True)
class Action:
    """`value` is the text to add, remove or put; `count` is for the kinds of COUNTING alone."""

    target: Target
    kind: ActionKind
    value: str = ""
    count: int = 0


class ConditionHeader(StrEnum):
    """What a condition looks at."""

    CONTACT = "Contact"
    DIVERSION = "Diversion"
    FROM = "From"
    P_ASSERTED_IDENTITY = "P-Asserted-Identity"
    P_CHARGE_INFO = "P-Charge-Info"
    REMOTE_PARTY_ID = "Remote-Party-ID"
    TO = "To"
    REQUEST_URI = "Request-URI"


class ConditionPart(StrEnum):
    """Which part of it."""

    HEADER = "header"
    """The whole value of the header."""
    DISPLAY_NAME = "display-name"
    URI = "uri"
    USER = "user"
    HOST = "host"


REQUEST_URI_PARTS: Final = frozenset({ConditionPart.URI, ConditionPart.USER, ConditionPart.HOST})
"""The Request-URI has no header around it."""


class Operator(StrEnum):
    EQUALS = "equals"
    STARTS_WITH = "starts-with"
    CONTAINS = "contains"
    ENDS_WITH = "ends-with"
    DOES_NOT_EQUAL = "does-not-equal"
    DOES_NOT_START_WITH = "does-not-start-with"
    DOES_NOT_CONTAIN = "does-not-contain"
    DOES_NOT_END_WITH = "does-not-end-with"


@dataclass(frozen=True, slots=True)
class Condition:
    """Compared as sent: case-sensitive, escapes unresolved."""

    header: ConditionHeader
    part: ConditionPart
    operator: Operator
    value: str


class Match(StrEnum):
    """How many of a rule's conditions must hold."""

    ANY = "any"
    ALL = "all"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Rule:
    """1 to 20 actions, done in order when the conditions hold; without conditions they are done always."""

    name: str
    actions: tuple[Action, ...]
    conditions: tuple[Condition, ...] = ()
    match: Match = Match.ANY


@dataclass(frozen=True, slots=True)
class HeaderPolicy:
    """Rules in order; each sees the INVITE as the ones before it have left it."""

    sid: HeaderPolicySid
    name: str
    rules: tuple[Rule, ...]


class MalformedPolicy(Exception):
    """Rules that cannot be used; `code` is one of the platform's error codes 21256, 21260, 21261."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
