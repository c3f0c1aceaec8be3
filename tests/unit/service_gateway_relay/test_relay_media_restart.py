"""Relay sessions after a restart: those of live calls are found again, those that nobody owns are deleted."""

import asyncio
from contextlib import closing

from tests.shell.virtual_loop import run
from tests.unit.platform_media.test_ng_client import FakeRelay
from trunkline.platform.media.ng_client import NgClient
from trunkline.protocol.ng.bencode import BValue
from trunkline.service.gateway.relay.relay_media import RelayMedia


async def arrived(relay: FakeRelay, command: str) -> tuple[bytes, dict[str, BValue]]:
    """The next such command; pings are answered on the way."""
    for _ in range(1000):
        found = relay.next()
        if found is not None and found[1]["command"] == command.encode():
            return found
        if found is not None and found[1]["command"] == b"ping":
            relay.answer(found[0], {"result": "pong"})
        await asyncio.sleep(0.001)
    raise AssertionError(f"no {command}")


def test_own_orphans_go_and_everything_else_stays() -> None:
    async def scene() -> None:
        relay = FakeRelay()
        with closing(relay.sock), closing(NgClient(asyncio.get_running_loop(), [relay.address], "g")) as client:
            media = RelayMedia(client, "g1-")
            swept: list[tuple[str, int | None]] = []
            media.sweep(lambda key: key == "CA1-0", lambda name, number: swept.append((name, number)))
            cookie, body = await arrived(relay, "list")
            assert body["limit"] == b"100000" or body["limit"] == 100000
            relay.answer(cookie, {"result": "ok", "calls": ["g1-CA1-0", "g1-CA2-0", "g2-CA3-0", "other"]})
            cookie, body = await arrived(relay, "delete")
            assert body["call-id"] == b"g1-CA2-0"
            relay.answer(cookie, {"result": "ok"})
            await asyncio.sleep(0.05)
            assert relay.next() is None
            assert swept == [(f"{relay.address[0]}:{relay.address[1]}", 1)]

    run(scene)


def test_relay_that_is_away_is_said_to_be() -> None:
    async def scene() -> None:
        relay = FakeRelay()
        with closing(relay.sock), closing(NgClient(asyncio.get_running_loop(), [relay.address], "g")) as client:
            swept: list[int | None] = []
            RelayMedia(client, "g1-").sweep(lambda key: True, lambda name, number: swept.append(number))
            await asyncio.sleep(3.0)
            assert swept == [None]

    run(scene)


def test_session_taken_back_is_ended_on_the_relay_that_has_it() -> None:
    async def scene() -> None:
        one, other = FakeRelay(), FakeRelay()
        addresses = [one.address, other.address]
        with (
            closing(one.sock),
            closing(other.sock),
            closing(NgClient(asyncio.get_running_loop(), addresses, "g")) as client,
        ):
            media = RelayMedia(client, "g1-")
            for place in ("", "junk", "127.0.0.1 1"):
                media.adopt("CA9-0", place)
            media.adopt("CA1-0", f"{other.address[0]} {other.address[1]}")
            assert media.place("CA1-0") == f"{other.address[0]} {other.address[1]}"
            assert media.place("CA9-0") == ""
            media.drop("CA1-0", lambda statistics: None)
            assert (await arrived(other, "delete"))[1]["call-id"] == b"g1-CA1-0"

    run(scene)
