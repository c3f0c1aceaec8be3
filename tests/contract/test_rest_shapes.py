"""Every answer against the published OpenAPI files: names, types, enums, formats of all fields (row 151)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.unit.service_control import oai
from tests.unit.service_control.house import BASE, FIRST, House, furnished_template, open_house
from trunkline.platform.store.table import CallRow, RecordingRow
from trunkline.service.control.provisioning.caller_id import vouch_for_caller_id
from trunkline.service.control.provisioning.phone_number import stock_numbers

ROOT = f"/2010-04-01/Accounts/{FIRST}"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(furnished_template(tmp_path_factory.mktemp("template")))


@pytest.fixture
async def house(template: Path, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(template, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def trunking() -> dict[str, Any]:
    return oai.read_schemas(oai.directory() / "twilio_trunking_v1.yaml")


@pytest.fixture(scope="module")
def api_2010() -> dict[str, Any]:
    return oai.read_schemas(oai.directory() / "twilio_api_v2010.yaml")


class _Checked:
    """Sends a request, expects its status, and holds the answer against a schema."""

    def __init__(self, client: httpx2.AsyncClient, schemas: dict[str, Any]) -> None:
        self._client = client
        self._schemas = schemas

    async def __call__(self, method: str, path: str, schema: str, status: int = 200, **form: Any) -> Any:
        answer = await self._client.request(method, path, data=form or None)
        assert answer.status_code == status, answer.text
        body = answer.json()
        assert oai.faults(self._schemas, schema, body) == [], schema
        return body

    async def listed(self, path: str, schema: str, key: str) -> dict[str, Any]:
        answer = await self._client.get(path)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        assert body[key], f"an empty list shows nothing: {path}"
        for row in body[key]:
            assert oai.faults(self._schemas, schema, row) == [], schema
        return body


def _has_v1_meta(body: dict[str, Any], key: str) -> None:
    assert body.keys() == {"meta", key}
    meta = body["meta"]
    urls = ("first_page_url", "previous_page_url", "url", "next_page_url")
    assert meta.keys() == {"page", "page_size", "key", *urls}
    assert meta["key"] == key
    assert all(meta[url] is None or meta[url].startswith((BASE + "/v1/", BASE + "/v2/")) for url in urls)


def _has_2010_paging(body: dict[str, Any], key: str) -> None:
    uris = {"uri", "first_page_uri", "previous_page_uri", "next_page_uri"}
    assert body.keys() == {key, "page", "page_size", "start", "end", *uris}
    assert all(body[uri] is None or body[uri].startswith("/2010-04-01/") for uri in uris)


def test_the_oracle_itself_finds_every_kind_of_fault(trunking: dict[str, Any]) -> None:
    """A contract test that cannot fail shows nothing."""
    body = {"mode": "record-sometimes", "trim": 7, "extra": None}
    assert oai.faults(trunking, "trunking.v1.trunk.recording", body) != []
    faults = oai.faults(trunking, "trunking.v1.trunk.credential_list", {"sid": "CLxyz", "date_created": "yesterday"})
    assert "missing friendly_name" in faults
    assert any(fault.startswith("sid=") for fault in faults)
    assert any(fault.startswith("date_created=") for fault in faults)


async def test_trunking_v1_answers_have_the_published_fields(house: House, trunking: dict[str, Any]) -> None:
    """Rows 130, 133-136."""
    async with house.client() as client:
        check = _Checked(client, trunking)
        trunk = await check("POST", "/v1/Trunks", "trunking.v1.trunk", 201, DomainName="shape.pstn.trunkline.localhost")
        path = f"/v1/Trunks/{trunk['sid']}"
        assert trunk["url"] == BASE + path
        await check("GET", path, "trunking.v1.trunk")
        form = {"FriendlyName": "n", "DisasterRecoveryUrl": "https://dr.example/voice"}
        await check("POST", path, "trunking.v1.trunk", 200, **form)
        _has_v1_meta(await check.listed("/v1/Trunks", "trunking.v1.trunk", "trunks"), "trunks")
        for method in ("GET", "POST"):
            await check(method, f"{path}/Recording", "trunking.v1.trunk.recording")

        target = {"Weight": 1, "Priority": 1, "Enabled": "true", "FriendlyName": "u", "SipUrl": "sip:192.0.2.1"}
        name = "trunking.v1.trunk.origination_url"
        made = await check("POST", f"{path}/OriginationUrls", name, 201, **target)
        await check("GET", f"{path}/OriginationUrls/{made['sid']}", name)
        await check("POST", f"{path}/OriginationUrls/{made['sid']}", name, Weight=2)
        body = await check.listed(f"{path}/OriginationUrls", name, "origination_urls")
        _has_v1_meta(body, "origination_urls")

        users = (await client.post(f"{ROOT}/SIP/CredentialLists.json", data={"FriendlyName": "u"})).json()
        addresses = (await client.post(f"{ROOT}/SIP/IpAccessControlLists.json", data={"FriendlyName": "a"})).json()
        await stock_numbers(house.bench, ["+12025550100"], "US", "local")
        number = (await client.post(f"{ROOT}/IncomingPhoneNumbers.json", data={"PhoneNumber": "+12025550100"})).json()
        for room, parameter, key, sid in (
            ("CredentialLists", "CredentialListSid", "credential_lists", users["sid"]),
            ("IpAccessControlLists", "IpAccessControlListSid", "ip_access_control_lists", addresses["sid"]),
            ("PhoneNumbers", "PhoneNumberSid", "phone_numbers", number["sid"]),
        ):
            name = f"trunking.v1.trunk.{key[:-1]}"
            await check("POST", f"{path}/{room}", name, 201, **{parameter: sid})
            await check("GET", f"{path}/{room}/{sid}", name)
            _has_v1_meta(await check.listed(f"{path}/{room}", name, key), key)


async def test_2010_access_lists_have_the_published_fields(house: House, api_2010: dict[str, Any]) -> None:
    """Rows 131, 133, 137, 141."""
    async with house.client() as client:
        check = _Checked(client, api_2010)
        for room, list_key, inner, inner_key, form in (
            (
                "CredentialLists",
                "credential_list",
                "Credentials",
                "credential",
                {"Username": "pbx", "Password": "Correct-Horse-1"},
            ),
            (
                "IpAccessControlLists",
                "ip_access_control_list",
                "IpAddresses",
                "ip_address",
                {"FriendlyName": "SBC", "IpAddress": "192.0.2.1"},
            ),
        ):
            outer = f"api.v2010.account.sip.sip_{list_key}"
            made = await check("POST", f"{ROOT}/SIP/{room}.json", outer, 201, FriendlyName="n")
            path = f"{ROOT}/SIP/{room}/{made['sid']}"
            await check("GET", f"{path}.json", outer)
            await check("POST", f"{path}.json", outer, FriendlyName="m")
            _has_2010_paging(await check.listed(f"{ROOT}/SIP/{room}.json", outer, f"{list_key}s"), f"{list_key}s")
            name = f"{outer}.sip_{inner_key}"
            item = await check("POST", f"{path}/{inner}.json", name, 201, **form)
            await check("GET", f"{path}/{inner}/{item['sid']}.json", name)
            await check("POST", f"{path}/{inner}/{item['sid']}.json", name)
            plural = "ip_addresses" if inner_key == "ip_address" else "credentials"
            _has_2010_paging(await check.listed(f"{path}/{inner}.json", name, plural), plural)


async def test_2010_accounts_numbers_and_caller_ids_have_the_published_fields(
    house: House, api_2010: dict[str, Any]
) -> None:
    """Rows 14, 131, 143."""
    await stock_numbers(house.bench, ["+12025550100"], "US", "local")
    await vouch_for_caller_id(house.bench, FIRST, "+442079460000", None)
    async with house.client() as client:
        check = _Checked(client, api_2010)
        name = "api.v2010.account"
        made = await check("POST", "/2010-04-01/Accounts.json", name, 201, FriendlyName="sub")
        await check("GET", f"/2010-04-01/Accounts/{made['sid']}.json", name)
        await check("POST", f"/2010-04-01/Accounts/{made['sid']}.json", name, Status="suspended")
        _has_2010_paging(await check.listed("/2010-04-01/Accounts.json", name, "accounts"), "accounts")

        name = "api.v2010.account.incoming_phone_number"
        path = f"{ROOT}/IncomingPhoneNumbers"
        number = await check("POST", f"{path}.json", name, 201, PhoneNumber="+12025550100")
        await check("GET", f"{path}/{number['sid']}.json", name)
        await check("POST", f"{path}/{number['sid']}.json", name, VoiceUrl="https://app.example/voice")
        _has_2010_paging(await check.listed(f"{path}.json", name, "incoming_phone_numbers"), "incoming_phone_numbers")
        typed = f"{name}.incoming_phone_number_local"
        body = (await client.get(f"{path}/Local.json")).json()["incoming_phone_numbers"][0]
        assert [fault for fault in oai.faults(api_2010, typed, body) if fault.startswith("missing")] == []

        name = "api.v2010.account.outgoing_caller_id"
        body = await check.listed(f"{ROOT}/OutgoingCallerIds.json", name, "outgoing_caller_ids")
        _has_2010_paging(body, "outgoing_caller_ids")
        caller_id = body["outgoing_caller_ids"][0]
        path = f"{ROOT}/OutgoingCallerIds/{caller_id['sid']}.json"
        await check("GET", path, name)
        await check("POST", path, name, FriendlyName="Head office")


async def test_row_149_insights_have_the_published_fields(house: House) -> None:
    schemas = oai.read_schemas(oai.directory() / "twilio_insights_v1.yaml")
    at, sid = house.bench.wall(), "CA" + "a" * 32
    async with house.store.appending() as session:
        session.add(
            CallRow(
                sid=sid, account_sid=FIRST, direction="trunking-terminating", from_number="+12025550100",
                to_number="+442079460001", status="completed", date_created=at, date_updated=at, invited_at=at,
                start_time=at, released_at=at + timedelta(seconds=15), duration_s=15,
                inbound_media={"packets_received": 5, "packets_lost": None, "jitter_ms": 0.4},
            )
        )  # fmt: skip
        await session.commit()
    async with house.client() as client:
        check = _Checked(client, schemas)
        path = f"/v1/Voice/{sid}"
        await check("GET", path, "insights.v1.call")
        form: dict[str, Any] = {"AnsweredBy": "human", "QualityIssues": "echo", "CallScore": "5"}
        await check("POST", f"{path}/Annotation", "insights.v1.call.annotation", **form)
        await check("GET", f"{path}/Annotation", "insights.v1.call.annotation")
        await check("GET", f"{path}/Summary", "insights.v1.call.summary")
        await check("GET", "/v1/Voice/Settings", "insights.v1.account_settings")
        await check("POST", "/v1/Voice/Settings", "insights.v1.account_settings", VoiceTrace="true")
        for name, schema, key in (
            (f"{path}/Events", "insights.v1.call.event", "events"),
            (f"{path}/Metrics", "insights.v1.call.metric", "metrics"),
            ("/v1/Voice/Summaries", "insights.v1.call_summaries", "call_summaries"),
        ):
            _has_v1_meta(await check.listed(name, schema, key), key)


async def test_recordings_have_the_published_fields(house: House, api_2010: dict[str, Any]) -> None:
    at, call, sid = house.bench.wall(), "CA" + "a" * 32, "RE" + "a" * 32
    async with house.store.appending() as session:
        session.add(
            CallRow(
                sid=call, account_sid=FIRST, direction="trunking-terminating", from_number="+12025550100",
                to_number="+442079460001", status="completed", date_created=at, date_updated=at, invited_at=at,
            )
        )  # fmt: skip
        session.add(
            RecordingRow(
                sid=sid, account_sid=FIRST, call_sid=call, status="completed", channels=2, start_time=at,
                duration_s=12, price=Decimal("-0.0025"), date_created=at, date_updated=at,
            )
        )  # fmt: skip
        await session.commit()
    async with house.client() as client:
        check = _Checked(client, api_2010)
        for parent, schema in (
            ("", "api.v2010.account.recording"),
            (f"/Calls/{call}", "api.v2010.account.call.call_recording"),
        ):
            path = f"{ROOT}{parent}/Recordings"
            await check("GET", f"{path}/{sid}.json", schema)
            _has_2010_paging(await check.listed(f"{path}.json", schema, "recordings"), "recordings")
        assert (await client.delete(f"{ROOT}/Recordings/{sid}.json")).status_code == 204
        path = f"{ROOT}/Recordings/{sid}.json?IncludeSoftDeleted=true"
        assert (await check("GET", path, "api.v2010.account.recording"))["status"] == "deleted"


async def test_row_150_audit_events_have_the_published_fields(house: House) -> None:
    """But for `actor_sid`: an account or a key, where the published pattern knows users (`US`) only."""
    schemas = oai.read_schemas(oai.directory() / "twilio_monitor_v1.yaml")
    async with house.client() as client:
        await client.post("/v1/Trunks")
        body = (await client.get("/v1/Events")).json()
        _has_v1_meta(body, "events")
        for event in (body["events"][0], (await client.get(f"/v1/Events/{body['events'][0]['sid']}")).json()):
            assert oai.faults(schemas, "monitor.v1.event", {**event, "actor_sid": None}) == []
            assert event["actor_sid"] == FIRST


@pytest.mark.parametrize("status", ["completed", "busy", "failed", "no-answer", "cancelled"])
async def test_row_145_call_records_have_the_published_fields(
    house: House, api_2010: dict[str, Any], status: str
) -> None:
    at = house.bench.wall()
    async with house.store.appending() as session:
        session.add(
            CallRow(
                sid="CA" + "a" * 32,
                account_sid=FIRST,
                trunk_sid="TK" + "b" * 32,
                direction="trunking-terminating",
                from_number="+12025550100",
                to_number="+442079460001",
                status=status,
                date_created=at,
                date_updated=at,
                invited_at=at,
                start_time=at,
                released_at=at + timedelta(seconds=15),
                duration_s=15,
            )
        )
        await session.commit()
    async with house.client() as client:
        check = _Checked(client, api_2010)
        name = "api.v2010.account.call"
        body = await check("GET", f"{ROOT}/Calls/CA{'a' * 32}.json", name)
        assert (body["duration"], body["price"], body["from_formatted"]) == ("15", None, "(202) 555-0100")
        _has_2010_paging(await check.listed(f"{ROOT}/Calls.json", name, "calls"), "calls")


async def test_row_142_available_numbers_have_the_published_fields(house: House, api_2010: dict[str, Any]) -> None:
    """Row 142: every type; no paging beside the list."""
    types = {
        "Local": "local", "Mobile": "mobile", "TollFree": "toll-free", "National": "national",
        "SharedCost": "shared-cost", "Voip": "voip", "MachineToMachine": "m2m",
    }  # fmt: skip
    for last, type_ in enumerate(types.values()):
        await stock_numbers(house.bench, [f"+1202555010{last}"], "US", type_)  # type: ignore[arg-type]
    name, path = "api.v2010.account.available_phone_number_country", f"{ROOT}/AvailablePhoneNumbers"
    async with house.client() as client:
        check = _Checked(client, api_2010)
        country = await check("GET", f"{path}/US.json", name)
        listed = await check.listed(f"{path}.json", name, "countries")
        assert listed == {"uri": f"{path}.json", "countries": [country]}
        assert len(country["subresource_uris"]) == len(types)
        for key, uri in country["subresource_uris"].items():
            body = (await client.get(uri)).json()
            assert body.keys() == {"uri", "available_phone_numbers"}
            [row] = body["available_phone_numbers"]
            faults = oai.faults(api_2010, f"{name}.available_phone_number_{key}", row)
            assert [fault for fault in faults if not fault.startswith("friendly_name=")] == [], key


async def test_addresses_prices_and_regions_have_the_published_fields(house: House, api_2010: dict[str, Any]) -> None:
    """Rest.md 3.10, 7, 8."""
    form = {"CustomerName": "Example", "Street": "1 Example Street", "City": "Bonn", "Region": "NW"}
    form |= {"PostalCode": "53113", "IsoCountry": "DE"}
    await stock_numbers(house.bench, ["+12025550100"], "US", "local")
    async with house.client() as client, house.client("operator") as operator:
        check, name, path = _Checked(client, api_2010), "api.v2010.account.address", f"{ROOT}/Addresses"
        made = await check("POST", f"{path}.json", name, 201, **form)
        await check("GET", f"{path}/{made['sid']}.json", name)
        await check("POST", f"{path}/{made['sid']}.json", name, FriendlyName="n")
        _has_2010_paging(await check.listed(f"{path}.json", name, "addresses"), "addresses")
        number = {"PhoneNumber": "+12025550100", "AddressSid": made["sid"]}
        assert (await client.post(f"{ROOT}/IncomingPhoneNumbers.json", data=number)).status_code == 201
        key = "dependent_phone_numbers"
        body = await check.listed(f"{path}/{made['sid']}/DependentPhoneNumbers.json", f"{name}.{key[:-1]}", key)
        _has_2010_paging(body, key)

        for service in ("termination", "origination"):
            tariff = {"Service": service, "Prefix": "+1", "Sell": "0.01", "Buy": "0.005", "Name": "US"}
            assert (await operator.post("/operator/v1/Tariffs", data=tariff)).is_success
        check = _Checked(client, oai.read_schemas(oai.directory() / "twilio_pricing_v2.yaml"))
        body = await check.listed("/v2/Trunking/Countries", "pricing.v2.trunking_country", "countries")
        _has_v1_meta(body, "countries")
        await check("GET", "/v2/Trunking/Countries/US", "pricing.v2.trunking_country-instance")
        await check("GET", "/v2/Trunking/Numbers/+12025550100", "pricing.v2.trunking_number")

        check = _Checked(client, oai.read_schemas(oai.directory() / "twilio_routes_v2.yaml"))
        await client.post("/v1/Trunks", data={"DomainName": "shape.pstn.trunkline.localhost"})
        for path, name in (
            ("/v2/Trunks/shape.pstn.trunkline.localhost", "routes.v2.trunks"),
            ("/v2/PhoneNumbers/+12025550100", "routes.v2.phone_number"),
        ):
            await check("GET", path, name)
            await check("POST", path, name, VoiceRegion="ie1")


async def test_rows_144_146_validations_and_triggers_have_the_published_fields(
    house: House, api_2010: dict[str, Any]
) -> None:
    """Rows 144, 146."""
    async with house.client() as client:
        check = _Checked(client, api_2010)
        form = {"PhoneNumber": "+12025550100", "CallDelay": "5", "Extension": "12"}
        await check("POST", f"{ROOT}/OutgoingCallerIds.json", "api.v2010.account.validation_request", 200, **form)
        name, path = "api.v2010.account.usage.usage_trigger", f"{ROOT}/Usage/Triggers"
        form = {"CallbackUrl": "https://app.example/", "TriggerValue": "1", "UsageCategory": "totalprice"}
        made = await check("POST", f"{path}.json", name, 201, **form, Recurring="daily")
        await check("GET", f"{path}/{made['sid']}.json", name)
        await check("POST", f"{path}/{made['sid']}.json", name, FriendlyName="n")
        _has_2010_paging(await check.listed(f"{path}.json", name, "usage_triggers"), "usage_triggers")
