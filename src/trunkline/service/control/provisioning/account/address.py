"""Use cases of addresses (rest.md 3.10)."""

from collections.abc import Mapping
from dataclasses import dataclass

from trunkline.platform.store.repository.address import find_address, numbers_at_address
from trunkline.platform.store.repository.keyset import Cut
from trunkline.platform.store.table import AddressRow
from trunkline.service.control.provisioning.account.postal_address import check_address, has_postal_form
from trunkline.service.control.provisioning.field_rule import check_friendly_name
from trunkline.service.control.provisioning.refusal import Refusal, existing
from trunkline.service.control.provisioning.workbench import Workbench

_LONGEST_EMERGENCY_NAME = 32


@dataclass(frozen=True, slots=True)
class AddressChange:
    """`parts` by their columns; None leaves as it is."""

    parts: Mapping[str, str]
    friendly_name: str | None = None
    emergency_enabled: bool | None = None
    correct: bool = True


async def create_address(bench: Workbench, account_sid: str, iso_country: str, change: AddressChange) -> AddressRow:
    """The errors are those of `check_address`, and 20002 for the name."""
    now, country = bench.wall(), iso_country.upper()
    parts = check_address(country, change.parts, correct=change.correct)
    emergency = bool(change.emergency_enabled)
    row = AddressRow(
        sid=bench.ids.sid("AD"),
        account_sid=account_sid,
        iso_country=country,
        friendly_name=_name(change.friendly_name, emergency=emergency),
        emergency_enabled=emergency,
        validated=has_postal_form(country),
        date_created=now,
        date_updated=now,
        **(parts | {"street_secondary": parts.get("street_secondary") or None}),  # type: ignore[arg-type]
    )
    async with bench.store.writing() as session:
        session.add(row)
        await session.commit()
    return row


async def update_address(bench: Workbench, account_sid: str, sid: str, change: AddressChange) -> AddressRow:
    async with bench.store.writing() as session:
        row = existing(await find_address(session, account_sid, sid))
        parts = check_address(row.iso_country, change.parts, correct=change.correct)
        emergency = row.emergency_enabled if change.emergency_enabled is None else change.emergency_enabled
        name = row.friendly_name if change.friendly_name is None else change.friendly_name
        row.friendly_name, row.emergency_enabled = _name(name, emergency=emergency), emergency
        for column, text in parts.items():
            setattr(row, column, (text or None) if column == "street_secondary" else text)
        row.date_updated = bench.wall()
        await session.commit()
    return row


async def delete_address(bench: Workbench, account_sid: str, sid: str) -> None:
    """20409 while a number of the account is tied to it."""
    async with bench.store.writing() as session:
        row = existing(await find_address(session, account_sid, sid))
        if (await numbers_at_address(session, row, Cut(limit=1))).rows:
            raise Refusal(20409, "A phone number uses this address", 409)
        await session.delete(row)
        await session.commit()


def _name(name: str | None, *, emergency: bool) -> str:
    return check_friendly_name(name, _LONGEST_EMERGENCY_NAME if emergency else 64) or ""
