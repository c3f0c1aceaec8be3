"""Row 109: an INVITE under a header manipulation policy, table by table from sip.md 9.11."""

import pytest

from trunkline.domain.trunk.manipulation.policy import (
    Action,
    ActionKind,
    Condition,
    ConditionHeader,
    ConditionPart,
    HeaderPolicy,
    HeaderPolicySid,
    Match,
    Operator,
    Rule,
    Target,
)
from trunkline.domain.trunk.manipulation.rewriting import changed_user, condition_holds, manipulate, rule_holds
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.parse import parse

LINES = (
    "INVITE sip:0112079460123:pw@Acme.pstn.trunkline.example:5060;x=1 SIP/2.0",
    "Via: SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK1",
    'f: "Alice \\"A\\"" <sip:2025550101@192.0.2.50;user=phone>;tag=1',
    "To: <sip:0112079460123@acme.pstn.trunkline.example>",
    "Call-ID: 1",
    "CSeq: 1 INVITE",
    "Contact: <sip:2025550101@192.0.2.50:5060>",
    "P-Asserted-Identity: Desk <sip:desk%201@pbx.example>, <tel:2025550101>",
    "Remote-Party-ID: sip:2025550199@192.0.2.50;party=calling",
    "Diversion: <sip:+12025550102@one.example>;reason=unconditional",
    "Diversion: <sip:+12025550103@[2001:db8::1]>",
    "P-Charge-Info: <sip:+12025550104@192.0.2.9>",
    "X-Own: kept",
)


def request(*changes: tuple[str, str]) -> Request:
    """The INVITE of this page; a change replaces the line that begins so, or drops it for ""."""
    lines = list(LINES)
    for start, line in changes:
        lines = [line if found.startswith(start) else found for found in lines]
    message = parse(("\r\n".join(line for line in lines if line) + "\r\n\r\n").encode())
    assert isinstance(message, Request)
    return message


def policy(*rules: Rule) -> HeaderPolicy:
    return HeaderPolicy(HeaderPolicySid("HM1"), "repair", rules)


def act(target: Target, kind: ActionKind, value: str = "", count: int = 0) -> Action:
    return Action(target, kind, value, count)


TO, FROM = Target.TO_NUMBER, Target.FROM_NUMBER
K = ActionKind

USERS = [
    (K.ADD_PREFIX, "+1", 0, "2025550101", "+12025550101"),
    (K.ADD_PREFIX, "+1", 0, "", "+1"),
    (K.ADD_SUFFIX, ";ext=5", 0, "2025550101", "2025550101;ext=5"),
    (K.REMOVE_PREFIX, "011", 0, "011442079460123", "442079460123"),
    (K.REMOVE_PREFIX, "011", 0, "442079460123", None),
    (K.REMOVE_PREFIX, "a", 0, "Abc", None),
    (K.REMOVE_PREFIX, "%61", 0, "abc", None),
    (K.REMOVE_PREFIX, "911", 0, "911", None),
    (K.REMOVE_SUFFIX, "99", 0, "20255501099", "202555010"),
    (K.REMOVE_SUFFIX, "98", 0, "20255501099", None),
    (K.REMOVE_NUMBER_OF_PREFIX, "", 3, "011442079460123", "442079460123"),
    (K.REMOVE_NUMBER_OF_PREFIX, "", 3, "911", None),
    (K.REMOVE_NUMBER_OF_PREFIX, "", 3, "91", None),
    (K.REMOVE_NUMBER_OF_SUFFIX, "", 2, "202555010199", "2025550101"),
    (K.REMOVE_NUMBER_OF_SUFFIX, "", 1, "a%20", None),
    (K.REPLACE_WITH, "+12025550101", 0, "anonymous", "+12025550101"),
    (K.REPLACE_WITH, "+12025550101", 0, "", "+12025550101"),
]


@pytest.mark.parametrize(("kind", "value", "count", "user", "changed"), USERS)
def test_row_109_the_seven_actions(kind: ActionKind, value: str, count: int, user: str, changed: str | None) -> None:
    assert changed_user(act(TO, kind, value, count), user) == changed


def test_row_109_every_action_is_in_the_table() -> None:
    assert {row[0] for row in USERS} == set(ActionKind)


def changed_lines(found: Request) -> set[str]:
    """What differs from the INVITE of this page."""
    return set(found.to_text().split("\r\n")) - set(request().to_text().split("\r\n"))


