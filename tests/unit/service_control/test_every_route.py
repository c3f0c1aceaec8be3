"""Over every route at once: no foreign reads or writes, no 5xx whatever is sent, every form described."""

import re
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.routing import APIRoute

from tests.kit.length import runs
from tests.unit.service_control.asking import (
    ACLS,
    GOOD_URL,
    LISTS,
    NUMBERS,
    PASSWORD,
    TRUNKS,
    assert_refused,
    get,
    post,
)
from tests.unit.service_control.house import FIRST, SECOND, SUB, House
from trunkline.platform.store.table import AlertRow, AuditEventRow, CallRow, RecordingRow
from trunkline.service.control.api.described import form_model
from trunkline.service.control.application import CUSTOMER, OPERATOR
from trunkline.service.control.provisioning.account.caller_id import vouch_for_caller_id
from trunkline.service.control.provisioning.account.phone_number import stock_numbers
from trunkline.service.control.provisioning.operator.tariff import set_tariff

ONE = "+12025550100"
ROUTES = [route for router in CUSTOMER for route in router.routes if isinstance(route, APIRoute)]
OPERATOR_ROUTES = [route for router in OPERATOR for route in router.routes if isinstance(route, APIRoute)]

DOMAIN = "office.pstn.trunkline.localhost"
ALERT = "NO" + "a" * 32
EVENT = "AE" + "a" * 32
RECORDING = "RE" + "a" * 32


@dataclass(frozen=True, slots=True)
class _Belongings:
    """The SIDs of one of everything."""

    trunk: str
    url: str
    users: str
    credential: str
    acl: str
    address: str
    number: str
    caller_id: str
    call: str
    policy: str
    key: str
    postal: str
    trigger: str

    def fill(self, path: str, account_sid: str) -> str:
        """The path with its parameters filled in, by what stands before them."""
        last = {
            "/Trunks/": self.trunk,
            "/OriginationUrls/": self.url,
            "/CredentialLists/": self.users,
            "/Credentials/": self.credential,
            "/IpAccessControlLists/": self.acl,
            "/IpAddresses/": self.address,
            "/PhoneNumbers/": self.number,
            "/IncomingPhoneNumbers/": self.number,
            "/Addresses/": self.postal,
            "/Triggers/": self.trigger,
            "/OutgoingCallerIds/": self.caller_id,
            "/Calls/": self.call,
            "/HeaderManipulations/": self.policy,
            "/Carriers/": "CY" + "0" * 32,
            "/BlockedDestinations/": "BD" + "0" * 32,
            "/CallerNames/": "NM" + "0" * 32,
            "/DoNotOriginate/": "NR" + "0" * 32,
            "/HighRiskPrefixes/": "NR" + "0" * 32,
            "/Tariffs/": "TF" + "0" * 32,
            "/Keys/": self.key,
            "/Alerts/": ALERT,
            "/Events/": EVENT,
            "/Recordings/": RECORDING,
            "/Notifications/": ALERT,
            "/SigningKeys/": self.key,
        }
        filled = (
            path.replace("{account_sid}", account_sid)
            .replace("{country_code}", "US")
            .replace("{trunk_sid}", self.trunk)
            .replace("{call_sid}", self.call)
            .replace("{iso_code}", "US")
            .replace("{iso_country}", "US")
            .replace("{destination_number}", "+12025550155")
            .replace("{name}", DOMAIN if "/v2/Trunks/" in path else ONE)
        )
        filled = filled.replace("{list_sid}", self.users).replace("{acl_sid}", self.acl)
        before, mark, _ = filled.partition("{sid}")
        return filled.replace("{sid}", last["/" + before.rsplit("/", 2)[-2] + "/"]) if mark else filled


