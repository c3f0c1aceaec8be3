"""The sandbox in the store: its carrier, and a demo trunk to call through (design, section 7)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.kit.ids import IdSource
from trunkline.kit.secret import Secret
from trunkline.platform.setting.settings import Settings
from trunkline.platform.store.fixed_value import fixed_value
from trunkline.platform.store.table import (
    CarrierGatewayRow,
    CarrierPrefixRow,
    CarrierRow,
    CredentialListRow,
    CredentialRow,
    OriginationUrlRow,
    PhoneNumberRow,
    TrunkCredentialListRow,
    TrunkRow,
)
from trunkline.platform.store.vault import Vault, ha1_context
from trunkline.protocol.sip.digest.algorithm import Algorithm, ha1

NUMBER: Final = "+12025550100"
USERNAME: Final = "demo"
_NAME: Final = "Demo"


@final
@dataclass(frozen=True, slots=True)
class Demo:
    """How a PBX reaches the demo trunk; the number is its own and may be shown as caller."""

    domain: str
    username: str
    password: Secret[str]
    number: str


async def prepare_sandbox(
    session: AsyncSession,
    settings: Settings,
    vault: Vault,
    ids: IdSource,
    account_sid: str,
    realm: str,
    now: datetime,
) -> Demo | None:
    """Makes the sandbox's carrier and the demo trunk where they are missing; what was edited since is left alone.

    Without the sandbox its carrier is switched off, as nobody answers there, and nothing is made.
    """
    await _prepare_carrier(session, ids, now, f"sip:{settings.sandbox_carrier}", wanted=settings.sandbox)
    if not settings.sandbox:
        return None
    held = settings.home.cli_values()
    password = Secret(held.get("demo_password") or _password(ids))
    domain = f"demo.pstn.{settings.domain}"
    settings.home.keep_cli_values(
        {
            "demo_domain": domain,
            "demo_username": USERNAME,
            "demo_password": password.reveal(),
            "demo_number": NUMBER,
        }
    )
    trunk = await session.scalar(select(TrunkRow).where(TrunkRow.domain_key == domain))
    if trunk is None:
        trunk = await _make_trunk(session, ids, account_sid, domain, f"sip:{settings.sandbox_pbx}", now)
    held_list = await _credential_list(session, ids, trunk, now)
    await _put_credential(session, vault, ids, held_list, realm, password, now)
    return Demo(domain, USERNAME, password, NUMBER)


def _password(ids: IdSource) -> str:
    """Random, and within the rule for passwords: a digit, both cases, 12 characters at least."""
    return "Dp1" + ids.token()


async def _prepare_carrier(session: AsyncSession, ids: IdSource, now: datetime, gateway: str, *, wanted: bool) -> None:
    sid = await fixed_value(session, "sandbox_carrier", ids.sid("CY"))
    row = await session.get(CarrierRow, sid)
    if row is not None:
        if row.enabled != wanted:
            row.enabled, row.date_updated = wanted, now
        return
    if wanted:
        session.add(
            CarrierRow(sid=sid, friendly_name="Sandbox", priority=65535, weight=10, date_created=now, date_updated=now)
        )
        session.add(CarrierGatewayRow(carrier_sid=sid, position=0, uri=gateway))
        session.add(CarrierPrefixRow(carrier_sid=sid, prefix="+"))


async def _make_trunk(
    session: AsyncSession, ids: IdSource, account_sid: str, domain: str, pbx_url: str, now: datetime
) -> TrunkRow:
    trunk = TrunkRow(
        sid=ids.sid("TK"),
        account_sid=account_sid,
        friendly_name=_NAME,
        domain_name=domain,
        domain_key=domain,
        date_created=now,
        date_updated=now,
    )
    session.add(trunk)
    session.add(
        OriginationUrlRow(
            sid=ids.sid("OU"),
            account_sid=account_sid,
            trunk_sid=trunk.sid,
            friendly_name="Sandbox PBX",
            sip_url=pbx_url,
            priority=10,
            weight=10,
            enabled=True,
            date_created=now,
            date_updated=now,
        )
    )
    await _assign_number(session, ids, trunk, now)
    return trunk


async def _assign_number(session: AsyncSession, ids: IdSource, trunk: TrunkRow, now: datetime) -> None:
    number = await session.scalar(select(PhoneNumberRow).where(PhoneNumberRow.phone_number == NUMBER))
    if number is None:
        number = PhoneNumberRow(
            sid=ids.sid("PN"),
            phone_number=NUMBER,
            iso_country="US",
            stocked_at=now,
            date_created=now,
            date_updated=now,
        )
        session.add(number)
    if number.account_sid not in {None, trunk.account_sid}:
        return  # somebody bought it
    number.account_sid, number.trunk_sid = trunk.account_sid, trunk.sid
    number.friendly_name = _NAME
    number.date_created = number.date_updated = number.charge_at = now


async def _credential_list(session: AsyncSession, ids: IdSource, trunk: TrunkRow, now: datetime) -> CredentialListRow:
    of_name = (CredentialListRow.account_sid == trunk.account_sid, CredentialListRow.friendly_name == _NAME)
    held = await session.scalar(select(CredentialListRow).where(*of_name))
    if held is None:
        held = CredentialListRow(
            sid=ids.sid("CL"), account_sid=trunk.account_sid, friendly_name=_NAME, date_created=now, date_updated=now
        )
        session.add(held)
    if await session.get(TrunkCredentialListRow, (trunk.sid, held.sid)) is None:
        session.add(TrunkCredentialListRow(trunk_sid=trunk.sid, credential_list_sid=held.sid, date_created=now))
    return held


async def _put_credential(
    session: AsyncSession,
    vault: Vault,
    ids: IdSource,
    held_list: CredentialListRow,
    realm: str,
    password: Secret[str],
    now: datetime,
) -> None:
    """The credential of `cli.toml`; one that it does not open is given its password again."""
    md5 = Secret(ha1(Algorithm.MD5, USERNAME, realm, password.reveal()))
    sha256 = Secret(ha1(Algorithm.SHA_256, USERNAME, realm, password.reveal()))
    of_user = (CredentialRow.credential_list_sid == held_list.sid, CredentialRow.username == USERNAME)
    row = await session.scalar(select(CredentialRow).where(*of_user))
    if row is not None and vault.open(row.ha1_md5_sealed, ha1_context(row.sid, "md5")) == md5:
        return
    sid = ids.sid("CR") if row is None else row.sid
    sealed_md5, sealed_sha256 = vault.seal(md5, ha1_context(sid, "md5")), vault.seal(sha256, ha1_context(sid, "sha256"))
    if row is not None:
        row.ha1_md5_sealed, row.ha1_sha256_sealed, row.date_updated = sealed_md5, sealed_sha256, now
        return
    session.add(
        CredentialRow(
            sid=sid,
            account_sid=held_list.account_sid,
            credential_list_sid=held_list.sid,
            username=USERNAME,
            ha1_md5_sealed=sealed_md5,
            ha1_sha256_sealed=sealed_sha256,
            date_created=now,
            date_updated=now,
        )
    )
