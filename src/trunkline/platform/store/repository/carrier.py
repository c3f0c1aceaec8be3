"""Carriers with their gateways, prefixes and source networks."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from trunkline.platform.store.repository.keyset import Cut, Order, Slice, by_date, read_slice
from trunkline.platform.store.table import CarrierGatewayRow, CarrierPrefixRow, CarrierRow, CarrierSourceRow, Row


@dataclass(slots=True)
class CarrierParts:
    """What hangs on a carrier: gateway URIs in order, prefixes, networks."""

    gateways: list[str] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)


async def find_carrier(session: AsyncSession, sid: str) -> CarrierRow | None:
    statement = select(CarrierRow).where(CarrierRow.sid == sid)
    return await session.scalar(statement)


async def carriers(session: AsyncSession, cut: Cut) -> Slice[CarrierRow]:
    return await read_slice(session, select(CarrierRow), Order(CarrierRow.date_created, CarrierRow.sid, by_date), cut)


async def carrier_parts(session: AsyncSession, sids: Collection[str]) -> dict[str, CarrierParts]:
    parts = {sid: CarrierParts() for sid in sids}
    gateways = select(CarrierGatewayRow).where(CarrierGatewayRow.carrier_sid.in_(sids))
    for gateway in await session.scalars(gateways.order_by(CarrierGatewayRow.position)):
        parts[gateway.carrier_sid].gateways.append(gateway.uri)
    prefixes = select(CarrierPrefixRow).where(CarrierPrefixRow.carrier_sid.in_(sids))
    for prefix in await session.scalars(prefixes.order_by(CarrierPrefixRow.prefix)):
        parts[prefix.carrier_sid].prefixes.append(prefix.prefix)
    sources = select(CarrierSourceRow).where(CarrierSourceRow.carrier_sid.in_(sids))
    for source in await session.scalars(sources.order_by(CarrierSourceRow.network)):
        parts[source.carrier_sid].sources.append(source.network)
    return parts


async def put_gateways(session: AsyncSession, carrier_sid: str, uris: Sequence[str]) -> None:
    """Replaces the carrier's gateways (row by row: a bulk statement would leave no change row)."""
    held = await session.scalars(select(CarrierGatewayRow).where(CarrierGatewayRow.carrier_sid == carrier_sid))
    fresh = (CarrierGatewayRow(carrier_sid=carrier_sid, position=n, uri=uri) for n, uri in enumerate(uris))
    await _replace(session, held.all(), fresh)


async def put_prefixes(session: AsyncSession, carrier_sid: str, prefixes: Sequence[str]) -> None:
    held = await session.scalars(select(CarrierPrefixRow).where(CarrierPrefixRow.carrier_sid == carrier_sid))
    fresh = (CarrierPrefixRow(carrier_sid=carrier_sid, prefix=prefix) for prefix in dict.fromkeys(prefixes))
    await _replace(session, held.all(), fresh)


async def put_sources(session: AsyncSession, carrier_sid: str, networks: Sequence[str]) -> None:
    held = await session.scalars(select(CarrierSourceRow).where(CarrierSourceRow.carrier_sid == carrier_sid))
    fresh = (CarrierSourceRow(carrier_sid=carrier_sid, network=network) for network in dict.fromkeys(networks))
    await _replace(session, held.all(), fresh)


async def _replace(session: AsyncSession, held: Iterable[Row], fresh: Iterable[Row]) -> None:
    for row in held:
        await session.delete(row)
    await session.flush()
    session.add_all(fresh)
