"""Rows with the fields that a test does not care about filled in."""

from datetime import UTC, datetime

from trunkline.kit.secret import Secret
from trunkline.platform.store.table import (
    AccountRow,
    CredentialListRow,
    CredentialRow,
    HeaderPolicyRow,
    IpAclRow,
    IpAddressRow,
    OriginationUrlRow,
    PhoneNumberRow,
    TrunkRow,
)
from trunkline.platform.store.vault import Vault, ha1_context

AT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
ACCOUNT = "AC" + "0" * 31 + "1"


def sid(prefix: str, number: int) -> str:
    return f"{prefix}{number:032x}"


def account(number: int = 1) -> AccountRow:
    return AccountRow(
        sid=sid("AC", number),
        friendly_name="Example",
        auth_token_sealed=b"",
        date_created=AT,
        date_updated=AT,
    )


def trunk(number: int = 1, domain: str | None = None) -> TrunkRow:
    return TrunkRow(
        sid=sid("TK", number),
        account_sid=ACCOUNT,
        domain_name=domain,
        domain_key=domain,
        date_created=AT,
        date_updated=AT,
    )


def url(number: int, trunk_number: int = 1, *, priority: int = 10, weight: int = 10) -> OriginationUrlRow:
    return OriginationUrlRow(
        sid=sid("OU", number),
        account_sid=ACCOUNT,
        trunk_sid=sid("TK", trunk_number),
        friendly_name="PBX",
        sip_url=f"sip:192.0.2.{number}",
        priority=priority,
        weight=weight,
        enabled=True,
        date_created=AT,
        date_updated=AT,
    )


def header_policy(number: int = 1, prefix: str = "+1") -> HeaderPolicyRow:
    action = {"target": "to-number", "action": "add-prefix", "value": prefix}
    return HeaderPolicyRow(
        sid=sid("HM", number),
        account_sid=ACCOUNT,
        friendly_name=f"policy {number}",
        rules=[{"name": "r", "match": "any", "conditions": [], "actions": [action]}],
        date_created=AT,
        date_updated=AT,
    )


def credential_list(number: int = 1) -> CredentialListRow:
    return CredentialListRow(
        sid=sid("CL", number), account_sid=ACCOUNT, friendly_name=f"list {number}", date_created=AT, date_updated=AT
    )


def credential(vault: Vault, number: int, username: str, list_number: int = 1) -> CredentialRow:
    key = sid("CR", number)
    return CredentialRow(
        sid=key,
        account_sid=ACCOUNT,
        credential_list_sid=sid("CL", list_number),
        username=username,
        ha1_md5_sealed=vault.seal(Secret(f"md5 {number}"), ha1_context(key, "md5")),
        ha1_sha256_sealed=vault.seal(Secret(f"sha256 {number}"), ha1_context(key, "sha256")),
        date_created=AT,
        date_updated=AT,
    )


def acl(number: int = 1) -> IpAclRow:
    return IpAclRow(
        sid=sid("AL", number), account_sid=ACCOUNT, friendly_name=f"acl {number}", date_created=AT, date_updated=AT
    )


def address(number: int, text: str, prefix: int = 32, acl_number: int = 1) -> IpAddressRow:
    return IpAddressRow(
        sid=sid("IP", number),
        account_sid=ACCOUNT,
        ip_acl_sid=sid("AL", acl_number),
        friendly_name="office",
        ip_address=text,
        cidr_prefix_length=prefix,
        date_created=AT,
        date_updated=AT,
    )


def number(index: int, account_sid: str | None = ACCOUNT, trunk_sid: str | None = None) -> PhoneNumberRow:
    return PhoneNumberRow(
        sid=sid("PN", index),
        phone_number=f"+1202555{100 + index:04}",
        iso_country="US",
        stocked_at=AT,
        account_sid=account_sid,
        trunk_sid=trunk_sid,
        date_created=AT,
        date_updated=AT,
    )
