"""What a store must hold before the first call: its key's proof, the digest realm, an account, the sandbox's demo."""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Final, final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.kit.ids import IdSource
from trunkline.kit.secret import Secret
from trunkline.platform.setting.settings import Settings
from trunkline.platform.store.demo import Demo, prepare_sandbox
from trunkline.platform.store.engine import Store
from trunkline.platform.store.errors import ForeignStore, Unsealable
from trunkline.platform.store.fixed_value import fixed_value, read_fixed_value
from trunkline.platform.store.table import AccountRow
from trunkline.platform.store.vault import Vault, account_token_context

_PROOF_CONTEXT: Final = "setting:vault_proof"
_FIRST_ACCOUNT: Final = "first_account"
_COUNTRIES: Final = ["US", "CA", "GB"]


@final
@dataclass(frozen=True, slots=True)
class FirstStart:
    """What `trunkline up` prints and the tools use."""

    account_sid: str
    auth_token: Secret[str]
    operator_token: Secret[str]
    realm: str
    demo: Demo | None
    """None without the sandbox."""


def open_vault(settings: Settings) -> Vault:
    """The vault under TRUNKLINE_SECRET_KEY, else under the home's key, which is made at first use."""
    return Vault(settings.secret_key or settings.home.secret_key())


def operator_token(settings: Settings, ids: IdSource) -> Secret[str]:
    """TRUNKLINE_OPERATOR_TOKEN, else the one in `cli.toml`, which is made at first use."""
    if settings.operator_token is not None:
        return settings.operator_token
    held = settings.home.cli_values().get("operator_token")
    if held is None:
        held = ids.token()
        settings.home.keep_cli_values({"operator_token": held})
    return Secret(held)


async def digest_realm(store: Store) -> str:
    """The realm that every credential of this store is hashed with. Raises StoreError before the first start."""
    async with store.reading() as session:
        return await read_fixed_value(session, "digest_realm")


async def prepare_first_start(
    settings: Settings, store: Store, vault: Vault, ids: IdSource, now: datetime
) -> FirstStart:
    """Makes what is missing; at every later start it finds all of it there.

    Raises ForeignStore when the store was sealed with another secret key. `ids` must be unguessable.
    """
    async with store.writing() as session:
        await _prove_key(session, vault)
        realm = await fixed_value(session, "digest_realm", f"sip.{settings.domain}")
        account_sid, token = await _first_account(session, settings, vault, ids, now)
        demo = await prepare_sandbox(session, settings, vault, ids, account_sid, realm, now)
        await session.commit()
    return FirstStart(account_sid, token, operator_token(settings, ids), realm, demo)


async def _prove_key(session: AsyncSession, vault: Vault) -> None:
    sealed = base64.b64encode(vault.seal(Secret("trunkline"), _PROOF_CONTEXT)).decode()
    proof = await fixed_value(session, "vault_proof", sealed)
    try:
        vault.open(base64.b64decode(proof), _PROOF_CONTEXT)
    except Unsealable:
        raise ForeignStore("this store was made with another secret key: put that one back") from None


async def _first_account(
    session: AsyncSession, settings: Settings, vault: Vault, ids: IdSource, now: datetime
) -> tuple[str, Secret[str]]:
    """The account of the settings, else that of `cli.toml`, else the store's own first one, else a new one."""
    if settings.account_sid is not None and settings.auth_token is not None:
        await _ensure_account(session, vault, settings.account_sid, settings.auth_token, now)
        return settings.account_sid, settings.auth_token
    held = settings.home.cli_values()
    sid, token = held.get("account_sid"), held.get("auth_token")
    if sid is None or token is None:
        sid = await fixed_value(session, _FIRST_ACCOUNT, ids.sid("AC"))
        row = await session.get(AccountRow, sid)
        known = None if row is None else vault.open(row.auth_token_sealed, account_token_context(sid))
        token = ids.token() if known is None else known.reveal()
        # Kept before the commit: a token in the store that nobody knows would be worse than one too many here.
        settings.home.keep_cli_values({"account_sid": sid, "auth_token": token})
    await _ensure_account(session, vault, sid, Secret(token), now)
    return sid, Secret(token)


async def _ensure_account(session: AsyncSession, vault: Vault, sid: str, token: Secret[str], now: datetime) -> None:
    row = await session.scalar(select(AccountRow).where(AccountRow.sid == sid))
    context = account_token_context(sid)
    if row is None:
        session.add(
            AccountRow(
                sid=sid,
                friendly_name="First account",
                auth_token_sealed=vault.seal(token, context),
                cps=None,
                pool_cps=None,
                concurrent=None,
                countries=list(_COUNTRIES),
                date_created=now,
                date_updated=now,
            )
        )
    elif vault.open(row.auth_token_sealed, context) != token:
        row.auth_token_sealed = vault.seal(token, context)
        row.date_updated = now
