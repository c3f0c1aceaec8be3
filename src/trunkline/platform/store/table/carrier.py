"""Carriers: the operator's interconnects to the telephone network."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from trunkline.platform.store.table.row import SID, Dated, Row, reference, sid_key


class CarrierRow(Row, Dated, kw_only=True, repr=False, eq=False):
    """A carrier (`CY`); the lowest priority is asked first, equals share by weight."""

    __tablename__ = "carrier"
    __table_args__ = (Index(None, "date_created", "sid"),)

    sid: Mapped[str] = sid_key()
    friendly_name: Mapped[str]
    priority: Mapped[int] = mapped_column(default=10)
    weight: Mapped[int] = mapped_column(default=10)
    enabled: Mapped[bool] = mapped_column(default=True)
    username: Mapped[str | None] = mapped_column(default=None)
    """User name for a carrier that challenges the platform."""
    realm: Mapped[str | None] = mapped_column(default=None)
    """The only realm whose challenge is answered."""
    password_sealed: Mapped[bytes | None] = mapped_column(default=None)
    """Under the vault, context `carrier:{sid}:password`."""
    number_format: Mapped[str] = mapped_column(String(16), default="e164")
    """`domain.trunk.carrier.profile.NumberFormat`."""
    strip_prefix: Mapped[str] = mapped_column(default="")
    tech_prefix: Mapped[str] = mapped_column(default="")
    caller_id_headers: Mapped[list[str]] = mapped_column(default_factory=lambda: ["from", "pai"])
    """`domain.trunk.carrier.profile.CallerIdHeader`."""
    pass_x_headers: Mapped[bool] = mapped_column(default=False)
    stop_codes: Mapped[list[int]] = mapped_column(default_factory=list)
    move_on_codes: Mapped[list[int]] = mapped_column(default_factory=list)
    max_channels: Mapped[int | None] = mapped_column(default=None)
    """Calls at once, both ways; None = unlimited."""
    options_ping: Mapped[bool] = mapped_column(default=True)
    tls_verified: Mapped[bool] = mapped_column(default=False)
    """Its gateways' certificates must name them and come from a known authority."""


class CarrierGatewayRow(Row, kw_only=True, repr=False, eq=False):
    """One SIP address of a carrier, in the operator's order."""

    __tablename__ = "carrier_gateway"

    carrier_sid: Mapped[str] = mapped_column(SID, reference("carrier.sid", on_delete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    uri: Mapped[str]
    """`sip:host:port[;transport=]`; a host that is an address is a source address too."""


class CarrierPrefixRow(Row, kw_only=True, repr=False, eq=False):
    """A prefix that a carrier reaches: `+` is the default route, the longest match wins."""

    __tablename__ = "carrier_prefix"

    carrier_sid: Mapped[str] = mapped_column(SID, reference("carrier.sid", on_delete="CASCADE"), primary_key=True)
    prefix: Mapped[str] = mapped_column(primary_key=True)


class CarrierSourceRow(Row, kw_only=True, repr=False, eq=False):
    """A network that a carrier sends calls from."""

    __tablename__ = "carrier_source"

    carrier_sid: Mapped[str] = mapped_column(SID, reference("carrier.sid", on_delete="CASCADE"), primary_key=True)
    network: Mapped[str] = mapped_column(primary_key=True)
    """CIDR."""
