"""What the official Python SDK makes of refusals, odd names, answers with headers, and awaited calls (row 151)."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from tests.contract.refused import list_refused, refused
from tests.contract.rest_service import Service
from tests.unit.service_control.house import SECOND
from trunkline.service.control.api.request_rate import RequestRate

pytestmark = pytest.mark.interop
MISSING = "TK" + "0" * 32
NAMES = ("Büro Köln", "大阪支店", "офис", "مكتب", "café ☎️ 🏢", "a+b & c=d?e#f/%2F", '<b>"it\'s"</b>', "\\x00\\n")


def test_row_129_unknown_sid_is_20404_with_the_path(client: Any) -> None:
    trunks = client.trunking.v1.trunks
    for fault in (
        refused(20404, 404, trunks(MISSING).fetch),
        refused(20404, 404, trunks(MISSING).update, friendly_name="x"),
        refused(20404, 404, trunks(MISSING).delete),
    ):
        assert fault.msg.endswith(f"The requested resource /v1/Trunks/{MISSING} was not found")
        assert fault.uri == f"/Trunks/{MISSING}"
    assert "/v1/Trunks/no-sid was not found" in refused(20404, 404, trunks("no-sid").fetch).msg
    path = f"/2010-04-01/Accounts/{client.account_sid}/Calls/CA{'0' * 32}.json"
    assert f"{path} was not found" in refused(20404, 404, client.calls("CA" + "0" * 32).fetch).msg
    list_refused(20404, 404, trunks(MISSING).origination_urls.list)


def test_row_129_errors_carry_what_the_sdk_shows(service: Service, client: Any) -> None:
    fault = refused(20001, 400, client.trunking.v1.trunks.create, disaster_recovery_method="PUT")
    assert "DisasterRecoveryMethod" in fault.msg
    assert (fault.method, fault.uri, fault.details) == ("POST", "/Trunks", None)
    headers = service.asked[-1].headers
    assert headers["X-Twilio-Error-Code"] == "20001"
    assert headers["Twilio-Request-Id"].startswith("RQ")
    address = ("Example", "1  Example Street", "London", "London", "ec1a1bb", "GB")
    details: Any = refused(21629, 400, client.addresses.create, *address, auto_correct_address=False).details
    suggestion = details["suggestion"]
    assert (suggestion["Street"], suggestion["PostalCode"]) == ("1 Example Street", "EC1A 1BB")


@pytest.mark.parametrize("name", NAMES)
def test_row_151_names_come_back_as_they_went(client: Any, name: str) -> None:
    """In a form, in a filter and in an answer; by nobody's locale."""
    assert client.trunking.v1.trunks.create(friendly_name=name).friendly_name == name
    assert client.trunking.v1.trunks.list()[0].friendly_name == name
    made = client.addresses.create(name, "1 Example Street", "Bonn", "NW", "53113", "DE", friendly_name=name)
    [found] = client.addresses.list(customer_name=name, friendly_name=name)
    assert (found.sid, found.customer_name) == (made.sid, name)
    assert client.sip.credential_lists.create(name).fetch().friendly_name == name


def test_row_129_too_many_requests_are_429(service: Service) -> None:
    """20429; the SDK does not try again by itself."""
    state = service.house.app.state
    control, client = state.control, service.client(SECOND)
    state.control = replace(control, rate=RequestRate(2))
    try:
        assert client.trunking.v1.trunks.page() is not None
        assert client.balance.fetch() is not None
        fault = refused(20429, 429, client.trunking.v1.trunks.create)
        assert service.asked[-1].headers["Retry-After"] == "1"
        list_refused(20429, 429, client.calls.list)
    finally:
        state.control = control
    assert "Too many requests" in fault.msg
    assert client.balance.fetch().currency == "USD"


def test_row_151_answers_are_shown_with_status_and_headers(client: Any) -> None:
    """The SDK's `*_with_http_info`."""
    trunks = client.trunking.v1.trunks
    made = trunks.create_with_http_info(friendly_name="Office")
    assert (made.status_code, made.data.friendly_name) == (201, "Office")
    assert made.headers["twilio-request-id"].startswith("RQ")
    sid = made.data.sid
    assert trunks(sid).fetch_with_http_info().status_code == 200
    assert trunks(sid).update_with_http_info(friendly_name="Annex").data.friendly_name == "Annex"
    assert [row.sid for row in trunks.list_with_http_info().data] == [sid]
    settings = client.voice.v1.dialing_permissions.settings().update_with_http_info()
    assert settings.status_code == 202
    asked = client.validation_requests.create_with_http_info(phone_number="+12025550187")
    assert (asked.status_code, len(asked.data.validation_code)) == (200, 6)
    assert trunks(sid).delete_with_http_info().status_code == 204


async def _awaited(service: Service, account: Any) -> list[str]:
    """What `client.….*_async` does, with the aiohttp client of the SDK: the names seen, page by page."""
    async with AsyncTwilioHttpClient() as http:
        client: Any = Client(account.account_sid, account.password, http_client=http)
        client.trunking.base_url = client.api.base_url = service.base
        trunks = client.trunking.v1.trunks
        made = [await trunks.create_async(friendly_name=f"t{place}") for place in range(3)]
        changed = await trunks(made[0].sid).update_async(friendly_name="first")
        assert (await changed.fetch_async()).friendly_name == "first"
        names = [row.friendly_name async for row in await trunks.stream_async(page_size=1)]
        assert [row.sid for row in await trunks.list_async(limit=2, page_size=1)] == [made[2].sid, made[1].sid]
        users = await client.sip.credential_lists.create_async("users")
        assert [row.sid for row in await client.sip.credential_lists.list_async()] == [users.sid]
        assert await trunks(made[1].sid).delete_async()
        with pytest.raises(TwilioRestException) as caught:
            await trunks(made[1].sid).fetch_async()
        assert (caught.value.code, caught.value.status) == (20404, 404)
        return names


@pytest.mark.filterwarnings("ignore:.*encode_basic_auth:DeprecationWarning")
def test_row_151_the_awaited_client_does_the_same(service: Service, client: Any) -> None:
    assert asyncio.run(_awaited(service, client)) == ["t2", "t1", "first"]
