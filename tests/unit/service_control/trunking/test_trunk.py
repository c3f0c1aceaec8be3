"""provisioning.trunking.trunk and api.trunking.trunks: rows 2-12, 136."""

import asyncio
import re
from typing import Any

import pytest

from tests.unit.service_control.asking import GOOD_URL, LISTS, NUMBERS, TRUNKS, assert_refused, get, post
from tests.unit.service_control.house import FIRST, SECOND, SUB, House
from trunkline.platform.store.change import changes_since
from trunkline.service.control.provisioning.account.phone_number import stock_numbers


def _domain(name: str) -> str:
    return f"{name}.pstn.trunkline.localhost"


async def test_rows_1_2_a_trunk_made_without_parameters_has_the_documented_defaults(house: House) -> None:
    async with house.client() as client:
        body = await post(client, TRUNKS)
    assert re.fullmatch("TK[0-9a-f]{32}", body["sid"])
    assert body["recording"] == {"mode": "do-not-record", "trim": "do-not-trim"}
    defaults: dict[str, object] = {
        "friendly_name": None,
        "domain_name": None,
        "disaster_recovery_url": None,
        "disaster_recovery_method": "POST",
        "transfer_mode": "disable-all",
        "transfer_caller_id": "from-transferee",
        "secure": False,
        "cnam_lookup_enabled": False,
        "symmetric_rtp_enabled": False,
        "auth_type": "",
        "auth_type_set": [],
    }
    assert {name: body[name] for name in defaults} == defaults
    assert body["links"].keys() == {"origination_urls", "credential_lists", "ip_access_control_lists", "phone_numbers"}
    async with house.client() as client:
        for key, url in body["links"].items():
            assert (await get(client, url))["meta"]["key"] == key, "the list of that group"
        assert await get(client, body["url"]) == body


async def test_row_3_update_changes_what_was_sent_and_an_empty_string_clears(house: House) -> None:
    async with house.client() as client:
        made = await post(
            client, TRUNKS, FriendlyName="Office", DisasterRecoveryUrl="https://dr.example/x", Secure="true"
        )
        path = f"{TRUNKS}/{made['sid']}"
        body = await post(client, path, 200, FriendlyName="", CnamLookupEnabled="TRUE")
        assert (body["friendly_name"], body["cnam_lookup_enabled"], body["secure"]) == (None, True, True)
        assert body["disaster_recovery_url"] == "https://dr.example/x"
        body = await post(client, path, 200, DisasterRecoveryUrl="", DisasterRecoveryMethod="GET")
        assert (body["disaster_recovery_url"], body["disaster_recovery_method"]) == (None, "GET")
        assert body["date_updated"] > made["date_updated"]
        assert body["date_created"] == made["date_created"]


async def test_row_4_delete_frees_the_numbers_and_takes_urls_and_associations(house: House) -> None:
    await stock_numbers(house.bench, ["+12025550100"], "US", "local")
    async with house.client() as client:
        trunk = await post(client, TRUNKS, DomainName=_domain("gone"))
        path = f"{TRUNKS}/{trunk['sid']}"
        await post(client, f"{path}/OriginationUrls", **GOOD_URL)
        number = await post(client, f"{NUMBERS}.json", PhoneNumber="+12025550100", TrunkSid=trunk["sid"])
        users = await post(client, f"{LISTS}.json", FriendlyName="u")
        await post(client, f"{path}/CredentialLists", CredentialListSid=users["sid"])
        assert (await client.delete(path)).status_code == 204
        assert_refused(await client.get(path), 20404, 404)
        assert_refused(await client.get(f"{path}/OriginationUrls"), 20404, 404)
        assert (await get(client, f"{NUMBERS}/{number['sid']}.json"))["trunk_sid"] is None
        assert (await client.delete(f"{LISTS}/{users['sid']}.json")).status_code == 204
        await post(client, TRUNKS, DomainName=_domain("gone"))


