"""Rows 35 and 148: dialing permissions over REST; rows 32 and 148: number ranges that the operator marks."""

import json
from typing import Any

import httpx2
import pytest

from tests.unit.service_control.asking import assert_refused, get, post
from tests.unit.service_control.house import BASE, FIRST, SUB, House
from trunkline.domain.trunk.facts import CallerIdStatus, Risk
from trunkline.domain.trunk.number.geo import countries
from trunkline.kit.ids import E164, AccountSid
from trunkline.platform.store.directory import StoreDirectory
from trunkline.service.control.provisioning.country_name import COUNTRY_NAMES

COUNTRIES = "/v1/DialingPermissions/Countries"
BULK = "/v1/DialingPermissions/BulkCountryUpdates"
SETTINGS = "/v1/Settings"
RISKS = "/operator/v1/HighRiskPrefixes"
FORBIDDEN = "/operator/v1/DoNotOriginate"


def test_every_country_with_numbers_has_a_name_and_a_continent() -> None:
    assert COUNTRY_NAMES.keys() == countries()
    assert len({name for name, _ in COUNTRY_NAMES.values()}) == len(COUNTRY_NAMES)


async def _bulk(client: httpx2.AsyncClient, *updates: dict[str, Any]) -> Any:
    return await post(client, BULK, 201, UpdateRequest=json.dumps(updates))


async def test_row_148_a_country_is_fetched_changed_and_fetched(house: House) -> None:
    async with house.client() as client:
        path = f"{COUNTRIES}/GB"
        before = await get(client, path)
        assert before == {
            "iso_code": "GB",
            "name": "United Kingdom",
            "continent": "EUROPE",
            "country_codes": ["+44"],
            "low_risk_numbers_enabled": False,
            "high_risk_special_numbers_enabled": False,
            "high_risk_tollfraud_numbers_enabled": False,
            "url": f"{BASE}{path}",
            "links": {"highrisk_special_prefixes": f"{BASE}{path}/HighRiskSpecialPrefixes"},
        }
        update = {"iso_code": "GB", "low_risk_numbers_enabled": "true", "high_risk_special_numbers_enabled": True}
        assert await _bulk(client, update) == {"update_count": 1, "update_request": "accepted"}
        changed = {**before, "low_risk_numbers_enabled": True, "high_risk_special_numbers_enabled": True}
        assert await get(client, path) == changed
        france = {"iso_code": "fr", "high_risk_tollfraud_numbers_enabled": "true"}
        britain = {"iso_code": "GB", "low_risk_numbers_enabled": "false"}
        assert (await _bulk(client, france, britain))["update_count"] == 2
        assert await get(client, path) == {**changed, "low_risk_numbers_enabled": False}
        facts = await StoreDirectory(house.store, house.vault).account(AccountSid(FIRST))
    assert facts is not None
    assert (facts.countries, facts.special_countries, facts.tollfraud_countries) == (
        *(frozenset(), frozenset({"GB"}), frozenset({"FR"})),
    )


@pytest.mark.parametrize("kind", ["low_risk", "high_risk_special", "high_risk_tollfraud"])
async def test_row_148_each_class_is_enabled_and_disabled_country_by_country(house: House, kind: str) -> None:
    name = f"{kind}_numbers_enabled"

    async with house.client() as client:

        async def enabled() -> list[str]:
            listed = (await get(client, f"{COUNTRIES}?PageSize=1000"))["content"]
            return [country["iso_code"] for country in listed if country[name]]

        await _bulk(client, {"iso_code": "GB", name: "true"}, {"iso_code": "FR", name: "true"})
        assert await enabled() == ["FR", "GB"]
        await _bulk(client, {"iso_code": "GB", name: "false"}, {"iso_code": "DE", name: "true"})
        assert await enabled() == ["DE", "FR"]
        await _bulk(client, {"iso_code": "FR"})
        assert await enabled() == ["DE", "FR"], "what is not named stays"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        '[{"low_risk_numbers_enabled": "true"}]',
        '[{"iso_code": "GB", "low_risk_numbers_enabled": "perhaps"}]',
        '[{"iso_code": "GB", "low_risk_numbers_enabled": "true"}, {"iso_code": "QQ"}]',
        "[" * 20_000,
    ],
)
async def test_row_148_a_bulk_update_that_cannot_be_changes_nothing(house: House, text: str) -> None:
    async with house.client() as client:
        assert_refused(await client.post(BULK, data={"UpdateRequest": text}), 20001)
        assert not (await get(client, f"{COUNTRIES}/GB"))["low_risk_numbers_enabled"]


async def test_row_148_a_country_named_twice_in_a_bulk_update_has_all_that_was_said_of_it(house: House) -> None:
    said = [
        {"iso_code": "DE", "low_risk_numbers_enabled": "true"},
        {"iso_code": "DE", "high_risk_special_numbers_enabled": "true"},
        {"iso_code": "DE", "high_risk_special_numbers_enabled": "false"},
    ]
    async with house.client() as client:
        assert (await post(client, BULK, UpdateRequest=json.dumps(said)))["update_count"] == 1
        country = await get(client, f"{COUNTRIES}/DE")
        assert (country["low_risk_numbers_enabled"], country["high_risk_special_numbers_enabled"]) == (True, False)


