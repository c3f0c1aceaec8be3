"""Credential lists, IP access control lists and their places on trunks: rows 12, 135, 137-141."""

import hashlib
from typing import Any

import pytest

from tests.unit.service_control.asking import ACLS, LISTS, PASSWORD, TRUNKS, assert_refused, get, post
from tests.unit.service_control.house import FIRST, REALM, SECOND, House
from trunkline.platform.store.repository.access import CREDENTIALS, find_entry
from trunkline.platform.store.table import CredentialListRow, CredentialRow, IpAclRow, IpAddressRow
from trunkline.platform.store.vault import ha1_context


async def _kept_ha1s(house: House, list_sid: str, sid: str) -> tuple[str, str]:
    async with house.store.reading() as session:
        row = await find_entry(session, CREDENTIALS, FIRST, list_sid, sid)
    assert row is not None
    return (
        house.vault.open(row.ha1_md5_sealed, ha1_context(sid, "md5")).reveal(),
        house.vault.open(row.ha1_sha256_sealed, ha1_context(sid, "sha256")).reveal(),
    )


def _expected_ha1s(username: str, password: str) -> tuple[str, str]:
    a1 = f"{username}:{REALM}:{password}".encode()
    return hashlib.md5(a1).hexdigest(), hashlib.sha256(a1).hexdigest()


async def test_row_137_a_password_becomes_two_hashes_and_is_never_returned(house: House) -> None:
    async with house.client() as client:
        users = await post(client, f"{LISTS}.json", FriendlyName="u")
        path = f"{LISTS}/{users['sid']}/Credentials"
        made = await client.post(f"{path}.json", data={"Username": "pbx", "Password": PASSWORD})
        assert made.status_code == 201
        sid = made.json()["sid"]
        assert await _kept_ha1s(house, users["sid"], sid) == _expected_ha1s("pbx", PASSWORD)
        changed = await client.post(f"{path}/{sid}.json", data={"Password": "Another-Horse-2"})
        assert await _kept_ha1s(house, users["sid"], sid) == _expected_ha1s("pbx", "Another-Horse-2")
        listed = await client.get(f"{path}.json")
        for answer in (made, changed, listed):
            assert PASSWORD not in answer.text
            assert "Another-Horse-2" not in answer.text
        assert PASSWORD.encode() not in (house.run_dir.parent / "control.db").read_bytes()


@pytest.mark.parametrize("password", ["Short-Pass1", "no-upper-case-1", "NO-LOWER-CASE-1", "No-Digit-At-All", ""])
async def test_row_137_weak_passwords_are_21243(house: House, password: str) -> None:
    async with house.client() as client:
        users = await post(client, f"{LISTS}.json", FriendlyName="u")
        path = f"{LISTS}/{users['sid']}/Credentials"
        refused = await client.post(f"{path}.json", data={"Username": "pbx", "Password": password})
        assert_refused(refused, 21243)
        assert not password or password not in refused.text
        made = await post(client, f"{path}.json", Username="pbx", Password=PASSWORD)
        assert_refused(await client.post(f"{path}/{made['sid']}.json", data={"Password": password}), 21243)
        assert await _kept_ha1s(house, users["sid"], made["sid"]) == _expected_ha1s("pbx", PASSWORD)


@pytest.mark.parametrize("username", ["", "x" * 33, "with space", "with:colon", 'with"quote', "with\ttab"])
async def test_row_137_bad_usernames_are_21243(house: House, username: str) -> None:
    async with house.client() as client:
        users = await post(client, f"{LISTS}.json", FriendlyName="u")
        path = f"{LISTS}/{users['sid']}/Credentials.json"
        assert_refused(await client.post(path, data={"Username": username, "Password": PASSWORD}), 21243)
        await post(client, path, Username="x" * 32, Password=PASSWORD)


async def test_row_137_one_username_once_a_list_but_in_many_lists(house: House) -> None:
    async with house.client() as client:
        for name in ("one", "two"):
            users = await post(client, f"{LISTS}.json", FriendlyName=name)
            path = f"{LISTS}/{users['sid']}/Credentials.json"
            await post(client, path, Username="pbx", Password=PASSWORD)
            assert_refused(await client.post(path, data={"Username": "pbx", "Password": PASSWORD}), 21240)


