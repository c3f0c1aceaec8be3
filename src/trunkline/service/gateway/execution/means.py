"""What calls' commands are carried out with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from trunkline.kit.ids import IdSource
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.ua.user_agent import UserAgent
from trunkline.service.gateway.call.calls import Calls, CallSettings
from trunkline.service.gateway.port import Journal, Locator, Media, Records
from trunkline.service.gateway.record.recorder import Recorder
from trunkline.service.gateway.target.carrier_watch import CarrierWatch
from trunkline.service.gateway.target.edge_hop import EdgeHops


@dataclass(frozen=True, slots=True)
class Means:
    """The ports of one gateway, and what it keeps."""

    ua: UserAgent
    calls: Calls
    media: Media
    locator: Locator
    journal: Journal
    records: Records
    recorder: Recorder
    settings: CallSettings
    clock: Callable[[], Instant]
    wall: Callable[[Instant], datetime]
    hops: EdgeHops
    watch: CarrierWatch
    ids: IdSource
