"""The audit log: every change over REST, who asked for it, never a secret (row 150)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import LargeBinary, select

from tests.unit.platform_store import rows
from tests.unit.service_control.asking import (
    ACLS,
    GOOD_URL,
    LISTS,
    NUMBERS,
    PASSWORD,
    ROOT,
    TRUNKS,
    assert_refused,
    get,
    post,
)
from tests.unit.service_control.house import FIRST, SECOND, SUB, House
from trunkline.platform.store.audit import LONGEST_VALUE, trim_audit
from trunkline.platform.store.table import AuditEventRow, CallRow, ChangeRow, Row
from trunkline.service.control.provisioning.account.phone_number import stock_numbers
from trunkline.service.control.retention import let_go

EVENTS = "/v1/Events"
ONE = "+12025550100"


async def _types(client: httpx2.AsyncClient, query: str = "") -> list[str]:
    """Oldest first."""
    return [row["event_type"] for row in reversed((await get(client, f"{EVENTS}?{query}"))["events"])]


async def _latest(client: httpx2.AsyncClient) -> Mapping[str, Any]:
    newest: Mapping[str, Any] = (await get(client, f"{EVENTS}?PageSize=1"))["events"][0]
    return newest


async def test_row_150_each_change_of_a_trunk_is_told_with_what_changed(house: House) -> None:
    async with house.client() as client:
        trunk = await post(client, TRUNKS, FriendlyName="Office")
        await post(client, f"{TRUNKS}/{trunk['sid']}", 200, FriendlyName="Annex", Secure="true")
        event = await _latest(client)
        await post(client, f"{TRUNKS}/{trunk['sid']}", 200, FriendlyName="Annex")
        await client.delete(f"{TRUNKS}/{trunk['sid']}")
        assert await _types(client) == ["trunk.created", "trunk.updated", "trunk.deleted"]
        assert event["event_data"] == {
            "friendly_name": {"previous": "Office", "updated": "Annex"},
            "secure": {"previous": False, "updated": True},
        }
        assert (event["resource_sid"], event["resource_type"]) == (trunk["sid"], "trunk")
        assert (event["account_sid"], event["actor_sid"], event["actor_type"]) == (FIRST, FIRST, "account")
        assert (event["source"], event["source_ip_address"]) == ("api", "127.0.0.1")
        assert event["links"]["resource"] == trunk["url"]
        assert event["sid"].startswith("AE")
        assert await get(client, f"{EVENTS}/{event['sid']}") == event


async def test_row_150_every_kind_of_resource_leaves_its_events(any_house: House) -> None:
    await stock_numbers(any_house.bench, [ONE], "US", "local")
    async with any_house.client() as client:
        trunk = (await post(client, TRUNKS))["sid"]
        path = f"{TRUNKS}/{trunk}"
        url = (await post(client, f"{path}/OriginationUrls", **GOOD_URL))["sid"]
        users = (await post(client, f"{LISTS}.json", FriendlyName="u"))["sid"]
        form = {"Username": "pbx", "Password": PASSWORD}
        user = (await post(client, f"{LISTS}/{users}/Credentials.json", 201, **form))["sid"]
        acl = (await post(client, f"{ACLS}.json", FriendlyName="a"))["sid"]
        form = {"FriendlyName": "n", "IpAddress": "192.0.2.1"}
        await post(client, f"{ACLS}/{acl}/IpAddresses.json", 201, **form)
        await post(client, f"{path}/CredentialLists", CredentialListSid=users)
        associated = await _latest(client)
        number = (await post(client, f"{NUMBERS}.json", PhoneNumber=ONE))["sid"]
        await post(client, f"{path}/PhoneNumbers", PhoneNumberSid=number)
        await post(client, f"{LISTS}/{users}/Credentials/{user}.json", 200, Password=PASSWORD + "x")
        for gone in (f"{path}/CredentialLists/{users}", f"{LISTS}/{users}.json", f"{path}/OriginationUrls/{url}"):
            assert (await client.delete(gone)).status_code == 204
        assert (await client.delete(f"{NUMBERS}/{number}.json")).status_code == 204
        assert await _types(client) == [
            "trunk.created",
            "origination-url.created",
            "credential-list.created",
            "credential.created",
            "ip-access-control-list.created",
            "ip-address.created",
            "trunk-credential-list.created",
            "incoming-phone-number.created",
            "incoming-phone-number.updated",
            "credential.updated",
            "trunk-credential-list.deleted",
            "credential-list.deleted",
            "origination-url.deleted",
            "incoming-phone-number.deleted",
        ]
        assert associated["resource_sid"] == trunk
        assert associated["event_data"]["credential_list_sid"] == {"updated": users}


async def test_row_150_the_actor_is_the_key_the_parent_or_the_operator(house: House) -> None:
    async with house.client() as client, house.client("operator") as operator:
        key = await post(client, f"{ROOT}/Keys.json")
        async with house.client(key["sid"], key["secret"]) as keyed:
            await post(keyed, TRUNKS)
        event = await _latest(client)
        assert (event["actor_type"], event["actor_sid"]) == ("api-key", key["sid"])
        await post(operator, f"/operator/v1/Accounts/{FIRST}/Limits", 200, Cps="7")
        event = await _latest(client)
        assert (event["event_type"], event["actor_type"], event["actor_sid"]) == ("account.updated", "operator", None)
        assert event["event_data"] == {"cps": {"previous": 1, "updated": 7}}
        await post(client, f"/2010-04-01/Accounts/{SUB}/Keys.json")
    async with house.client(SUB) as sub:
        event = await _latest(sub)
        assert (event["account_sid"], event["actor_sid"]) == (SUB, FIRST)


async def test_row_150_a_new_sub_account_stands_in_its_parents_log(house: House) -> None:
    async with house.client() as client:
        made = await post(client, "/2010-04-01/Accounts.json", FriendlyName="Branch")
        event = await _latest(client)
        assert (event["event_type"], event["resource_sid"]) == ("account.created", made["sid"])


async def test_row_150_the_operators_log_is_everybodys(house: House) -> None:
    async with house.client() as client, house.client("operator") as operator:
        await post(client, TRUNKS)
        form = {"FriendlyName": "c", "Gateway": "sip:192.0.2.1", "Prefix": "+"}
        await post(operator, "/operator/v1/Carriers", 201, **form)
        page = await get(operator, "/operator/v1/Events")
        found = {(row["event_type"], row["account_sid"]) for row in page["events"]}
        assert {("trunk.created", FIRST), ("carrier.created", None)} <= found
        page = await get(operator, f"/operator/v1/Events?AccountSid={FIRST}")
        assert [row["event_type"] for row in page["events"]] == ["trunk.created"]
        assert await _types(client) == ["trunk.created"]
        assert_refused(await client.get("/operator/v1/Events"), 20003, 401)


async def test_row_150_what_the_operator_says_of_new_accounts_stands_in_its_log(house: House) -> None:
    async with house.client("operator") as operator:
        for countries in ("US", "GB"):
            await post(operator, "/operator/v1/GeographicDefaults", 200, Countries=countries)
        page = (await get(operator, "/operator/v1/Events"))["events"]
        told = [(row["event_type"], row["event_data"]["value"]) for row in reversed(page)]
        assert told == [
            ("geographic-defaults.created", {"updated": "US"}),
            ("geographic-defaults.updated", {"previous": "US", "updated": "GB"}),
        ]
        for event in page:
            assert await get(operator, event["url"]) == event
            assert_refused(await house.client().get(f"{EVENTS}/{event['sid']}"), 20404, 404)


async def test_row_150_what_fails_or_nobody_asked_for_leaves_no_event(house: House) -> None:
    """In the commit of the change: without the one there is not the other."""
    async with house.client() as client:
        await post(client, TRUNKS, DomainName="a.pstn.trunkline.localhost")
        assert_refused(await client.post(TRUNKS, data={"DomainName": "a.pstn.trunkline.localhost"}), 21248)
        await stock_numbers(house.bench, [ONE], "US", "local")
        assert await _types(client) == ["trunk.created"]
    assert len(await _stored(house)) == 1


async def test_row_150_a_deleted_call_is_told_though_records_are_no_configuration(house: House) -> None:
    at = house.bench.wall()
    call = rows.sid("CA", 1)
    async with house.store.appending() as session:
        session.add(
            CallRow(
                sid=call, account_sid=FIRST, direction="trunking-terminating", from_number=ONE, to_number=ONE,
                status="completed", date_created=at, date_updated=at, invited_at=at,
            )
        )  # fmt: skip
        await session.commit()
    async with house.client() as client:
        assert (await client.delete(f"{ROOT}/Calls/{call}.json")).status_code == 204
        event = await _latest(client)
        assert (event["event_type"], event["resource_sid"], event["account_sid"]) == ("call.deleted", call, FIRST)


async def _stored(house: House) -> list[AuditEventRow]:
    async with house.store.reading() as session:
        return list(await session.scalars(select(AuditEventRow)))


def _secret_columns() -> set[tuple[str, str]]:
    return {
        (table.name, column.name)
        for table in Row.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }


async def test_row_150_no_secret_is_ever_told(house: House) -> None:
    """Every sealed or hashed column of the schema is changed here; new ones must be added."""
    assert _secret_columns() == {
        ("account", "auth_token_sealed"),
        ("api_key", "secret_hash"),
        ("caller_id_validation", "code_hash"),
        ("carrier", "password_sealed"),
        ("credential", "ha1_md5_sealed"),
        ("credential", "ha1_sha256_sealed"),
    }
    hidden = [PASSWORD, "Carrier-Secret-1", "url-secret", "token-secret", "query-secret", "abcdef-secret"]
    async with house.client() as client, house.client("operator") as operator:
        made = await post(client, "/2010-04-01/Accounts.json", FriendlyName="Branch")
        key = await post(client, f"{ROOT}/Keys.json")
        hidden += [made["auth_token"], key["secret"]]
        asked = await post(client, f"{ROOT}/OutgoingCallerIds.json", 200, PhoneNumber="+12025550111")
        hidden += [f'"{asked["validation_code"]}"']
        users = (await post(client, f"{LISTS}.json", FriendlyName="u"))["sid"]
        path = f"{LISTS}/{users}/Credentials"
        user = (await post(client, f"{path}.json", Username="pbx", Password=PASSWORD))["sid"]
        await post(client, f"{path}/{user}.json", 200, Password="Another-" + PASSWORD)
        form = {"FriendlyName": "c", "Gateway": "sip:192.0.2.1", "Username": "u", "Realm": "c.example"}
        form["Password"] = "Carrier-Secret-1"
        await post(operator, "/operator/v1/Carriers", 201, **form)
        await post(client, TRUNKS, DisasterRecoveryUrl="https://user:url-secret@dr.example/voice")
        for odd in (
            "token-secret@dr.example/",
            "dr.example/?a=1&X-Api-Key=query-secret",
            "dr.example/?h=Bearer%20abcdef-secret",
        ):
            await post(client, TRUNKS, DisasterRecoveryUrl=f"https://{odd}")
    events = await _stored(house)
    told = [(event.resource_type, event.event_data["secret"]) for event in events if "secret" in event.event_data]
    assert {kind for kind, _ in told} == {"account", "api-key", "caller-id-validation", "credential", "carrier"}
    assert all(shown == {"updated": "***"} for _, shown in told)
    text = json.dumps([event.event_data for event in events])
    for secret in hidden:
        assert secret not in text
    assert "https://user:***@dr.example/voice" in text


async def test_a_long_value_is_cut(house: House) -> None:
    async with house.client() as client:
        rules = [{"name": "r" * 40, "actions": [{"target": "to-number", "action": "add-prefix", "value": "+"}]}] * 9
        await post(client, "/v1/HeaderManipulations", FriendlyName="p", Rules=json.dumps(rules))
        assert len((await _latest(client))["event_data"]["rules"]["updated"]) == LONGEST_VALUE


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("EventType=trunk.updated", [2]),
        (f"ResourceSid={rows.sid('TK', 3)}", [3]),
        (f"ActorSid={rows.sid('SK', 1)}", [1]),
        ("SourceIpAddress=192.0.2.2", [2]),
        ("StartDate=2026-03-03", [3]),
        ("EndDate=2026-03-01", [1]),
        ("StartDate=2026-03-02&EndDate=2026-03-02T23:00:00Z", [2]),
    ],
)
async def test_row_150_events_are_filtered_and_are_the_accounts_own(house: House, query: str, found: list[int]) -> None:
    async with house.store.appending() as session:
        session.add_all(
            AuditEventRow(
                sid=rows.sid("AE", day), account_sid=FIRST, actor_sid=rows.sid("SK", day), actor_type="api-key",
                event_type="trunk.updated" if day == 2 else "trunk.created", resource_type="trunk",
                resource_sid=rows.sid("TK", day), source_ip_address=f"192.0.2.{day}",
                date_created=datetime(2026, 3, day, 12, tzinfo=UTC),
            )
            for day in (1, 2, 3)
        )  # fmt: skip
        await session.commit()
    async with house.client() as client, house.client(SECOND) as stranger:
        listed = (await get(client, f"{EVENTS}?{query}"))["events"]
        assert [row["sid"] for row in listed] == [rows.sid("AE", day) for day in found]
        assert (await get(stranger, f"{EVENTS}?{query}"))["events"] == []
        assert_refused(await stranger.get(f"{EVENTS}/{rows.sid('AE', 1)}"), 20404, 404)
        assert_refused(await client.get(f"{EVENTS}?StartDate=soon"), 20001)


async def test_row_150_old_events_go_in_small_batches(house: House) -> None:
    async with house.store.appending() as session:
        session.add_all(
            AuditEventRow(
                sid=rows.sid("AE", number), actor_type="operator", event_type="x.created", resource_type="x",
                date_created=datetime(2026, 3, 1 if number < 1_500 else 9, tzinfo=UTC),
            )
            for number in range(1_502)
        )  # fmt: skip
        await session.commit()
    more: list[bool] = []
    while not more or more[-1]:
        async with house.store.appending() as session:
            more.append(await trim_audit(session, datetime(2026, 3, 2, tzinfo=UTC)))
            await session.commit()
    assert more == [True, False]
    assert len(await _stored(house)) == 2


async def test_row_150_events_and_changes_are_kept_for_a_bounded_time(house: House) -> None:
    async with house.client() as client:
        await post(client, TRUNKS)
        await post(client, TRUNKS)
    [first, _] = await _stored(house)
    await let_go(house.store, first.date_created + timedelta(days=6), timedelta(days=7))
    assert len(await _stored(house)) == 2
    await let_go(house.store, first.date_created + timedelta(days=8), timedelta(days=7))
    assert await _stored(house) == []
    async with house.store.reading() as session:
        assert len(list(await session.scalars(select(ChangeRow)))) == 1
