"""Tariffs, usage records and the balance (row 146; rest.md 3.1, 3.11)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from tests.unit.platform_store import rows
from tests.unit.service_control.asking import ROOT, assert_refused, get, post
from tests.unit.service_control.house import FIRST, SUB, House
from trunkline.platform.store.rating import charge_numbers, rate_new_calls
from trunkline.platform.store.table import AccountRow, CallRow, UsageDayRow
from trunkline.service.control.provisioning.account.phone_number import stock_numbers

TARIFFS = "/operator/v1/Tariffs"
SHEET = "service,prefix,number_type,name,sell,buy,first,next,effective_from\n"
RECORDS = f"{ROOT}/Usage/Records"


async def keep(house: House, *kept: object) -> None:
    async with house.bench.store.appending() as session:
        session.add_all(kept)
        await session.commit()


def used(day: date, category: str, count: int, seconds: int, sell: str, account: str = FIRST) -> UsageDayRow:
    return UsageDayRow(
        account_sid=account,
        category=category,
        day=day,
        count=count,
        seconds=seconds,
        sell=Decimal(sell),
        buy=Decimal(0),
    )


async def records(house: House, period: str = "", **query: str) -> list[dict[str, Any]]:
    async with house.client() as client:
        asked = "&".join(f"{key}={value}" for key, value in query.items())
        body = await get(client, f"{RECORDS}{period}.json?{asked}")
        found: list[dict[str, Any]] = body["usage_records"]
        return found


async def test_a_tariff_has_a_life(house: House) -> None:
    form = {"Service": "termination", "Prefix": "+44", "Sell": "0.0100", "Buy": "0.004", "First": "1", "Next": "1"}
    async with house.client("operator") as operator:
        made = (await operator.post(TARIFFS, data=form)).json()
        assert (made["sell"], made["buy"], made["first"], made["number_type"]) == ("0.01", "0.004", 1, None)
        assert await get(operator, f"{TARIFFS}/{made['sid']}") == made
        assert [row["sid"] for row in (await get(operator, f"{TARIFFS}?Service=termination"))["tariffs"]] == [
            made["sid"]
        ]
        assert (await get(operator, f"{TARIFFS}?Service=secure"))["tariffs"] == []
        assert (await operator.delete(f"{TARIFFS}/{made['sid']}")).status_code == 204
        assert_refused(await operator.get(f"{TARIFFS}/{made['sid']}"), 20404, 404)
        assert_refused(await operator.post(TARIFFS, data=form | {"Sell": "a lot"}), 20001)


async def test_a_sheet_is_taken_whole_or_not_at_all(house: House) -> None:
    good = "termination,+1,,US,0.007,0.003,,,2026-01-01\norigination,+1,local,,0.0034,0.001,,,2026-01-01\n"

    async def send(operator: httpx2.AsyncClient, sheet: str) -> httpx2.Response:
        return await operator.post(f"{TARIFFS}/Import", content=sheet.encode(), headers={"Content-Type": "text/csv"})

    async with house.client("operator") as operator:
        refused = await send(operator, SHEET + good + "fax,+1,,,1,1,,,\ntermination,+1,,,x,1,,,\n")
        assert_refused(refused, 20001)
        assert [row["line"] for row in refused.json()["details"]["rows"]] == [4, 5]
        assert (await get(operator, TARIFFS))["tariffs"] == []
        assert (await send(operator, SHEET + good)).json() == {"added": 2, "changed": 0}
        assert (await send(operator, SHEET + good.replace("0.007", "0.008"))).json() == {"added": 0, "changed": 2}
        assert {row["sell"] for row in (await get(operator, TARIFFS))["tariffs"]} == {"0.008", "0.0034"}
        assert_refused(await operator.post(f"{TARIFFS}/Import", content=b"\xff"), 20001)


async def test_goal_9_a_period_is_rated_anew_by_the_tariffs_of_now(house: House) -> None:
    at = house.bench.wall()
    call = CallRow(
        sid=rows.sid("CA", 1), account_sid=FIRST, direction="trunking-terminating", from_number="+15005550101",
        to_number="+15005550100", status="completed", date_created=at, date_updated=at, invited_at=at, answered_at=at,
        released_at=at + timedelta(seconds=30),
    )  # fmt: skip
    await keep(house, call)
    await rate_new_calls(house.bench.store, at)
    today = f"{at:%Y-%m-%d}"
    async with house.client("operator") as operator, house.client() as client:
        assert (await get(client, f"{ROOT}/Calls/{call.sid}.json"))["price"] is None
        await post(
            operator, TARIFFS, Service="termination", Prefix="+", Sell="0.5", Buy="0", EffectiveFrom="2020-01-01"
        )
        done = await post(operator, "/operator/v1/Ratings", StartDate=today, EndDate=today)
        assert done["calls"] == 1
        assert (await get(client, f"{ROOT}/Calls/{call.sid}.json"))["price"] == "-0.50000"
        assert (await get(client, f"{ROOT}/Balance.json")) == {
            "account_sid": FIRST, "balance": "-0.5", "currency": "USD",
        }  # fmt: skip
        for first, last in (("soon", today), (today, "2020-01-01")):
            period = {"StartDate": first, "EndDate": last}
            refused = await operator.post("/operator/v1/Ratings", data=period)
            assert_refused(refused, 20001)
            assert "StartDate" in refused.json()["message"]


async def test_row_146_every_category_has_a_record_of_all_time(house: House) -> None:
    today = house.bench.wall().date()
    await keep(
        house,
        used(today, "trunking-termination", 2, 90, "0.021"),
        used(today - timedelta(days=400), "trunking-termination", 1, 60, "0.007"),
        used(today, "totalprice", 2, 90, "0.021"),
    )
    found = {row["category"]: row for row in await records(house, "", StartDate="-500days")}
    assert len(found) == 13
    assert found["calleridlookups"]["count"] == "0"
    record = found["trunking-termination"]
    assert (record["count"], record["usage"], record["price"]) == ("3", "2.5", "0.028")
    assert (record["count_unit"], record["usage_unit"], record["price_unit"]) == ("calls", "minutes", "usd")
    assert record["subresource_uris"].keys() == {
        "all_time", "daily", "last_month", "monthly", "this_month", "today", "yearly", "yesterday",
    }  # fmt: skip
    assert found["totalprice"]["usage"] == "0.021"


@pytest.mark.parametrize(
    ("period", "counts"),
    [
        ("/AllTime", ["15"]),
        ("/Today", ["1"]),
        ("/Yesterday", ["2"]),
        ("/Daily", ["1", "2", "4", "8"]),
    ],
)
async def test_row_146_the_periods_cut_the_days(house: House, period: str, counts: list[str]) -> None:
    today = house.bench.wall().date()
    days = (0, 1, 40, 800)
    await keep(
        house, *(used(today - timedelta(days=back), "trunking-secure", 2**n, 60, "1") for n, back in enumerate(days))
    )
    found = await records(house, period, Category="trunking-secure", StartDate="-900days")
    assert [row["count"] for row in found] == counts


async def test_row_146_months_and_years_are_cut_by_the_calendar(house: House) -> None:
    await keep(
        house,
        *(
            used(day, "trunking-secure", 1, 60, "1")
            for day in (date(2024, 12, 31), date(2025, 1, 1), date(2025, 1, 31), date(2025, 2, 1))
        ),
    )
    span = {"Category": "trunking-secure", "StartDate": "2024-12-05", "EndDate": "2025-02-20"}
    months = [(row["start_date"], row["end_date"], row["count"]) for row in await records(house, "/Monthly", **span)]
    assert months == [
        ("2025-02-01", "2025-02-20", "1"),
        ("2025-01-01", "2025-01-31", "2"),
        ("2024-12-05", "2024-12-31", "1"),
    ]
    years = [(row["start_date"], row["end_date"], row["count"]) for row in await records(house, "/Yearly", **span)]
    assert years == [("2025-01-01", "2025-02-20", "3"), ("2024-12-05", "2024-12-31", "1")]


async def test_row_146_sub_accounts_count_unless_they_are_not_wanted(house: House) -> None:
    today, at = house.bench.wall().date(), house.bench.wall()
    below = rows.sid("AC", 77)
    await keep(
        house,
        AccountRow(
            sid=below, parent_sid=FIRST, friendly_name="x", auth_token_sealed=b"", date_created=at, date_updated=at
        ),
        used(today, "trunking-secure", 1, 60, "1"),
        used(today, "trunking-secure", 2, 60, "1", below),
        used(today, "trunking-secure", 4, 60, "1", rows.sid("AC", 78)),
    )
    assert [row["count"] for row in await records(house, "/Today", Category="trunking-secure")] == ["3"]
    alone = await records(house, "/Today", Category="trunking-secure", IncludeSubaccounts="false")
    assert [row["count"] for row in alone] == ["1"]


async def test_row_146_pages_are_cut_by_number(house: House) -> None:
    async with house.client() as client:
        first = await get(client, f"{RECORDS}.json?PageSize=10")
        second = await get(client, first["next_page_uri"])
    assert (len(first["usage_records"]), len(second["usage_records"])) == (10, 3)
    assert second["next_page_uri"] is None
    assert second["previous_page_uri"] is not None


async def test_row_146_a_record_leads_to_itself_and_to_the_other_periods(house: House) -> None:
    today = house.bench.wall().date()
    await keep(
        house,
        used(today, "trunking-secure", 1, 60, "1"),
        used(today - timedelta(days=1), "trunking-secure", 2, 60, "1"),
    )
    async with house.client() as client:
        for period in ("", "/AllTime", "/Daily", "/Monthly", "/Today", "/ThisMonth", "/Yearly", "/Yesterday"):
            for record in await records(house, period, Category="trunking-secure"):
                assert record["uri"].startswith(f"{RECORDS}{period}.json?Category=trunking-secure&")
                [again] = (await get(client, record["uri"]))["usage_records"]
                assert again | {"as_of": ""} == record | {"as_of": ""}, period
        [record] = await records(house, "/Yesterday", Category="trunking-secure")
        [since] = (await get(client, record["subresource_uris"]["all_time"]))["usage_records"]
        assert (record["count"], since["count"]) == ("2", "1"), "the account is of today"


async def test_row_146_a_bound_that_is_not_named_gives_way(house: House) -> None:
    """Before the account, and in days to come: no record ends before it begins."""
    for asked in ({"EndDate": "2020-01-31"}, {"StartDate": "%2B3days"}):
        for record in await records(house, "", **asked):
            assert record["start_date"] <= record["end_date"], asked


async def test_row_146_a_category_of_another_product_has_no_record_and_what_is_no_name_is_20001(house: House) -> None:
    """A program that adds up every product's usage runs here as well."""
    for name in ("calls-inbound", "sms"):
        assert await records(house, "", Category=name) == []
    async with house.client() as client:
        for period in ("", "/Daily", "/LastMonth"):
            assert_refused(await client.get(f"{RECORDS}{period}.json?Category=Trunking%20Termination"), 20001)
        assert_refused(await client.get(f"{ROOT}/Usage/Triggers.json?UsageCategory=sms%00"), 20001)