async def _settle(house: House, client: httpx2.AsyncClient) -> _Belongings:
    await stock_numbers(house.bench, [ONE], "US", "local")
    caller_id = await vouch_for_caller_id(house.bench, FIRST, "+12025550199", "Desk")
    trunk = (await post(client, TRUNKS, FriendlyName="Office", DomainName=DOMAIN))["sid"]
    path = f"{TRUNKS}/{trunk}"
    url = (await post(client, f"{path}/OriginationUrls", **GOOD_URL))["sid"]
    users = (await post(client, f"{LISTS}.json", FriendlyName="u"))["sid"]
    form = {"Username": "pbx", "Password": PASSWORD}
    credential = (await post(client, f"{LISTS}/{users}/Credentials.json", 201, **form))["sid"]
    acl = (await post(client, f"{ACLS}.json", FriendlyName="a"))["sid"]
    form = {"FriendlyName": "n", "IpAddress": "192.0.2.1"}
    address = (await post(client, f"{ACLS}/{acl}/IpAddresses.json", 201, **form))["sid"]
    number = (await post(client, f"{NUMBERS}.json", PhoneNumber=ONE, TrunkSid=trunk))["sid"]
    await post(client, f"{path}/CredentialLists", CredentialListSid=users)
    await post(client, f"{path}/IpAccessControlLists", IpAccessControlListSid=acl)
    rules = '[{"name": "r", "actions": [{"target": "to-number", "action": "add-prefix", "value": "+"}]}]'
    policy = (await post(client, "/v1/HeaderManipulations", FriendlyName="p", Rules=rules))["sid"]
    await post(client, f"{path}/HeaderManipulation", 200, TerminationPolicySid=policy)
    at = house.bench.wall()
    call = "CA" + "c" * 32
    async with house.store.appending() as session:
        row = CallRow(
            sid=call,
            account_sid=FIRST,
            direction="trunking-terminating",
            from_number=ONE,
            to_number="+442079460001",
            status="completed",
            date_created=at,
            date_updated=at,
            invited_at=at,
        )
        alert = AlertRow(
            sid=ALERT,
            account_sid=FIRST,
            resource_sid=call,
            error_code=32011,
            log_level="error",
            alert_text="x",
            date_created=at,
        )
        event = AuditEventRow(
            sid=EVENT,
            account_sid=FIRST,
            actor_type="operator",
            event_type="trunk.updated",
            resource_type="trunk",
            date_created=at,
        )
        recording = RecordingRow(
            sid=RECORDING, account_sid=FIRST, call_sid=call, status="completed", date_created=at, date_updated=at
        )
        session.add_all([row, alert, event, recording])
        await session.commit()
    key = (await post(client, f"/2010-04-01/Accounts/{FIRST}/Keys.json"))["sid"]
    form = {"CustomerName": "Example", "Street": "1 Example Street", "City": "Bonn", "Region": "NW"}
    form |= {"PostalCode": "53113", "IsoCountry": "DE"}
    watch = {"CallbackUrl": "https://app.example/", "TriggerValue": "1", "UsageCategory": "totalprice"}
    trigger = (await post(client, f"/2010-04-01/Accounts/{FIRST}/Usage/Triggers.json", 201, **watch))["sid"]
    tariff = {"service": "termination", "prefix": "+1", "sell": "0.01", "buy": "0.005"}
    await set_tariff(house.bench, tariff)
    postal = (await post(client, f"/2010-04-01/Accounts/{FIRST}/Addresses.json", 201, **form))["sid"]
    return _Belongings(
        trunk, url, users, credential, acl, address, number, caller_id.sid, call, policy, key, postal, trigger
    )


async def _everything(client: httpx2.AsyncClient, own: _Belongings) -> list[Any]:
    """What the owner can read, whole but for the moment at which usage was added up."""
    reads = [route.path for route in ROUTES if route.methods == {"GET"}]
    bodies = [await get(client, own.fill(path, FIRST)) for path in reads]
    for body in bodies:
        for record in body.get("usage_records", ()):
            del record["as_of"]
    return bodies


def _items(body: dict[str, Any]) -> list[Any]:
    return next(value for key, value in body.items() if isinstance(value, list))


