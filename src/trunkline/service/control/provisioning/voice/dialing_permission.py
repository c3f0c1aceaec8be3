"""Use cases of dialing permissions: which countries an account may call, for each class of risk (rows 35, 148)."""

from collections.abc import Iterable
from dataclasses import dataclass

from trunkline.domain.trunk.facts import Risk
from trunkline.domain.trunk.number.geo import countries, country_of
from trunkline.domain.trunk.number.risk import EXAMPLES
from trunkline.kit.ids import E164
from trunkline.platform.store.repository.account import find_account
from trunkline.platform.store.repository.number_range import all_ranges
from trunkline.platform.store.table import AccountRow
from trunkline.service.control.provisioning.refusal import existing, invalid
from trunkline.service.control.provisioning.workbench import Workbench


@dataclass(frozen=True, slots=True)
class CountryUpdate:
    """None leaves a class as it is."""

    iso_code: str
    low_risk: bool | None = None
    special: bool | None = None
    tollfraud: bool | None = None


async def permissions_in_force(bench: Workbench, account: AccountRow) -> AccountRow:
    """The account whose lists hold: its own, or its parent's where it inherits them."""
    if not account.inherits_permissions or account.parent_sid is None:
        return account
    async with bench.store.reading() as session:
        return await find_account(session, account.parent_sid) or account


async def update_countries(bench: Workbench, account_sid: str, updates: Iterable[CountryUpdate]) -> int:
    """Changes the account's own lists, all or none; how many countries that were. 20001 for one without numbers."""
    wanted = list(updates)
    for update in wanted:
        if update.iso_code not in countries():
            raise invalid("UpdateRequest", f"there is no country {update.iso_code[:10]!r}")
    async with bench.store.writing() as session:
        row = existing(await find_account(session, account_sid))
        row.countries = _changed(row.countries, ((one.iso_code, one.low_risk) for one in wanted))
        row.special_countries = _changed(row.special_countries, ((one.iso_code, one.special) for one in wanted))
        row.tollfraud_countries = _changed(row.tollfraud_countries, ((one.iso_code, one.tollfraud) for one in wanted))
        row.date_updated = bench.wall()
        await session.commit()
    return len({update.iso_code for update in wanted})


def _changed(enabled: Iterable[str], changes: Iterable[tuple[str, bool | None]]) -> list[str]:
    """A country that is named more than once has the last word that was said of it."""
    last = {country: enable for country, enable in changes if enable is not None}
    on = {country for country, enable in last.items() if enable}
    return sorted({*enabled, *on} - (last.keys() - on))


async def set_inheritance(bench: Workbench, account_sid: str, *, inherits: bool) -> AccountRow:
    async with bench.store.writing() as session:
        row = existing(await find_account(session, account_sid))
        row.inherits_permissions = inherits
        row.date_updated = bench.wall()
        await session.commit()
    return row


async def special_prefixes(bench: Workbench, country: str) -> list[str]:
    """The high-risk special ranges of a country, ascending."""
    async with bench.store.reading() as session:
        own = {row.prefix: Risk(row.mark) for row in await all_ranges(session, "callee")}
    listed: dict[str, Risk] = {**EXAMPLES, **own}
    return sorted(prefix for prefix, risk in listed.items() if risk is Risk.SPECIAL and _within(prefix, country))


def _within(prefix: str, country: str) -> bool:
    return country_of(E164(prefix)) == country