@pytest.mark.parametrize(
    "query", ["StartDate=20260101", "StartDate=soon", "EndDate=-30weeks", "StartDate=2025-01-02&EndDate=2025-01-01"]
)
async def test_dates_that_cannot_be_are_20001(house: House, query: str) -> None:
    async with house.client() as client:
        assert_refused(await client.get(f"{RECORDS}.json?{query}"), 20001)


async def test_the_operator_sets_and_tops_up_credit(house: House) -> None:
    path = f"/operator/v1/Accounts/{FIRST}"
    async with house.client("operator") as operator, house.client() as client:
        assert (await get(operator, path))["credit"] is None
        assert (await post(operator, path, 200, Credit="10.50"))["credit"] == "10.5"
        assert (await post(operator, path, 200, TopUp="4.5"))["credit"] == "15"
        assert (await get(client, f"{ROOT}/Balance.json"))["balance"] == "15"
        assert (await post(operator, path, 200, Credit=""))["credit"] is None
        for bad in ({"Credit": "a lot"}, {"TopUp": "-1"}, {"Credit": "0.0000001"}, {"Credit": "NaN"}):
            assert_refused(await operator.post(path, data=bad), 20001)
        listed = (await get(operator, "/operator/v1/Accounts?Status=active"))["accounts"]
        assert FIRST in [row["sid"] for row in listed]
        assert (await get(operator, "/operator/v1/Accounts?Status=closed"))["accounts"] == []
        assert_refused(await client.get("/operator/v1/Accounts"), 20003, 401)


