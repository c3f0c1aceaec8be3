"""Use cases of regions: in which one the calls of a trunk or a number are to be processed."""

from dataclasses import dataclass
from typing import Final, Literal

from trunkline.domain.trunk.domain_name import new_domain
from trunkline.platform.store.repository.session import DbSession
from trunkline.platform.store.repository.trunk import trunk_with_domain
from trunkline.platform.store.repository.voice_route import find_voice_route, number_named
from trunkline.platform.store.table import PhoneNumberRow, TrunkRow, VoiceRouteRow
from trunkline.service.control.provisioning.field_rule import check_friendly_name
from trunkline.service.control.provisioning.refusal import NotFound, existing
from trunkline.service.control.provisioning.workbench import Workbench

VoiceRegion = Literal["us1", "ie1", "au1"]
HOME_REGION: Final[VoiceRegion] = "us1"
"""Where calls are handled of what was never given a region, and where every account is at home."""


@dataclass(frozen=True, slots=True)
class RouteChange:
    """None leaves as it is."""

    voice_region: VoiceRegion | None = None
    friendly_name: str | None = None


async def trunk_target(bench: Workbench, session: DbSession, account_sid: str, domain: str) -> TrunkRow:
    """The account's trunk by its domain, spelled in either of the two ways."""
    key = new_domain(domain, bench.domain, alias=bench.accept_twilio_domain)
    trunk = None if key is None else await trunk_with_domain(session, key)
    if trunk is None or trunk.account_sid != account_sid:
        raise NotFound
    return trunk


async def number_target(_bench: Workbench, session: DbSession, account_sid: str, phone_number: str) -> PhoneNumberRow:
    return existing(await number_named(session, account_sid, phone_number))


async def put_route(
    bench: Workbench, session: DbSession, target: TrunkRow | PhoneNumberRow, account_sid: str, change: RouteChange
) -> VoiceRouteRow:
    """The target's region as it is from now on; commits."""
    name, now = check_friendly_name(change.friendly_name), bench.wall()
    row = await find_voice_route(session, account_sid, target.sid)
    if row is None:
        row = VoiceRouteRow(
            sid=bench.ids.sid("QQ"), account_sid=account_sid, target_sid=target.sid, date_created=now, date_updated=now
        )
        session.add(row)
    if change.voice_region is not None:
        row.voice_region = change.voice_region
    if change.friendly_name is not None:
        row.friendly_name = name
    row.date_updated = now
    await session.commit()
    return row
