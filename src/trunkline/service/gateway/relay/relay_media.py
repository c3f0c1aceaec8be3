"""The relay as the switch uses it: one ng call for each attempt, opened by `caller`."""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final

from trunkline.platform.media.ng_client import Done, NgClient, NgResult
from trunkline.platform.media.placement import Relay
from trunkline.protocol.ng.answer import Ok, Refused, call_ids, call_statistics, packet_count
from trunkline.protocol.ng.command import SourceRule
from trunkline.service.gateway.port import CountDone, SdpDone, StatisticsDone

CALLER: Final = "caller"
CALLEE: Final = "callee"
COUNTED_AT_ONCE: Final = 16
_MOST_LISTED: Final = 100_000
_UNKNOWN: Final = "unknown call-id"
"""What both engines say of a session that they do not have."""


class RelayMedia:
    """`port.Media` over the ng client. `prefix` marks this gateway's calls on a relay that several share."""

    __slots__ = ("_asking", "_client", "_counting", "_to_count", "prefix")

    def __init__(self, client: NgClient, prefix: str) -> None:
        self._client = client
        self.prefix = prefix
        self._asking = False
        self._counting = 0
        self._to_count: deque[tuple[str, CountDone]] = deque()

    def offer(self, key: str, opener: str, sdp: bytes, source: SourceRule, heard_from: str, done: SdpDone) -> None:
        self._client.offer(
            self.prefix + key, opener, _other(opener), sdp, _sdp(done), source=source, received_from=heard_from
        )

    def answer(self, key: str, opener: str, sdp: bytes, source: SourceRule, heard_from: str, done: SdpDone) -> None:
        self._client.answer(
            self.prefix + key, opener, _other(opener), sdp, _sdp(done), source=source, received_from=heard_from
        )

    def count(self, key: str, done: CountDone) -> None:
        """A few at a time: a relay that counts for a thousand calls at once forwards nothing meanwhile."""
        self._to_count.append((self.prefix + key, done))
        self._count_next()

    def _count_next(self) -> None:
        """Answers that come within the question, when no relay is up, are not asked for in ever deeper calls."""
        if self._asking:
            return
        self._asking = True
        while self._to_count and self._counting < COUNTED_AT_ONCE:
            call_id, done = self._to_count.popleft()
            self._counting += 1
            self._client.query(call_id, partial(self._counted, done))
        self._asking = False

    def _counted(self, done: CountDone, result: NgResult) -> None:
        self._counting -= 1
        done(packet_count(result) if isinstance(result, Ok) else None)
        self._count_next()

    def drop(self, key: str, done: StatisticsDone) -> None:
        def deleted(result: NgResult) -> None:
            done(call_statistics(result) if isinstance(result, Ok) else None)

        self._client.delete_call(self.prefix + key, CALLER, deleted)

    def place(self, key: str) -> str:
        address = self._client.relay_of(self.prefix + key)
        return "" if address is None else f"{address[0]} {address[1]}"

    def holds(self, key: str, done: Callable[[bool], None]) -> None:
        """`relay_watch.Sessions`."""

        def answered(result: NgResult) -> None:
            done(not (isinstance(result, Refused) and result.reason.casefold() == _UNKNOWN))

        self._client.query(self.prefix + key, answered)

    # ---- after a restart

    def adopt(self, key: str, place: str) -> None:
        """Where a session of a call taken back is; `place` as it was given."""
        host, _, port = place.rpartition(" ")
        if host and port.isdecimal():
            self._client.place(self.prefix + key, (host, int(port)))

    @property
    def relay_count(self) -> int:
        return len(self._client.relays)

    def sweep(self, known: Callable[[str], bool], swept: Callable[[str, int | None], None]) -> None:
        """Delete this gateway's sessions that nobody knows; `swept` gets each relay's name and how many went.

        None instead of a number: that relay did not answer. `known` takes a key and is asked when the list is there.
        """
        for relay in self._client.relays:
            self._client.list_calls(relay, partial(self._listed, relay, known, swept), _MOST_LISTED)

    def _listed(
        self, relay: Relay, known: Callable[[str], bool], swept: Callable[[str, int | None], None], result: NgResult
    ) -> None:
        name = f"{relay.address[0]}:{relay.address[1]}"
        if not isinstance(result, Ok):
            swept(name, None)
            return
        mine = [call_id for call_id in call_ids(result) if call_id.startswith(self.prefix)]
        orphans = [call_id for call_id in mine if not known(call_id.removeprefix(self.prefix))]
        for call_id in orphans:
            self._client.place(call_id, relay.address)
            self._client.delete_call(call_id, CALLER, _nothing)
        swept(name, len(orphans))


def _nothing(_result: NgResult) -> None:
    """Whether the relay still knew an orphan is all the same."""


def _other(tag: str) -> str:
    return CALLEE if tag == CALLER else CALLER


def _sdp(done: SdpDone) -> Done:
    def answered(result: NgResult) -> None:
        done(result.sdp or None if isinstance(result, Ok) else None)

    return answered
