"""Carriers as the store has them, read into their facts."""

from collections import defaultdict
from ipaddress import ip_network
from typing import Any, Final

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.domain.trunk.carrier.facts import CarrierFacts, CarrierSid, source_networks_of
from trunkline.domain.trunk.carrier.login import CarrierLogin
from trunkline.domain.trunk.carrier.profile import CallerIdHeader, CarrierProfile, NumberFormat
from trunkline.platform.setting.log import logger
from trunkline.platform.store.errors import Unsealable
from trunkline.platform.store.gateway_uri import parse_gateway
from trunkline.platform.store.table import CarrierGatewayRow, CarrierPrefixRow, CarrierRow, CarrierSourceRow
from trunkline.platform.store.vault import Vault, carrier_password_context

_CARRIERS: Final = (
    select(CarrierRow.__table__)
    .where(CarrierRow.enabled)
    .order_by(CarrierRow.priority, CarrierRow.date_created, CarrierRow.sid)
)
_GATEWAYS: Final = select(CarrierGatewayRow.carrier_sid, CarrierGatewayRow.uri).order_by(CarrierGatewayRow.position)
_PREFIXES: Final = select(CarrierPrefixRow.carrier_sid, CarrierPrefixRow.prefix).order_by(CarrierPrefixRow.prefix)
_SOURCES: Final = select(CarrierSourceRow.carrier_sid, CarrierSourceRow.network).order_by(CarrierSourceRow.network)


async def read_carriers(session: AsyncSession, vault: Vault) -> tuple[CarrierFacts, ...]:
    """The enabled carriers, lowest priority first."""
    rows = (await session.execute(_CARRIERS)).all()
    gateways = await _by_carrier(session, _GATEWAYS)
    prefixes = await _by_carrier(session, _PREFIXES)
    sources = await _by_carrier(session, _SOURCES)
    return tuple(_facts(vault, row, gateways[row.sid], prefixes[row.sid], sources[row.sid]) for row in rows)


async def _by_carrier(session: AsyncSession, statement: Select[str, str]) -> defaultdict[str, list[str]]:
    grouped: defaultdict[str, list[str]] = defaultdict(list)
    for sid, text in await session.execute(statement):
        grouped[sid].append(text)
    return grouped


def _facts(vault: Vault, row: Row[Any], gateways: list[str], prefixes: list[str], sources: list[str]) -> CarrierFacts:
    parsed = tuple(parse_gateway(uri) for uri in gateways)
    return CarrierFacts(
        sid=CarrierSid(row.sid),
        gateways=parsed,
        prefixes=tuple(prefixes),
        priority=row.priority,
        weight=row.weight,
        source_networks=source_networks_of(parsed, tuple(ip_network(source, strict=False) for source in sources)),
        enabled=row.enabled,
        name=row.friendly_name,
        profile=CarrierProfile(
            number_format=NumberFormat(row.number_format),
            strip_prefix=row.strip_prefix,
            tech_prefix=row.tech_prefix,
            caller_id=frozenset(CallerIdHeader(name) for name in row.caller_id_headers),
            pass_x_headers=row.pass_x_headers,
        ),
        login=_login(vault, row),
        stop_codes=frozenset(row.stop_codes),
        move_on_codes=frozenset(row.move_on_codes),
        max_channels=row.max_channels,
        options_ping=row.options_ping,
        tls_verified=row.tls_verified,
    )


def _login(vault: Vault, row: Row[Any]) -> CarrierLogin | None:
    """None without one; of a password that does not open it is told, and the carrier is called without it."""
    if row.username is None or row.realm is None or row.password_sealed is None:
        return None
    try:
        password = vault.open(row.password_sealed, carrier_password_context(row.sid))
    except Unsealable as fault:
        logger(room="store").error("carrier password not readable", reason=str(fault))
        return None
    return CarrierLogin(row.username, row.realm, password)