def test_row_109_to_number_is_changed_in_to_and_copied_to_the_request_uri_alone() -> None:
    rule = Rule("E.164", (act(TO, K.REMOVE_PREFIX, "011"), act(TO, K.ADD_PREFIX, "+44")))
    sent = request()
    done = manipulate(policy(rule), sent)
    assert done.matched == ("E.164",)
    assert changed_lines(done.request) == {
        "INVITE sip:+442079460123:pw@Acme.pstn.trunkline.example:5060;x=1 SIP/2.0",
        "To: <sip:+442079460123@acme.pstn.trunkline.example>",
    }
    assert sent.to_text() == request().to_text(), "what came in stays as it was"


def test_row_109_an_action_that_cannot_be_done_leaves_what_the_others_do() -> None:
    actions = (act(TO, K.REPLACE_WITH, "100"), act(TO, K.REMOVE_PREFIX, "9"), act(TO, K.ADD_SUFFIX, "23"))
    both = (act(FROM, K.REMOVE_NUMBER_OF_PREFIX, count=3), *actions, act(FROM, K.ADD_PREFIX, "7"))
    done = manipulate(policy(Rule("r", both)), request()).request
    assert (done.uri.user, done.to.uri.user, done.from_.uri.user) == ("10023", "10023", "75550101")


def test_row_109_the_request_uri_gets_the_user_of_to_whatever_it_had() -> None:
    sent = request(("INVITE", "INVITE sip:elsewhere@acme.pstn.trunkline.example SIP/2.0"))
    done = manipulate(policy(Rule("r", (act(TO, K.ADD_PREFIX, "+"),))), sent)
    assert done.request.uri_text == "sip:+0112079460123@acme.pstn.trunkline.example"
    idle = manipulate(policy(Rule("r", (act(TO, K.REMOVE_PREFIX, "9"),))), sent)
    assert idle.request.uri_text == sent.uri_text, "an action that cannot be done copies nothing"


def test_row_109_from_number_is_changed_in_from_and_copied_to_three_headers() -> None:
    done = manipulate(policy(Rule("r", (act(FROM, K.ADD_PREFIX, "+1"),))), request())
    assert changed_lines(done.request) == {
        'f: "Alice \\"A\\"" <sip:+12025550101@192.0.2.50;user=phone>;tag=1',
        "Contact: <sip:+12025550101@192.0.2.50:5060>",
        "P-Asserted-Identity: Desk <sip:+12025550101@pbx.example>, <tel:+12025550101>",
        "Remote-Party-ID: <sip:+12025550101@192.0.2.50>;party=calling",
    }


def test_row_109_headers_that_are_not_there_or_cannot_be_read_stay_so() -> None:
    sent = request(("P-Asserted", "P-Asserted-Identity: <nonsense>"), ("Remote", ""), ("Contact", "Contact: *"))
    done = manipulate(policy(Rule("r", (act(FROM, K.ADD_PREFIX, "+1"),))), sent)
    assert done.request.get_all("p-asserted-identity") == ["<nonsense>"]
    assert (done.request.get("remote-party-id"), done.request.get("contact")) == (None, "*")
    assert done.request.from_.uri.user == "+12025550101"


def test_row_109_a_tel_uri_keeps_its_number_where_the_user_would_have_none() -> None:
    done = manipulate(policy(Rule("r", (act(FROM, K.ADD_PREFIX, ";x="),))), request()).request
    pai = "Desk <sip:;x=2025550101@pbx.example>, <tel:2025550101>"
    assert (done.from_.uri.user, done.get("p-asserted-identity")) == (";x=2025550101", pai)


H, P, OP = ConditionHeader, ConditionPart, Operator

VALUES = [
    (H.FROM, P.HEADER, '"Alice \\"A\\"" <sip:2025550101@192.0.2.50;user=phone>;tag=1'),
    (H.FROM, P.DISPLAY_NAME, 'Alice \\"A\\"'),
    (H.FROM, P.URI, "sip:2025550101@192.0.2.50;user=phone"),
    (H.FROM, P.USER, "2025550101"),
    (H.FROM, P.HOST, "192.0.2.50"),
    (H.TO, P.USER, "0112079460123"),
    (H.TO, P.HOST, "acme.pstn.trunkline.example"),
    (H.CONTACT, P.URI, "sip:2025550101@192.0.2.50:5060"),
    (H.P_ASSERTED_IDENTITY, P.HEADER, "Desk <sip:desk%201@pbx.example>, <tel:2025550101>"),
    (H.P_ASSERTED_IDENTITY, P.DISPLAY_NAME, "Desk"),
    (H.P_ASSERTED_IDENTITY, P.USER, "desk%201"),
    (H.P_ASSERTED_IDENTITY, P.USER, "2025550101"),
    (H.REMOTE_PARTY_ID, P.USER, "2025550199"),
    (H.DIVERSION, P.HEADER, "<sip:+12025550102@one.example>;reason=unconditional"),
    (H.DIVERSION, P.USER, "+12025550103"),
    (H.DIVERSION, P.HOST, "[2001:db8::1]"),
    (H.P_CHARGE_INFO, P.USER, "+12025550104"),
    (H.REQUEST_URI, P.URI, "sip:0112079460123:pw@Acme.pstn.trunkline.example:5060;x=1"),
    (H.REQUEST_URI, P.USER, "0112079460123"),
    (H.REQUEST_URI, P.HOST, "Acme.pstn.trunkline.example"),
]