async def test_row_148_countries_are_filtered_and_paged(house: House) -> None:
    async with house.client() as client:
        await _bulk(client, *({"iso_code": code, "low_risk_numbers_enabled": "true"} for code in ("US", "CA", "DE")))

        async def codes(**query: str) -> list[str]:
            answer = await client.get(COUNTRIES, params={"PageSize": "1000", **query})
            return [country["iso_code"] for country in answer.json()["content"]]

        assert await codes(LowRiskNumbersEnabled="true") == ["CA", "DE", "US"]
        assert await codes(LowRiskNumbersEnabled="true", CountryCode="1") == ["CA", "US"]
        assert await codes(LowRiskNumbersEnabled="true", CountryCode="+49") == ["DE"]
        assert await codes(Continent="europe", LowRiskNumbersEnabled="true") == ["DE"]
        assert await codes(IsoCode="gb") == ["GB"]
        assert await codes(HighRiskSpecialNumbersEnabled="true") == []
        assert len(await codes(HighRiskTollfraudNumbersEnabled="false")) == len(countries())
        assert_refused(await client.get(COUNTRIES, params={"LowRiskNumbersEnabled": "1"}), 20001)

        seen: list[str] = []
        path: str | None = f"{COUNTRIES}?PageSize=100"
        while path is not None:
            page = await get(client, path)
            assert page["meta"]["key"] == "content"
            seen += [country["iso_code"] for country in page["content"]]
            path = page["meta"]["next_page_url"]
        assert seen == sorted(countries())


async def test_row_148_the_special_prefixes_of_a_country_are_ours_and_the_operators(house: House) -> None:
    path = f"{COUNTRIES}/GB/HighRiskSpecialPrefixes"
    async with house.client() as client, house.client("operator") as operator:
        ours = [row["prefix"] for row in (await get(client, path))["content"]]
        assert ours == ["+4484", "+4487", "+449"]
        added = await post(operator, RISKS, 201, Prefix="+4470", Risk="special", Reason="personal")
        await post(operator, RISKS, 201, Prefix="+4484", Risk="low-risk")
        again = await post(operator, RISKS, 201, Prefix="+4470", Risk="special")
        assert again["sid"] == added["sid"]
        assert [row["prefix"] for row in (await get(client, path))["content"]] == ["+4470", "+4487", "+449"]
        risks = await StoreDirectory(house.store, house.vault).risks()
        assert (risks["+4470"], risks["+4484"], risks["+449"]) == (Risk.SPECIAL, Risk.LOW, Risk.SPECIAL)
        listed = (await get(operator, RISKS))["high_risk_prefixes"]
        assert {row["prefix"]: row["risk"] for row in listed} == {"+4470": "special", "+4484": "low-risk"}
        assert (await operator.delete(f"{RISKS}/{added['sid']}")).status_code == 204
        assert_refused(await operator.delete(f"{RISKS}/{added['sid']}"), 20404, 404)
        assert [row["prefix"] for row in (await get(client, path))["content"]] == ["+4487", "+449"]
        for form in ({"Prefix": "44", "Risk": "special"}, {"Prefix": "+44"}, {"Prefix": "+44", "Risk": "none"}):
            assert_refused(await operator.post(RISKS, data=form), 20001)


async def test_row_148_unknown_countries_are_not_found(house: House) -> None:
    async with house.client() as client:
        for path in ("QQ", "QQ/HighRiskSpecialPrefixes", "Britain"):
            assert_refused(await client.get(f"{COUNTRIES}/{path}"), 20404, 404)


async def test_row_148_a_sub_account_inherits_when_it_is_told_to(house: House) -> None:
    directory = StoreDirectory(house.store, house.vault)

    async def holds(child: httpx2.AsyncClient) -> tuple[bool, bool]:
        facts = await directory.account(AccountSid(SUB))
        assert facts is not None
        shown = (await get(child, f"{COUNTRIES}/GB"))["low_risk_numbers_enabled"]
        return shown, "GB" in facts.countries

    async with house.client() as parent, house.client(SUB) as child:
        assert await get(child, SETTINGS) == {"dialing_permissions_inheritance": False, "url": f"{BASE}{SETTINGS}"}
        await _bulk(parent, {"iso_code": "GB", "low_risk_numbers_enabled": "true"})
        assert await holds(child) == (False, False)
        answer = await post(child, SETTINGS, 202, DialingPermissionsInheritance="true")
        assert answer == {"dialing_permissions_inheritance": True, "url": f"{BASE}{SETTINGS}"}
        assert await holds(child) == (True, True)
        await _bulk(child, {"iso_code": "GB", "low_risk_numbers_enabled": "false"})
        assert await holds(child) == (True, True), "its own list holds when it inherits no longer"
        await post(child, SETTINGS, 202, DialingPermissionsInheritance="false")
        assert await holds(child) == (False, False)
        assert (await post(child, SETTINGS, 202))["dialing_permissions_inheritance"] is False


async def test_row_32_numbers_that_nobody_may_call_with(house: House) -> None:
    number, directory = E164("+12025550100"), StoreDirectory(house.store, house.vault)
    async with house.client("operator") as operator:
        await post(operator, f"/operator/v1/Accounts/{FIRST}/OutgoingCallerIds", PhoneNumber=number)
        assert await directory.caller_id_status(AccountSid(FIRST), number) is CallerIdStatus.VERIFIED
        marked = await post(operator, FORBIDDEN, 201, Prefix="+120255501", Reason="inbound only")
        assert marked.keys() == {"sid", "prefix", "reason", "date_created"}
        assert await directory.caller_id_status(AccountSid(FIRST), number) is CallerIdStatus.DO_NOT_ORIGINATE
        assert await directory.caller_id_status(AccountSid(FIRST), E164("+12025550200")) is CallerIdStatus.UNKNOWN
        assert [row["sid"] for row in (await get(operator, FORBIDDEN))["do_not_originate"]] == [marked["sid"]]
        assert_refused(await operator.delete(f"{RISKS}/{marked['sid']}"), 20404, 404)
        assert (await operator.delete(f"{FORBIDDEN}/{marked['sid']}")).status_code == 204
        assert await directory.caller_id_status(AccountSid(FIRST), number) is CallerIdStatus.VERIFIED
