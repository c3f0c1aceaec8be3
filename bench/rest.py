"""What stored history costs a reader: calls by the million against a thousand, a year of usage against a day."""

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import structlog
from tests.contract.stock import call
from tests.unit.service_control.house import FIRST, House, furnished_template, open_house

from trunkline.platform.store.table import UsageDayRow

FEW, MANY = 1_000, 1_000_000
GOAL = 1.5
ROUNDS = 60
_CALLS = f"/2010-04-01/Accounts/{FIRST}/Calls"
_USAGE = f"/2010-04-01/Accounts/{FIRST}/Usage/Records"
_CATEGORIES = ("trunking-termination", "trunking-origination", "totalprice")


@dataclass(frozen=True, slots=True)
class Reading:
    """The median milliseconds of one request over the little and over the much."""

    what: str
    little_ms: float
    much_ms: float

    @property
    def ratio(self) -> float:
        return self.much_ms / self.little_ms


@dataclass(frozen=True, slots=True)
class Stored:
    """A house with calls, and how long they took to store."""

    house: House
    oldest: str
    fill_s: float


def measure() -> tuple[list[Reading], float]:
    """The readings, and the seconds that storing the many calls took."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    try:
        return asyncio.run(_measure())
    finally:
        structlog.reset_defaults()


async def _measure() -> tuple[list[Reading], float]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        template = await furnished_template(home)
        async with _stored(template, home / "few", FEW) as few, _stored(template, home / "many", MANY) as many:
            readings = [
                await _compared("list of calls", few, many, f"{_CALLS}.json"),
                await _compared("list, second page", few, many, f"{_CALLS}.json?Page=1"),
                await _compared("list, by number", few, many, f"{_CALLS}.json?To=%2B442079460001"),
                await _compared("list, by status", few, many, f"{_CALLS}.json?Status=completed"),
                await _compared("fetch of a call", few, many, f"{_CALLS}/{{oldest}}.json"),
            ]
            usage = await _times(few.house, (f"{_USAGE}/Today.json", f"{_USAGE}.json?StartDate=-365days"))
            return [*readings, Reading("usage, a year", *usage)], many.fill_s


@asynccontextmanager
async def _stored(template: Path, folder: Path, calls: int) -> AsyncIterator[Stored]:
    folder.mkdir()
    async with open_house(template, folder) as house:
        first = call(FIRST, 1)
        first.rated_at = first.date_created
        oldest = first.sid
        today = house.bench.wall().date()
        async with house.store.appending() as session:
            session.add(first)
            session.add_all(
                UsageDayRow(
                    account_sid=FIRST, category=category, day=today - timedelta(days=back),
                    count=100, seconds=9_000, sell=Decimal("1.5"), buy=Decimal(1),
                )
                for back in range(365) for category in _CATEGORIES
            )  # fmt: skip
            await session.commit()
        began = time.monotonic()
        _multiply(folder / "control.db", calls - 1)
        yield Stored(house, oldest, time.monotonic() - began)


def _multiply(path: Path, copies: int) -> None:
    """Copies of the one call, a second apart, by one statement: a million through the mapper would take minutes."""
    with sqlite3.connect(path) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(call)")]
        moment = datetime(2026, 2, 4, tzinfo=UTC).replace(tzinfo=None).isoformat(" ")
        at = f"strftime('%Y-%m-%d %H:%M:%S.000000', '{moment}', '+' || n || ' seconds')"
        own = {
            "sid": "printf('CA%032x', n)",
            "to_number": "'+44207946' || printf('%04d', n % 5)",
            **dict.fromkeys(("date_created", "date_updated", "invited_at", "start_time", "released_at"), at),
        }
        columns = ", ".join(own.get(name, f'call."{name}"') for name in names)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(
            "WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < ?) "
            f"INSERT INTO call SELECT {columns} FROM copy, (SELECT * FROM call LIMIT 1) AS call",
            (copies,),
        )
        connection.commit()
        # As in a store that is long in use: read from the file, not from a log of the one huge transaction.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _compared(what: str, few: Stored, many: Stored, path: str) -> Reading:
    """Both take turns, so that a slow moment of the machine hurts both."""
    little: list[float] = []
    much: list[float] = []
    async with few.house.client() as one, many.house.client() as other:
        for _ in range(ROUNDS):
            for client, stored, times in ((one, few, little), (other, many, much)):
                began = time.perf_counter()
                answer = await client.get(path.format(oldest=stored.oldest))
                times.append(time.perf_counter() - began)
                assert answer.status_code == 200, answer.text
    return Reading(what, statistics.median(little) * 1e3, statistics.median(much) * 1e3)


async def _times(house: House, paths: tuple[str, str]) -> tuple[float, float]:
    found: tuple[list[float], list[float]] = ([], [])
    async with house.client() as client:
        for _ in range(ROUNDS):
            for path, times in zip(paths, found, strict=True):
                began = time.perf_counter()
                answer = await client.get(path)
                times.append(time.perf_counter() - began)
                assert answer.status_code == 200, answer.text
    return statistics.median(found[0]) * 1e3, statistics.median(found[1]) * 1e3
