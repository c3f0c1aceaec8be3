"""A tour of the REST API: every route asked once at least, with something there to show."""

import asyncio
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx2
from fastapi import APIRouter
from fastapi.routing import APIRoute

from tests.unit.service_control.asking import GOOD_URL, PASSWORD, ROOT, answering
from tests.unit.service_control.house import FIRST, SUB, House
from trunkline.platform.store.table import AlertRow, CallAttemptRow, CallRow, RecordingRow, UsageDayRow, UsageTriggerRow
from trunkline.service.control.application import CUSTOMER, OPERATOR
from trunkline.service.control.provisioning.account.caller_id import vouch_for_caller_id
from trunkline.service.control.provisioning.account.phone_number import stock_numbers
from trunkline.service.control.provisioning.operator.number_range import mark_range

NUMBER, SPARE, TYPED = "+12025550100", "+12025550150", "+1202555011"
DOMAIN = "tour.pstn.trunkline.localhost"
TRUNK_SID = "TK" + "b" * 32
CALL, BUSY, LIVE = "CA" + "a" * 32, "CA" + "b" * 32, "CA" + "c" * 32
RECORDING, OTHER_RECORDING = "RE" + "a" * 32, "RE" + "b" * 32
ALERT = "NO" + "a" * 32
GATEWAY = "gateway-127.0.0.1-5060"
RULES = '[{"name": "r", "actions": [{"target": "to-number", "action": "add-prefix", "value": "+"}]}]'
INVITE = """INVITE sip:12025550100@tour.pstn.trunkline.localhost SIP/2.0
Via: SIP/2.0/UDP 192.0.2.50;branch=z9hG4bK1
From: <sip:+12025550101@192.0.2.50>;tag=1
To: <sip:12025550100@tour.pstn.trunkline.localhost>
Call-ID: 1
CSeq: 1 INVITE

"""
TYPES = {
    "Local": "local", "Mobile": "mobile", "TollFree": "toll-free", "National": "national",
    "SharedCost": "shared-cost", "Voip": "voip", "MachineToMachine": "m2m",
}  # fmt: skip
"""The paths under which numbers are sold, and their types in the inventory."""


def routes(routers: Iterable[APIRouter]) -> list[APIRoute]:
    return [route for router in routers for route in router.routes if isinstance(route, APIRoute)]


Key = tuple[str, str]
"""The method and the path of a route."""


def _keys(routers: Iterable[APIRouter]) -> list[Key]:
    return [(method, route.path) for route in routes(routers) for method in sorted(route.methods or ())]


CUSTOMER_ROUTES, OPERATOR_ROUTES = _keys(CUSTOMER), _keys(OPERATOR)


Document = dict[str, Any]
"""Our OpenAPI document."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What a route said once; `body` is None where there is none."""

    route: Key
    status: int
    body: Any
    headers: httpx2.Headers


@dataclass(slots=True)
class Tour:
    """Asks as `client` and keeps what came; only successes belong to a tour, but where `status` says otherwise."""

    client: httpx2.AsyncClient
    seen: list[Visit] = field(default_factory=list)

    async def __call__(self, method: str, path: str, status: int | None = None, /, **form: Any) -> Any:
        answer = await self.client.request(method, path, data=form or None)
        assert answer.is_success if status is None else answer.status_code == status, (method, path, answer.text)
        body = answer.json() if answer.content else None
        self.seen.append(Visit(_route_of(method, httpx2.URL(path).path), answer.status_code, body, answer.headers))
        return body

    async def life(self, path: str, end: str = "", change: dict[str, Any] | None = None, /, **form: Any) -> str:
        """Creates, lists, fetches and, with `change`, updates a resource; says its SID. `end` is `.json` or nothing."""
        sid: str = (await self("POST", path + end, **form))["sid"]
        await self("GET", path + end)
        await self("GET", f"{path}/{sid}{end}")
        if change is not None:
            await self("POST", f"{path}/{sid}{end}", **change)
        return sid


def _route_of(method: str, path: str) -> Key:
    """The route that the application takes: the first that fits."""
    for route in routes((*CUSTOMER, *OPERATOR)):
        if method in (route.methods or ()) and route.path_regex.match(path):
            return method, route.path
    raise AssertionError(f"no route for {method} {path}")