async def test_row_128_no_route_reads_or_writes_what_is_anothers(any_house: House) -> None:
    """Goals, attack 15: tenant isolation over every route."""
    async with any_house.client() as owner, any_house.client(SECOND) as stranger:
        own = await _settle(any_house, owner)
        before = await _everything(owner, own)
        for route in ROUTES:
            [method] = route.methods or set()
            form = {"FriendlyName": "stolen", "Password": PASSWORD, "Username": "thief", "IpAddress": "192.0.2.9"}
            form |= {"CredentialListSid": own.users, "IpAccessControlListSid": own.acl, "PhoneNumberSid": own.number}
            form |= {"PhoneNumber": ONE, "TrunkSid": own.trunk, "Mode": "record-from-answer"} | GOOD_URL
            for account_sid in (FIRST, SECOND):
                path = own.fill(route.path, account_sid)
                if path.endswith("/OutgoingCallerIds.json"):  # it says again what the stranger has sent
                    form |= {"PhoneNumber": "+12025550155"}
                answer = await stranger.request(method, path, data=form if method == "POST" else None)
                if answer.is_success:
                    # Only the stranger's own lists, account and creations may succeed, and show nothing foreign.
                    public = re.sub(r"\{(iso_code|iso_country|destination_number)\}", "x", route.path)
                    own_anyway = "{" not in public
                    assert account_sid == SECOND or own_anyway, (method, path)
                    assert "{sid}" not in route.path, (method, path)
                    assert FIRST not in answer.text, (method, path)
                    assert ONE not in answer.text, (method, path)
                else:
                    assert answer.status_code in (400, 403, 404), (method, path, answer.text)
        assert await _everything(owner, own) == before


async def test_row_128_what_is_anothers_is_not_found_under_ones_own_parents(house: House) -> None:
    """A foreign child below a trunk or list of the stranger's own."""
    async with house.client() as owner, house.client(SECOND) as stranger:
        own = await _settle(house, owner)
        before = await _everything(owner, own)
        trunk = (await post(stranger, TRUNKS))["sid"]
        users = (await post(stranger, f"{LISTS}.json".replace(FIRST, SECOND), FriendlyName="u"))["sid"]
        acl = (await post(stranger, f"{ACLS}.json".replace(FIRST, SECOND), FriendlyName="a"))["sid"]
        parents = {"{trunk_sid}": trunk, "{list_sid}": users, "{acl_sid}": acl}
        for route in ROUTES:
            parent = next((name for name in parents if name in route.path), None)
            if parent is None or "{sid}" not in route.path:
                continue
            [method] = route.methods or set()
            path = own.fill(route.path.replace(parent, parents[parent]), SECOND)
            form = {"FriendlyName": "stolen", "Password": PASSWORD} | GOOD_URL
            answer = await stranger.request(method, path, data=form if method == "POST" else None)
            assert answer.status_code == 404, (method, path)
        assert await _everything(owner, own) == before


@pytest.mark.parametrize("status", ["suspended", "closed"])
async def test_row_15_a_parent_makes_and_changes_nothing_for_a_sub_account_that_is_not_active(
    house: House, status: str
) -> None:
    """It reads, deletes, ends live calls and changes the status."""
    lists = f"{LISTS}.json".replace(FIRST, SUB)
    account = f"/2010-04-01/Accounts/{SUB}.json"
    async with house.client() as parent:
        made = await post(parent, lists, FriendlyName="u")
        trunk = (await post(parent, TRUNKS))["sid"]
        await post(parent, account, 200, Status=status)
        refused = set()
        for route in ROUTES:
            if route.methods != {"POST"} or "{account_sid}" not in route.path:
                continue
            answer = await parent.post(re.sub(r"\{\w+\}", trunk, route.path.replace("{account_sid}", SUB)))
            if answer.status_code == 403:
                assert_refused(answer, 20005, 403)
                refused.add(route.path)
        looked_after = {route.path for route in ROUTES if route.methods == {"POST"} and "{account_sid}" in route.path}
        assert {path.removeprefix("/2010-04-01/Accounts/{account_sid}") for path in looked_after - refused} == {
            ".json",
            "/Calls/{sid}.json",
        }
        assert_refused(await parent.post("/v1/Voice/Settings", data={"SubaccountSid": SUB}), 20005, 403)
        assert (await get(parent, lists))["credential_lists"] == [made]
        assert (await parent.delete(f"{lists.removesuffix('.json')}/{made['sid']}.json")).status_code == 204
        if status == "suspended":
            await post(parent, account, 200, Status="active")
            await post(parent, lists, FriendlyName="u")


