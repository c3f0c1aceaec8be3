"""The name server process: the zone of this platform's edges, made at start; another list of edges, another start."""

import asyncio
import signal
import sys

from trunkline.domain.trunk.edge.zone import Authority, edge_zone
from trunkline.platform.nameserver.listening import Listener
from trunkline.platform.nameserver.reply import Replies
from trunkline.platform.setting import clock
from trunkline.platform.setting.log import logger, start_logging
from trunkline.platform.setting.settings import Settings
from trunkline.platform.setting.supervision import tell_ready

NAME = "nameserver"


def run(settings: Settings) -> int:
    """Serves until SIGTERM or SIGINT, then 0; 2 when there is no address to serve at, or it is taken."""
    start_logging(settings.log_level, NAME)
    bind = settings.dns_bind
    if bind is None:
        sys.stderr.write("trunkline: TRUNKLINE_DNS_BIND is not set: there is nothing to serve\n")
        return 2
    try:
        asyncio.run(_serve(settings, bind.host, bind.port))
    except OSError as fault:
        sys.stderr.write(f"trunkline: name server {bind}: {fault.strerror or fault} (TRUNKLINE_DNS_BIND)\n")
        return 2
    return 0


async def _serve(settings: Settings, host: str, port: int) -> None:
    authority = Authority(int(clock.wall().timestamp()), settings.dns_advertise)
    zone = edge_zone(settings.domain, settings.edges, authority)
    listener = Listener(Replies(zone))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await listener.open(host, port)
    tell_ready(NAME)
    logger(room=NAME).info("ready", address=f"{host}:{port}", zone=zone.origin)
    await stop.wait()
    listener.close()
