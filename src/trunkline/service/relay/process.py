"""The relay process: one epoll loop over the ng socket and every stream."""

import errno
import gc
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from types import FrameType

from trunkline.kit.instant import Instant, later
from trunkline.platform.setting import clock
from trunkline.platform.setting.descriptors import raise_file_limit
from trunkline.service.relay.call import Ground
from trunkline.service.relay.call_table import CallTable
from trunkline.service.relay.config import RelayConfig
from trunkline.service.relay.control import Control
from trunkline.service.relay.forwarder import Forwarder
from trunkline.service.relay.kernel_drops import receive_buffer_errors
from trunkline.service.relay.port_pool import PortPool
from trunkline.service.relay.udp_socket import bound

_TICK_S = 1.0
_SWEEP_S = 30.0


def run(config: RelayConfig, on_ready: Callable[[], None] = lambda: None) -> int:
    """Serves until SIGTERM or SIGINT; the exit code: 2 when the ng address or the media address cannot be had.

    `on_ready` is called once commands are answered.
    """
    config = replace(config, rtp_bind=media_host(config))
    try:
        ng = bound(*config.ng_address)
        bound(config.rtp_bind, 0).close()
    except OSError as error:
        _log("cannot-start", ng="{}:{}".format(*config.ng_address), rtp=config.rtp_bind, reason=_reason(error))
        return 2
    raise_file_limit()  # a call takes four sockets
    with ng, select.epoll() as epoll:
        _Relay(config, ng, epoll).serve(on_ready)
    return 0


def media_host(config: RelayConfig) -> str:
    """Where the streams are bound: for a wildcard the address that SDP names, where it is this host's own.

    A stream that is connected to its peer hears at one address only, for a wildcard the one that routing chose; the
    peer sends to the advertised one, and wants to hear from there. Behind a NAT the wildcard has to do.
    """
    bind, named = config.rtp_bind, config.rtp_advertise
    if not ip_address(bind).is_unspecified or (":" in bind) != (":" in named):
        return bind
    try:
        bound(named, 0).close()
    except OSError:
        return bind
    return named


class _Relay:
    """The loop and what it turns."""

    __slots__ = ("_calls", "_control", "_epoll", "_forwarder", "_kernel_drops", "_stop_fd", "_stopping", "_sweep_at")

    def __init__(self, config: RelayConfig, ng: socket.socket, epoll: select.epoll) -> None:
        now = clock.now()
        self._epoll = epoll
        self._forwarder = Forwarder(epoll)
        pool = PortPool(config.rtp_bind, config.ports, config.quarantine_s)
        self._calls = CallTable(Ground(config.rtp_advertise, self._forwarder, pool, _unix_seconds), config.idle_s)
        self._control = Control(ng, self._calls, epoll, now)
        self._kernel_drops = receive_buffer_errors()
        self._sweep_at = later(now, _SWEEP_S)
        self._stopping = False
        # A handler alone does not end epoll_wait: Python restarts it (PEP 475).
        self._stop_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        epoll.register(self._stop_fd, select.EPOLLIN)
        self._forwarder.reserve(max(ng.fileno(), self._stop_fd))
        _log("started", ng="{}:{}".format(*config.ng_address), rtp=config.rtp_bind, pairs=len(pool))

    def serve(self, on_ready: Callable[[], None]) -> None:
        previous = {number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
        # Nothing on the media path makes cycles; what a collection would cost is audio.
        gc.collect()
        gc.freeze()
        gc.disable()
        on_ready()
        try:
            self._loop()
        finally:
            gc.enable()
            gc.unfreeze()
            for number, handler in previous.items():
                signal.signal(number, handler)
            self._calls.close(clock.now())
            os.close(self._stop_fd)
            _log("stopped")

    def _loop(self) -> None:
        poll = self._epoll.poll
        pump = self._forwarder.pump
        control = self._control
        read_clock = clock.now
        tick_at = later(read_clock(), _TICK_S)
        while not self._stopping:
            events = poll(_TICK_S, 1024)
            now = read_clock()
            if pump(events, now):
                control.receive(now)
            if now >= tick_at:
                tick_at = later(now, _TICK_S)
                self._tick(now)

    def _tick(self, now: Instant) -> None:
        self._control.forget(now)
        self._forwarder.sample(later(now, -_TICK_S))
        if now < self._sweep_at:
            return
        self._sweep_at = later(now, _SWEEP_S)
        for call_id in self._calls.sweep(now):
            _log("idle-call-ended", call_id=call_id)
        drops = receive_buffer_errors()
        if drops != self._kernel_drops:
            # The counter is the host's, not ours alone: a hint where to look.
            _log("kernel-dropped-datagrams", since_last=drops - self._kernel_drops)
            self._kernel_drops = drops
        if not len(self._calls):
            gc.collect()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True
        os.eventfd_write(self._stop_fd, 1)


def _unix_seconds() -> int:
    return int(clock.wall().timestamp())


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "the ng address is in use (TRUNKLINE_NG_BIND)"
    return error.strerror or str(error)


def _log(event: str, **fields: str | int) -> None:
    sys.stderr.write(json.dumps({"event": event, "process": "relay", **fields}) + "\n")
    sys.stderr.flush()