ODD = ["", "\x00", "￿😀\r\nX: y", "-1", "9" * 400, "%'; --", "x" * 2000]


FILTERED = ("/Calls.json", "/IncomingPhoneNumbers.json", "/OutgoingCallerIds.json", "/Accounts.json", "/Inventory")
FILTERS = ("PageToken", "Page", "Status", "StartTime>", "To", "PhoneNumber", "FriendlyName")


@pytest.mark.parametrize("shift", range(max(1, runs(3))))
async def test_no_field_of_any_form_breaks_the_server(any_house: House, shift: int) -> None:
    """All fields odd at once, then each alone beside right ones, then each filter; odd values take turns."""
    right: dict[str, Any] = {
        **GOOD_URL,
        "Username": "u",
        "Password": PASSWORD,
        "IpAddress": "192.0.2.9",
        "PhoneNumber": ONE,
        "Gateway": "sip:b",
        "IsoCountry": "US",
        "From": "+1",
        "To": "+1",
    }
    odd = cycle(ODD[shift:] + ODD[:shift])
    async with any_house.client() as client, any_house.client("operator") as operator:
        own = await _settle(any_house, client)
        for asker, routes in ((client, ROUTES), (operator, OPERATOR_ROUTES)):
            for route in routes:
                path = own.fill(route.path.replace("{phone_number}", ONE).replace("{source}", "192.0.2.1"), FIRST)
                model = form_model(route)
                if model is not None:
                    names = [field.alias or "" for field in model.model_fields.values()]
                    _unbroken(await asker.post(path, data={name: next(odd) for name in names}), path)
                    for name in names:
                        _unbroken(await asker.post(path, data={**right, name: next(odd)}), path)
                elif route.methods == {"GET"} and path.endswith(FILTERED):
                    for name in FILTERS:
                        _unbroken(await asker.get(path, params={name: next(odd)}), path)


SANDBOX = ("/SandboxCalls", "/SandboxKeypads")


def _unbroken(answer: httpx2.Response, path: str) -> None:
    """503 is the sandbox's, which does not run here."""
    assert answer.status_code in (200, 201, 400, 404, 503), (path, answer.text)
    if answer.status_code == 503:
        assert path.endswith(SANDBOX)
    if not answer.is_success:
        assert answer.json()["code"] not in (20500, 20503) or path.endswith(SANDBOX)


@pytest.mark.parametrize("sid", ["x", "TK", "TK" + "0" * 31, "%00", "..%2f..", "%F0%9F%98%80", "x" * 5000, "%ff"])
async def test_no_sid_in_any_path_breaks_the_server(house: House, sid: str) -> None:
    async with house.client() as client:
        for route in ROUTES:
            if "{sid}" not in route.path:
                continue
            [method] = route.methods or set()
            path = route.path.replace("{account_sid}", FIRST).replace("{sid}", sid)
            path = path.replace("{trunk_sid}", sid).replace("{list_sid}", sid).replace("{acl_sid}", sid)
            answer = await client.request(method, path, data=GOOD_URL if method == "POST" else None)
            assert answer.status_code in (400, 404), (path, answer.text)


async def test_every_form_stands_in_the_openapi_document(house: House) -> None:
    async with house.anonymous() as client:
        paths = (await get(client, "/openapi.json"))["paths"]
    for route in ROUTES + OPERATOR_ROUTES:
        model = form_model(route)
        if model is not None:
            body = paths[route.path]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]
            assert body["schema"]["properties"].keys() == {field.alias for field in model.model_fields.values()}


def test_every_resource_stands_in_the_compatibility_page() -> None:
    """Documentation that cannot rot: what is served is named there."""
    page = (Path(__file__).parents[3] / "docs" / "twilio-compatibility.md").read_text(encoding="utf-8")
    for route in ROUTES + OPERATOR_ROUTES:
        named = [part for part in route.path.removesuffix(".json").split("/") if part and "{" not in part]
        assert named[-1] in page, route.path
