"""provisioning.trunking.header_policy and the HeaderManipulations resources: rows 109, 110."""

import json
from typing import Any

import pytest

from tests.unit.service_control.asking import TRUNKS, assert_refused, get, post
from tests.unit.service_control.house import BASE, FIRST, SECOND, SUB, House
from trunkline.platform.store.change import changes_since
from trunkline.platform.store.table import HeaderPolicyRow
from trunkline.service.control.provisioning.trunking.header_policy import MOST_POLICIES

POLICIES = "/v1/HeaderManipulations"
OPERATORS = f"/operator/v1/Accounts/{FIRST}/HeaderManipulations"
REMOVE = {"target": "to-number", "action": "remove-prefix", "value": "011"}
ADD = {"target": "to-number", "action": "add-prefix", "value": "+"}
CONDITION = {"header": "To", "part": "user", "operator": "starts-with", "value": "011"}
RULE = {"name": "international", "match": "all", "conditions": [CONDITION], "actions": [REMOVE, ADD]}
RULES = json.dumps([RULE])
INVITE = """INVITE sip:011442079460123@acme.pstn.trunkline.localhost SIP/2.0
Via: SIP/2.0/UDP 192.0.2.50;branch=z9hG4bK1
From: "Desk" <sip:+12025550101@192.0.2.50>;tag=1
To: <sip:011442079460123@acme.pstn.trunkline.localhost>
Call-ID: 1
CSeq: 1 INVITE
Content-Type: application/sdp
Content-Length: 999

v=0
s=pasted
"""


async def test_row_109_policies_are_made_listed_fetched_changed_and_deleted(house: House) -> None:
    async with house.client() as client:
        made = await post(client, POLICIES, FriendlyName="repair", Rules=RULES)
        path = f"{POLICIES}/{made['sid']}"
        assert made["sid"].startswith("HM")
        assert len(made["sid"]) == 34
        assert (made["account_sid"], made["friendly_name"], made["rules"]) == (FIRST, "repair", [RULE])
        assert (made["url"], made["links"]) == (BASE + path, {"test": f"{BASE}{path}/Test"})
        other = await post(client, POLICIES, FriendlyName="other", Rules=json.dumps([{"name": "r", "actions": [ADD]}]))
        listed = await get(client, POLICIES)
        assert (listed["meta"]["key"], listed["header_manipulations"]) == ("header_manipulations", [other, made])

        renamed = await post(client, path, 200, FriendlyName="new name")
        assert (renamed["friendly_name"], renamed["rules"]) == ("new name", [RULE])
        changed = await post(client, path, 200, Rules=json.dumps([{"name": "r", "actions": [ADD]}]))
        assert (changed["friendly_name"], [rule["name"] for rule in changed["rules"]]) == ("new name", ["r"])
        assert changed["date_updated"] > made["date_updated"]
        assert await get(client, path) == changed

        assert (await client.delete(path)).status_code == 204
        assert_refused(await client.get(path), 20404, 404)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"FriendlyName": "", "Rules": RULES}, 21258),
        ({"FriendlyName": "n" * 65, "Rules": RULES}, 21258),
        ({"FriendlyName": "n", "Rules": ""}, 21256),
        ({"FriendlyName": "n", "Rules": "[" * 10_000}, 21256),
        ({"FriendlyName": "n", "Rules": "{}"}, 21256),
        ({"FriendlyName": "n", "Rules": json.dumps([RULE | {"actions": [ADD] * 21}])}, 21260),
        ({"FriendlyName": "n", "Rules": json.dumps([RULE | {"conditions": [CONDITION] * 21}])}, 21261),
        ({"FriendlyName": "n"}, 20001),
        ({"Rules": RULES}, 20001),
    ],
)
async def test_row_110_what_cannot_be_used_has_its_own_code(house: House, form: dict[str, str], code: int) -> None:
    async with house.client() as client:
        assert_refused(await client.post(POLICIES, data=form), code)
        assert (await get(client, POLICIES))["header_manipulations"] == []


