"""`trunkline dns`: the platform's zone, printed in master-file form or served by a name server of our own."""

import sys

from trunkline.domain.trunk.edge.zone import Authority, edge_zone
from trunkline.platform.setting import clock
from trunkline.platform.setting.settings import load_settings
from trunkline.service.nameserver.process import run


def zone() -> int:
    """Print it: whole where the built-in name server has an address, else records for a zone of somebody else's."""
    settings = load_settings()
    serial = int(clock.wall().timestamp())
    authority = Authority(serial, settings.dns_advertise) if settings.dns_advertise else None
    sys.stdout.write(edge_zone(settings.domain, settings.edges, authority).master_file())
    return 0


def serve() -> int:
    """The name server process."""
    return run(load_settings())