def _call(sid: str, at: Any, status: str, **facts: Any) -> CallRow:
    return CallRow(
        sid=sid, account_sid=FIRST, trunk_sid=TRUNK_SID, direction="trunking-terminating", from_number=NUMBER,
        to_number="+442079460001", status=status, date_created=at, date_updated=at, invited_at=at, start_time=at,
        released_at=at + timedelta(seconds=18), **facts,
    )  # fmt: skip


async def furnish(house: House) -> None:
    """What an account cannot make by itself."""
    place: Any = {
        "region": "CA", "locality": "Hilltop", "postal_code": "94000", "rate_center": "HILLTOP", "lata": "722",
        "latitude": 37.5, "longitude": -122.25, "beta": False, "address_requirements": "none",
    }  # fmt: skip
    for last, type_ in enumerate(TYPES.values()):
        await stock_numbers(house.bench, [TYPED + str(last)], "US", type_, place)  # type: ignore[arg-type]
    for number, type_ in (
        (NUMBER, "local"),
        (SPARE, "local"),
        ("+12025550151", "mobile"),
        ("+18005550152", "toll-free"),
    ):
        await stock_numbers(house.bench, [number], "US", type_)  # type: ignore[arg-type]
    await vouch_for_caller_id(house.bench, FIRST, "+442079460000", "Desk")
    await mark_range(house.bench, "callee", "+12025550199", "special", "an example")
    at = house.bench.wall()
    media = {"packets_received": 5, "packets_lost": 1, "jitter_ms": 0.4}
    kept = [
        _call(
            CALL, at, "completed", duration_s=15, answered_at=at + timedelta(seconds=3), price=Decimal("-0.0042"),
            ringing_at=at + timedelta(seconds=1), trying_at=at, caller_name="EXAMPLE", inbound_media=media,
            outbound_media=media, codec="PCMU", sip_status=200, q850_cause=16, pdd_ms=900, released_by="caller",
            phone_number_sid="PN" + "a" * 32, cause="caller_hung_up", source_address="192.0.2.1:5060",
            parent_call_sid="CA" + "9" * 32, forwarded_from="+12025550133",
        ),
        _call(BUSY, at, "busy", duration_s=0, sip_status=486, q850_cause=17, cause="callee_busy"),
        *(_call("CA" + str(n) * 32, at, status) for n, status in enumerate(("failed", "no-answer", "cancelled"))),
        CallAttemptRow(
            call_sid=BUSY, position=0, target="sip:+442079460001@192.0.2.9", started_at=at, ended_at=at,
            sip_status=486, cause="callee_busy",
        ),
        AlertRow(
            sid=ALERT, account_sid=FIRST, resource_sid=CALL, error_code=32011, log_level="error", date_created=at,
            alert_text="no answer",
            detail={"call_sid": CALL, "trunk_sid": TRUNK_SID, "request_text": "INVITE", "response_text": "SIP/2.0 408"},
        ),
        UsageDayRow(
            account_sid=FIRST, category="trunking-termination", day=at.date(), count=2, seconds=90,
            sell=Decimal("0.02"), buy=Decimal("0.01"),
        ),
        UsageDayRow(
            account_sid=FIRST, category="trunking-termination", day=at.date() - timedelta(days=1), count=2, seconds=90,
            sell=Decimal("0.02"), buy=Decimal("0.01"),
        ),
    ]  # fmt: skip
    kept += [
        RecordingRow(
            sid=sid, account_sid=FIRST, call_sid=CALL, status="completed", channels=2, start_time=at, duration_s=12,
            price=Decimal("-0.0025"), date_created=at, date_updated=at, error_code=16101,
            encryption_details={"public_key_sid": "CR" + "a" * 32},
        )
        for sid in (RECORDING, OTHER_RECORDING)
    ]  # fmt: skip
    async with house.store.appending() as session:
        session.add_all(kept)
        await session.commit()


def _sandbox(question: dict[str, Any]) -> bytes:
    """The sandbox, as far as REST asks it."""
    digits = question.get("keypad")
    told = {"sid": "1", "status": "calling"} if digits is None else {"number": "+15005550114", "digits": digits}
    return json.dumps(told).encode() + b"\n"


