"""Every list of the REST API walked by the official Python SDK: page by page, back, by limit, as a stream (row 151)."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from math import ceil
from typing import Any

import pytest
from fastapi.routing import APIRoute
from tools.compatibility import shape

from tests.contract.furnished import SEVERAL, Furnished, furnish
from tests.contract.operation import published
from tests.contract.rest_service import Service
from trunkline.service.control.api.page import read_page
from trunkline.service.control.application import CUSTOMER

pytestmark = pytest.mark.interop

_USAGE = ("AllTime", "Daily", "LastMonth", "Monthly", "ThisMonth", "Today", "Yearly", "Yesterday")
LISTS: dict[str, Callable[[Furnished], Any]] = {
    "/v1/Trunks": lambda own: own.client.trunking.v1.trunks,
    "/v1/Trunks/{}/OriginationUrls": lambda own: own.of_trunk.origination_urls,
    "/v1/Trunks/{}/CredentialLists": lambda own: own.of_trunk.credentials_lists,
    "/v1/Trunks/{}/IpAccessControlLists": lambda own: own.of_trunk.ip_access_control_lists,
    "/v1/Trunks/{}/PhoneNumbers": lambda own: own.of_trunk.phone_numbers,
    "/2010-04-01/Accounts.json": lambda own: own.parent.api.v2010.accounts,
    "~/Addresses.json": lambda own: own.client.addresses,
    "~/Addresses/{}/DependentPhoneNumbers.json": lambda own: own.client.addresses(own.address).dependent_phone_numbers,
    "~/Calls.json": lambda own: own.client.calls,
    "~/Calls/{}/Events.json": lambda own: own.client.calls(own.call).events,
    "~/Calls/{}/Notifications.json": lambda own: own.client.calls(own.call).notifications,
    "~/Calls/{}/Recordings.json": lambda own: own.client.calls(own.call).recordings,
    "~/IncomingPhoneNumbers.json": lambda own: own.client.incoming_phone_numbers,
    "~/IncomingPhoneNumbers/Local.json": lambda own: own.client.incoming_phone_numbers.local,
    "~/IncomingPhoneNumbers/Mobile.json": lambda own: own.client.incoming_phone_numbers.mobile,
    "~/IncomingPhoneNumbers/TollFree.json": lambda own: own.client.incoming_phone_numbers.toll_free,
    "~/Keys.json": lambda own: own.client.keys,
    "~/Notifications.json": lambda own: own.client.notifications,
    "~/OutgoingCallerIds.json": lambda own: own.client.outgoing_caller_ids,
    "~/Recordings.json": lambda own: own.client.recordings,
    "~/SIP/CredentialLists.json": lambda own: own.client.sip.credential_lists,
    "~/SIP/CredentialLists/{}/Credentials.json": lambda own: own.client.sip.credential_lists(own.users).credentials,
    "~/SIP/IpAccessControlLists.json": lambda own: own.client.sip.ip_access_control_lists,
    "~/SIP/IpAccessControlLists/{}/IpAddresses.json": lambda own: (
        own.client.sip.ip_access_control_lists(own.acl).ip_addresses
    ),
    "~/SigningKeys.json": lambda own: own.client.signing_keys,
    "~/Usage/Records.json": lambda own: own.client.usage.records,
    "~/Usage/Records/AllTime.json": lambda own: own.client.usage.records.all_time,
    "~/Usage/Records/Daily.json": lambda own: own.client.usage.records.daily,
    "~/Usage/Records/LastMonth.json": lambda own: own.client.usage.records.last_month,
    "~/Usage/Records/Monthly.json": lambda own: own.client.usage.records.monthly,
    "~/Usage/Records/ThisMonth.json": lambda own: own.client.usage.records.this_month,
    "~/Usage/Records/Today.json": lambda own: own.client.usage.records.today,
    "~/Usage/Records/Yearly.json": lambda own: own.client.usage.records.yearly,
    "~/Usage/Records/Yesterday.json": lambda own: own.client.usage.records.yesterday,
    "~/Usage/Triggers.json": lambda own: own.client.usage.triggers,
    "/v1/DialingPermissions/Countries": lambda own: own.client.voice.v1.dialing_permissions.countries,
    "/v1/DialingPermissions/Countries/{}/HighRiskSpecialPrefixes": lambda own: (
        own.client.voice.v1.dialing_permissions.countries("NO").highrisk_special_prefixes
    ),
    "/v1/Alerts": lambda own: own.client.monitor.v1.alerts,
    "/v1/Events": lambda own: own.client.monitor.v1.events,
    "/v1/Voice/Summaries": lambda own: own.client.insights.v1.call_summaries,
    "/v1/Voice/{}/Events": lambda own: own.client.insights.v1.calls(own.call).events,
    "/v1/Voice/{}/Metrics": lambda own: own.client.insights.v1.calls(own.call).metrics,
    "/v2/Trunking/Countries": lambda own: own.client.pricing.v2.countries,
}
EMPTY = {"~/Calls/{}/Events.json"}
"""A trunk's call asks no webhook."""
MOMENTS = (
    "created_time", "date_created", "date_fired", "date_generated", "date_updated", "end_time", "event_date",
    "message_date", "start_time",
)  # fmt: skip
NOT_YET = ("date_fired", "start_time")
"""A trigger that has not fired, a recording that has not begun."""


