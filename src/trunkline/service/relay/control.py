"""The ng socket: datagrams in, answers out, a repeated cookie answered from memory."""

import select
import socket

from trunkline.kit.instant import Instant, later
from trunkline.protocol.ng.bencode import BInput
from trunkline.protocol.ng.command import Ping, parse_command
from trunkline.protocol.ng.datagram import LARGEST, body_of, build, cookie_of
from trunkline.protocol.ng.errors import MalformedNg
from trunkline.service.relay.call_table import CallTable
from trunkline.service.relay.errors import Refusal
from trunkline.service.relay.udp_socket import Address, make_room

_MOST_PER_PASS = 8
"""Commands between two passes over the media, so that a burst of calls costs no audio its time."""
REMEMBERED_S = 10.0
"""Answers live between one and two of these; a client gives up sooner."""
_MOST_REMEMBERED = 50_000
_ROOM = 1 << 20

Key = tuple[bytes, Address]


class Control:
    """Answers every datagram that bears a cookie, exactly once in effect."""

    __slots__ = ("_answers", "_calls", "_older", "_renewed_at", "anomalies", "fd", "sock")

    def __init__(self, sock: socket.socket, calls: CallTable, epoll: select.epoll, now: Instant) -> None:
        make_room(sock, _ROOM)
        self.sock = sock
        self.fd = sock.fileno()
        self.anomalies = 0
        """Datagrams without a cookie: nobody to answer."""
        self._calls = calls
        self._answers: dict[Key, bytes] = {}
        self._older: dict[Key, bytes] = {}
        self._renewed_at = now
        epoll.register(self.fd, select.EPOLLIN)

    def receive(self, now: Instant) -> None:
        """Executes what has arrived, up to a bound."""
        for _ in range(_MOST_PER_PASS):
            try:
                datagram, source = self.sock.recvfrom(65535)
            except BlockingIOError:
                return
            except OSError:
                # An ICMP error about an answer sent earlier: its client has gone.
                continue
            self._receive(datagram, source, now)

    def forget(self, now: Instant) -> None:
        """Lets old answers go; called about once a second."""
        if now >= later(self._renewed_at, REMEMBERED_S) or len(self._answers) > _MOST_REMEMBERED:
            self._older = self._answers
            self._answers = {}
            self._renewed_at = now

    def _receive(self, datagram: bytes, source: Address, now: Instant) -> None:
        try:
            cookie = cookie_of(datagram)
        except MalformedNg:
            self.anomalies += 1
            return
        key = (cookie, source)
        answer = self._answers.get(key) or self._older.get(key)
        if answer is None:
            answer = self._execute(datagram, cookie, key, now)
        try:
            self.sock.sendto(answer, source)
        except OSError:
            # The client repeats its cookie and gets this answer then.
            self.anomalies += 1

    def _execute(self, datagram: bytes, cookie: bytes, key: Key, now: Instant) -> bytes:
        body: dict[str, BInput]
        try:
            command = parse_command(body_of(datagram, cookie))
            body = self._calls.execute(command, now)
        except (MalformedNg, Refusal) as error:
            return self._remember(key, build(cookie, {"result": "error", "error-reason": str(error)}))
        answer = build(cookie, body)
        if len(answer) > LARGEST:
            answer = build(cookie, {"result": "error", "error-reason": "Answer larger than a datagram"})
        return answer if isinstance(command, Ping) else self._remember(key, answer)

    def _remember(self, key: Key, answer: bytes) -> bytes:
        self._answers[key] = answer
        return answer
