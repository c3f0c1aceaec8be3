"""The use case of where an account wants to be told of its alerts."""

from typing import Literal

from trunkline.platform.store.repository.account import find_account
from trunkline.platform.store.table import AccountRow
from trunkline.service.control.provisioning.field_rule import check_url
from trunkline.service.control.provisioning.refusal import existing
from trunkline.service.control.provisioning.workbench import Workbench


async def set_alert_webhook(
    bench: Workbench, account_sid: str, url: str | None, method: Literal["GET", "POST"] | None
) -> AccountRow:
    """None leaves as it is; an empty URL ends the telling."""
    async with bench.store.writing() as session:
        row = existing(await find_account(session, account_sid))
        row.alert_url = row.alert_url if url is None else check_url("Url", url)
        row.alert_method = method or row.alert_method
        row.date_updated = bench.wall()
        await session.commit()
    return row