@pytest.fixture(scope="module")
def own(service: Service) -> Furnished:
    return furnish(service)


def _seen(rows: Any) -> list[dict[str, Any]]:
    """What each row shows, less what the SDK keeps for itself and the moment of asking."""
    return [
        {key: value for key, value in vars(row).items() if key == "_from" or not key.startswith(("_", "as_of"))}
        for row in rows
    ]


def test_row_151_every_list_that_is_paged_is_walked() -> None:
    """By enumeration over the routes."""
    routes = [route for router in CUSTOMER for route in router.routes if isinstance(route, APIRoute)]
    paged = {shape(route.path) for route in routes if read_page in {part.call for part in route.dependant.dependencies}}
    assert {path for _, path in published()} & paged == LISTS.keys()


@pytest.mark.parametrize("route", LISTS)
def test_row_131_a_list_is_the_same_by_pages_limit_and_stream(service: Service, own: Furnished, route: str) -> None:
    resource = LISTS[route](own)
    whole = _seen(resource.list())
    assert service.asked[-1].operation == ("GET", route)
    if route in EMPTY:
        assert whole == []
        return
    assert len(whole) >= SEVERAL
    size = ceil(len(whole) / 3)
    assert _seen(resource.list(page_size=size)) == whole
    assert _seen(resource.list(limit=2)) == whole[:2]
    assert _seen(resource.list(limit=size + 1, page_size=size)) == whole[: size + 1]
    service.asked.clear()
    assert _seen([next(resource.stream(page_size=1))]) == whole[:1]
    assert len(service.asked) == 1, "the next page is asked for when it is wanted"


@pytest.mark.parametrize("route", LISTS.keys() - EMPTY)
def test_row_131_pages_lead_forwards_and_back(own: Furnished, route: str) -> None:
    resource = LISTS[route](own)
    whole = _seen(resource.list())
    size = ceil(len(whole) / 3)
    page = resource.page(page_size=size)
    assert page.previous_page_url is None
    pages, address = [_seen(page)], page.next_page_url
    while (following := page.next_page()) is not None:
        page = following
        pages.append(_seen(page))
    assert [row for one in pages for row in one] == whole
    assert page.next_page_url is None
    assert _seen(resource.get_page(address)) == pages[1]
    for place in range(len(pages) - 2, -1, -1):
        page = page.previous_page()
        assert _seen(page) == pages[place]
    assert page.previous_page() is None


@pytest.mark.parametrize("route", LISTS.keys() - EMPTY)
def test_row_151_every_date_is_read(own: Furnished, route: str) -> None:
    """The SDK leaves a date that it cannot read as text, or None."""
    for row in LISTS[route](own).list(limit=5):
        for name, value in vars(row).items():
            if isinstance(value, datetime):
                assert (value.tzinfo, value.microsecond) == (UTC, 0), name
            elif name in MOMENTS:
                assert (name in NOT_YET, value) == (True, None), name
        if route.startswith("~/Usage/Records"):
            assert type(row.start_date) is type(row.end_date) is date
