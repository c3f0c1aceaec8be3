"""Row 40: a raise of a trunk's calls a second holds at once, a cut from the first of the next month on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.service_control.asking import TRUNKS, assert_refused, get, post
from tests.unit.service_control.house import FIRST, SECOND, House
from trunkline.domain.trunk.facts import AccountFacts
from trunkline.domain.trunk.limits import Caller, cps_of
from trunkline.kit.ids import TrunkSid
from trunkline.kit.instant import Instant
from trunkline.platform.setting import clock
from trunkline.platform.store.directory import StoreDirectory
from trunkline.service.control.provisioning.trunking.trunk_cps import (
    change_cps,
    cps_in_force,
    first_of_next_month,
    read_cps,
)


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (datetime(2026, 3, 1, 0, 0, 0, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 59, 59, 5, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2028, 1, 31, 12, 0, tzinfo=UTC), datetime(2028, 2, 1, tzinfo=UTC)),
    ],
)
def test_row_40_the_first_of_the_next_month(now: datetime, first: datetime) -> None:
    assert first_of_next_month(now) == first


async def test_row_40_a_raise_at_once_and_a_cut_on_the_first(house: House) -> None:
    async with house.client() as client:
        trunk = (await post(client, TRUNKS))["sid"]
        path = f"{TRUNKS}/{trunk}/Cps"
        now = {
            "trunk_sid": trunk, "account_sid": FIRST, "cps": 1, "next_cps": None, "next_cps_date": None,
            "self_service_cps": 5,
        }  # fmt: skip
        assert await get(client, path) == now
        assert await post(client, path, 200, Cps="5") == {**now, "cps": 5}
        cut = {**now, "cps": 5, "next_cps": 2, "next_cps_date": "2026-04-01T00:00:00Z"}
        assert await post(client, path, 200, Cps="2") == cut
        assert await get(client, path) == cut
        assert await post(client, path, 200, Cps="5") == {**now, "cps": 5}, "the cut is taken back"
        for bad in ("0", "6", "-1"):
            assert_refused(await client.post(path, data={"Cps": bad}), 21251)
        assert_refused(await client.post(path, data={"Cps": "many"}), 20001)
        assert_refused(await client.post(path), 20001)
        assert await get(client, path) == {**now, "cps": 5}
    async with house.client(SECOND) as stranger:
        assert_refused(await stranger.get(path), 20404, 404)
        assert_refused(await stranger.post(path, data={"Cps": "2"}), 20404, 404)


async def test_row_40_what_the_operator_granted_may_be_cut_and_not_raised(house: House) -> None:
    async with house.client() as client, house.client("operator") as operator:
        trunk = (await post(client, TRUNKS))["sid"]
        path, grant = f"{TRUNKS}/{trunk}/Cps", f"/operator/v1/Accounts/{FIRST}/Trunks/{trunk}/Cps"
        assert (await post(operator, grant, 200, Cps="30"))["cps"] == 30
        assert_refused(await client.post(path, data={"Cps": "31"}), 21251)
        cut = await post(client, path, 200, Cps="20")
        assert (cut["cps"], cut["next_cps"]) == (30, 20)
        granted = await post(operator, grant, 200, Cps="40")
        assert (granted["cps"], granted["next_cps"]) == (40, None)
        assert (await post(operator, grant, 200, Cps=""))["cps"] == 1, "the account's"
        await post(operator, f"/operator/v1/Accounts/{FIRST}/Limits", 200, Cps="")
        unlimited = await get(operator, grant)
        assert unlimited["cps"] is None
        cut = await post(client, path, 200, Cps="3")
        assert (cut["cps"], cut["next_cps"]) == (None, 3)
        assert_refused(await operator.post(grant, data={"Cps": "9999999"}), 20001)
        assert_refused(await operator.post(grant.replace(trunk, "TK" + "9" * 32), data={"Cps": "1"}), 20404, 404)


async def test_row_40_a_cut_comes_due_by_its_date_alone(house: House) -> None:
    march, april = datetime(2026, 3, 15, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)
    in_march, in_april = replace(house.bench, wall=lambda: march), replace(house.bench, wall=lambda: april)
    async with house.client() as client:
        trunk = (await post(client, TRUNKS))["sid"]
    await change_cps(in_march, FIRST, trunk, 5)
    row, account = await change_cps(in_march, FIRST, trunk, 3)
    assert [cps_in_force(row, account, at) for at in (march, april)] == [5, 3]
    row, account = await change_cps(in_april, FIRST, trunk, 2)
    may = datetime(2026, 5, 1, tzinfo=UTC)
    assert [cps_in_force(row, account, at) for at in (april, may - timedelta(seconds=1), may)] == [3, 3, 2]
    row, account = await change_cps(replace(in_april, wall=lambda: may), FIRST, trunk, 4)
    assert (row.cps, row.cps_next, row.cps_next_at) == (4, None, None)
    assert await read_cps(in_april, FIRST, trunk)


async def test_row_40_a_gateway_sees_a_cut_that_lies_ahead(house: House) -> None:
    """The facts say when, on the gateway's own clock; what the limiter makes of that needs no fresh facts."""
    bench = replace(house.bench, wall=clock.wall)
    async with house.client() as client:
        trunk = (await post(client, TRUNKS))["sid"]
    await change_cps(bench, FIRST, trunk, 5)
    await change_cps(bench, FIRST, trunk, 2)
    facts = await StoreDirectory(house.store, house.vault).trunk_by_sid(TrunkSid(trunk))
    assert facts is not None
    assert facts.cps_next_from is not None
    ahead = (first_of_next_month(clock.wall()) - clock.wall()).total_seconds()
    assert abs(facts.cps_next_from - clock.now() - ahead) < 5
    account = AccountFacts(facts.account_sid)
    caller = Caller(facts, account, account)
    assert [cps_of(caller, Instant(facts.cps_next_from + after)) for after in (-0.1, 0.0, 86400.0)] == [5, 2, 2]
