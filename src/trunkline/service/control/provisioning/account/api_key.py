"""Use cases of API keys: the secret is made here, told once, and known again (row 147)."""

import hmac
from hashlib import sha256

from trunkline.kit.secret import Secret
from trunkline.platform.store.repository.api_key import find_api_key
from trunkline.platform.store.table import ApiKeyRow
from trunkline.platform.store.vault import Vault
from trunkline.service.control.provisioning.field_rule import check_friendly_name
from trunkline.service.control.provisioning.refusal import existing
from trunkline.service.control.provisioning.workbench import Workbench


def hashed_secret(vault: Vault, sid: str, secret: Secret[str]) -> bytes:
    """What is kept of a key's secret; bound to the key, so that two keys never share a hash."""
    octets = f"{sid}:{secret.reveal()}".encode()
    return hmac.new(vault.mac_key("api-key").reveal(), octets, sha256).digest()


async def create_api_key(
    bench: Workbench, account_sid: str, friendly_name: str | None
) -> tuple[ApiKeyRow, Secret[str]]:
    name, now, sid = check_friendly_name(friendly_name), bench.wall(), bench.ids.sid("SK")
    secret = Secret(bench.ids.token())
    async with bench.store.writing() as session:
        row = ApiKeyRow(
            sid=sid,
            account_sid=account_sid,
            friendly_name=name,
            secret_hash=hashed_secret(bench.vault, sid, secret),
            date_created=now,
            date_updated=now,
        )
        session.add(row)
        await session.commit()
    return row, secret


async def rename_api_key(bench: Workbench, account_sid: str, sid: str, friendly_name: str | None) -> ApiKeyRow:
    """None leaves the name, empty clears it."""
    async with bench.store.writing() as session:
        row = existing(await find_api_key(session, account_sid, sid))
        if friendly_name is not None:
            row.friendly_name, row.date_updated = check_friendly_name(friendly_name), bench.wall()
            await session.commit()
    return row


async def delete_api_key(bench: Workbench, account_sid: str, sid: str) -> None:
    async with bench.store.writing() as session:
        row = existing(await find_api_key(session, account_sid, sid))
        await session.delete(row)
        await session.commit()