@pytest.mark.parametrize(("header", "part", "value"), VALUES)
def test_row_109_conditions_read_every_header_and_part_as_sent(
    header: ConditionHeader, part: ConditionPart, value: str
) -> None:
    assert condition_holds(Condition(header, part, OP.EQUALS, value), request())
    assert not condition_holds(Condition(header, part, OP.EQUALS, value + "."), request())


def test_row_109_every_header_and_part_is_in_the_table() -> None:
    assert {row[0] for row in VALUES} == set(ConditionHeader)
    assert {row[1] for row in VALUES} == set(ConditionPart)


OPERATORS = [
    (OP.EQUALS, OP.DOES_NOT_EQUAL, "2025550101", "202555010"),
    (OP.STARTS_WITH, OP.DOES_NOT_START_WITH, "202", "555"),
    (OP.CONTAINS, OP.DOES_NOT_CONTAIN, "555", "556"),
    (OP.ENDS_WITH, OP.DOES_NOT_END_WITH, "101", "202"),
]


@pytest.mark.parametrize(("operator", "negation", "true", "false"), OPERATORS)
def test_row_109_the_eight_operators(operator: Operator, negation: Operator, true: str, false: str) -> None:
    def holds(which: Operator, value: str, header: ConditionHeader = H.FROM) -> bool:
        return condition_holds(Condition(header, P.USER, which, value), request(("P-Charge", "")))

    assert (holds(operator, true), holds(operator, false)) == (True, False)
    assert (holds(negation, true), holds(negation, false)) == (False, True)
    assert (holds(operator, true, H.P_CHARGE_INFO), holds(negation, true, H.P_CHARGE_INFO)) == (False, True)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Condition(H.P_ASSERTED_IDENTITY, P.USER, OP.EQUALS, "desk 1"), False),
        (Condition(H.REQUEST_URI, P.HOST, OP.STARTS_WITH, "acme"), False),
        (Condition(H.FROM, P.DISPLAY_NAME, OP.STARTS_WITH, "alice"), False),
        (Condition(H.DIVERSION, P.HOST, OP.DOES_NOT_EQUAL, "one.example"), False),
    ],
)
def test_row_109_case_counts_nothing_is_unescaped_and_a_negation_is_of_all_values(
    condition: Condition, holds: bool
) -> None:
    assert condition_holds(condition, request()) is holds


YES = Condition(H.TO, P.USER, OP.STARTS_WITH, "011")
NO = Condition(H.TO, P.USER, OP.STARTS_WITH, "+")


@pytest.mark.parametrize(
    ("conditions", "held_by"),
    [
        ((), {Match.ANY, Match.ALL, Match.NONE}),
        ((YES,), {Match.ANY, Match.ALL}),
        ((NO,), {Match.NONE}),
        ((YES, NO), {Match.ANY}),
        ((YES, YES), {Match.ANY, Match.ALL}),
        ((NO, NO), {Match.NONE}),
    ],
)
def test_row_109_any_all_or_none_of_the_conditions(conditions: tuple[Condition, ...], held_by: set[Match]) -> None:
    rules = {match: Rule("r", (act(TO, K.ADD_PREFIX, "+"),), conditions, match) for match in Match}
    assert {match for match in Match if rule_holds(rules[match], request())} == held_by


def test_row_109_a_rule_sees_what_the_one_before_it_left() -> None:
    international = Rule("international", (act(TO, K.REMOVE_PREFIX, "011"), act(TO, K.ADD_PREFIX, "+44")), (YES,))
    national = Rule("national", (act(TO, K.ADD_PREFIX, "+1"),), (Condition(H.TO, P.USER, OP.DOES_NOT_START_WITH, "+"),))
    done = manipulate(policy(international, national), request())
    assert (done.matched, done.request.uri.user) == (("international",), "+442079460123")
    done = manipulate(policy(national, international), request())
    assert (done.matched, done.request.uri.user) == (("national",), "+10112079460123")
