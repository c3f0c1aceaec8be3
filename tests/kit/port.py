"""The switch's ports without an outside: a relay, a locator, a journal and a shelf of records that fail on demand."""

import json
import re
from collections.abc import Callable
from typing import Any

from tests.kit.paused import pause
from tests.kit.world import World
from trunkline.domain.call.attempt import Target
from trunkline.domain.record.alert import Alert
from trunkline.domain.record.call_record import CallRecord
from trunkline.domain.trunk.origination.caller_name import NameUnavailable
from trunkline.kit.ids import E164, CallSid
from trunkline.protocol.ng.answer import CallStatistics, Counters, LegStatistics
from trunkline.protocol.ng.command import SourceRule
from trunkline.protocol.sip.dialog.dialog import numeric_flow
from trunkline.protocol.sip.message.uri import parse_uri
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.service.gateway.port import CountDone, SdpDone, StatisticsDone

RELAY_HOST = "192.0.2.3"
NEVER_S = 2.0
"""A relay that never answers is given up by its client after this time."""
_CONNECTION = re.compile(rb"^c=IN IP4 \S+", re.MULTILINE)
_PORT = re.compile(rb"^m=audio [1-9]\d*", re.MULTILINE)


def offer_sdp(host: str, port: int = 40000, codecs: str = "0 8 101", version: int = 1, way: str = "sendrecv") -> bytes:
    """A plain G.711 offer or answer."""
    return (
        f"v=0\r\no=- 1 {version} IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP {codecs}\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na={way}\r\n"
    ).encode()


class Fault:
    """Which of the uses of a port, counted from 0, goes wrong."""

    def __init__(self) -> None:
        self.at: set[int] = set()
        self.uses = 0

    def strikes(self) -> bool:
        self.uses += 1
        return self.uses - 1 in self.at


class FakeMedia:
    """A relay: every offer and answer gets our address and a fresh port. `delay_s` 0 answers within the call."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._port = 20000
        self.delay_s = 0.0
        self.refuses = Fault()
        self.sleeps = Fault()
        self.packets: Callable[[], int] = lambda: int(100 * world.now)
        """How many have come, of every session."""
        self.counted = 0
        self.open: set[str] = set()
        self.asked: list[tuple[str, str, str, SourceRule]] = []
        """(verb, key, opener, rule) in order."""
        self.read: list[tuple[str, str, bytes]] = []
        """(verb, opener, SDP as it came) of every offer and answer."""

    def offer(self, key: str, opener: str, sdp: bytes, source: SourceRule, heard_from: str, done: SdpDone) -> None:
        self.asked.append(("offer", key, opener, source))
        self.read.append(("offer", opener, sdp))
        self.open.add(key)
        self._answer(done, self._rewritten(sdp))

    def answer(self, key: str, opener: str, sdp: bytes, source: SourceRule, heard_from: str, done: SdpDone) -> None:
        assert key in self.open, "an answer to no offer"
        self.asked.append(("answer", key, opener, source))
        self.read.append(("answer", opener, sdp))
        self._answer(done, self._rewritten(sdp))

    def count(self, key: str, done: CountDone) -> None:
        self.counted += 1
        self._answer(done, self.packets() if key in self.open else None)

    def drop(self, key: str, done: StatisticsDone) -> None:
        assert key in self.open, "dropped twice"
        self.asked.append(("drop", key, "", SourceRule.STRICT))
        self.open.discard(key)
        counters = Counters(100, 17200)
        legs = {
            tag: LegStatistics(tag, counters, Counters(), 0, quality=None, heard=None) for tag in ("caller", "callee")
        }
        self._answer(done, CallStatistics(0, counters, Counters(), legs))

    def place(self, key: str) -> str:
        return "relay" if key in self.open else ""

    def _rewritten(self, sdp: bytes) -> bytes:
        self._port += 2
        sdp = _CONNECTION.sub(f"c=IN IP4 {RELAY_HOST}".encode(), sdp)
        return _PORT.sub(f"m=audio {self._port}".encode(), sdp)

    def _answer(self, done: Callable[[Any], None], value: Any) -> None:
        refused, sleeps = self.refuses.strikes(), self.sleeps.strikes()
        result = None if refused or sleeps else value
        delay = NEVER_S if sleeps else self.delay_s
        if delay:
            self._world.after(delay, lambda: done(result))
        else:
            done(result)


class FakeLocator:
    """Numeric hosts lead to themselves; `names` answers for all others."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.delay_s = 0.0
        self.names: dict[str, list[Flow]] = {}

    def locate(self, target: Target, done: Callable[[list[Flow]], None]) -> None:
        uri = parse_uri(target.request_uri)
        flow = numeric_flow(uri, None)
        found = [flow] if flow is not None else self.names.get(uri.host, [])
        if self.delay_s:
            self._world.after(self.delay_s, lambda: done(found))
        else:
            done(found)


class FakeNames:
    """A source of callers' names: `names` has those it knows, None for a number without one; others are unavailable."""

    def __init__(self, names: dict[str, str | None] | None = None, *, knows_all: bool = False) -> None:
        self.names = names or {}
        self.knows_all = knows_all
        """What is not among the names has none."""
        self.delay_s = 0.0
        self.asked: list[str] = []

    async def name_of(self, number: E164) -> str | None:
        self.asked.append(number)
        if self.delay_s:
            await pause(self.delay_s)
        if number not in self.names and not self.knows_all:
            raise NameUnavailable
        return self.names.get(number)


class MemoryJournal:
    """Keeps what was written; what a real one could not write, it refuses as well."""

    def __init__(self) -> None:
        self.entries: list[tuple[CallSid, str, dict[str, Any]]] = []
        self.open: set[CallSid] = set()
        self.fails = Fault()
        self.strict = True

    def write(self, sid: CallSid, kind: str, fields: dict[str, Any]) -> None:
        if self.fails.strikes():
            raise OSError("no space left on device")
        if self.strict:
            json.dumps(fields)
        self.entries.append((sid, kind, fields))
        self.open.add(sid)

    def close(self, sid: CallSid) -> None:
        self.open.discard(sid)

    def of(self, kind: str) -> list[CallSid]:
        return [sid for sid, found, _ in self.entries if found == kind]


class MemoryRecords:
    """Keeps what was delivered."""

    def __init__(self) -> None:
        self.records: list[CallRecord] = []
        self.alerts: list[Alert] = []
        self.fails = Fault()

    def deliver(self, record: CallRecord | None, alerts: list[Alert]) -> None:
        if self.fails.strikes():
            raise OSError("no space left on device")
        if record is not None:
            self.records.append(record)
        self.alerts += alerts