async def _fill(house: House, rows: list[Any]) -> None:
    async with house.store.writing() as session:
        session.add_all(rows)
        await session.commit()


def _dated(house: House) -> dict[str, Any]:
    at = house.bench.wall()
    return {"account_sid": FIRST, "date_created": at, "date_updated": at}


async def test_row_138_the_101st_credential_list_is_21239(house: House) -> None:
    rows = [CredentialListRow(sid=f"CL{n:032x}", friendly_name=f"l{n}", **_dated(house)) for n in range(99)]
    await _fill(house, rows)
    async with house.client() as client:
        await post(client, f"{LISTS}.json", FriendlyName="the hundredth")
        assert_refused(await client.post(f"{LISTS}.json", data={"FriendlyName": "one more"}), 21239)


async def test_row_138_the_1001st_credential_is_21242(house: House) -> None:
    async with house.client() as client:
        users = await post(client, f"{LISTS}.json", FriendlyName="u")
        rows = [
            CredentialRow(
                sid=f"CR{n:032x}",
                credential_list_sid=users["sid"],
                username=f"u{n}",
                ha1_md5_sealed=b"",
                ha1_sha256_sealed=b"",
                **_dated(house),
            )
            for n in range(999)
        ]
        await _fill(house, rows)
        path = f"{LISTS}/{users['sid']}/Credentials.json"
        await post(client, path, Username="last", Password=PASSWORD)
        assert_refused(await client.post(path, data={"Username": "more", "Password": PASSWORD}), 21242)


async def test_row_139_the_1001st_acl_is_21255_and_the_101st_address_21237(house: House) -> None:
    rows = [IpAclRow(sid=f"AL{n:032x}", friendly_name=f"l{n}", **_dated(house)) for n in range(999)]
    await _fill(house, rows)
    async with house.client() as client:
        acl = await post(client, f"{ACLS}.json", FriendlyName="the thousandth")
        assert_refused(await client.post(f"{ACLS}.json", data={"FriendlyName": "one more"}), 21255)
        addresses = [
            IpAddressRow(
                sid=f"IP{n:032x}", ip_acl_sid=acl["sid"], friendly_name="a", ip_address=f"192.0.2.{n}", **_dated(house)
            )
            for n in range(99)
        ]
        await _fill(house, addresses)
        path = f"{ACLS}/{acl['sid']}/IpAddresses.json"
        await post(client, path, FriendlyName="a", IpAddress="192.0.2.99")
        assert_refused(await client.post(path, data={"FriendlyName": "a", "IpAddress": "192.0.2.100"}), 21237)


@pytest.mark.parametrize(("path", "code", "longest"), [(LISTS, 21240, 64), (ACLS, 21235, 255)])
async def test_lists_have_a_name_of_their_own(house: House, path: str, code: int, longest: int) -> None:
    """rest.md 3.3, 3.4: a duplicate, empty or overlong name is the list's validation error."""
    async with house.client() as client, house.client(SECOND) as other:
        one = await post(client, f"{path}.json", FriendlyName="x" * longest)
        for name in ("x" * longest, "", "  ", "x" * (longest + 1)):
            assert_refused(await client.post(f"{path}.json", data={"FriendlyName": name}), code)
        assert_refused(await client.post(f"{path}.json"), 20001)
        two = await post(client, f"{path}.json", FriendlyName="two")
        assert_refused(await client.post(f"{path}/{two['sid']}.json", data={"FriendlyName": "x" * longest}), code)
        assert (await post(client, f"{path}/{one['sid']}.json", 200, FriendlyName="x" * longest))["sid"] == one["sid"]
        assert (await post(client, f"{path}/{two['sid']}.json", 200, FriendlyName="three"))["friendly_name"] == "three"
        theirs = f"{path}.json".replace(FIRST, SECOND)
        await post(other, theirs, FriendlyName="three")