class Gateway:
    """A gateway with one call of FIRST and one ban, as far as REST asks it."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._hung_up = asyncio.Event()
        at = house.bench.wall().isoformat()
        self._call = {
            "sid": LIVE, "account_sid": FIRST, "trunk_sid": TRUNK_SID, "phone_number_sid": None,
            "direction": "trunking-terminating", "from_number": NUMBER, "to_number": "+442079460001", "to_uri": None,
            "status": "in-progress", "invited_at": at, "answered_at": at,
        }  # fmt: skip
        self._ban = {"source": "192.0.2.66", "reason": "guessing", "until": at}

    def answer(self, question: dict[str, Any]) -> bytes:
        told: dict[str, Any]
        match question["verb"]:
            case "calls":
                told = {"calls": [] if self._hung_up.is_set() else [self._call]}
            case "hangup":
                told = {"found": question["sid"] == LIVE}
                self._hung_up.set()
            case "bans":
                told = {"bans": [self._ban]}
            case "unban":
                told = {"lifted": 1}
            case _:
                told = {"calls": 1, "talking": 1, "quiet": False, "limits": "own"}
        return json.dumps(told).encode() + b"\n"

    async def record(self) -> None:
        """The record of the call, once it is ended."""
        await self._hung_up.wait()
        async with self._house.store.appending() as session:
            session.add(_call(LIVE, self._house.bench.wall(), "completed", duration_s=1))
            await session.commit()


async def read_document(house: House) -> Document:
    async with house.anonymous() as client:
        return (await client.get("/openapi.json")).json()  # type: ignore[no-any-return]


async def walk(house: House) -> list[Visit]:
    """Every route of customers and of the operator, what is deleted last of all."""
    await furnish(house)
    gateway = Gateway(house)
    async with (
        house.client() as client,
        house.client("operator") as operator,
        answering(house.run_dir / f"{GATEWAY}.sock", gateway.answer),
        answering(house.run_dir / "sandbox.sock", _sandbox),
    ):
        tour, office = Tour(client), Tour(operator)
        await _prices(tour, office)
        await _access(tour)
        await _numbers(tour)
        await _trunks(tour)
        await _calls(tour, gateway)
        await _insights(tour)
        await _account(house, tour)
        await _office(office, tour)
        await _goodbye(tour, office)
    return tour.seen + office.seen


async def _prices(tour: Tour, office: Tour) -> None:
    tariff = {"Service": "termination", "Prefix": "+1", "Sell": "0.01", "Buy": "0.005", "Name": "North America"}
    await office.life("/operator/v1/Tariffs", **tariff)
    tariff = {"Service": "origination", "Prefix": "+1", "Sell": "0.01", "Buy": "0.005", "NumberType": "local"}
    await office("POST", "/operator/v1/Tariffs", **tariff)
    await tour("GET", "/v2/Trunking/Countries")
    await tour("GET", "/v2/Trunking/Countries/US")
    await tour("GET", f"/v2/Trunking/Numbers/{NUMBER}?OriginationNumber=%2B442079460000")


async def _access(tour: Tour) -> None:
    path = f"{ROOT}/SIP/CredentialLists"
    users = await tour.life(path, ".json", {"FriendlyName": "v"}, FriendlyName="u")
    form = {"Username": "pbx", "Password": PASSWORD}
    await tour.life(f"{path}/{users}/Credentials", ".json", {"Password": PASSWORD + "2"}, **form)
    path = f"{ROOT}/SIP/IpAccessControlLists"
    acl = await tour.life(path, ".json", {"FriendlyName": "b"}, FriendlyName="a")
    form = {"FriendlyName": "SBC", "IpAddress": "192.0.2.1"}
    await tour.life(f"{path}/{acl}/IpAddresses", ".json", {"FriendlyName": "c"}, **form)


async def _numbers(tour: Tour) -> None:
    form = {"CustomerName": "Example", "Street": "1 Example Street", "City": "Bonn", "Region": "NW"}
    form |= {"PostalCode": "53113", "IsoCountry": "DE", "FriendlyName": "Office", "StreetSecondary": "2nd floor"}
    address = await tour.life(f"{ROOT}/Addresses", ".json", {"FriendlyName": "n"}, **form)

    for_sale = f"{ROOT}/AvailablePhoneNumbers"
    await tour("GET", f"{for_sale}.json")
    await tour("GET", f"{for_sale}/US.json")
    for name in TYPES:
        await tour("GET", f"{for_sale}/US/{name}.json")

    path = f"{ROOT}/IncomingPhoneNumbers"
    voice = {"VoiceUrl": "https://app.example/voice", "StatusCallback": "https://app.example/status"}
    await tour.life(path, ".json", voice, PhoneNumber=NUMBER, AddressSid=address)
    more = {"SmsUrl": "https://app.example/sms", "SmsFallbackUrl": "https://app.example/sms2", "FriendlyName": "n"}
    more |= {"VoiceApplicationSid": "AP" + "a" * 32, "SmsApplicationSid": "AP" + "a" * 32}
    more |= {"VoiceFallbackUrl": "https://app.example/voice2", "AddressSid": address} | voice
    more |= {"BundleSid": "BU" + "a" * 32, "IdentitySid": "RI" + "a" * 32}
    for name, number in (("Local", SPARE), ("Mobile", "+12025550151"), ("TollFree", "+18005550152")):
        await tour("POST", f"{path}/{name}.json", PhoneNumber=number, **more)
        await tour("GET", f"{path}/{name}.json")
    [number] = (await tour("GET", f"{path}/Mobile.json"))["incoming_phone_numbers"]
    for sid in (address, ""):
        await tour("POST", f"{path}/{number['sid']}.json", EmergencyAddressSid=sid)
    await tour("GET", f"{ROOT}/Addresses/{address}/DependentPhoneNumbers.json")

    path = f"{ROOT}/OutgoingCallerIds"
    [caller_id] = (await tour("GET", f"{path}.json"))["outgoing_caller_ids"]
    await tour("GET", f"{path}/{caller_id['sid']}.json")
    await tour("POST", f"{path}/{caller_id['sid']}.json", FriendlyName="Head office")
    await tour("POST", f"{path}.json", PhoneNumber="+12025550177", CallDelay="5", Extension="12")


async def _trunks(tour: Tour) -> None:
    form = {"DisasterRecoveryUrl": "https://dr.example/voice", "FriendlyName": "Office"}
    trunk = await tour.life("/v1/Trunks", "", form, DomainName=DOMAIN)
    path = f"/v1/Trunks/{trunk}"
    await tour.life(f"{path}/OriginationUrls", "", {"Weight": 2}, **GOOD_URL)
    numbers = (await tour("GET", f"{ROOT}/IncomingPhoneNumbers.json"))["incoming_phone_numbers"]
    users = (await tour("GET", f"{ROOT}/SIP/CredentialLists.json"))["credential_lists"]
    addresses = (await tour("GET", f"{ROOT}/SIP/IpAccessControlLists.json"))["ip_access_control_lists"]
    await tour.life(f"{path}/CredentialLists", CredentialListSid=users[0]["sid"])
    await tour.life(f"{path}/IpAccessControlLists", IpAccessControlListSid=addresses[0]["sid"])
    for number in numbers[:3]:
        await tour.life(f"{path}/PhoneNumbers", PhoneNumberSid=number["sid"])
    await tour("GET", f"{path}/PhoneNumbers?PageSize=1&Page=1")
    await tour("GET", f"{ROOT}/IncomingPhoneNumbers/{numbers[0]['sid']}.json")
    [address] = (await tour("GET", f"{ROOT}/Addresses.json"))["addresses"]
    await tour("GET", f"{ROOT}/Addresses/{address['sid']}/DependentPhoneNumbers.json")
    await tour("GET", path)  # with what opens it
    await tour("GET", "/v1/AlertWebhook")
    await tour("POST", "/v1/AlertWebhook", Method="GET", Email="ops@example.com")
    for name, change in (("Recording", {"Mode": "record-from-answer"}), ("Cps", {"Cps": "2"})):
        await tour("POST", f"{path}/{name}", **change)
        await tour("GET", f"{path}/{name}")

    policies = "/v1/HeaderManipulations"
    policy = await tour.life(policies, "", {"FriendlyName": "q"}, FriendlyName="p", Rules=RULES)
    await tour("POST", f"{policies}/Test", Rules=RULES, Invite=INVITE)
    await tour("POST", f"{policies}/{policy}/Test", Invite=INVITE)
    await tour("POST", f"{path}/HeaderManipulation", TerminationPolicySid=policy)
    await tour("GET", f"{path}/HeaderManipulation")
    for target in (f"/v2/Trunks/{DOMAIN}", f"/v2/PhoneNumbers/{NUMBER}"):
        await tour("POST", target, VoiceRegion="ie1", FriendlyName="Office")
        await tour("GET", target)


async def _calls(tour: Tour, gateway: Gateway) -> None:
    path = f"{ROOT}/Calls"
    await tour("GET", f"{path}.json")
    await tour("GET", f"{path}.json?PageSize=1&Page=1")
    for sid in (CALL, BUSY, LIVE):
        await tour("GET", f"{path}/{sid}.json")
    await asyncio.gather(tour("POST", f"{path}/{LIVE}.json", Status="completed"), gateway.record())
    for parent in (ROOT, f"{path}/{CALL}"):
        await tour("GET", f"{parent}/Notifications.json")
        await tour("GET", f"{parent}/Notifications/{ALERT}.json")
        await tour("GET", f"{parent}/Recordings.json")
        await tour("GET", f"{parent}/Recordings/{RECORDING}.json")
    await tour("GET", f"{path}/{CALL}/Events.json")
    await tour("POST", f"{path}/{CALL}/Recordings.json", 400)
    await tour("POST", f"{path}/{CALL}/Recordings/{RECORDING}.json", 400, Status="stopped")
    await tour("GET", "/v1/Alerts")
    await tour("GET", f"/v1/Alerts/{ALERT}")


async def _insights(tour: Tour) -> None:
    said = {"AnsweredBy": "human", "QualityIssues": "echo", "CallScore": "5", "Comment": "c", "Incident": "i"}
    said |= {"Spam": "false", "ConnectivityIssue": "no_connectivity_issue"}
    await tour("POST", f"/v1/Voice/{CALL}/Annotation", **said)
    for sid in (CALL, BUSY):
        for name in ("", "/Annotation", "/Summary", "/Events"):
            await tour("GET", f"/v1/Voice/{sid}{name}")
    await tour("GET", f"/v1/Voice/{CALL}/Metrics")
    await tour("GET", "/v1/Voice/Summaries?ProcessingState=all")
    await tour("GET", "/v1/Voice/Summaries?ProcessingState=all&PageSize=1&Page=1")
    await tour("POST", "/v1/Voice/Settings", VoiceTrace="true")
    await tour("GET", "/v1/Voice/Settings")


async def _account(house: House, tour: Tour) -> None:
    await tour("GET", "/2010-04-01/Accounts.json")
    await tour("POST", "/2010-04-01/Accounts.json", FriendlyName="sub")
    await tour("GET", f"{ROOT}.json")
    await tour("POST", f"/2010-04-01/Accounts/{SUB}.json", Status="suspended")
    await tour("GET", f"{ROOT}/Balance.json")
    for name in ("Keys", "SigningKeys"):
        await tour.life(f"{ROOT}/{name}", ".json", {"FriendlyName": "l"}, FriendlyName="k")
    for name in ("", "/AllTime", "/Daily", "/LastMonth", "/Monthly", "/ThisMonth", "/Today", "/Yearly", "/Yesterday"):
        await tour("GET", f"{ROOT}/Usage/Records{name}.json")
    watch = {"CallbackUrl": "https://app.example/", "TriggerValue": "1", "UsageCategory": "totalprice"}
    path = f"{ROOT}/Usage/Triggers"
    sid = await tour.life(path, ".json", {"FriendlyName": "n"}, **watch, Recurring="daily", FriendlyName="t")
    async with house.store.writing() as session:
        trigger = await session.get(UsageTriggerRow, sid)
        assert trigger is not None
        trigger.date_fired = house.bench.wall()
        await session.commit()
    await tour("GET", f"{path}/{sid}.json")

    path = "/v1/DialingPermissions"
    update = {"iso_code": "GB", "low_risk_numbers_enabled": "true"}
    await tour("POST", f"{path}/BulkCountryUpdates", UpdateRequest=json.dumps([update]))
    for name in ("", "/US", "/US/HighRiskSpecialPrefixes"):
        await tour("GET", f"{path}/Countries{name}")
    await tour("GET", f"{path}/Countries?PageSize=1&Page=1")
    await tour("POST", "/v1/Settings", DialingPermissionsInheritance="true")
    await tour("GET", "/v1/Settings")
    [event, *_] = (await tour("GET", "/v1/Events"))["events"]
    await tour("GET", f"/v1/Events/{event['sid']}")
    await tour("GET", "/v1/Events?PageSize=1&Page=1")


async def _office(office: Tour, tour: Tour) -> None:
    root = "/operator/v1"
    gateway = {"Gateway": "sip:192.0.2.7:5060", "Prefix": "+", "FriendlyName": "Carrier"}
    await office.life(f"{root}/Carriers", "", {"Weight": "5"}, **gateway)
    await office.life(f"{root}/BlockedDestinations", Prefix="+1900", Reason="an example")
    await office.life(f"{root}/CallerNames", PhoneNumber="+12025550199", Name="EXAMPLE")
    for name, form in (("DoNotOriginate", {}), ("HighRiskPrefixes", {"Risk": "special"})):
        await office("POST", f"{root}/{name}", Prefix="+12025550188", **form)
        await office("GET", f"{root}/{name}")
    await office("POST", f"{root}/GeographicDefaults", Countries=["US", "GB"])
    await office("GET", f"{root}/GeographicDefaults")
    await office("POST", f"{root}/Inventory", PhoneNumber="+12025550160", IsoCountry="US")
    await office("GET", f"{root}/Inventory")
    await office("GET", f"{root}/Tariffs")
    sheet = "service,prefix,sell,buy\ntermination,+44,0.02,0.01\n"
    answer = await office.client.post(f"{root}/Tariffs/Import", content=sheet, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 200, answer.text
    office.seen.append(Visit(("POST", f"{root}/Tariffs/Import"), 200, answer.json(), answer.headers))
    for page in range(2):
        await tour("GET", f"/v2/Trunking/Countries?PageSize=1&Page={page}")
    await office("POST", f"{root}/Ratings", StartDate="2026-02-01", EndDate="2026-02-02")

    account = f"{root}/Accounts/{FIRST}"
    await office("GET", f"{root}/Accounts")
    for name, form in (("", {"Credit": "10"}), ("/Limits", {"Cps": "5"}), ("/Tls", {"DeprecatedVersions": "true"})):
        await office("POST", account + name, **form)
        await office("GET", account + name)
    await office("POST", f"{account}/OutgoingCallerIds", PhoneNumber="+12025550166", FriendlyName="Shop")
    asked = await tour("POST", f"{ROOT}/OutgoingCallerIds.json", PhoneNumber="+12025550178")
    code = {"Code": asked["validation_code"]}
    await office("POST", f"{root}/OutgoingCallerIds/Validations/{asked['call_sid']}", **code)
    [trunk] = (await tour("GET", "/v1/Trunks"))["trunks"]
    for path, form in (
        (f"{account}/Trunks/{trunk['sid']}/Cps", {"Cps": "9"}),
        (f"{root}/Trunks/{trunk['sid']}/Tls", {"Verify": "true"}),
    ):
        await office("POST", path, **form)
        await office("GET", path)
    policies = f"{account}/HeaderManipulations"
    policy = await office.life(policies, "", {"FriendlyName": "q"}, FriendlyName="p", Rules=RULES)
    await office("POST", f"{policies}/Test", Rules=RULES, Invite=INVITE)
    await office("POST", f"{policies}/{policy}/Test", Invite=INVITE)
    await office("DELETE", f"{policies}/{policy}")
    for path in ("/Bans", "/Bans/192.0.2.66", "/Gateways", f"/Gateways/{GATEWAY}", "/Trunks"):
        await office("GET", root + path)
    [event, *_] = (await office("GET", f"{root}/Events"))["events"]
    await office("GET", f"{root}/Events/{event['sid']}")
    await office("POST", f"{root}/Gateways/{GATEWAY}/Drain")
    await office("POST", f"{root}/SandboxCalls", From="+15005550100", To=NUMBER)
    await office("POST", f"{root}/SandboxKeypads", Digits="123456")


async def _goodbye(tour: Tour, office: Tour) -> None:
    """Deletes what has a DELETE, children and uses before what holds them."""
    [trunk] = (await tour("GET", "/v1/Trunks"))["trunks"]
    path = f"/v1/Trunks/{trunk['sid']}"
    await tour("POST", f"{path}/HeaderManipulation", TerminationPolicySid="")
    for key in ("origination_urls", "credential_lists", "ip_access_control_lists", "phone_numbers"):
        await _empty(tour, httpx2.URL(trunk["links"][key]).path, key)
    await tour("DELETE", path)
    await _empty(tour, "/v1/HeaderManipulations", "header_manipulations")
    for name, children in (("CredentialLists", "Credentials"), ("IpAccessControlLists", "IpAddresses")):
        key = "credential_lists" if name == "CredentialLists" else "ip_access_control_lists"
        [held] = (await tour("GET", f"{ROOT}/SIP/{name}.json"))[key]
        inner = "credentials" if name == "CredentialLists" else "ip_addresses"
        await _empty(tour, f"{ROOT}/SIP/{name}/{held['sid']}/{children}", inner, ".json")
        await tour("DELETE", f"{ROOT}/SIP/{name}/{held['sid']}.json")
    await tour("DELETE", f"{ROOT}/Calls/{CALL}/Recordings/{OTHER_RECORDING}.json")
    await tour("DELETE", f"{ROOT}/Recordings/{RECORDING}.json")
    await tour("GET", f"{ROOT}/Recordings/{RECORDING}.json?IncludeSoftDeleted=true")
    await tour("DELETE", f"{ROOT}/Calls/{BUSY}.json")
    for name, key in (
        ("IncomingPhoneNumbers", "incoming_phone_numbers"),
        ("OutgoingCallerIds", "outgoing_caller_ids"),
        ("Keys", "keys"),
        ("Usage/Triggers", "usage_triggers"),
        ("Addresses", "addresses"),
    ):
        if name == "Keys":  # the other name of the same
            [key_sid, _] = [key["sid"] for key in (await tour("GET", f"{ROOT}/SigningKeys.json"))["signing_keys"]]
            await tour("DELETE", f"{ROOT}/SigningKeys/{key_sid}.json")
        await _empty(tour, f"{ROOT}/{name}", key, ".json")
    root = "/operator/v1"
    for name in ("Carriers", "BlockedDestinations", "CallerNames", "DoNotOriginate", "HighRiskPrefixes", "Tariffs"):
        [key] = (await office("GET", f"{root}/{name}")).keys() - {"meta"}
        await _empty(office, f"{root}/{name}", key)
    await office("DELETE", f"{root}/Inventory/+12025550160")
    await office("DELETE", f"{root}/Bans/192.0.2.66")
    await office("DELETE", f"{root}/Gateways/{GATEWAY}/Drain")


async def _empty(tour: Tour, path: str, key: str, end: str = "") -> None:
    for item in (await tour("GET", path + end))[key]:
        await tour("DELETE", f"{path}/{item['sid']}{end}")


def filled(path: str) -> str:
    """The path of a route with what `furnish` brought in the place of its parameters."""
    known = {
        "account_sid": FIRST, "call_sid": CALL, "country_code": "US", "iso_code": "US", "iso_country": "US",
        "destination_number": NUMBER,
    }  # fmt: skip
    sids = {"Calls": CALL, "Recordings": RECORDING, "Notifications": ALERT, "Alerts": ALERT}
    before, _, _ = path.partition("/{sid}")
    known["sid"] = sids.get(before.rsplit("/", 1)[-1], "none")
    return re.sub(r"\{(\w+)\}", lambda name: known.get(name[1], "none"), path)