async def test_row_110_an_account_has_at_most_1000_policies(house: House) -> None:
    async with house.client() as client, house.client(SECOND) as other:
        await post(client, POLICIES, FriendlyName="first", Rules=RULES)
        at = house.bench.wall()
        async with house.store.writing() as session:
            session.add_all(
                HeaderPolicyRow(
                    sid=f"HM{number:032x}",
                    account_sid=FIRST,
                    friendly_name="p",
                    rules=[],
                    date_created=at,
                    date_updated=at,
                )
                for number in range(MOST_POLICIES - 1)
            )
            await session.commit()
        assert MOST_POLICIES == 1000
        assert_refused(await client.post(POLICIES, data={"FriendlyName": "1001", "Rules": RULES}), 21259)
        await post(other, POLICIES, FriendlyName="mine", Rules=RULES)


async def test_row_110_a_trunk_has_one_policy_for_each_direction(house: House) -> None:
    async with house.client() as client:
        one = (await post(client, POLICIES, FriendlyName="one", Rules=RULES))["sid"]
        two = (await post(client, POLICIES, FriendlyName="two", Rules=RULES))["sid"]
        trunk = (await post(client, TRUNKS))["sid"]
        path = f"{TRUNKS}/{trunk}/HeaderManipulation"
        empty = {
            "account_sid": FIRST,
            "trunk_sid": trunk,
            "termination_policy_sid": None,
            "origination_policy_sid": None,
            "url": BASE + path,
        }
        assert await get(client, path) == empty
        both = await post(client, path, 200, TerminationPolicySid=one, OriginationPolicySid=two)
        assert both == empty | {"termination_policy_sid": one, "origination_policy_sid": two}
        moved = await post(client, path, 200, TerminationPolicySid=two)
        assert moved == empty | {"termination_policy_sid": two, "origination_policy_sid": two}
        cleared = await post(client, path, 200, TerminationPolicySid="")
        assert cleared == await get(client, path) == empty | {"origination_policy_sid": two}
        for sid in ("HM" + "0" * 32, "two", trunk):
            assert_refused(await client.post(path, data={"TerminationPolicySid": sid}), 21257)
        assert await get(client, path) == cleared
        assert_refused(await client.get(f"{TRUNKS}/TK{'0' * 32}/HeaderManipulation"), 20404, 404)


async def test_row_110_a_policy_in_use_is_not_deleted(house: House) -> None:
    async with house.client() as client:
        policy = (await post(client, POLICIES, FriendlyName="one", Rules=RULES))["sid"]
        trunk = (await post(client, TRUNKS))["sid"]
        await post(client, f"{TRUNKS}/{trunk}/HeaderManipulation", 200, OriginationPolicySid=policy)
        assert_refused(await client.delete(f"{POLICIES}/{policy}"), 21258)
        await post(client, f"{TRUNKS}/{trunk}/HeaderManipulation", 200, OriginationPolicySid="")
        assert (await client.delete(f"{POLICIES}/{policy}")).status_code == 204


async def test_row_4_a_deleted_trunk_lets_go_of_its_policies(house: House) -> None:
    async with house.client() as client:
        policy = (await post(client, POLICIES, FriendlyName="one", Rules=RULES))["sid"]
        trunk = (await post(client, TRUNKS))["sid"]
        await post(client, f"{TRUNKS}/{trunk}/HeaderManipulation", 200, TerminationPolicySid=policy)
        assert (await client.delete(f"{TRUNKS}/{trunk}")).status_code == 204
        assert (await client.delete(f"{POLICIES}/{policy}")).status_code == 204


async def test_row_15_a_sub_account_may_use_its_parents_policies_and_nobody_elses(house: House) -> None:
    async with house.client() as parent, house.client(SUB) as sub, house.client(SECOND) as stranger:
        policy = (await post(parent, POLICIES, FriendlyName="the parent's", Rules=RULES))["sid"]
        path = f"{POLICIES}/{policy}"
        assert (await get(sub, path))["account_sid"] == FIRST
        assert (await get(sub, POLICIES))["header_manipulations"] == []
        assert_refused(await sub.post(path, data={"FriendlyName": "stolen"}), 20404, 404)
        assert_refused(await sub.delete(path), 20404, 404)
        below = (await post(sub, TRUNKS))["sid"]
        await post(sub, f"{TRUNKS}/{below}/HeaderManipulation", 200, TerminationPolicySid=policy)
        assert_refused(await parent.delete(path), 21258)

        assert_refused(await stranger.get(path), 20404, 404)
        assert_refused(await stranger.post(f"{path}/Test", data={"Invite": INVITE}), 20404, 404)
        foreign = (await post(stranger, TRUNKS))["sid"]
        form = {"TerminationPolicySid": policy}
        assert_refused(await stranger.post(f"{TRUNKS}/{foreign}/HeaderManipulation", data=form), 21257)
        own = (await post(sub, POLICIES, FriendlyName="the sub-account's", Rules=RULES))["sid"]
        above = (await post(parent, TRUNKS))["sid"]
        form = {"TerminationPolicySid": own}
        assert_refused(await parent.post(f"{TRUNKS}/{above}/HeaderManipulation", data=form), 21257)


