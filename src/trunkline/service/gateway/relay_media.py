"""The relay as the switch uses it: one ng call for each attempt, opened by `caller`."""

from typing import Final

from trunkline.platform.media.ng_client import Done, NgClient, NgResult
from trunkline.protocol.ng.answer import Ok, call_statistics
from trunkline.protocol.ng.command import SourceRule
from trunkline.service.gateway.port import SdpDone, StatisticsDone

CALLER: Final = "caller"
CALLEE: Final = "callee"


class RelayMedia:
    """`port.Media` over the ng client. `prefix` marks this gateway's calls on a relay that several share."""

    __slots__ = ("_client", "prefix")

    def __init__(self, client: NgClient, prefix: str) -> None:
        self._client = client
        self.prefix = prefix

    def offer(self, key: str, opener: str, sdp: bytes, source: SourceRule, heard_from: str, done: SdpDone) -> None:
        self._client.offer(
            self.prefix + key, opener, _other(opener), sdp, _sdp(done), source=source, received_from=heard_from
        )

    def answer(self, key: str, opener: str, sdp: bytes, source: SourceRule, heard_from: str, done: SdpDone) -> None:
        self._client.answer(
            self.prefix + key, opener, _other(opener), sdp, _sdp(done), source=source, received_from=heard_from
        )

    def drop(self, key: str, done: StatisticsDone) -> None:
        def deleted(result: NgResult) -> None:
            done(call_statistics(result) if isinstance(result, Ok) else None)

        self._client.delete_call(self.prefix + key, CALLER, deleted)

    def place(self, key: str) -> str:
        address = self._client.relay_of(self.prefix + key)
        return "" if address is None else f"{address[0]} {address[1]}"


def _other(tag: str) -> str:
    return CALLEE if tag == CALLER else CALLER


def _sdp(done: SdpDone) -> Done:
    def answered(result: NgResult) -> None:
        done(result.sdp or None if isinstance(result, Ok) else None)

    return answered
