"""Row 109: whatever a policy does to whatever INVITE, a SIP INVITE comes out, and only users differ."""

import re

from hypothesis import given
from hypothesis import strategies as st

from trunkline.domain.trunk.manipulation.policy import (
    COUNTING,
    Action,
    ActionKind,
    HeaderPolicy,
    HeaderPolicySid,
    Rule,
    Target,
)
from trunkline.domain.trunk.manipulation.policy_json import rules_from_json, rules_to_json
from trunkline.domain.trunk.manipulation.rewriting import manipulate
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.parse import parse

users = st.lists(st.sampled_from([*"09+-._~!$&'()*,;=?/aZ", "%41"]), min_size=1, max_size=6).map("".join)
uris = st.one_of(
    users.map("sip:{}@192.0.2.1:5060;lr".format),
    users.map("sips:{}:pw@[2001:db8::1]".format),
    st.just("sip:gw.example"),
    st.just("tel:+12025550101;x=1"),
)
addresses = uris.flatmap(lambda uri: st.sampled_from([f"<{uri}>;p=1", f'"A, \\"B\\"" <{uri}>', f"Al <{uri}>"]))
others = st.lists(
    st.tuples(
        st.sampled_from(["P-Asserted-Identity", "Remote-Party-ID", "Diversion", "P-Charge-Info", "Contact"]),
        st.one_of(addresses, st.lists(addresses, min_size=2, max_size=3).map(", ".join)),
    ),
    max_size=5,
)


@st.composite
def invites(draw: st.DrawFn) -> Request:
    lines = [
        f"INVITE {draw(uris)} SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
        f"From: {draw(addresses)};tag=1",
        f"To: {draw(addresses)}",
        "Call-ID: 1",
        "CSeq: 1 INVITE",
        *(f"{name}: {value}" for name, value in draw(others)),
    ]
    message = parse(("\r\n".join(lines) + "\r\n\r\n").encode())
    assert isinstance(message, Request)
    return message


@st.composite
def policies(draw: st.DrawFn) -> HeaderPolicy:
    def action() -> Action:
        kind, target = draw(st.sampled_from(ActionKind)), draw(st.sampled_from(Target))
        return (
            Action(target, kind, count=draw(st.integers(1, 4)))
            if kind in COUNTING
            else Action(target, kind, draw(users))
        )

    rules = tuple(Rule(f"r{n}", tuple(action() for _ in range(draw(st.integers(1, 3))))) for n in range(2))
    return HeaderPolicy(HeaderPolicySid("HM"), "", rules)


def _without_users(text: str) -> str:
    """Quotes and escapes in display names stay; every user part is taken out, whatever it holds."""
    return re.sub(r"(sips?:)[^<>\s\"]*?(:pw)?@(?=192\.0\.2\.1|\[2001)", r"\1\2@", re.sub(r"tel:[^<>]*", "tel:", text))


@given(invites(), policies())
def test_a_changed_invite_is_an_invite_of_which_only_users_differ(invite: Request, policy: HeaderPolicy) -> None:
    before = invite.to_text()
    changed = manipulate(policy, invite).request
    after = parse(changed.to_bytes())
    assert isinstance(after, Request)
    assert after.to_text() == changed.to_text()
    assert invite.to_text() == before
    for key in ("diversion", "p-charge-info"):
        assert after.get_all(key) == invite.get_all(key)
    if "gw.example" not in before:  # there a user is put where none was
        assert _without_users(after.to_text()) == _without_users(before)


@given(policies())
def test_rules_survive_being_written_and_read(policy: HeaderPolicy) -> None:
    assert rules_from_json(rules_to_json(policy.rules)) == policy.rules
