"""Use cases of the credentials in a credential list (rows 137, 138, 140)."""

import re
from typing import Final

from trunkline.kit.secret import Secret
from trunkline.platform.store.repository.access import (
    CREDENTIALS,
    count_entries,
    credential_named,
    find_entry,
)
from trunkline.platform.store.table import CredentialRow
from trunkline.platform.store.vault import ha1_context
from trunkline.protocol.sip.digest.algorithm import Algorithm, ha1
from trunkline.service.control.provisioning.account.access_list import CREDENTIAL_LIST, owned_list
from trunkline.service.control.provisioning.refusal import Refusal, existing
from trunkline.service.control.provisioning.workbench import Workbench

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


async def create_credential(
    bench: Workbench, account_sid: str, list_sid: str, username: str, password: Secret[str]
) -> CredentialRow:
    check_username(username)
    check_password(password)
    now, sid = bench.wall(), bench.ids.sid("CR")
    async with bench.store.writing() as session:
        await owned_list(session, CREDENTIAL_LIST, account_sid, list_sid)
        if await credential_named(session, list_sid, username) is not None:
            raise Refusal(21240, "The credential list has a credential with this Username already")
        if await count_entries(session, CREDENTIALS, list_sid) >= MOST_CREDENTIALS:
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
        row = existing(await find_entry(session, CREDENTIALS, account_sid, list_sid, sid))
        if password is not None:
            row.ha1_md5_sealed, row.ha1_sha256_sealed = sealed_ha1s(bench, sid, row.username, password)
            row.date_updated = bench.wall()
            await session.commit()
    return row
