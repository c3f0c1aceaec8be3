"""Use cases of caller IDs that wait for their code: asked for by the customer, settled by who heard it (row 144).

The customer's own API cannot enter the code: it comes back over the phone (`service.voice`), or through the operator.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from trunkline.domain.validation.extension import MOST_CHARACTERS, is_extension
from trunkline.platform.store.caller_id_validation import CodeFault, Validations, hashed_code
from trunkline.platform.store.repository.number import caller_id_for
from trunkline.platform.store.repository.validation import (
    caller_id_elsewhere,
    count_validations,
    validations_for,
)
from trunkline.platform.store.table import OutgoingCallerIdRow, ValidationRow
from trunkline.service.control.provisioning.field_rule import check_friendly_name, check_url, formatted, is_e164
from trunkline.service.control.provisioning.refusal import NotFound, Refusal, invalid
from trunkline.service.control.provisioning.workbench import Workbench

LIFETIME: Final = timedelta(hours=1)
"""How long a request waits for somebody to call, or for the operator."""
MOST_PENDING: Final = 20
_LONGEST_DELAY_S: Final = 60
_LONGEST_CALLBACK: Final = 1_000


@dataclass(frozen=True, slots=True)
class ValidationWish:
    phone_number: str
    friendly_name: str | None = None
    call_delay_s: int = 0
    extension: str = ""
    status_callback: str = ""
    status_callback_method: Literal["GET", "POST"] = "POST"


async def request_validation(bench: Workbench, account_sid: str, wish: ValidationWish) -> tuple[ValidationRow, str]:
    """The request and its six digits; a new one for the same number takes the place of the old one.

    21421 for what is no number, 21454 for a delay that is not 0-60 s, 21450 for a number that the account has verified
    already, 21453 for one that another has; 20429 while 20 wait.
    """
    _check(wish)
    code, sid, now = f"{bench.ids.number(1_000_000):06d}", bench.ids.sid("CA"), bench.wall()
    row = ValidationRow(
        call_sid=sid,
        account_sid=account_sid,
        phone_number=wish.phone_number,
        friendly_name=check_friendly_name(wish.friendly_name) or formatted(wish.phone_number),
        code_hash=hashed_code(bench.vault, sid, code),
        status_callback=check_url("StatusCallback", wish.status_callback),
        status_callback_method=wish.status_callback_method,
        date_created=now,
        expires_at=now + LIFETIME,
        extension=wish.extension,
        call_at=now + timedelta(seconds=wish.call_delay_s),
    )
    async with bench.store.writing() as session:
        if await caller_id_for(session, account_sid, wish.phone_number) is not None:
            raise Refusal(21450, "The phone number is verified already")
        if await caller_id_elsewhere(session, account_sid, wish.phone_number):
            raise Refusal(21453, "The phone number is verified by another account")
        for older in await validations_for(session, account_sid, wish.phone_number):
            await session.delete(older)
        if await count_validations(session, account_sid) >= MOST_PENDING:
            raise Refusal(20429, f"At most {MOST_PENDING} numbers wait for their code at a time", 429)
        session.add(row)
        await session.commit()
    return row, code


def _check(wish: ValidationWish) -> None:
    if not is_e164(wish.phone_number):
        raise Refusal(21421, f"PhoneNumber {wish.phone_number[:20]} is not a valid E.164 number")
    if not 0 <= wish.call_delay_s <= _LONGEST_DELAY_S:
        raise Refusal(21454, f"CallDelay must be 0 to {_LONGEST_DELAY_S} seconds")
    if len(wish.status_callback) > _LONGEST_CALLBACK:
        raise invalid("StatusCallback", f"must be at most {_LONGEST_CALLBACK} characters")
    if not is_extension(wish.extension):
        raise invalid("Extension", f"must be at most {MOST_CHARACTERS} of 0-9, *, #, w and W")


async def enter_code(bench: Workbench, call_sid: str, code: str) -> OutgoingCallerIdRow:
    """The caller ID that the right code makes; 20404 for a request that is settled or too old, 20001 for a wrong code.

    The fifth wrong one ends the request as failed.
    """
    match await Validations(bench.store, bench.vault, bench.ids, bench.wall).enter(call_sid, code):
        case CodeFault.SETTLED:
            raise NotFound
        case CodeFault.WRONG:
            raise invalid("Code", "is not the code of this request")
        case caller_id:
            return caller_id
