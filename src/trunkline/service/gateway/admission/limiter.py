"""Which limiter a gateway asks: its own share of every limit, or Valkey for all gateways of the edge (decision 7)."""

from collections.abc import Sequence

from trunkline.domain.trunk.edge.edges import EdgeGateway
from trunkline.domain.trunk.limits import CallLimits, Limiter
from trunkline.domain.trunk.share import Share
from trunkline.platform.jobs.jobs import Jobs
from trunkline.platform.setting import clock
from trunkline.platform.setting.errors import SettingsError
from trunkline.platform.setting.log import logger
from trunkline.platform.setting.settings import GatewaySettings, Settings
from trunkline.platform.setting.source import variable
from trunkline.service.gateway.call.calls import Calls


def shares(gateway: GatewaySettings, platform: Sequence[EdgeGateway]) -> tuple[Share, Share]:
    """The parts of one gateway: of what each edge counts for itself, and of what is counted over all edges."""
    own = EdgeGateway(gateway.edge, gateway.advertise.host, gateway.advertise.port)
    at_edge = [other for other in platform if other.edge == own.edge]
    return Share(at_edge.index(own), len(at_edge)), Share(platform.index(own), len(platform))


def open_limiter(settings: Settings, gateway: GatewaySettings, calls: Calls, jobs: Jobs) -> Limiter:
    """Says what is enforced; with Valkey that is told as it answers, and the share holds until then."""
    at_edge, everywhere = shares(gateway, settings.edges)
    own = CallLimits(calls, at_edge, everywhere)
    if settings.valkey_url is None:
        if everywhere.gateways > 1:
            logger(room="gateway").info(
                "limits are shared out",
                place=at_edge.place,
                gateways=at_edge.gateways,
                of_all_edges=everywhere.gateways,
            )
        return own
    # Not imported where it is not used: the client takes a tenth of a second to import.
    from trunkline.platform.valkey.gate import Gate
    from trunkline.platform.valkey.shared_limits import SharedLimits

    try:
        gate = Gate(settings.valkey_url, gateway.edge, str(gateway.advertise))
    except ValueError:  # its text may hold the URL
        fault = f"{variable('valkey_url')}=***: its port or database is no number; of a password, ? is written as %3F"
        raise SettingsError(fault) from None
    shared = SharedLimits(gate, own, calls, clock.now)
    jobs.spawn_service(shared.run, "limits")
    return shared
