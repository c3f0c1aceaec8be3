"""What an account cannot make by itself: calls that were, their alert and usage, numbers for sale, a caller ID."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from secrets import token_hex

from tests.unit.service_control.house import House
from trunkline.platform.store.table import AlertRow, CallRow, UsageDayRow
from trunkline.service.control.provisioning.account.caller_id import vouch_for_caller_id
from trunkline.service.control.provisioning.account.phone_number import stock_numbers

BEGAN = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
CALLS = 5
"""Completed calls, an hour apart; the last one is the newest."""


def call(account_sid: str, place: int) -> CallRow:
    at = BEGAN + timedelta(hours=place)
    return CallRow(
        sid="CA" + token_hex(16),
        account_sid=account_sid,
        direction="trunking-terminating",
        from_number="+12025550100",
        to_number=f"+44207946000{place}",
        status="completed",
        date_created=at,
        date_updated=at,
        invited_at=at,
        answered_at=at,
        start_time=at,
        released_at=at + timedelta(seconds=15),
        duration_s=15,
        price=Decimal("0.01"),
    )


async def stock(house: House, account_sid: str, *numbers: str) -> list[str]:
    """The SIDs of the calls, oldest first."""
    if numbers:
        await stock_numbers(house.bench, numbers, "US", "local")
    await vouch_for_caller_id(house.bench, account_sid, "+442079460000", "Desk")
    calls = [call(account_sid, place) for place in range(CALLS)]
    sids = [row.sid for row in calls]
    alert = AlertRow(
        sid="NO" + token_hex(16),
        account_sid=account_sid,
        resource_sid=sids[0],
        error_code=32011,
        log_level="error",
        alert_text="no answer",
        date_created=BEGAN,
        detail={"call_sid": sids[0]},
    )
    day = house.bench.wall().date()
    used = [
        UsageDayRow(
            account_sid=account_sid, category=category, day=day,
            count=2, seconds=90, sell=Decimal("0.02"), buy=Decimal(0),
        )
        for category in ("trunking-termination", "totalprice")
    ]  # fmt: skip
    async with house.store.appending() as session:
        session.add_all([*calls, alert, *used])
        await session.commit()
    return sids
