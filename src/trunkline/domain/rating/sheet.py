"""Tariff sheets: CSV as operators exchange it, read row by row with a clear fault for each row that is wrong."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from typing import Final

from trunkline.domain.rating.errors import MalformedTariff
from trunkline.domain.rating.tariff import MILLIONTH, Increments, Service, Tariff

COLUMNS: Final = ("service", "prefix", "number_type", "name", "sell", "buy", "first", "next", "effective_from")
_NEEDED: Final = ("service", "prefix", "sell", "buy")
_PREFIX: Final = re.compile(r"\+([1-9][0-9]{0,14})?\Z", re.ASCII)
_AMOUNT: Final = re.compile(r"-?[0-9]{1,9}(\.[0-9]{0,30})?\Z", re.ASCII)
_CONTROL: Final = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff]")
_NUMBER_TYPES: Final = ("local", "mobile", "toll-free")
_LARGEST: Final = Decimal(1_000_000)
_MOST_SECONDS: Final = 3600
MOST_ROWS: Final = 100_000


@dataclass(frozen=True, slots=True)
class SheetFault:
    """`line` counts from 1, the header being line 1."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    tariffs: tuple[Tariff, ...]
    faults: tuple[SheetFault, ...]


def read_sheet(text: str, now: datetime) -> Sheet:
    """Every row, good or faulty. `now` is the date of a row that names none; a header line names the columns."""
    rows = csv.DictReader(StringIO(text), restkey="", skipinitialspace=True)
    tariffs: list[Tariff] = []
    faults: list[SheetFault] = []
    try:
        told = _header_fault(rows.fieldnames or ())
        if told:
            return Sheet((), (SheetFault(1, told),))
        _read_rows(rows, now, tariffs, faults)
    except csv.Error as fault:
        faults.append(SheetFault(rows.line_num + 1, f"not CSV: {fault}"))
    return Sheet(tuple(tariffs), tuple(faults))


def _header_fault(columns: Sequence[str]) -> str:
    missing = [f"column {name} is missing" for name in _NEEDED if name not in columns]
    unknown = [f"there is no column {name!r}" for name in columns if name not in COLUMNS]
    twice = [f"column {name} stands twice" for name in COLUMNS if columns.count(name) > 1]
    return "; ".join(missing + unknown + twice)


def _read_rows(rows: "csv.DictReader[str]", now: datetime, tariffs: list[Tariff], faults: list[SheetFault]) -> None:
    seen: dict[tuple[object, ...], int] = {}
    for row in rows:
        if len(tariffs) + len(faults) >= MOST_ROWS:
            faults.append(SheetFault(rows.line_num, f"a sheet has at most {MOST_ROWS} rows"))
            return
        try:
            tariff = read_tariff({name: value or "" for name, value in row.items()}, now)
            key = (tariff.service, tariff.prefix, tariff.number_type, tariff.effective_from)
            if key in seen:
                raise MalformedTariff(f"the same tariff stands in line {seen[key]} already")
        except MalformedTariff as fault:
            faults.append(SheetFault(rows.line_num, str(fault)))
        else:
            seen[key] = rows.line_num
            tariffs.append(tariff)


def read_tariff(row: Mapping[str, str], now: datetime) -> Tariff:
    """One row by its column names; a column that is absent or empty has its default. Raises MalformedTariff."""
    if "" in row:
        raise MalformedTariff("the row has more fields than the header")
    fields = {name: value.strip() for name, value in row.items()}
    return Tariff(
        service=_service(fields.get("service", "")),
        prefix=_prefix(fields.get("prefix", "")),
        effective_from=_date(fields.get("effective_from", ""), now),
        sell=_amount("sell", fields.get("sell", "")),
        buy=_amount("buy", fields.get("buy", "")),
        number_type=_number_type(fields.get("number_type", "")),
        increments=Increments(_seconds("first", fields.get("first", "")), _seconds("next", fields.get("next", ""))),
        name=_name(fields.get("name", "")),
    )


def _service(text: str) -> Service:
    try:
        return Service(text)
    except ValueError:
        raise MalformedTariff(f"service is one of {', '.join(Service)}, not {text!r}") from None


def _prefix(text: str) -> str:
    prefix = text if text.startswith("+") else "+" + text
    if not _PREFIX.match(prefix):
        raise MalformedTariff(f"prefix is + and at most 15 digits, not {text!r}")
    return prefix


def _number_type(text: str) -> str | None:
    if text and text not in _NUMBER_TYPES:
        raise MalformedTariff(f"number_type is one of {', '.join(_NUMBER_TYPES)} or empty, not {text!r}")
    return text or None


def _amount(column: str, text: str) -> Decimal:
    if not _AMOUNT.match(text):
        raise MalformedTariff(f"{column} is an amount such as 0.0075, not {text[:40]!r}")
    amount = Decimal(text)
    if not 0 <= amount < _LARGEST:
        raise MalformedTariff(f"{column} is from 0 to {_LARGEST}, not {text}")
    if amount != amount.quantize(MILLIONTH):
        raise MalformedTariff(f"{column} has at most six decimals, not {text}")
    return amount


def _name(text: str) -> str:
    if _CONTROL.search(text):
        raise MalformedTariff(f"name has characters that cannot be printed: {text[:40]!r}")
    return text[:64]


def _seconds(column: str, text: str) -> int:
    if not text:
        return 60
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= _MOST_SECONDS):
        raise MalformedTariff(f"{column} is from 1 to {_MOST_SECONDS} seconds, not {text!r}")
    return int(text)


def _date(text: str, now: datetime) -> datetime:
    if not text:
        return now
    try:
        date = datetime.fromisoformat(text)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedTariff(f"effective_from is a date such as 2026-01-31, not {text!r}") from None
