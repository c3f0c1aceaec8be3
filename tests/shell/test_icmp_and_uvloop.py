"""A connected UDP socket that met an ICMP error goes on hearing, on both loops."""

import asyncio
import socket
from collections.abc import Callable

import pytest
import uvloop

from trunkline.platform.media.ng_client import NgClient, NgResult
from trunkline.protocol.ng.answer import Ok
from trunkline.protocol.ng.datagram import cookie_of

LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


async def _relay_comes_back() -> NgResult:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        address = found.getsockname()
    # Nobody listens yet: what the client sends now is refused by ICMP.
    client = NgClient(loop, [address], "test")
    heard: asyncio.Future[NgResult] = loop.create_future()
    try:
        client.query("call", heard.set_result)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as relay:
            relay.bind(address)
            relay.settimeout(2.5)
            while not heard.done():
                data, source = await loop.run_in_executor(None, relay.recvfrom, 4096)
                relay.sendto(cookie_of(data) + b" d6:result4:ponge", source)
                await asyncio.wait([heard], timeout=0.05)
        return heard.result()
    finally:
        client.close()


@pytest.mark.parametrize("loop_factory", LOOPS)
def test_ng_client_hears_a_relay_that_was_away_when_it_first_asked(
    loop_factory: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        assert isinstance(runner.run(_relay_comes_back()), Ok)