@pytest.mark.parametrize(
    ("form", "kept"),
    [
        ({"IpAddress": "192.0.2.77"}, ("192.0.2.77", 32)),
        ({"IpAddress": "192.0.2.77", "CidrPrefixLength": "28"}, ("192.0.2.64", 28)),
        ({"IpAddress": "192.0.2.77", "CidrPrefixLength": "0"}, ("0.0.0.0", 0)),
    ],
)
async def test_row_141_addresses_are_networks(house: House, form: dict[str, str], kept: tuple[str, int]) -> None:
    async with house.client() as client:
        acl = await post(client, f"{ACLS}.json", FriendlyName="a")
        body = await post(client, f"{ACLS}/{acl['sid']}/IpAddresses.json", 201, FriendlyName="n", **form)
    assert (body["ip_address"], body["cidr_prefix_length"]) == kept


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"IpAddress": "pbx.example.com"}, 21235),
        ({"IpAddress": "2001:db8::1"}, 21235),
        ({"IpAddress": "192.0.2.1/24"}, 21235),
        ({"IpAddress": "192.0.2.256"}, 21235),
        ({"IpAddress": ""}, 21235),
        ({"IpAddress": "192.0.2.1", "CidrPrefixLength": "33"}, 21235),
        ({"IpAddress": "192.0.2.1", "CidrPrefixLength": "-1"}, 21235),
        ({"IpAddress": "192.0.2.1", "CidrPrefixLength": "many"}, 20001),
        ({"IpAddress": "192.0.2.1", "CidrPrefixLength": "9" * 40}, 20001),
        ({}, 20001),
    ],
)
async def test_row_141_other_addresses_are_refused(house: House, form: dict[str, str], code: int) -> None:
    async with house.client() as client:
        acl = await post(client, f"{ACLS}.json", FriendlyName="a")
        path = f"{ACLS}/{acl['sid']}/IpAddresses.json"
        assert_refused(await client.post(path, data={"FriendlyName": "n", **form}), code)


async def test_row_141_a_network_is_held_once_and_may_change(house: House) -> None:
    async with house.client() as client:
        acl = await post(client, f"{ACLS}.json", FriendlyName="a")
        path = f"{ACLS}/{acl['sid']}/IpAddresses"
        one = await post(client, f"{path}.json", FriendlyName="n", IpAddress="192.0.2.0", CidrPrefixLength="24")
        twin = {"FriendlyName": "m", "IpAddress": "192.0.2.9", "CidrPrefixLength": "24"}
        assert_refused(await client.post(f"{path}.json", data=twin), 21235)
        two = await post(client, f"{path}.json", FriendlyName="m", IpAddress="192.0.2.9")
        assert_refused(await client.post(f"{path}/{two['sid']}.json", data={"CidrPrefixLength": "24"}), 21235)
        body = await post(client, f"{path}/{one['sid']}.json", 200, IpAddress="192.0.2.200", CidrPrefixLength="25")
        assert (body["ip_address"], body["cidr_prefix_length"], body["friendly_name"]) == ("192.0.2.128", 25, "n")
        assert (await client.delete(f"{path}/{one['sid']}.json")).status_code == 204
        assert_refused(await client.get(f"{path}/{one['sid']}.json"), 20404, 404)


async def test_rows_12_135_140_lists_on_trunks(house: House) -> None:
    async with house.client() as client:
        trunk = await post(client, TRUNKS)
        path = f"{TRUNKS}/{trunk['sid']}"
        users, acl = (
            await post(client, f"{LISTS}.json", FriendlyName="u"),
            await post(client, f"{ACLS}.json", FriendlyName="a"),
        )
        for room, name, lists, row, mapped, auth in (
            ("CredentialLists", "CredentialListSid", LISTS, users, 21241, "CREDENTIAL_LIST"),
            ("IpAccessControlLists", "IpAccessControlListSid", ACLS, acl, 21236, "IP_ACL"),
        ):
            assert_refused(await client.post(f"{path}/{room}"), 20001)
            assert_refused(await client.post(f"{path}/{room}", data={name: "CL" + "0" * 32}), 20404, 404)
            await post(client, f"{path}/{room}", **{name: row["sid"]})
            assert_refused(await client.post(f"{path}/{room}", data={name: row["sid"]}), 21245)
            assert (await get(client, path))["auth_type"] == auth
            assert (await get(client, TRUNKS))["trunks"][0]["auth_type_set"] == [auth]
            assert_refused(await client.delete(f"{lists}/{row['sid']}.json"), mapped)
            assert (await client.delete(f"{path}/{room}/{row['sid']}")).status_code == 204
            assert_refused(await client.delete(f"{path}/{room}/{row['sid']}"), 20404, 404)
            assert_refused(await client.get(f"{path}/{room}/{row['sid']}"), 20404, 404)
            assert (await get(client, path))["auth_type"] == ""
            assert (await client.delete(f"{lists}/{row['sid']}.json")).status_code == 204


