"""Use cases of origination URLs: at most ten for each trunk (rows 51-54)."""

from typing import Final, TypedDict

from trunkline.platform.store.repository.trunk import count_origination_urls, find_origination_url, find_trunk
from trunkline.platform.store.table import OriginationUrlRow
from trunkline.service.control.provisioning.field_rule import check_friendly_name
from trunkline.service.control.provisioning.refusal import Refusal, existing, invalid
from trunkline.service.control.provisioning.trunking.sip_url import check_sip_url
from trunkline.service.control.provisioning.workbench import Workbench

MOST_URLS: Final = 10


class OriginationUrlFields(TypedDict, total=False):
    friendly_name: str
    sip_url: str
    priority: int
    weight: int
    enabled: bool


def _checked(fields: OriginationUrlFields) -> OriginationUrlFields:
    for name in ("priority", "weight"):
        # 0 is refused by the documentation for weight, but the real API takes it.
        if name in fields and not 0 <= fields[name] <= 65_535:
            raise invalid(name.capitalize(), "must be 0 to 65535")
    checked = fields.copy()
    if "friendly_name" in fields:
        checked["friendly_name"] = check_friendly_name(fields["friendly_name"]) or ""
    if "sip_url" in fields:
        checked["sip_url"] = check_sip_url(fields["sip_url"])
    return checked


async def create_origination_url(
    bench: Workbench, account_sid: str, trunk_sid: str, fields: OriginationUrlFields
) -> OriginationUrlRow:
    """21249 for the eleventh."""
    checked, now = _checked(fields), bench.wall()
    async with bench.store.writing() as session:
        existing(await find_trunk(session, account_sid, trunk_sid))
        if await count_origination_urls(session, trunk_sid) >= MOST_URLS:
            raise Refusal(21249, f"A trunk has at most {MOST_URLS} origination URLs")
        row = OriginationUrlRow(
            sid=bench.ids.sid("OU"),
            account_sid=account_sid,
            trunk_sid=trunk_sid,
            friendly_name=checked["friendly_name"],
            sip_url=checked["sip_url"],
            priority=checked["priority"],
            weight=checked["weight"],
            enabled=checked["enabled"],
            date_created=now,
            date_updated=now,
        )
        session.add(row)
        await session.commit()
    return row


async def update_origination_url(
    bench: Workbench, account_sid: str, trunk_sid: str, sid: str, fields: OriginationUrlFields
) -> OriginationUrlRow:
    checked = _checked(fields)
    async with bench.store.writing() as session:
        existing(await find_trunk(session, account_sid, trunk_sid))
        row = existing(await find_origination_url(session, trunk_sid, sid))
        for name, value in checked.items():
            setattr(row, name, value)
        row.date_updated = bench.wall()
        await session.commit()
    return row


async def delete_origination_url(bench: Workbench, account_sid: str, trunk_sid: str, sid: str) -> None:
    async with bench.store.writing() as session:
        existing(await find_trunk(session, account_sid, trunk_sid))
        row = existing(await find_origination_url(session, trunk_sid, sid))
        await session.delete(row)
        await session.commit()
