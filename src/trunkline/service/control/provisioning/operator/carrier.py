"""Use cases of carriers: the operator's interconnects."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Final, TypedDict

from trunkline.kit.secret import Secret
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
from trunkline.platform.store.vault import carrier_password_context
from trunkline.service.control.provisioning.field_rule import check_list_name
from trunkline.service.control.provisioning.operator.carrier_profile import (
    check_caller_id_headers,
    check_codes,
    check_login,
    check_max_channels,
    check_number_format,
    check_strip_prefix,
    check_tech_prefix,
)
from trunkline.service.control.provisioning.refusal import existing, invalid
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
    username: str
    realm: str
    password: str
    number_format: str
    strip_prefix: str
    tech_prefix: str
    caller_id_headers: Sequence[str]
    pass_x_headers: bool
    stop_codes: Sequence[str]
    move_on_codes: Sequence[str]
    max_channels: int | None
    options_ping: bool
    tls_verify: bool


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


def _set(bench: Workbench, row: CarrierRow, fields: CarrierFields) -> None:
    """The columns that were sent, each checked."""
    row.friendly_name = fields.get("friendly_name", row.friendly_name)
    row.priority = fields.get("priority", row.priority)
    row.weight = fields.get("weight", row.weight)
    row.enabled = fields.get("enabled", row.enabled)
    row.pass_x_headers = fields.get("pass_x_headers", row.pass_x_headers)
    row.options_ping = fields.get("options_ping", row.options_ping)
    row.tls_verified = fields.get("tls_verify", row.tls_verified)
    if "number_format" in fields:
        row.number_format = check_number_format(fields["number_format"])
    if "strip_prefix" in fields:
        row.strip_prefix = check_strip_prefix(fields["strip_prefix"])
    if "tech_prefix" in fields:
        row.tech_prefix = check_tech_prefix(fields["tech_prefix"])
    if "caller_id_headers" in fields:
        row.caller_id_headers = check_caller_id_headers(fields["caller_id_headers"])
    if "max_channels" in fields:
        row.max_channels = check_max_channels(fields["max_channels"])
    _set_codes(row, fields)
    _set_login(bench, row, fields)


def _set_codes(row: CarrierRow, fields: CarrierFields) -> None:
    if "stop_codes" in fields:
        row.stop_codes = check_codes("StopCodes", fields["stop_codes"])
    if "move_on_codes" in fields:
        row.move_on_codes = check_codes("MoveOnCodes", fields["move_on_codes"])
    if both := sorted(set(row.stop_codes) & set(row.move_on_codes)):
        raise invalid("MoveOnCodes", f"{both[0]} is a stop code as well")


def _set_login(bench: Workbench, row: CarrierRow, fields: CarrierFields) -> None:
    """User name, realm and password go together: an answer without a realm could go to anybody."""
    if "username" in fields:
        row.username = check_login("Username", fields["username"]) or None
        if row.username is None:
            row.realm = row.password_sealed = None
    if "realm" in fields:
        row.realm = check_login("Realm", fields["realm"]) or None
    if "password" in fields:
        password = check_login("Password", fields["password"])
        sealed = bench.vault.seal(Secret(password), carrier_password_context(row.sid)) if password else None
        row.password_sealed = sealed
    if len({part is None for part in (row.username, row.realm, row.password_sealed)}) > 1:
        raise invalid("Username", "Username, Realm and Password are given together or not at all")


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
            date_created=now,
            date_updated=now,
        )
        _set(bench, row, checked)
        session.add(row)
        parts = await _put(session, row, checked)
        await session.commit()
    return row, parts


async def update_carrier(bench: Workbench, sid: str, fields: CarrierFields) -> tuple[CarrierRow, CarrierParts]:
    """Only what was sent changes; gateways, prefixes and sources are replaced as wholes."""
    checked = _checked(fields)
    async with bench.store.writing() as session:
        row = existing(await find_carrier(session, sid))
        _set(bench, row, checked)
        row.date_updated = bench.wall()
        parts = await _put(session, row, checked)
        await session.commit()
    return row, parts


async def delete_carrier(bench: Workbench, sid: str) -> None:
    """Records keep its SID."""
    async with bench.store.writing() as session:
        row = existing(await find_carrier(session, sid))
        await session.delete(row)
        await session.commit()
