"""API keys: told once, then a way in (rows 128, 147)."""

import pytest
from sqlalchemy import select

from tests.unit.service_control.asking import ROOT, TRUNKS, assert_refused, get, post
from tests.unit.service_control.house import FIRST, SECOND, SUB, House
from trunkline.platform.store.table import ApiKeyRow


@pytest.mark.parametrize(("name", "key"), [("Keys", "keys"), ("SigningKeys", "signing_keys")])
async def test_row_147_a_key_has_a_life_and_its_secret_is_told_once(house: House, name: str, key: str) -> None:
    path = f"{ROOT}/{name}"
    async with house.client() as client:
        made = await post(client, f"{path}.json", FriendlyName="CI")
        assert made.keys() == {"sid", "friendly_name", "date_created", "date_updated", "secret"}
        secret = made.pop("secret")
        assert made["sid"].startswith("SK")
        async with house.client(made["sid"], secret) as keyed:
            await get(keyed, TRUNKS)
        assert await get(client, f"{path}/{made['sid']}.json") == made
        assert (await get(client, f"{path}.json"))[key] == [made]
        assert (await post(client, f"{path}/{made['sid']}.json", 200, FriendlyName=""))["friendly_name"] is None
        assert_refused(await client.post(f"{path}.json", data={"FriendlyName": "x" * 65}), 20002)
        assert (await client.delete(f"{path}/{made['sid']}.json")).status_code == 204
        assert_refused(await client.get(f"{path}/{made['sid']}.json"), 20404, 404)
    async with house.client(made["sid"], secret) as gone:
        assert_refused(await gone.get(TRUNKS), 20003, 401)


async def test_row_128_a_key_acts_for_its_account_and_what_is_below_it(house: House) -> None:
    async with house.client() as client:
        key = await post(client, f"{ROOT}/Keys.json")
        trunk = await post(client, TRUNKS, FriendlyName="Office")
    async with house.client(key["sid"], key["secret"]) as by_key:
        assert (await get(by_key, f"{TRUNKS}/{trunk['sid']}"))["account_sid"] == FIRST
        assert (await get(by_key, f"{ROOT}/Calls.json"))["calls"] == []
        assert (await get(by_key, f"{ROOT}/Calls.json".replace(FIRST, SUB)))["calls"] == []
        assert_refused(await by_key.get(f"{ROOT}/Calls.json".replace(FIRST, SECOND)), 20003, 403)


@pytest.mark.parametrize("path", ["/2010-04-01/Accounts.json", f"{ROOT}.json", f"{ROOT}/Keys.json"])
async def test_row_128_accounts_and_keys_are_for_the_auth_token(house: House, path: str) -> None:
    async with house.client() as client:
        key = await post(client, f"{ROOT}/Keys.json")
        assert (await client.get(path)).status_code == 200
    async with house.client(key["sid"], key["secret"]) as by_key:
        assert_refused(await by_key.get(path), 20003, 401)


async def test_row_128_a_wrong_secret_and_anothers_secret_are_refused(house: House) -> None:
    async with house.client() as client:
        one, other = (await post(client, f"{ROOT}/Keys.json"), await post(client, f"{ROOT}/Keys.json"))
    for username, secret in ((one["sid"], other["secret"]), (one["sid"], ""), ("SK" + "0" * 32, one["secret"])):
        async with house.client(username, secret) as stranger:
            assert_refused(await stranger.get(TRUNKS), 20003, 401)


async def test_no_secret_is_kept(house: House) -> None:
    async with house.client() as client:
        key = await post(client, f"{ROOT}/Keys.json")
    async with house.store.reading() as session:
        row = await session.scalar(select(ApiKeyRow))
    assert row is not None
    assert key["secret"].encode() not in row.secret_hash
    assert len(row.secret_hash) == 32
