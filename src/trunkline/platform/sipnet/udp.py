"""One UDP socket: bounded draining, sending, and the error queue that names who refused a datagram."""

import asyncio
import contextlib
import errno
import os
import socket
import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from trunkline.platform.setting.clock import wall
from trunkline.platform.sipnet.watch import Watch
from trunkline.protocol.sip.message.parse import MAX_DATAGRAM

BATCH: Final = 32
"""Datagrams taken per wake-up, so that timers and streams get their turn (style section 7)."""
RECEIVE_BUFFER: Final = 4 * 1024 * 1024

# Linux numbers that the socket module does not name.
_IP_RECVERR: Final = 11
_IPV6_RECVERR: Final = 25
_SO_RCVBUFFORCE: Final = 33
_SO_MEMINFO: Final = 55
_SO_TIMESTAMPNS: Final = 35
_MEMINFO_DROPS: Final = 8
_TIMESPEC: Final = struct.Struct("@ll")
_ORIGIN_ICMP: Final = frozenset({2, 3})
_EXTENDED_ERROR: Final = struct.Struct("=IBBB")
# Section 18.4: unreachable hosts, networks, ports and protocols are told; all else is not.
_TOLD: Final = frozenset(
    {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENOPROTOOPT, errno.EHOSTDOWN}
)

Address = tuple[str, int]


@lru_cache(maxsize=4096)
def is_address(text: str) -> bool:
    """Whether this is a numeric address: a name would make the socket ask DNS, and wait for it."""
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
    except (OSError, ValueError):
        return False
    return True


class UdpSocket:
    """Non-blocking, bound, unconnected. `deliver(data, source)` is called for each datagram, `settle()` after a batch,
    `refused(address, error)` for each destination that turned out to be unreachable.
    """

    __slots__ = ("_deliver", "_refused", "_settle", "_socket", "_watch", "address", "family", "waited_s")

    def __init__(
        self,
        bind: Address,
        deliver: Callable[[bytes, Address], None],
        settle: Callable[[], None],
        refused: Callable[[Address, str], None],
    ) -> None:
        self._deliver = deliver
        self._settle = settle
        self._refused = refused
        self.waited_s = 0.0
        """How long the oldest datagram that the last batch has left in the kernel had waited by then; mostly none."""
        self.family = socket.AF_INET6 if ":" in bind[0] else socket.AF_INET
        self._socket = _bound(self.family, bind)
        name = self._socket.getsockname()
        self.address: Address = (name[0], name[1])
        self._watch = Watch(asyncio.get_running_loop(), self._socket, self._readable)

    def close(self) -> None:
        self._watch.close()
        self._socket.close()

    @property
    def drops(self) -> int:
        """Datagrams that the kernel dropped at this socket because we were too slow (RcvbufErrors)."""
        facts = self._socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 36)
        return int(struct.unpack("=9I", facts)[_MEMINFO_DROPS])

    @property
    def receive_buffer(self) -> int:
        """Octets, as granted by the kernel (which counts its own overhead in)."""
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    def _readable(self) -> None:
        receive = self._socket.recvfrom
        deliver = self._deliver
        for taken in range(BATCH):
            try:
                data, source = receive(MAX_DATAGRAM + 1)
            except BlockingIOError:
                if not taken:
                    self._read_errors()
                self.waited_s = 0.0
                break
            except OSError:
                self._read_errors()
                continue
            deliver(data, source)
        else:
            self.waited_s = self._oldest_waits()
        self._settle()

    def _oldest_waits(self) -> float:
        """A queue that is never empty is short all the same where the loop keeps up, so its age is asked for."""
        try:
            _, ancillary, _, _ = self._socket.recvmsg(1, 64, socket.MSG_PEEK)
        except BlockingIOError:
            return 0.0
        except OSError:
            self._read_errors()
            return 0.0
        for level, kind, stamp in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
                seconds, nanoseconds = map(int, _TIMESPEC.unpack(stamp))
                return max(0.0, wall().timestamp() - seconds - nanoseconds / 1e9)
        return 0.0

    def send(self, data: bytes, address: Address) -> bool:
        """Send; False when it could not be."""
        try:
            self._socket.sendto(data, address)
        except BlockingIOError:
            return False  # the buffer is full: lost like any datagram, repeated by its timer
        except OSError:
            # What is reported here is the ICMP error of an earlier datagram, and nothing has been sent yet. To its own
            # destination nothing may follow: what failed there by its word (section 18.4) was this very request too,
            # and an INVITE that nobody knows any more would ring a phone that nobody CANCELs.
            if (address[0], address[1]) in self._read_errors():
                return False
            return self._send_again(data, address)
        return True

    def _send_again(self, data: bytes, address: Address) -> bool:
        try:
            self._socket.sendto(data, address)
        except BlockingIOError:
            return False
        except OSError as error:
            self._refused((address[0], address[1]), error.strerror or str(error))
            return False
        return True

    def _read_errors(self) -> set[Address]:
        """Tell who refused; the destinations that were told."""
        told: set[Address] = set()
        for _ in range(BATCH):
            try:
                _, ancillary, _, address = self._socket.recvmsg(0, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
            except OSError:
                break
            for level, kind, facts in ancillary:
                if (level, kind) in {(socket.SOL_IP, _IP_RECVERR), (socket.IPPROTO_IPV6, _IPV6_RECVERR)}:
                    number, origin, _, _ = _EXTENDED_ERROR.unpack_from(facts)
                    if origin in _ORIGIN_ICMP and number in _TOLD:
                        told.add((address[0], address[1]))
                        self._refused((address[0], address[1]), os.strerror(number))
        return told


def _bound(family: socket.AddressFamily, bind: Address) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        _size_buffer(sock)
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
        else:
            sock.setsockopt(socket.SOL_IP, _IP_RECVERR, 1)
        sock.bind(bind)
    except OSError:
        sock.close()
        raise
    return sock


def _size_buffer(sock: socket.socket) -> None:
    # Only root may go beyond net.core.rmem_max; without it the kernel's maximum is what we get.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)
