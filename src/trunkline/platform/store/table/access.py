"""Who may use a trunk: credential lists with credentials, IP access control lists with addresses."""

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.table.row import SID, Dated, Row, reference, sid_key


class AccessListRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """A named list that trunks are opened by, whatever it holds."""

    __abstract__ = True

    sid: Mapped[str] = sid_key()
    account_sid: Mapped[str] = mapped_column(SID, reference("account.sid"))
    friendly_name: Mapped[str]


class AccessEntryRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """What such a list holds."""

    __abstract__ = True

    sid: Mapped[str] = sid_key()
    account_sid: Mapped[str] = mapped_column(SID, reference("account.sid"))


class CredentialListRow(AccessListRow, kw_only=True, repr=False, eq=False):
    """A credential list (`CL`)."""

    __tablename__ = "credential_list"
    __table_args__ = (
        UniqueConstraint("account_sid", "friendly_name"),
        Index(None, "account_sid", "date_created", "sid"),
    )


class CredentialRow(AccessEntryRow, kw_only=True, repr=False, eq=False):
    """A user name with its digest hashes (`CR`); the password is nowhere (design, decision 10)."""

    __tablename__ = "credential"
    __table_args__ = (
        UniqueConstraint("credential_list_sid", "username"),
        Index(None, "credential_list_sid", "date_created", "sid"),
    )

    credential_list_sid: Mapped[str] = mapped_column(SID, reference("credential_list.sid", on_delete="CASCADE"))
    username: Mapped[str]
    ha1_md5_sealed: Mapped[bytes]
    """MD5 HA1 in hex under the vault, context `credential:{sid}:ha1_md5`."""
    ha1_sha256_sealed: Mapped[bytes]
    """SHA-256 HA1 in hex under the vault, context `credential:{sid}:ha1_sha256`."""


class IpAclRow(AccessListRow, kw_only=True, repr=False, eq=False):
    """An IP access control list (`AL`)."""

    __tablename__ = "ip_acl"
    __table_args__ = (
        UniqueConstraint("account_sid", "friendly_name"),
        Index(None, "account_sid", "date_created", "sid"),
    )


class IpAddressRow(AccessEntryRow, kw_only=True, repr=False, eq=False):
    """An address or network of an access control list (`IP`)."""

    __tablename__ = "ip_address"
    __table_args__ = (
        UniqueConstraint("ip_acl_sid", "ip_address", "cidr_prefix_length"),
        Index(None, "ip_acl_sid", "date_created", "sid"),
    )

    ip_acl_sid: Mapped[str] = mapped_column(SID, reference("ip_acl.sid", on_delete="CASCADE"))
    friendly_name: Mapped[str]
    ip_address: Mapped[str]
    """Dotted IPv4 with the bits beyond the prefix masked away."""
    cidr_prefix_length: Mapped[int] = mapped_column(default=32)
