"""Use cases of header manipulation policies: rows 109, 110."""

import json
import re
from typing import Final, TypedDict

from trunkline.domain.trunk.manipulation.policy import HeaderPolicy, HeaderPolicySid, MalformedPolicy, Rule
from trunkline.domain.trunk.manipulation.policy_json import INVALID_RULES, rules_from_json, rules_to_json
from trunkline.domain.trunk.manipulation.rewriting import Manipulation, manipulate
from trunkline.platform.store.repository.header_policy import (
    TrunkPolicies,
    count_header_policies,
    find_header_policy,
    header_policy_is_used,
    policies_of_trunk,
    put_trunk_policy,
)
from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.repository.trunk import find_trunk
from trunkline.platform.store.table import AccountRow, HeaderPolicyRow
from trunkline.protocol.sip.message.errors import MalformedMessage, UnframeableMessage
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.parse import parse
from trunkline.service.control.provisioning.field_rule import check_list_name
from trunkline.service.control.provisioning.refusal import Refusal, existing, invalid
from trunkline.service.control.provisioning.workbench import Workbench

MOST_POLICIES: Final = 1_000
LONGEST_NAME: Final = 64
INVALID_SID: Final = 21257
INVALID_POLICY: Final = 21258
TOO_MANY_POLICIES: Final = 21259

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_LENGTH: Final = re.compile(r"(?:content-length|l)[ \t]*:", re.IGNORECASE)


class TrunkPolicyFields(TypedDict, total=False):
    """Empty takes the policy away."""

    termination_policy_sid: str
    origination_policy_sid: str


def read_rules(text: str) -> tuple[Rule, ...]:
    """JSON text to rules; 21256, 21260 or 21261."""
    try:
        return rules_from_json(json.loads(text))
    except (ValueError, RecursionError):
        raise Refusal(INVALID_RULES, "Rules must be JSON") from None
    except MalformedPolicy as fault:
        raise Refusal(fault.code, fault.reason) from None


def _owners(account: AccountRow) -> set[str]:
    """Whose policies an account may use: its own and its parent's."""
    return {account.sid, account.parent_sid or account.sid}


async def usable_policy(session: DbSession, account: AccountRow, sid: str) -> HeaderPolicyRow:
    """A policy of the account or of its parent."""
    return existing(await find_header_policy(session, _owners(account), sid))


async def _owned(session: DbSession, account_sid: str, sid: str) -> HeaderPolicyRow:
    return existing(await find_header_policy(session, {account_sid}, sid))


async def create_policy(bench: Workbench, account_sid: str, friendly_name: str, rules: str) -> HeaderPolicyRow:
    """21258 for a bad name, 21259 for the 1001st."""
    name, read, now = check_list_name(friendly_name, LONGEST_NAME, INVALID_POLICY), read_rules(rules), bench.wall()
    async with bench.store.writing() as session:
        if await count_header_policies(session, account_sid) >= MOST_POLICIES:
            raise Refusal(TOO_MANY_POLICIES, f"An account has at most {MOST_POLICIES} header manipulation policies")
        row = HeaderPolicyRow(
            sid=bench.ids.sid("HM"),
            account_sid=account_sid,
            friendly_name=name,
            rules=rules_to_json(read),
            date_created=now,
            date_updated=now,
        )
        session.add(row)
        await session.commit()
    return row


async def update_policy(
    bench: Workbench, account_sid: str, sid: str, *, friendly_name: str | None, rules: str | None
) -> HeaderPolicyRow:
    """None leaves a field as it is; rules are replaced as a whole, for the next call of every trunk that uses them."""
    async with bench.store.writing() as session:
        row = await _owned(session, account_sid, sid)
        if friendly_name is not None:
            row.friendly_name = check_list_name(friendly_name, LONGEST_NAME, INVALID_POLICY)
        if rules is not None:
            row.rules = rules_to_json(read_rules(rules))
        row.date_updated = bench.wall()
        await session.commit()
    return row


async def delete_policy(bench: Workbench, account_sid: str, sid: str) -> None:
    """21258 while a trunk uses it, a sub-account's included."""
    async with bench.store.writing() as session:
        row = await _owned(session, account_sid, sid)
        if await header_policy_is_used(session, sid):
            raise Refusal(INVALID_POLICY, "The header manipulation policy is still used by a trunk")
        await session.delete(row)
        await session.commit()


async def set_trunk_policies(
    bench: Workbench, account: AccountRow, trunk_sid: str, fields: TrunkPolicyFields
) -> TrunkPolicies:
    """Only what was sent changes; 21257 for a policy that the account may not use."""
    async with bench.store.writing() as session:
        existing(await find_trunk(session, account.sid, trunk_sid))
        for sid in (fields.get("termination_policy_sid"), fields.get("origination_policy_sid")):
            if sid and await find_header_policy(session, _owners(account), sid) is None:
                raise Refusal(INVALID_SID, f"{sid[:40]!r} is no header manipulation policy of the account")
        if "termination_policy_sid" in fields:
            await put_trunk_policy(session, trunk_sid, "termination", fields["termination_policy_sid"] or None)
        if "origination_policy_sid" in fields:
            await put_trunk_policy(session, trunk_sid, "origination", fields["origination_policy_sid"] or None)
        await session.flush()
        found = await policies_of_trunk(session, trunk_sid)
        await session.commit()
    return found


def try_rules(rules: tuple[Rule, ...], invite: str) -> tuple[Request, Manipulation]:
    """The test box: a pasted INVITE, and what the rules make of it."""
    request = read_pasted_invite(invite)
    return request, manipulate(HeaderPolicy(HeaderPolicySid(""), "", rules), request)


def read_pasted_invite(text: str) -> Request:
    """An INVITE with whatever line ends and length it was pasted with; 20001 if it is none."""
    head, *body = _LINE_END.sub("\r\n", text.strip("\r\n")).split("\r\n\r\n", 1)
    lines = [line for line in head.split("\r\n") if not _LENGTH.match(line)]
    octets = "\r\n".join([*lines, "", *(body or [""])]).encode("utf-8", "surrogateescape")
    try:
        message = parse(octets)
    except (MalformedMessage, UnframeableMessage) as fault:
        raise invalid("Invite", f"cannot be read: {fault}") from None
    if not isinstance(message, Request) or message.method != "INVITE":
        raise invalid("Invite", "is not an INVITE")
    return message
