"""api.trunking.origination_urls: rows 51 and 134 (rest.md 2.2)."""

from typing import Any

import pytest

from tests.unit.service_control.asking import GOOD_URL, TRUNKS, assert_refused, get, post
from tests.unit.service_control.house import FIRST, House


async def test_row_134_create_needs_all_five_parameters(house: House) -> None:
    """Of defaults the documentation speaks, but the real API refuses what is left out."""
    async with house.client() as client:
        trunk = (await post(client, TRUNKS))["sid"]
        path = f"{TRUNKS}/{trunk}/OriginationUrls"
        for name in GOOD_URL:
            refused = await client.post(path, data={key: value for key, value in GOOD_URL.items() if key != name})
            assert_refused(refused, 20001)
            assert name in refused.json()["message"]
        assert (await get(client, path))["origination_urls"] == []
        made = await post(client, path, **GOOD_URL)
        given = {"weight": 1, "priority": 1, "enabled": True, "friendly_name": "u", "sip_url": "sip:192.0.2.1"}
        assert made.items() >= {**given, "account_sid": FIRST, "trunk_sid": trunk}.items()
        assert made["sid"].startswith("OU")
        assert await get(client, made["url"]) == made


async def test_row_134_an_update_names_what_changes(house: House) -> None:
    async with house.client() as client:
        path = f"{TRUNKS}/{(await post(client, TRUNKS))['sid']}/OriginationUrls"
        url = f"{path}/{(await post(client, path, **GOOD_URL | {'Weight': 7, 'Priority': 3}))['sid']}"
        before = await get(client, url)
        after = await post(client, url, 200, Enabled="false")
        assert after == {**before, "enabled": False, "date_updated": after["date_updated"]}
        after = await post(client, url, 200, SipUrl="sips:pbx.example.com", FriendlyName="x" * 64, Weight="0")
        assert (after["sip_url"], after["weight"], after["priority"]) == ("sips:pbx.example.com", 0, 3)
        assert (await client.delete(url)).status_code == 204
        assert_refused(await client.get(url), 20404, 404)


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        ({"Weight": 65_536}, 20001),
        ({"Weight": -1}, 20001),
        ({"Priority": 65_536}, 20001),
        ({"Priority": "soon"}, 20001),
        ({"Enabled": "maybe"}, 20001),
        ({"FriendlyName": "x" * 65}, 20002),
        ({"SipUrl": "http://pbx.example.com"}, 20001),
        ({"SipUrl": "pbx.example.com"}, 20001),
    ],
)
async def test_row_134_what_no_url_can_have_is_refused(house: House, odd: dict[str, Any], code: int) -> None:
    async with house.client() as client:
        path = f"{TRUNKS}/{(await post(client, TRUNKS))['sid']}/OriginationUrls"
        assert_refused(await client.post(path, data=GOOD_URL | odd), code)
        made = await post(client, path, **GOOD_URL | {"Weight": 65_535, "Priority": 0})
        assert (made["weight"], made["priority"]) == (65_535, 0)
        assert_refused(await client.post(f"{path}/{made['sid']}", data=odd), code)
        assert await get(client, made["url"]) == made