async def test_row_109_a_changed_policy_is_told_as_a_change_of_its_trunks(house: House) -> None:
    async with house.client() as parent, house.client(SUB) as sub:
        policy = (await post(parent, POLICIES, FriendlyName="one", Rules=RULES))["sid"]
        trunk = (await post(sub, TRUNKS))["sid"]
        await post(sub, f"{TRUNKS}/{trunk}/HeaderManipulation", 200, TerminationPolicySid=policy)
        async with house.store.reading() as session:
            last = (await changes_since(session, 0)).latest
        await post(parent, f"{POLICIES}/{policy}", 200, Rules=json.dumps([{"name": "r", "actions": [ADD]}]))
        async with house.store.reading() as session:
            told = [(change.kind, change.sid) for change in (await changes_since(session, last)).changes]
        assert told == [("trunk", trunk)]


def _first_lines(text: str) -> list[str]:
    return [line for line in text.split("\r\n") if line.startswith(("INVITE", "To"))]


async def test_row_109_the_test_box_shows_the_invite_as_changed_and_the_rules_that_matched(house: House) -> None:
    async with house.client() as client, house.client("operator") as operator:
        policy = await post(client, POLICIES, FriendlyName="repair", Rules=RULES)
        boxes: list[tuple[Any, str, dict[str, str]]] = [
            (client, f"{POLICIES}/{policy['sid']}/Test", {}),
            (client, f"{POLICIES}/Test", {"Rules": RULES}),
            (operator, f"{OPERATORS}/{policy['sid']}/Test", {}),
            (operator, f"{OPERATORS}/Test", {"Rules": RULES}),
        ]
        for asker, path, rules in boxes:
            for pasted in (INVITE, INVITE.replace("\n", "\r\n"), "\n" + INVITE.partition("\n\n")[0]):
                body = await post(asker, path, 200, Invite=pasted, **rules)
                assert (body["changed"], body["matched_rules"]) == (True, ["international"])
                assert _first_lines(body["invite"]) == [
                    "INVITE sip:+442079460123@acme.pstn.trunkline.localhost SIP/2.0",
                    "To: <sip:+442079460123@acme.pstn.trunkline.localhost>",
                ]
            untouched = INVITE.replace("sip:011", "sip:+")
            body = await post(asker, path, 200, Invite=untouched, **rules)
            assert (body["changed"], body["matched_rules"]) == (False, [])
            assert "v=0\r\ns=pasted" in body["invite"]
            for nonsense in ("", "hello", INVITE.replace("INVITE", "BYE"), INVITE.replace("To:", "Of:")):
                assert_refused(await asker.post(path, data={"Invite": nonsense, **rules}), 20001)
        assert_refused(await client.post(f"{POLICIES}/Test", data={"Rules": "[]", "Invite": INVITE}), 21256)


async def test_row_109_the_operator_keeps_an_accounts_policies(house: House) -> None:
    async with house.client("operator") as operator, house.client() as client:
        made = await post(operator, OPERATORS, FriendlyName="repair", Rules=RULES)
        assert (made["account_sid"], made["url"]) == (FIRST, f"{BASE}{OPERATORS}/{made['sid']}")
        assert (await get(client, f"{POLICIES}/{made['sid']}"))["rules"] == [RULE]
        assert (await get(operator, OPERATORS))["header_manipulations"] == [made]
        renamed = await post(operator, f"{OPERATORS}/{made['sid']}", 200, FriendlyName="new")
        assert (await get(operator, f"{OPERATORS}/{made['sid']}")) == renamed
        foreign = OPERATORS.replace(FIRST, SECOND)
        assert_refused(await operator.get(f"{foreign}/{made['sid']}"), 20404, 404)
        assert_refused(await operator.get(OPERATORS.replace(FIRST, "AC" + "0" * 32)), 20404, 404)
        assert_refused(await client.get(OPERATORS), 20003, 401)
        assert (await operator.delete(f"{OPERATORS}/{made['sid']}")).status_code == 204
