"""Who is calling: Basic `AccountSid:AuthToken` or `SKsid:secret` for accounts, `operator:token` (row 128)."""

import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from trunkline.kit.secret import Secret
from trunkline.platform.store.audit import Actor, act_as
from trunkline.platform.store.repository.account import find_account
from trunkline.platform.store.repository.api_key import any_api_key
from trunkline.platform.store.table import AccountRow
from trunkline.platform.store.vault import account_token_context
from trunkline.service.control.api.context import Context, Control
from trunkline.service.control.provisioning.account.api_key import hashed_secret
from trunkline.service.control.provisioning.refusal import NotFound, Refusal


def _unauthenticated(reason: str) -> Refusal:
    return Refusal(20003, reason, 401)


def read_basic(request: Request) -> tuple[str, Secret[str]]:
    """User name and password of RFC 7617; 20003 when there are none or they cannot be read."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise _unauthenticated("Authentication Error - No credentials provided")
    try:
        username, colon, password = b64decode(token.strip(), validate=True).decode().partition(":")
    except (Base64Error, ValueError):
        raise _unauthenticated("Authentication Error - invalid credentials") from None
    if not colon:
        raise _unauthenticated("Authentication Error - invalid credentials")
    return username, Secret(password)


def _same(given: Secret[str], kept: Secret[str]) -> bool:
    return hmac.compare_digest(given.reveal().encode(), kept.reveal().encode())


async def authenticate(request: Request, control: Context) -> AccountRow:
    """The account that is calling, by its own SID and token or by a key of it; 20003, or 20005 if it is not active."""
    username, secret = read_basic(request)
    by_key = username.startswith("SK")
    account = await (_account_of_key if by_key else _account_by_token)(control, username, secret)
    control.rate.ask(account.sid)
    parent = None if account.parent_sid is None else await _account(control, account.parent_sid)
    if account.status != "active" or (parent is not None and parent.status != "active"):
        raise Refusal(20005, "Account not active", 403)  # row 15: a parent's state holds for what is below it
    act_as(Actor("api-key" if by_key else "account", username, _source(request)))
    return account


def _source(request: Request) -> str | None:
    return None if request.client is None else request.client.host


async def _account_by_token(control: Control, sid: str, token: Secret[str]) -> AccountRow:
    account = await _account(control, sid)
    if account is None:
        raise _unauthenticated("Authentication Error - invalid username")
    if not _same(token, control.bench.vault.open(account.auth_token_sealed, account_token_context(sid))):
        raise _unauthenticated("Authenticate")
    return account


async def _account_of_key(control: Control, sid: str, secret: Secret[str]) -> AccountRow:
    """Row 128: `SKsid:secret`."""
    async with control.bench.store.reading() as session:
        key = None if "\x00" in sid else await any_api_key(session, sid)
        account = None if key is None else await find_account(session, key.account_sid)
    if key is None or account is None:
        raise _unauthenticated("Authentication Error - invalid username")
    if not hmac.compare_digest(hashed_secret(control.bench.vault, sid, secret), key.secret_hash):
        raise _unauthenticated("Authenticate")
    return account


async def require_auth_token(request: Request) -> None:
    """20003 for a caller by API key: accounts and keys are for the account's own token (rest.md 1.3)."""
    username, _ = read_basic(request)
    if username.startswith("SK"):
        raise _unauthenticated("Authentication Error - this resource needs the account's auth token")


async def _account(control: Control, sid: str) -> AccountRow | None:
    if "\x00" in sid:
        return None
    async with control.bench.store.reading() as session:
        return await find_account(session, sid)


Caller = Annotated[AccountRow, Depends(authenticate)]
"""The account that is calling: what v1 resources belong to."""


async def look_after(account_sid: str, caller: Caller, control: Context) -> AccountRow:
    """The account that the path names, whatever its status: the caller's own or a sub-account of it.

    20003 with 403 for any other, whether it exists or not.
    """
    if account_sid == caller.sid:
        return caller
    account = await _account(control, account_sid)
    if account is None or account.parent_sid != caller.sid:
        raise Refusal(20003, "Permission Denied", 403)
    return account


LookedAfter = Annotated[AccountRow, Depends(look_after)]


def refuse_inactive(account: AccountRow) -> None:
    """20005: nothing is made or changed for an account that is suspended or closed."""
    if account.status != "active":
        raise Refusal(20005, "Account not active", 403)


async def act_for(request: Request, account: LookedAfter) -> AccountRow:
    """Like `look_after`, but for a sub-account that is not active only reads and deletes; else 20005 (row 15)."""
    if request.method == "POST":
        refuse_inactive(account)
    return account


Acting = Annotated[AccountRow, Depends(act_for)]
"""The account that a 2010 path acts for."""


async def visible_account(account_sid: str, caller: Caller, control: Context) -> AccountRow:
    """Like `act_for`, but where the account itself is the resource an unknown one is not found."""
    account = caller if account_sid == caller.sid else await _account(control, account_sid)
    if account is None or caller.sid not in (account.sid, account.parent_sid):
        raise NotFound
    return account


Visible = Annotated[AccountRow, Depends(visible_account)]


async def own_or_below(control: Control, caller: AccountRow, sid: str | None) -> AccountRow:
    """The account that a v1 parameter names: the caller's own where it names none, or a sub-account; else 20404."""
    if not sid or sid == caller.sid:
        return caller
    account = await _account(control, sid)
    if account is None or account.parent_sid != caller.sid:
        raise NotFound
    return account


async def require_operator(request: Request, control: Context) -> None:
    """20003 for anybody but the operator."""
    username, token = read_basic(request)
    if username != "operator" or not _same(token, control.operator_token):
        raise _unauthenticated("Authenticate")
    act_as(Actor("operator", None, _source(request)))
