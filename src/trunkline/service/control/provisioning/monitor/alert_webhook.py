"""The use case of where an account wants to be told of its alerts."""

from typing import Literal

from trunkline.platform.store.alert_mail import forget_mail_of
from trunkline.platform.store.repository.account import find_account
from trunkline.platform.store.table import AccountRow
from trunkline.service.control.provisioning.field_rule import check_email, check_url
from trunkline.service.control.provisioning.refusal import existing, invalid
from trunkline.service.control.provisioning.workbench import Workbench


async def set_alert_webhook(
    bench: Workbench, account_sid: str, url: str | None, method: Literal["GET", "POST"] | None, email: str | None
) -> AccountRow:
    """None leaves as it is; an empty URL or address ends that telling. An address where no mail is sent is 20001."""
    if email and not bench.sends_mail:
        raise invalid("Email", "this platform has no mail server")
    async with bench.store.writing() as session:
        row = existing(await find_account(session, account_sid))
        row.alert_url = row.alert_url if url is None else check_url("Url", url)
        row.alert_email = row.alert_email if email is None else check_email("Email", email)
        if email == "":
            await forget_mail_of(session, account_sid)
        row.alert_method = method or row.alert_method
        row.date_updated = bench.wall()
        await session.commit()
    return row
