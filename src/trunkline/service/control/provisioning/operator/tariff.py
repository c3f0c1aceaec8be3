"""Use cases of tariffs: one, a whole sheet, and rating calls anew by them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from trunkline.domain.rating.errors import MalformedTariff
from trunkline.domain.rating.sheet import SheetFault, read_sheet, read_tariff
from trunkline.domain.rating.tariff import Tariff
from trunkline.platform.store.rating import rate_again
from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.repository.tariff import TariffKey, find_tariff, tariffs_like
from trunkline.platform.store.table import TariffRow
from trunkline.platform.store.table.phone_number import NumberType
from trunkline.service.control.provisioning.refusal import Refusal, existing
from trunkline.service.control.provisioning.workbench import Workbench

_PIECE: Final = 100
"""Tariffs in one transaction (design, decision 18)."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a sheet; with faults nothing was kept of it."""

    added: int
    changed: int
    faults: Sequence[SheetFault]


async def set_tariff(bench: Workbench, fields: Mapping[str, str]) -> TariffRow:
    """A tariff from the columns of a sheet; takes the place of one for the same thing from the same moment on."""
    try:
        tariff = read_tariff(fields, bench.wall())
    except MalformedTariff as fault:
        raise Refusal(20001, f"Invalid tariff: {fault}") from None
    async with bench.store.writing() as session:
        [row], _ = await _put(bench, session, [tariff])
        await session.commit()
    return row


async def import_sheet(bench: Workbench, text: str) -> Imported:
    """All rows or, where one is faulty, none.

    Good rows are kept in pieces, so that no transaction holds others up; sent again, a sheet changes nothing.
    """
    sheet = read_sheet(text, bench.wall())
    if sheet.faults:
        return Imported(0, 0, sheet.faults)
    added = 0
    for start in range(0, len(sheet.tariffs), _PIECE):
        async with bench.store.writing() as session:
            _, is_new = await _put(bench, session, sheet.tariffs[start : start + _PIECE])
            await session.commit()
        added += is_new
    return Imported(added, len(sheet.tariffs) - added, ())


async def _put(bench: Workbench, session: DbSession, tariffs: Sequence[Tariff]) -> tuple[list[TariffRow], int]:
    """The tariffs as rows, and how many of them are new."""
    now = bench.wall()
    known = await tariffs_like(session, [_key(tariff) for tariff in tariffs])
    rows = [_changed(known.get(_key(tariff)), tariff, now) or _row(bench, tariff, now) for tariff in tariffs]
    session.add_all(rows)
    return rows, len(tariffs) - len(known)


def _key(tariff: Tariff) -> TariffKey:
    return tariff.service.value, tariff.prefix, tariff.number_type or "", tariff.effective_from


def _changed(row: TariffRow | None, tariff: Tariff, now: datetime) -> TariffRow | None:
    wanted = (tariff.name, tariff.sell, tariff.buy, tariff.increments.first, tariff.increments.next)
    if row is not None and (row.name, row.sell, row.buy, row.first_s, row.next_s) != wanted:
        row.name, row.sell, row.buy, row.first_s, row.next_s = wanted
        row.date_updated = now
    return row


def _row(bench: Workbench, tariff: Tariff, now: datetime) -> TariffRow:
    return TariffRow(
        sid=bench.ids.sid("TF"),
        service=tariff.service.value,
        prefix=tariff.prefix,
        number_type=cast("NumberType", tariff.number_type or ""),
        name=tariff.name,
        sell=tariff.sell,
        buy=tariff.buy,
        first_s=tariff.increments.first,
        next_s=tariff.increments.next,
        effective_from=tariff.effective_from,
        date_created=now,
        date_updated=now,
    )


async def delete_tariff(bench: Workbench, sid: str) -> None:
    """What was charged by it stays charged until the calls are rated again."""
    async with bench.store.writing() as session:
        row = existing(await find_tariff(session, sid))
        await session.delete(row)
        await session.commit()


async def rate_period_again(bench: Workbench, first: datetime, until: datetime) -> int:
    """How many calls of the period were rated by the tariffs as they are now."""
    return await rate_again(bench.store, first, until, bench.wall())
