"""Use cases of credential lists and their credentials (rows 137, 138, 140)."""

import re
from typing import Final

from trunkline.kit.secret import Secret
from trunkline.platform.store.repository.access import (
    count_credential_lists,
    count_credentials,
    credential_list_is_mapped,
    credential_list_named,
    credential_named,
    find_credential,
    find_credential_list,
)
from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.table import CredentialListRow, CredentialRow
from trunkline.platform.store.vault import ha1_context
from trunkline.protocol.sip.digest.algorithm import Algorithm, ha1
from trunkline.service.control.provisioning.field_rule import check_list_name
from trunkline.service.control.provisioning.refusal import NotFound, Refusal
from trunkline.service.control.provisioning.workbench import Workbench

MOST_LISTS: Final = 100
MOST_CREDENTIALS: Final = 1_000
# RFC 7616 section 3.4.2: no colon in a user name, it would end the name inside A1.
_USERNAME = re.compile(r'[^\x00-\x20\x7f:"\\]{1,32}')
_PASSWORD_NEEDS = (re.compile("[0-9]"), re.compile("[A-Z]"), re.compile("[a-z]"))
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_username(username: str) -> str:
    if not _USERNAME.fullmatch(username):
        raise Refusal(21243, "Username must be 1 to 32 characters without spaces, colons, quotes or backslashes")
    return username


def check_password(password: Secret[str]) -> Secret[str]:
    """At least 12 characters with a digit, an upper and a lower case letter (21243)."""
    text = password.reveal()
    if len(text) < 12 or _CONTROL.search(text) or not all(need.search(text) for need in _PASSWORD_NEEDS):
        raise Refusal(
            21243, "Password must be at least 12 characters with a digit, an upper case and a lower case letter"
        )
    return password


def sealed_ha1s(bench: Workbench, sid: str, username: str, password: Secret[str]) -> tuple[bytes, bytes]:
    """HA1 by MD5 and by SHA-256 under the vault: all that is kept of a password (RFC 7616 section 3.4.2)."""
    text = password.reveal()
    by_md5, by_sha256 = (
        ha1(algorithm, username, bench.realm, text) for algorithm in (Algorithm.MD5, Algorithm.SHA_256)
    )
    return (
        bench.vault.seal(Secret(by_md5), ha1_context(sid, "md5")),
        bench.vault.seal(Secret(by_sha256), ha1_context(sid, "sha256")),
    )


async def _refuse_taken_name(session: DbSession, account_sid: str, name: str, sid: str | None = None) -> None:
    other = await credential_list_named(session, account_sid, name)
    if other is not None and other.sid != sid:
        raise Refusal(21240, "A credential list with this FriendlyName exists already")


async def _owned_list(session: DbSession, account_sid: str, sid: str) -> CredentialListRow:
    row = await find_credential_list(session, account_sid, sid)
    if row is None:
        raise NotFound
    return row


async def create_credential_list(bench: Workbench, account_sid: str, friendly_name: str) -> CredentialListRow:
    name, now = check_list_name(friendly_name, 64, 21240), bench.wall()
    async with bench.store.writing() as session:
        await _refuse_taken_name(session, account_sid, name)
        if await count_credential_lists(session, account_sid) >= MOST_LISTS:
            raise Refusal(21239, f"An account has at most {MOST_LISTS} credential lists")
        row = CredentialListRow(
            sid=bench.ids.sid("CL"), account_sid=account_sid, friendly_name=name, date_created=now, date_updated=now
        )
        session.add(row)
        await session.commit()
    return row


async def rename_credential_list(bench: Workbench, account_sid: str, sid: str, friendly_name: str) -> CredentialListRow:
    name = check_list_name(friendly_name, 64, 21240)
    async with bench.store.writing() as session:
        row = await _owned_list(session, account_sid, sid)
        await _refuse_taken_name(session, account_sid, name, sid)
        row.friendly_name, row.date_updated = name, bench.wall()
        await session.commit()
    return row


async def delete_credential_list(bench: Workbench, account_sid: str, sid: str) -> None:
    """Its credentials go with it; 21241 while a trunk is opened by it."""
    async with bench.store.writing() as session:
        row = await _owned_list(session, account_sid, sid)
        if await credential_list_is_mapped(session, sid):
            raise Refusal(21241, "The credential list is still associated with a trunk")
        await session.delete(row)
        await session.commit()


async def create_credential(
    bench: Workbench, account_sid: str, list_sid: str, username: str, password: Secret[str]
) -> CredentialRow:
    check_username(username)
    check_password(password)
    now, sid = bench.wall(), bench.ids.sid("CR")
    async with bench.store.writing() as session:
        await _owned_list(session, account_sid, list_sid)
        if await credential_named(session, list_sid, username) is not None:
            raise Refusal(21240, "The credential list has a credential with this Username already")
        if await count_credentials(session, list_sid) >= MOST_CREDENTIALS:
            raise Refusal(21242, f"A credential list has at most {MOST_CREDENTIALS} credentials")
        by_md5, by_sha256 = sealed_ha1s(bench, sid, username, password)
        row = CredentialRow(
            sid=sid,
            account_sid=account_sid,
            credential_list_sid=list_sid,
            username=username,
            ha1_md5_sealed=by_md5,
            ha1_sha256_sealed=by_sha256,
            date_created=now,
            date_updated=now,
        )
        session.add(row)
        await session.commit()
    return row


async def change_password(
    bench: Workbench, account_sid: str, list_sid: str, sid: str, password: Secret[str] | None
) -> CredentialRow:
    """The user name cannot change; without a password nothing does."""
    if password is not None:
        check_password(password)
    async with bench.store.writing() as session:
        await _owned_list(session, account_sid, list_sid)
        row = await find_credential(session, list_sid, sid)
        if row is None:
            raise NotFound
        if password is not None:
            row.ha1_md5_sealed, row.ha1_sha256_sealed = sealed_ha1s(bench, sid, row.username, password)
            row.date_updated = bench.wall()
            await session.commit()
    return row


async def delete_credential(bench: Workbench, account_sid: str, list_sid: str, sid: str) -> None:
    async with bench.store.writing() as session:
        await _owned_list(session, account_sid, list_sid)
        row = await find_credential(session, list_sid, sid)
        if row is None:
            raise NotFound
        await session.delete(row)
        await session.commit()
