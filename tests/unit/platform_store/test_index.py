"""Look-ups and first pages go through an index: their time does not grow with the tables (goals, scale)."""

from typing import Any

import pytest
from sqlalchemy import Select, select, text
from sqlalchemy.dialects import sqlite

from tests.unit.platform_store.rows import AT
from trunkline.domain.trunk.number.search import Circle, NumberPattern, Place
from trunkline.platform.store import directory
from trunkline.platform.store.engine import Store
from trunkline.platform.store.rating import numbers_due, tariffs_for
from trunkline.platform.store.repository.stock import StockSearch, stock_statement
from trunkline.platform.store.table import (
    AlertRow,
    AuditEventRow,
    CallRow,
    ChangeRow,
    PhoneNumberRow,
    RecordingRow,
    TrunkRow,
)

_Dated = CallRow | TrunkRow | PhoneNumberRow | AlertRow | AuditEventRow | RecordingRow


def _page(statement: Select[Any], table: type[_Dated]) -> Select[Any]:
    return statement.order_by(table.date_created.desc(), table.sid.desc()).limit(51)


def _stock(**wanted: Any) -> Select[PhoneNumberRow]:
    return stock_statement(StockSearch("US", "local", 50, **wanted))


STATEMENTS: dict[str, Select[*tuple[Any, ...]]] = {
    "trunk by domain": directory._TRUNK_BY_DOMAIN,
    "trunk by SID": directory._TRUNK_BY_SID,
    "networks": directory._NETWORKS,
    "credentials": directory._CREDENTIALS,
    "origination URLs": directory._URLS,
    "header policies": directory._POLICIES,
    "number": directory._NUMBER,
    "caller ID": directory._CALLER_ID,
    "changes": select(ChangeRow.id).where(ChangeRow.id > 5).order_by(ChangeRow.id).limit(1000),
    "trunks": _page(select(TrunkRow.sid).where(TrunkRow.account_sid == "x"), TrunkRow),
    "numbers": _page(select(PhoneNumberRow.sid).where(PhoneNumberRow.account_sid == "x"), PhoneNumberRow),
    "numbers of a trunk": _page(select(PhoneNumberRow.sid).where(PhoneNumberRow.trunk_sid == "x"), PhoneNumberRow),
    "calls": _page(select(CallRow.sid).where(CallRow.account_sid == "x"), CallRow),
    "calls by status": _page(select(CallRow.sid).where(CallRow.account_sid == "x", CallRow.status == "busy"), CallRow),
    "calls to": _page(select(CallRow.sid).where(CallRow.account_sid == "x", CallRow.to_number == "+1"), CallRow),
    "calls from": _page(select(CallRow.sid).where(CallRow.account_sid == "x", CallRow.from_number == "+1"), CallRow),
    "recordings": _page(select(RecordingRow.sid).where(RecordingRow.account_sid == "x"), RecordingRow),
    "events": _page(select(AuditEventRow.sid).where(AuditEventRow.account_sid == "x"), AuditEventRow),
    "calls by their end": select(CallRow.sid)
    .where(CallRow.account_sid == "x", CallRow.released_at < "x")
    .order_by(CallRow.released_at.desc(), CallRow.sid.desc()),
    "alerts": _page(select(AlertRow.sid).where(AlertRow.account_sid == "x"), AlertRow),
    "tariffs of a number": tariffs_for(["+12025550101"]),
    "numbers to charge": numbers_due(AT, (AT, "x")),
    "stock": _stock(),
    "stock by area": _stock(beginning="+1202"),
    "stock by pattern": _stock(pattern=NumberPattern("1202***01", anchored=True)),
    "stock by region": _stock(region="DC"),
    "stock by locality": _stock(locality="Washington"),
    "stock by postal code": _stock(postal_code="20001"),
    "stock by rate center": _stock(lata="236", rate_center="WSHNGTNZN1"),
    "stock near a place": _stock(near=Circle(Place(38.9, -77.0), 25)),
}

LISTS = ("prefixes",)
"""Parameters that are lists."""

SORTED_AFTERWARDS = {"credentials", "origination URLs", "stock near a place"}
"""Of one trunk, so a handful of rows; of one stretch of the map."""
STOCK_INDEXES = {
    "stock by area": "phone_number>? AND phone_number<?",
    "stock by pattern": "phone_number>? AND phone_number<?",
    "stock by region": "ix_stock_region",
    "stock by locality": "ix_stock_locality",
    "stock by postal code": "ix_stock_postal_code",
    "stock by rate center": "ix_stock_lata",
    "stock near a place": "COVERING INDEX ix_stock_latitude",
}
"""What the step that searches names, so that it is not the whole country that is searched."""


@pytest.mark.parametrize("name", STATEMENTS)
async def test_no_table_is_scanned_and_no_page_sorted(sqlite_store: Store, name: str) -> None:
    compiled = STATEMENTS[name].compile(dialect=sqlite.dialect())
    given = {key: "x" if value is None else value for key, value in compiled.construct_params(_check=False).items()}
    expanded = compiled.construct_expanded_state(given | {key: ["+1", "+12"] for key in LISTS if key in given})
    values = tuple(expanded.positional_parameters)
    async with sqlite_store.engine.connect() as connection:
        raw = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {expanded.statement}", values)
        plan = [str(row.detail) for row in raw]
        assert (await connection.execute(text("SELECT 1"))).scalar() == 1
    steps = "; ".join(plan)
    assert "SEARCH" in steps, steps
    assert STOCK_INDEXES.get(name, "") in steps, steps
    # "SCAN CONSTANT ROW" is the one row of a SELECT without a table.
    assert [step for step in plan if step.startswith("SCAN") and step != "SCAN CONSTANT ROW"] == [], steps
    if name not in SORTED_AFTERWARDS:
        assert "TEMP B-TREE" not in steps, steps