async def test_row_5_a_trunk_with_an_emergency_number_is_not_deleted(house: House) -> None:
    [row] = await stock_numbers(house.bench, ["+12025550100"], "US", "local")
    async with house.client() as client:
        trunk = await post(client, TRUNKS)
        number = await post(client, f"{NUMBERS}.json", PhoneNumber="+12025550100", TrunkSid=trunk["sid"])
        async with house.store.writing() as session:
            held = await session.get(type(row), row.sid)
            assert held is not None
            held.emergency_status = "Active"
            await session.commit()
        assert_refused(await client.delete(f"{TRUNKS}/{trunk['sid']}"), 21634)
        assert_refused(await client.delete(f"{TRUNKS}/{trunk['sid']}/PhoneNumbers/{number['sid']}"), 21634)
        assert_refused(await client.delete(f"{NUMBERS}/{number['sid']}.json"), 21634)
        assert_refused(await client.post(f"{NUMBERS}/{number['sid']}.json", data={"TrunkSid": ""}), 21634)
        assert (await get(client, f"{NUMBERS}/{number['sid']}.json"))["trunk_sid"] == trunk["sid"]


async def test_row_5_nothing_takes_an_emergency_number_off_its_trunk(house: House) -> None:
    await stock_numbers(house.bench, ["+12025550100"], "US", "local")
    async with house.client() as client:
        trunk = (await post(client, TRUNKS))["sid"]
        form = {"PhoneNumber": "+12025550100", "TrunkSid": trunk, "EmergencyStatus": "Active"}
        path = f"{NUMBERS}/{(await post(client, f'{NUMBERS}.json', **form))['sid']}.json"
        for tie in ({"TrunkSid": ""}, {"VoiceApplicationSid": "AP" + "a" * 32}):
            assert_refused(await client.post(path, data=tie), 21634)
        assert (await get(client, path))["trunk_sid"] == trunk
        assert (await post(client, path, 200, TrunkSid="", EmergencyStatus="Inactive"))["trunk_sid"] is None


async def test_row_6_and_11_sub_domains_need_and_hold_their_parent(house: House) -> None:
    async with house.client() as client, house.client(SUB) as child, house.client(SECOND) as stranger:
        assert_refused(await client.post(TRUNKS, data={"DomainName": _domain("a.b")}), 21247)
        parent = await post(client, TRUNKS, DomainName=_domain("b"))
        assert_refused(await stranger.post(TRUNKS, data={"DomainName": _domain("a.b")}), 21247)
        mine = await post(client, TRUNKS, DomainName=_domain("a.b"))
        its = await post(child, TRUNKS, DomainName=_domain("c.b"))
        assert_refused(await client.delete(f"{TRUNKS}/{parent['sid']}"), 21247)
        assert_refused(await client.post(f"{TRUNKS}/{parent['sid']}", data={"DomainName": _domain("d")}), 21247)
        assert_refused(await client.post(f"{TRUNKS}/{parent['sid']}", data={"DomainName": ""}), 21247)
        assert (await client.delete(f"{TRUNKS}/{mine['sid']}")).status_code == 204
        assert (await child.delete(f"{TRUNKS}/{its['sid']}")).status_code == 204
        assert (await client.delete(f"{TRUNKS}/{parent['sid']}")).status_code == 204


async def test_row_7_the_101st_trunk_is_21244(house: House) -> None:
    async with house.client() as client, house.client(SECOND) as other:
        for _ in range(100):
            await post(client, TRUNKS)
        assert_refused(await client.post(TRUNKS), 21244)
        await post(other, TRUNKS)


@pytest.mark.parametrize(("name", "kept"), [("x" * 64, "x" * 64), ("", None), ("Büro ☎", "Büro ☎")])
async def test_row_8_friendly_names_up_to_64_characters(house: House, name: str, kept: str | None) -> None:
    async with house.client() as client:
        assert (await post(client, TRUNKS, FriendlyName=name))["friendly_name"] == kept


@pytest.mark.parametrize("name", ["x" * 65, "two\nlines"])
async def test_row_8_other_friendly_names_are_20002(house: House, name: str) -> None:
    async with house.client() as client:
        assert_refused(await client.post(TRUNKS, data={"FriendlyName": name}), 20002)


