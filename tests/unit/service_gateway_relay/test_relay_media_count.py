"""The relay asked for its counts: a few at a time, and nothing is lost when it is away."""

import asyncio
from contextlib import closing

from tests.shell.virtual_loop import run
from tests.unit.platform_media.test_ng_client import FakeRelay
from tests.unit.service_gateway_relay.test_relay_media_restart import arrived
from trunkline.platform.media.ng_client import NgClient
from trunkline.protocol.ng.bencode import BValue
from trunkline.protocol.ng.command import SourceRule
from trunkline.service.gateway.relay.relay_media import COUNTED_AT_ONCE, RelayMedia

CALLS = 3 * COUNTED_AT_ONCE + 5


async def placed(client: NgClient, relay: FakeRelay, media: RelayMedia) -> None:
    for at in range(CALLS):
        media.offer(f"CA{at}-0", "caller", b"v=0", SourceRule.STRICT, "", lambda sdp: None)
        cookie, _ = await arrived(relay, "offer")
        relay.answer(cookie, {"result": "ok", "sdp": "v=0"})
    await asyncio.sleep(0.01)


def test_row_92_so_many_questions_are_under_way_and_no_more() -> None:
    async def scene() -> None:
        relay = FakeRelay()
        with closing(relay.sock), closing(NgClient(asyncio.get_running_loop(), [relay.address], "g")) as client:
            media = RelayMedia(client, "g1-")
            await placed(client, relay, media)
            found: list[int | None] = []
            for at in range(CALLS):
                media.count(f"CA{at}-0", found.append)
            asked: list[bytes] = []
            while len(found) < CALLS:
                waiting: list[tuple[bytes, dict[str, BValue]]] = []
                await asyncio.sleep(0.01)
                while (one := relay.next()) is not None:
                    if one[1]["command"] == b"query":
                        waiting.append(one)
                assert 0 < len(waiting) <= COUNTED_AT_ONCE
                for cookie, body in waiting:
                    assert isinstance(body["call-id"], bytes)
                    asked.append(body["call-id"])
                    relay.answer(cookie, {"result": "ok", "totals": {"RTP": {"packets": len(asked)}}})
                await asyncio.sleep(0.01)
            assert asked == [f"g1-CA{at}-0".encode() for at in range(CALLS)]
            assert found == list(range(1, CALLS + 1))

    run(scene)


def test_row_92_relay_is_away_or_knows_nothing_the_count_is_not_known() -> None:
    async def scene() -> None:
        relay = FakeRelay()
        with closing(relay.sock), closing(NgClient(asyncio.get_running_loop(), [relay.address], "g")) as client:
            media = RelayMedia(client, "g1-")
            found: list[int | None] = []
            media.count("CA1-0", found.append)
            cookie, _ = await arrived(relay, "query")
            relay.answer(cookie, {"result": "error", "error-reason": "Unknown call-id"})
            await asyncio.sleep(0.01)
            assert found == [None]
            for at in range(2000):
                media.count(f"CA{at}-0", found.append)
            await asyncio.sleep(6.0)
            assert found == [None] * 2001, "once it is known to be down, no question is sent, and no stack grows"

    run(scene)