async def test_of_a_standing_that_cannot_be_nothing_is_kept(house: House) -> None:
    path = f"/operator/v1/Accounts/{FIRST}"
    async with house.client("operator") as operator:
        before = await get(operator, path)
        odd = ({"Credit": amount} for amount in ("a lot", "-0", "1e5", "1_000", " 5", "\u0663", "1.0000001"))
        for amounts in (*odd, {"Credit": "1", "TopUp": "-1"}):
            assert_refused(await operator.post(path, data={"Status": "closed", "Type": "Trial", **amounts}), 20001)
            assert await get(operator, path) == before


async def test_a_large_sheet_is_taken(house: House) -> None:
    """Larger than the body of any other request may be."""
    sheet = SHEET + "".join(f"termination,+{number},,{'x' * 40},0.01,0,,,2026-01-01\n" for number in range(1000, 2200))
    assert len(sheet) > 65_536
    async with house.client("operator") as operator:
        done = await operator.post(f"{TARIFFS}/Import", content=sheet.encode(), headers={"Content-Type": "text/csv"})
        assert done.json() == {"added": 1200, "changed": 0}
        assert_refused(await operator.post(TARIFFS, data={"Service": "x" * 70_000}), 20001, 413)


async def test_row_143_a_number_is_paid_for_by_each_account_that_had_it(house: House) -> None:
    """Given back or handed on before the months are next looked at, every ten minutes."""
    month: dict[str, Any] = {
        "Service": "number-month",
        "Prefix": "+1",
        "Sell": "1.15",
        "Buy": "0.5",
        "EffectiveFrom": "2026-01-01",
    }
    await stock_numbers(house.bench, ["+12025550100"], "US", "local")
    numbers, sub_numbers = f"{ROOT}/IncomingPhoneNumbers", f"{ROOT.replace(FIRST, SUB)}/IncomingPhoneNumbers"
    async with house.client("operator") as operator, house.client() as client:
        await post(operator, TARIFFS, **month)
        bought = await post(client, f"{numbers}.json", PhoneNumber="+12025550100")
        await post(client, f"{numbers}/{bought['sid']}.json", 200, AccountSid=SUB)
        assert (await get(client, f"{ROOT}/Balance.json"))["balance"] == "-1.15"
        assert (await client.delete(f"{sub_numbers}/{bought['sid']}.json")).status_code == 204
        again = await post(client, f"{sub_numbers}.json", PhoneNumber="+12025550100")
        assert (await client.delete(f"{sub_numbers}/{again['sid']}.json")).status_code == 204
    assert await charge_numbers(house.store, house.bench.wall() + timedelta(days=40)) == 0
    [first] = await records(house, Category="phonenumbers-local", IncludeSubaccounts="false")
    [family] = await records(house, Category="phonenumbers-local")
    assert (first["count"], first["price"], family["count"], family["price"]) == ("1", "1.15", "2", "2.3")