@pytest.mark.parametrize(
    "name",
    [
        "office",
        "office.example.com",
        "off_ice.pstn.trunkline.localhost",
        ".pstn.trunkline.localhost",
        "ü" + _domain("x"),
    ],
)
async def test_row_9_other_domain_names_are_21245(house: House, name: str) -> None:
    async with house.client() as client:
        assert_refused(await client.post(TRUNKS, data={"DomainName": name}), 21245)


async def test_row_10_domains_are_unique_over_accounts_aliases_and_case(house: House) -> None:
    async with house.client() as client, house.client(SECOND) as other:
        made = await post(client, TRUNKS, DomainName="Office.pstn.twilio.com")
        assert made["domain_name"] == "Office.pstn.twilio.com"
        assert_refused(await other.post(TRUNKS, data={"DomainName": _domain("office")}), 21248)
        again = await post(client, f"{TRUNKS}/{made['sid']}", 200, DomainName=_domain("office"))
        assert again["domain_name"] == _domain("office")
        second = await post(other, TRUNKS, DomainName=_domain("second"))
        refused = await other.post(f"{TRUNKS}/{second['sid']}", data={"DomainName": _domain("OFFICE")})
        assert_refused(refused, 21248)


@pytest.mark.parametrize(
    "form",
    [
        {"DisasterRecoveryMethod": "PUT"},
        {"TransferMode": "sometimes"},
        {"TransferCallerId": "nobody"},
        {"Secure": "maybe"},
        {"Secure": ""},
        {"DisasterRecoveryUrl": "ftp://dr.example"},
        {"DisasterRecoveryUrl": "http://"},
        {"DisasterRecoveryUrl": "http://[::1"},
        {"DisasterRecoveryUrl": "http://dr.example:99999/"},
        {"FriendlyName": "nul\x00"},
    ],
)
async def test_row_2_values_outside_their_type_are_20001(house: House, form: dict[str, str]) -> None:
    async with house.client() as client:
        assert_refused(await client.post(TRUNKS, data=form), 20001)
        assert (await get(client, TRUNKS))["trunks"] == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["branch", "office", "bare"]),
        ({"FriendlyName": "OFF"}, ["office"]),
        ({"FriendlyName": "%"}, []),
        ({"TerminationUri": "office.pstn.trunkline.localhost"}, ["office"]),
        ({"TerminationUri": "sip:+12025550100@OFFICE.pstn.ashburn.trunkline.localhost:5060;transport=tcp"}, ["office"]),
        ({"TerminationUri": "office.pstn.twilio.com"}, ["office"]),
        ({"TerminationUri": "nobody.pstn.trunkline.localhost"}, []),
        ({"TerminationUri": "off"}, ["office"]),
        ({"OriginationUri": "PBX.example"}, ["branch"]),
        ({"OriginationUri": "pbx_example"}, []),
        ({"AccountSid": FIRST}, ["office", "bare"]),
        ({"AccountSid": FIRST, "OriginationUri": "pbx.example"}, []),
        ({"Sid": "TK" + "0" * 32}, []),
    ],
)
async def test_row_13_the_operator_finds_trunks_by_sid_name_and_either_uri(
    house: House, query: dict[str, str], found: list[str]
) -> None:
    async with house.client() as client, house.client(SECOND) as other, house.client("operator") as operator:
        await post(client, TRUNKS, FriendlyName="bare")
        office = await post(client, TRUNKS, FriendlyName="office", DomainName=_domain("Office"))
        branch = await post(other, TRUNKS, FriendlyName="branch", DomainName=_domain("away"))
        for _ in range(2):  # two URIs of a trunk show it once
            await post(
                other, f"{TRUNKS}/{branch['sid']}/OriginationUrls", **GOOD_URL | {"SipUrl": "sip:pbx.example.com"}
            )
        listed = (await operator.get("/operator/v1/Trunks", params=query)).json()
        assert [row["friendly_name"] for row in listed["trunks"]] == found
        [only] = (await get(operator, f"/operator/v1/Trunks?Sid={office['sid']}"))["trunks"]
        assert (only["sid"], only["account_sid"]) == (office["sid"], FIRST)
        assert_refused(await client.get("/operator/v1/Trunks"), 20003, 401)


