"""What follows a restart once the gateway serves: orphans at the relays go, legs taken back are probed, facts come."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final, final

from trunkline.domain.trunk.facts import TrunkDirectory
from trunkline.kit.ids import CallSid
from trunkline.platform.jobs.jobs import Jobs
from trunkline.platform.setting import clock
from trunkline.platform.setting.log import logger
from trunkline.platform.store.errors import StoreUnavailable
from trunkline.service.gateway.call.calls import Calls
from trunkline.service.gateway.recovery import Recovery
from trunkline.service.gateway.relay.relay_media import RelayMedia

_PROBE_EVERY_S: Final = 0.1
_RETRY_S: Final = 5.0


@final
class Aftermath:
    """Three services that end when they have done their work; a relay or a store that is away is waited for."""

    __slots__ = ("_calls", "_directory", "_media", "_recovery", "_wake")

    def __init__(
        self, recovery: Recovery, media: RelayMedia, calls: Calls, directory: TrunkDirectory, wake: Callable[[], None]
    ) -> None:
        self._recovery = recovery
        self._media = media
        self._calls = calls
        self._directory = directory
        self._wake = wake

    def spawn(self, jobs: Jobs) -> None:
        """Begin, in a running loop, behind `Recovery.take_back`."""
        jobs.spawn_service(self._probe, "probes")
        jobs.spawn_service(self._sweep, "relay sweep")
        jobs.spawn_service(self._refresh, "facts of calls taken back")

    async def _probe(self) -> None:
        while self._recovery.probe(clock.now()):
            self._wake()
            await asyncio.sleep(_PROBE_EVERY_S)
        self._wake()

    async def _sweep(self) -> None:
        """Until every relay has told its sessions once (design, decision 8)."""
        answers: asyncio.Queue[int | None] = asyncio.Queue()

        def swept(relay: str, gone: int | None) -> None:
            if gone:
                logger(room="gateway").warning("relay sessions without a call deleted", relay=relay, sessions=gone)
            answers.put_nowait(gone)

        while True:
            self._media.sweep(partial(holds_media, self._calls), swept)
            if None not in [await answers.get() for _ in range(self._media.relay_count)]:
                return
            await asyncio.sleep(_RETRY_S)

    async def _refresh(self) -> None:
        while True:
            try:
                await refresh_facts(self._calls, self._directory)
            except StoreUnavailable:
                await asyncio.sleep(_RETRY_S)
            else:
                return


def holds_media(calls: Calls, key: str) -> bool:
    """Whether a relay session is one of a live call; `key` as `LiveCall.media_key` makes it."""
    sid, _, attempt = key.rpartition("-")
    live = calls.by_sid.get(CallSid(sid))
    if live is None or not attempt.isdecimal() or int(attempt) >= len(live.call.attempts):
        return False
    return live.call.attempts[int(attempt)].media_open


async def refresh_facts(calls: Calls, directory: TrunkDirectory) -> None:
    """Give the calls taken back the facts that the journal does not keep; raises what the directory raises."""
    for live in calls:
        if live.trunk is not None:
            live.trunk = await directory.trunk_by_sid(live.trunk.sid) or live.trunk
        if live.account is not None:
            live.account = await directory.account(live.account.sid) or live.account
