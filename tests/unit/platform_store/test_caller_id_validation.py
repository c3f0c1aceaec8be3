"""Row 144: who calls a number that is to be verified, and what becomes of requests that nobody ends."""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import select

from tests.unit.platform_store.rows import ACCOUNT, AT, account, sid
from trunkline.platform.setting.random_ids import RandomIds
from trunkline.platform.store.caller_id_validation import (
    CLAIM,
    CodeFault,
    ValidationOrder,
    Validations,
    hashed_code,
)
from trunkline.platform.store.engine import Store
from trunkline.platform.store.table import CallbackRow, OutgoingCallerIdRow, ValidationRow
from trunkline.platform.store.vault import Vault

CODE = "271828"


class Desk:
    """Requests in a store, and the time."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self.store = store
        self.vault = vault
        self.at = AT
        self.validations = Validations(store, vault, RandomIds(), lambda: self.at)

    async def ask(self, number: int, *, delay_s: int = 0) -> ValidationOrder:
        call_sid, phone_number = sid("CA", number), f"+120255501{number:02d}"
        async with self.store.appending() as session:
            session.add(
                ValidationRow(
                    call_sid=call_sid,
                    account_sid=ACCOUNT,
                    phone_number=phone_number,
                    friendly_name="Front desk",
                    code_hash=hashed_code(self.vault, call_sid, CODE),
                    status_callback="https://app.example/v",
                    status_callback_method="POST",
                    date_created=AT,
                    expires_at=AT + timedelta(hours=1),
                    extension="12",
                    call_at=AT + timedelta(seconds=delay_s),
                )
            )
            await session.commit()
        return ValidationOrder(call_sid, ACCOUNT, phone_number, "12")

    async def told(self) -> list[tuple[str, str]]:
        async with self.store.reading() as session:
            rows = await session.scalars(select(CallbackRow))
            return sorted((row.fields["CallSid"], row.fields["VerificationStatus"]) for row in rows)


async def _desk(store: Store, vault: Vault, at: datetime = AT) -> Desk:
    async with store.appending() as session:
        session.add(account())
        await session.commit()
    desk = Desk(store, vault)
    desk.at = at
    return desk


async def test_row_144_a_number_is_called_by_one_voice_and_when_it_is_time(store: Store, vault: Vault) -> None:
    desk = await _desk(store, vault)
    orders = [await desk.ask(number) for number in range(6)]
    late = await desk.ask(6, delay_s=30)
    taken = await asyncio.gather(*(desk.validations.take_due(f"voice {name}", 3) for name in range(4)))
    everything = [order for some in taken for order in some]
    assert sorted(everything, key=lambda order: order.call_sid) == orders
    desk.at = AT + timedelta(seconds=29)
    assert await desk.validations.take_due("voice 0", 10) == []
    desk.at = AT + timedelta(seconds=30)
    assert await desk.validations.take_due("voice 0", 10) == [late]
    assert await desk.validations.take_due("voice 0", 10) == []


async def test_row_144_what_a_dead_voice_had_taken_on_fails(sqlite_store: Store, vault: Vault) -> None:
    desk = await _desk(sqlite_store, vault)
    first, second, third = [await desk.ask(number) for number in (1, 2, 3)]
    assert await desk.validations.take_due("dead", 2) == [first, second]
    assert await desk.validations.take_due("other", 2) == [third]
    assert await desk.validations.fail_all_of("dead") == [first, second]
    assert await desk.told() == [(first.call_sid, "failed"), (second.call_sid, "failed")]
    assert await desk.validations.fail_all_of("dead") == []
    desk.at = AT + CLAIM - timedelta(seconds=1)
    await desk.validations.expire()
    assert len(await desk.told()) == 2
    desk.at = AT + CLAIM
    await desk.validations.expire()
    assert await desk.told() == [(order.call_sid, "failed") for order in (first, second, third)]


async def test_row_144_a_request_is_settled_once(sqlite_store: Store, vault: Vault) -> None:
    desk = await _desk(sqlite_store, vault)
    right, left = await desk.ask(1), await desk.ask(2)
    assert await desk.validations.enter(right.call_sid, "000000") is CodeFault.WRONG
    made = await desk.validations.enter(right.call_sid, CODE)
    assert isinstance(made, OutgoingCallerIdRow)
    assert (made.phone_number, made.friendly_name) == (right.phone_number, "Front desk")
    assert await desk.validations.enter(right.call_sid, CODE) is CodeFault.SETTLED
    await desk.validations.fail(right.call_sid)
    await desk.validations.fail(left.call_sid)
    await desk.validations.fail(left.call_sid)
    assert await desk.told() == [(right.call_sid, "success"), (left.call_sid, "failed")]
    assert await desk.validations.take_due("voice", 10) == []
