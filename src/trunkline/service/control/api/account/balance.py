"""`~/Balance`: what is left of an account's credit (rest.md 3.1)."""

from decimal import Decimal

from fastapi import APIRouter
from pydantic import BaseModel

from trunkline.platform.store.repository.usage import spent
from trunkline.service.control.api.authentication import Acting
from trunkline.service.control.api.context import Context

router = APIRouter()


class BalanceBody(BaseModel):
    account_sid: str
    balance: str
    currency: str = "USD"


@router.get("/2010-04-01/Accounts/{account_sid}/Balance.json")
async def fetch(account: Acting, control: Context) -> BalanceBody:
    """Credit less charges: below zero what an account without a limit of credit owes."""
    async with control.bench.store.reading() as session:
        left = (account.credit or Decimal(0)) - await spent(session, account.sid)
    return BalanceBody(account_sid=account.sid, balance=format(left.normalize(), "f"))
