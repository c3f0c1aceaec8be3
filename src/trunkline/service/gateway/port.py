"""What the switch needs of the world, as Protocols: the process gives real ones, the simulation its own."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from trunkline.domain.call.attempt import Target
from trunkline.domain.record.alert import Alert
from trunkline.domain.record.call_record import CallRecord
from trunkline.kit.ids import CallSid
from trunkline.protocol.ng.answer import CallStatistics
from trunkline.protocol.ng.command import SourceRule
from trunkline.protocol.sip.transaction.flow import Flow

SdpDone = Callable[[bytes | None], None]
"""Takes the rewritten SDP, or None when the relay refused or was not there."""
CountDone = Callable[[int | None], None]
"""Takes how many RTP packets have come from all sides, or None when the relay did not say."""
StatisticsDone = Callable[[CallStatistics | None], None]
"""Takes the last counters, or None when the relay does not know them."""


class Media(Protocol):
    """The relay. `key` names one attempt's session; the opener's tag is always `caller`, the other `callee`."""

    def offer(self, key: str, opener: str, sdp: bytes, source: SourceRule, heard_from: str, done: SdpDone) -> None: ...

    def answer(self, key: str, opener: str, sdp: bytes, source: SourceRule, heard_from: str, done: SdpDone) -> None:
        """`opener` made the offer that this answers."""
        ...

    def count(self, key: str, done: CountDone) -> None: ...

    def drop(self, key: str, done: StatisticsDone) -> None: ...

    def place(self, key: str) -> str:
        """Which relay holds a session, for the journal; "" for none."""
        ...


class Locator(Protocol):
    """RFC 3263."""

    def locate(self, target: Target, done: Callable[[list[Flow]], None]) -> None:
        """Hands over the addresses of a target, best first, at once or later."""
        ...


class Journal(Protocol):
    """The durable spool: what is written here before the next `poll` survives the process."""

    def write(self, sid: CallSid, kind: str, fields: dict[str, Any]) -> None: ...

    def close(self, sid: CallSid) -> None:
        """Nothing of the call is left to be taken back."""
        ...


class Records(Protocol):
    """Where finished records and alerts go."""

    def deliver(self, record: CallRecord | None, alerts: list[Alert]) -> None: ...


class Runner(Protocol):
    """Runs slow work that belongs to a call."""

    def run(self, work: Coroutine[Any, Any, Any], deadline_s: float, done: Callable[[Any], None]) -> None:
        """`done` gets the result, or an exception as a value, exactly once."""
        ...
