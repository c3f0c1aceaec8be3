"""Dates on the wire and in filters: row 133 (rest.md 1.7)."""

import re

from tests.unit.service_control.asking import GOOD_URL, LISTS, TRUNKS, get, post
from tests.unit.service_control.house import House

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
RFC_2822 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000")


async def test_row_133_v1_says_iso_8601_and_2010_says_rfc_2822(house: House) -> None:
    async with house.client() as client:
        trunk = await post(client, TRUNKS)
        url = await post(client, f"{TRUNKS}/{trunk['sid']}/OriginationUrls", **GOOD_URL)
        users = await post(client, f"{LISTS}.json", FriendlyName="u")
        association = await post(client, f"{TRUNKS}/{trunk['sid']}/CredentialLists", CredentialListSid=users["sid"])
        [event, *_] = (await get(client, "/v1/Events"))["events"]
        for body in (trunk, url, association):
            assert ISO.fullmatch(body["date_created"])
            assert ISO.fullmatch(body["date_updated"])
        assert ISO.fullmatch(event["event_date"])
        assert RFC_2822.fullmatch(users["date_created"])
        assert RFC_2822.fullmatch((await get(client, f"{LISTS}/{users['sid']}.json"))["date_updated"])
