"""The gateway's side of the ng protocol: requests to one or several relays, answers by callback.

One connected UDP socket per relay, no task and no future per request. A request is repeated with the same cookie
until it is answered or its time is up; then the relay counts as down until it answers anything, and the caller
gets `RelayDown` as a value.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from secrets import token_hex
from typing import TypeAlias, final

from trunkline.kit.instant import Instant, later
from trunkline.kit.timer_queue import Timer, TimerQueue
from trunkline.platform.media.placement import Address, Placement, Relay
from trunkline.platform.sipnet.watch import Watch
from trunkline.protocol.ng.answer import Ok, Refused, parse_result
from trunkline.protocol.ng.command import Answer, Command, Delete, ListCalls, Offer, Ping, Query, SourceRule
from trunkline.protocol.ng.datagram import LARGEST, body_of, command_datagram, cookie_of
from trunkline.protocol.ng.errors import MalformedNg

REPEAT_S = (0.25, 0.5, 1.0)
"""Pauses before each repetition: at 0.25, 0.75 and 1.75 s."""
DEADLINE_S = 2.0
PING_S = 5.0
_MOST_PER_WAKE = 32
_PAID_AT_ONCE = 16
_ROOM = 1 << 20


@dataclass(frozen=True, slots=True)
class RelayDown:
    """No answer in `DEADLINE_S`, or no relay at all (`relay` is None)."""

    relay: Address | None


NgResult: TypeAlias = Ok | Refused | RelayDown
Done: TypeAlias = Callable[[NgResult], None]


@final
class _Request:
    __slots__ = ("attempt", "cookie", "datagram", "done", "first_sent_at", "relay", "timer")

    def __init__(self, relay: Relay, cookie: bytes, datagram: bytes, done: Done, now: Instant) -> None:
        self.relay = relay
        self.cookie = cookie
        self.datagram = datagram
        self.done = done
        self.first_sent_at = now
        self.attempt = 0
        self.timer: Timer[_Request | Relay] | None = None


@final
class NgClient:
    """Sends commands and hands each answer to its `done`, exactly once, from the loop's thread."""

    __slots__ = (
        "_armed_at",
        "_closed",
        "_count",
        "_handle",
        "_instance",
        "_loop",
        "_pending",
        "_placement",
        "_timers",
        "_watches",
        "relays",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, relays: Sequence[Address], instance: str) -> None:
        """`instance` names this gateway in its cookies. Raises OSError."""
        self._loop = loop
        # rtpengine remembers answers by cookie alone: one that was used before a restart would get the old answer.
        self._instance = f"{instance}-{token_hex(6)}".encode()
        self._count = 0
        self._pending: dict[bytes, _Request] = {}
        self._timers: TimerQueue[_Request | Relay] = TimerQueue()
        self._handle: asyncio.TimerHandle | None = None
        self._armed_at: Instant | None = None
        self._closed = False
        self._watches: list[Watch] = []
        self.relays = [Relay(address, _connected(address)) for address in relays]
        self._placement = Placement(self.relays)
        for relay in self.relays:
            self._watches.append(Watch(loop, relay.sock, partial(self._receive, relay)))
            self._ping(relay)

    def close(self) -> None:
        """Gives up what is pending without a callback, and the sockets."""
        self._closed = True
        if self._handle is not None:
            self._handle.cancel()
        self._pending.clear()
        for watch in self._watches:
            watch.close()
        for relay in self.relays:
            relay.sock.close()

    def __len__(self) -> int:
        """Requests not answered yet."""
        return len(self._pending)

    def offer(
        self,
        call_id: str,
        from_tag: str,
        to_tag: str,
        sdp: bytes,
        done: Done,
        *,
        source: SourceRule = SourceRule.STRICT,
        received_from: str = "",
    ) -> None:
        """Rewrites an offer of the leg `from_tag`; `source` and `received_from` speak of that leg.

        A further attempt of the same call is an offer with a new `to_tag`. With rtpengine a call of one leg only is
        no call: offer the next attempt before deleting the failed one, or the opener's ports change.
        """
        self.send(Offer(call_id, from_tag, sdp, to_tag, source=source, received_from=received_from), done)

    def answer(
        self,
        call_id: str,
        from_tag: str,
        to_tag: str,
        sdp: bytes,
        done: Done,
        *,
        source: SourceRule = SourceRule.STRICT,
        received_from: str = "",
    ) -> None:
        """Rewrites the answer of the leg `to_tag` to an offer of `from_tag`; `source` speaks of `to_tag`."""
        self.send(Answer(call_id, from_tag, to_tag, sdp, source=source, received_from=received_from), done)

    def delete_attempt(self, call_id: str, to_tag: str, done: Done) -> None:
        """Ends one attempt; the rest of the call goes on."""
        self.send(Delete(call_id, to_tag), done)

    def delete_call(self, call_id: str, from_tag: str, done: Done) -> None:
        """Ends the call of the opener `from_tag`; `answer.call_statistics` reads the final counters.

        A relay that does not answer is told again when it does: nobody else would give the call's ports back.
        """
        command = Delete(call_id, from_tag)
        relay = self._placement.relay_for(command)
        self._placement.forget(call_id)
        if relay is None:
            done(RelayDown(None))
        else:
            self._request(relay, command, partial(self._deleted, relay, command, done))

    def _deleted(self, relay: Relay, command: Delete, done: Done, result: NgResult) -> None:
        if isinstance(result, RelayDown):
            relay.owed[command.call_id] = command
        elif relay.owed:
            self._pay(relay, 1)
        done(result)

    def _pay(self, relay: Relay, most: int) -> None:
        """Deletes what a relay was not there for; each answer lets the next one follow."""
        for _ in range(min(most, len(relay.owed))):
            _, command = relay.owed.popitem()
            self._request(relay, command, partial(self._deleted, relay, command, _nothing))

    def query(self, call_id: str, done: Done) -> None:
        """The running counters; `answer.call_statistics` reads the result."""
        self.send(Query(call_id), done)

    def list_calls(self, relay: Relay, done: Done, limit: int = 1000) -> None:
        """The call-ids on one relay; `answer.call_ids` reads the result."""
        self._request(relay, ListCalls(limit), done)

    def send(self, command: Command, done: Done) -> None:
        """Sends a command about a call to its relay; without any relay up, `done` gets RelayDown at once."""
        relay = self._placement.relay_for(command)
        if relay is None:
            done(RelayDown(None))
        else:
            self._request(relay, command, done)

    def relay_of(self, call_id: str) -> Address | None:
        """Where a call is, for the journal."""
        return self._placement.address_of(call_id)

    def place(self, call_id: str, address: Address) -> None:
        """Says where a call taken back from the journal is; an address not configured is ignored."""
        self._placement.adopt(call_id, address)

    def _request(self, relay: Relay, command: Command, done: Done) -> None:
        self._count += 1
        cookie = b"%b_%d" % (self._instance, self._count)
        now = Instant(self._loop.time())
        request = _Request(relay, cookie, command_datagram(cookie, command), done, now)
        if len(request.datagram) > LARGEST:
            # Never sent is never answered, and must not look like a relay that is down.
            done(Refused("larger than a datagram"))
            return
        self._pending[cookie] = request
        self._transmit(request, now)

    def _transmit(self, request: _Request, now: Instant) -> None:
        _send(request.relay.sock, request.datagram)
        pause = REPEAT_S[request.attempt] if request.attempt < len(REPEAT_S) else DEADLINE_S
        request.attempt += 1
        at = min(later(now, pause), later(request.first_sent_at, DEADLINE_S))
        request.timer = self._timers.arm(at, request)
        self._arm(at)

    def _arm(self, at: Instant) -> None:
        """Keeps one timer of the loop at the earliest deadline; a cancelled request leaves it to fire idly."""
        if self._armed_at is not None and self._armed_at <= at:
            return
        if self._handle is not None:
            self._handle.cancel()
        self._armed_at = at
        self._handle = self._loop.call_at(at, self._timer_fired)

    def _timer_fired(self) -> None:
        self._handle = self._armed_at = None
        now = Instant(self._loop.time())
        while (due := self._timers.pop_due(now)) is not None:
            if isinstance(due, Relay):
                self._ping(due)
            elif now >= later(due.first_sent_at, DEADLINE_S):
                due.relay.is_up = False
                self._finish(due, RelayDown(due.relay.address))
            else:
                self._transmit(due, now)
        deadline = self._timers.next_deadline()
        if deadline is not None and not self._closed:
            self._arm(deadline)

    def _receive(self, relay: Relay) -> None:
        for _ in range(_MOST_PER_WAKE):
            try:
                datagram = relay.sock.recv(65535)
            except BlockingIOError:
                return
            except OSError:
                # An ICMP error about something sent earlier.
                continue
            if not relay.is_up:
                relay.is_up = True
                self._pay(relay, _PAID_AT_ONCE)
            self._receive_answer(datagram)
            if not self._pending or self._closed:
                # Nothing more can come: saves the call that would only say so.
                return

    def _receive_answer(self, datagram: bytes) -> None:
        try:
            cookie = cookie_of(datagram)
            request = self._pending.get(cookie)
            if request is None:
                return
            result: NgResult = parse_result(body_of(datagram, cookie))
        except MalformedNg:
            # A damaged answer is no answer; the repetition fetches it again.
            return
        if request.timer is not None:
            self._timers.cancel(request.timer)
        self._finish(request, result)

    def _finish(self, request: _Request, result: NgResult) -> None:
        del self._pending[request.cookie]
        request.timer = None
        request.done(result)

    def _ping(self, relay: Relay) -> None:
        self._request(relay, Ping(), _nothing)
        self._timers.arm(later(Instant(self._loop.time()), PING_S), relay)


def _nothing(_result: NgResult) -> None:
    """A ping's answer: the relay's state is kept where answers arrive."""


def _send(sock: socket.socket, datagram: bytes) -> None:
    """What fails is left to the repetition, but for an ICMP error of before, which costs the first try."""
    for _ in range(2):
        try:
            sock.send(datagram)
        except ConnectionRefusedError:
            continue
        except OSError:
            return
        return


def _connected(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
    sock.connect(address)
    return sock