async def test_row_12_auth_type_says_what_opens_the_trunk_and_is_read_only(house: House) -> None:
    async with house.client() as client:
        path = f"{TRUNKS}/{(await post(client, TRUNKS, AuthType='IP_ACL', AuthTypeSet='IP_ACL'))['sid']}"

        async def auth() -> tuple[str, list[str]]:
            trunk = await get(client, path)
            assert (await get(client, TRUNKS))["trunks"][0]["auth_type"] == trunk["auth_type"]
            return trunk["auth_type"], trunk["auth_type_set"]

        assert await auth() == ("", [])
        users, acl = (
            await post(client, f"{LISTS}.json", FriendlyName="u"),
            await post(client, f"{ACLS}.json", FriendlyName="a"),
        )
        await post(client, f"{path}/CredentialLists", CredentialListSid=users["sid"])
        assert await auth() == ("CREDENTIAL_LIST", ["CREDENTIAL_LIST"])
        await post(client, f"{path}/IpAccessControlLists", IpAccessControlListSid=acl["sid"])
        assert await auth() == ("IP_ACL,CREDENTIAL_LIST", ["IP_ACL", "CREDENTIAL_LIST"])
        await post(client, path, 200, AuthType="")
        assert (await auth())[0] == "IP_ACL,CREDENTIAL_LIST"
        assert (await client.delete(f"{path}/CredentialLists/{users['sid']}")).status_code == 204
        assert await auth() == ("IP_ACL", ["IP_ACL"])


async def test_deleting_a_list_takes_what_is_in_it(house: House) -> None:
    async with house.client() as client:
        users = await post(client, f"{LISTS}.json", FriendlyName="u")
        inner = f"{LISTS}/{users['sid']}/Credentials"
        made = await post(client, f"{inner}.json", Username="pbx", Password=PASSWORD)
        assert (await client.delete(f"{LISTS}/{users['sid']}.json")).status_code == 204
        assert_refused(await client.get(f"{inner}/{made['sid']}.json"), 20404, 404)
        assert_refused(await client.get(f"{inner}.json"), 20404, 404)


@pytest.mark.parametrize(
    ("path", "room", "form"),
    [
        (LISTS, "Credentials", {"Username": "pbx", "Password": PASSWORD}),
        (ACLS, "IpAddresses", {"FriendlyName": "n", "IpAddress": "192.0.2.1"}),
    ],
)
async def test_rows_137_141_an_entry_is_found_in_its_list_and_by_its_account_alone(
    house: House, path: str, room: str, form: dict[str, Any]
) -> None:
    async with house.client() as client, house.client(SECOND) as other:
        its, wrong = [await post(client, f"{path}.json", FriendlyName=name) for name in ("a", "b")]
        made = await post(client, f"{path}/{its['sid']}/{room}.json", **form)
        entry = f"{its['sid']}/{room}/{made['sid']}.json"
        for who, elsewhere in (
            (client, f"{path}/{wrong['sid']}/{room}/{made['sid']}.json"),
            (other, f"{path.replace(FIRST, SECOND)}/{entry}"),
        ):
            assert_refused(await who.get(elsewhere), 20404, 404)
            assert_refused(await who.post(elsewhere), 20404, 404)
            assert_refused(await who.delete(elsewhere), 20404, 404)
        assert (await get(client, f"{path}/{entry}"))["sid"] == made["sid"]
        assert (await client.delete(f"{path}/{entry}")).status_code == 204
        assert_refused(await client.get(f"{path}/{entry}"), 20404, 404)