async def test_row_136_recording_changes_one_setting_at_a_time(house: House) -> None:
    async with house.client() as client:
        trunk = await post(client, TRUNKS)
        path = f"{TRUNKS}/{trunk['sid']}/Recording"
        assert await get(client, path) == {"mode": "do-not-record", "trim": "do-not-trim"}
        body = await post(client, path, 200, Trim="trim-silence")
        assert body == {"mode": "do-not-record", "trim": "trim-silence"}
        body = await post(client, path, 200, Mode="record-from-ringing")
        assert body == {"mode": "record-from-ringing", "trim": "trim-silence"}
        body = await post(client, path, 200, Trim="do-not-trim")
        assert body == {"mode": "record-from-ringing", "trim": "do-not-trim"} == await get(client, path)
        assert (await get(client, f"{TRUNKS}/{trunk['sid']}"))["recording"] == body
        for mode in ("do-not-record", "record-from-answer", "record-from-ringing-dual", "record-from-answer-dual"):
            assert (await post(client, path, 200, Mode=mode))["mode"] == mode
        assert_refused(await client.post(path, data={"Mode": "always"}), 20001)


async def test_unknown_parameters_are_ignored(house: House) -> None:
    """rest.md 1.2."""
    async with house.client() as client:
        body = await post(client, TRUNKS, Recording="record-from-answer", Nonsense="1", sid="TKx")
    assert body["recording"]["mode"] == "do-not-record"


async def test_every_commit_leaves_change_rows_for_the_gateways(house: House) -> None:
    """Design, decision 18."""

    async def told(after: int) -> tuple[int, list[tuple[str, str]]]:
        async with house.store.reading() as session:
            page = await changes_since(session, after)
        return page.latest, [(change.kind, change.sid) for change in page.changes]

    await stock_numbers(house.bench, ["+12025550100"], "US", "local")
    last, _ = await told(0)
    async with house.client() as client:
        trunk = await post(client, TRUNKS, DomainName=_domain("told"))
        last, changes = await told(last)
        assert changes == [("trunk", trunk["sid"])]
        url = await post(client, f"{TRUNKS}/{trunk['sid']}/OriginationUrls", **GOOD_URL)
        last, changes = await told(last)
        assert changes == [("trunk", trunk["sid"])]
        number = await post(client, f"{NUMBERS}.json", PhoneNumber="+12025550100", TrunkSid=trunk["sid"])
        last, changes = await told(last)
        assert changes == [("number", number["sid"])]
        await client.delete(f"{TRUNKS}/{trunk['sid']}/OriginationUrls/{url['sid']}")
        last, changes = await told(last)
        assert changes == [("trunk", trunk["sid"])]
        await client.delete(f"{TRUNKS}/{trunk['sid']}")
        last, changes = await told(last)
        assert sorted(changes) == [("number", number["sid"]), ("trunk", trunk["sid"])]
        await client.get(TRUNKS)
        assert await told(last) == (last, [])


async def test_concurrent_edits_of_different_fields_lose_nothing(house: House) -> None:
    async with house.client() as client:
        trunk = await post(client, TRUNKS)
        path = f"{TRUNKS}/{trunk['sid']}"
        forms: list[dict[str, Any]] = [
            {"FriendlyName": "Office"},
            {"Secure": "true"},
            {"CnamLookupEnabled": "true"},
            {"TransferMode": "sip-only"},
            {"DomainName": _domain("raced")},
            {"DisasterRecoveryUrl": "https://dr.example/"},
        ]
        answers = await asyncio.gather(*(client.post(path, data=form) for form in forms))
        assert [answer.status_code for answer in answers] == [200] * len(forms)
        body = await get(client, path)
    assert (body["friendly_name"], body["secure"], body["cnam_lookup_enabled"]) == ("Office", True, True)
    assert (body["transfer_mode"], body["domain_name"]) == ("sip-only", _domain("raced"))
    assert body["disaster_recovery_url"] == "https://dr.example/"


async def test_concurrent_claims_of_one_domain_have_one_winner(house: House) -> None:
    async with house.client() as client:
        claims = [client.post(TRUNKS, data={"DomainName": _domain("wanted")}) for _ in range(8)]
        answers = await asyncio.gather(*claims)
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 7
    assert {answer.json()["code"] for answer in answers if answer.status_code == 400} == {21248}
