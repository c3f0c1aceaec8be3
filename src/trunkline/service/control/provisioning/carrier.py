"""Use cases of carriers: the operator's interconnects."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Final, TypedDict

from trunkline.platform.store.gateway_uri import parse_gateway
from trunkline.platform.store.repository.carrier import (
    CarrierParts,
    carrier_parts,
    find_carrier,
    put_gateways,
    put_prefixes,
    put_sources,
)
from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.table import CarrierRow
from trunkline.service.control.provisioning.field_rule import check_list_name
from trunkline.service.control.provisioning.refusal import NotFound, invalid
from trunkline.service.control.provisioning.workbench import Workbench

MOST_PARTS: Final = 100
_PREFIX = re.compile(r"\+[0-9]{0,15}")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")


class CarrierFields(TypedDict, total=False):
    friendly_name: str
    gateways: Sequence[str]
    prefixes: Sequence[str]
    sources: Sequence[str]
    priority: int
    weight: int
    enabled: bool


def check_gateway(uri: str) -> str:
    """`sip:host:port[;transport=udp|tcp|tls]`, the host a name or a literal address."""
    try:
        host = parse_gateway(uri).host
    except ValueError as fault:
        raise invalid("Gateway", str(fault)) from None
    if not _is_host(host):
        raise invalid("Gateway", f"{host[:80]!r} is neither a name nor an address")
    return uri


def _is_host(host: str) -> bool:
    try:
        if ":" in host:
            IPv6Address(host)
            return True
        if host.replace(".", "").isdecimal():
            IPv4Address(host)
            return True
    except ValueError:
        return False
    return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in host.rstrip(".").split("."))


def check_prefix(prefix: str) -> str:
    if not _PREFIX.fullmatch(prefix):
        raise invalid("Prefix", f"{prefix[:20]!r} is not + and digits")
    return prefix


def check_source(network: str) -> str:
    """CIDR with the bits beyond the prefix masked away; an address alone is a network of one."""
    try:
        return str(ip_network(network, strict=False))
    except ValueError:
        raise invalid("SourceAddress", f"{network[:50]!r} is not an IP network") from None


def _checked(fields: CarrierFields) -> CarrierFields:
    checked = fields.copy()
    if "friendly_name" in fields:
        checked["friendly_name"] = check_list_name(fields["friendly_name"], 64, 20002)
    if "priority" in fields and not 0 <= fields["priority"] <= 65_535:
        raise invalid("Priority", "must be 0 to 65535")
    if "weight" in fields and not 1 <= fields["weight"] <= 65_535:
        raise invalid("Weight", "must be 1 to 65535")
    parts = (fields.get("gateways", ()), fields.get("prefixes", ()), fields.get("sources", ()))
    if any(len(part) > MOST_PARTS for part in parts):
        raise invalid("Gateway, Prefix or SourceAddress", f"at most {MOST_PARTS} of each")
    if "gateways" in fields:
        checked["gateways"] = [check_gateway(uri) for uri in fields["gateways"] if uri]
        if not checked["gateways"]:
            raise invalid("Gateway", "a carrier has at least one")
    if "prefixes" in fields:
        checked["prefixes"] = [check_prefix(prefix) for prefix in fields["prefixes"] if prefix]
    if "sources" in fields:
        checked["sources"] = [check_source(network) for network in fields["sources"] if network]
    return checked


async def _put(session: DbSession, row: CarrierRow, fields: CarrierFields) -> CarrierParts:
    if "gateways" in fields:
        await put_gateways(session, row.sid, fields["gateways"])
    if "prefixes" in fields:
        await put_prefixes(session, row.sid, fields["prefixes"])
    if "sources" in fields:
        await put_sources(session, row.sid, fields["sources"])
    await session.flush()
    return (await carrier_parts(session, [row.sid]))[row.sid]


async def create_carrier(bench: Workbench, fields: CarrierFields) -> tuple[CarrierRow, CarrierParts]:
    checked, now = _checked(fields), bench.wall()
    async with bench.store.writing() as session:
        row = CarrierRow(
            sid=bench.ids.sid("CY"),
            friendly_name=checked["friendly_name"],
            priority=checked.get("priority", 10),
            weight=checked.get("weight", 10),
            enabled=checked.get("enabled", True),
            date_created=now,
            date_updated=now,
        )
        session.add(row)
        parts = await _put(session, row, checked)
        await session.commit()
    return row, parts


async def update_carrier(bench: Workbench, sid: str, fields: CarrierFields) -> tuple[CarrierRow, CarrierParts]:
    """Only what was sent changes; gateways, prefixes and sources are replaced as wholes."""
    checked = _checked(fields)
    async with bench.store.writing() as session:
        row = await find_carrier(session, sid)
        if row is None:
            raise NotFound
        row.friendly_name = checked.get("friendly_name", row.friendly_name)
        row.priority = checked.get("priority", row.priority)
        row.weight = checked.get("weight", row.weight)
        row.enabled = checked.get("enabled", row.enabled)
        row.date_updated = bench.wall()
        parts = await _put(session, row, checked)
        await session.commit()
    return row, parts


async def delete_carrier(bench: Workbench, sid: str) -> None:
    """Records keep its SID."""
    async with bench.store.writing() as session:
        row = await find_carrier(session, sid)
        if row is None:
            raise NotFound
        await session.delete(row)
        await session.commit()
