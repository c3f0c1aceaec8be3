"""The use case of moving a number between the accounts of one family: a parent and its sub-accounts."""

import re
from typing import Final

from trunkline.platform.store.rating import charge_before_leaving
from trunkline.platform.store.repository.account import find_account
from trunkline.platform.store.repository.number import number_of
from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.repository.voice_route import forget_voice_route
from trunkline.platform.store.table import AccountRow, PhoneNumberRow
from trunkline.service.control.provisioning.account.phone_number import NumberFields, apply_fields
from trunkline.service.control.provisioning.refusal import Refusal, existing
from trunkline.service.control.provisioning.trunking.association import refuse_emergency
from trunkline.service.control.provisioning.workbench import Workbench

_ACCOUNT_SID: Final = re.compile(r"AC[0-9a-fA-F]{32}\Z")
_TIES: Final = ("trunk_sid", "voice_application_sid", "sms_application_sid", "address_sid", "emergency_address_sid")
"""What belongs to the account that gives the number away."""


async def transfer_number(
    bench: Workbench, caller: AccountRow, account_sid: str, sid: str, to_sid: str, fields: NumberFields
) -> PhoneNumberRow:
    """The number with the fields that were sent, in its new account and free of what it was tied to in the old one.

    21470 for what is no account SID, 21471 for an account that does not exist or is not of the family, 21472 for one
    that is not active, 21473 where a sub-account asks. 21474 is not used.
    """
    async with bench.store.writing() as session:
        number = existing(await number_of(session, account_sid, sid))
        gaining = await _gaining(session, caller, to_sid)
        refuse_emergency(number)
        await charge_before_leaving(session, number, bench.wall())
        await forget_voice_route(session, sid)
        for name in _TIES:
            setattr(number, name, None)
        number.account_sid, number.date_updated = gaining.sid, bench.wall()
        await apply_fields(session, gaining.sid, number, fields)
        await session.commit()
    return number


async def _gaining(session: DbSession, caller: AccountRow, to_sid: str) -> AccountRow:
    if not _ACCOUNT_SID.match(to_sid):
        raise Refusal(21470, "AccountSid is not the SID of an account")
    if caller.parent_sid is not None:
        raise Refusal(21473, "Only the parent account moves numbers between accounts")
    account = await find_account(session, to_sid)
    if account is None or caller.sid not in (account.sid, account.parent_sid):
        raise Refusal(21471, "AccountSid is not an account of yours")
    if account.status != "active":
        raise Refusal(21472, "The account that is to have the number is not active")
    return account
