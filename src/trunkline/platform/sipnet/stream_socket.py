"""Sockets of connections: their options, and how one of ours begins."""

import errno
import os
import socket
from collections.abc import Callable

from trunkline.protocol.sip.transaction.flow import Flow


def prepare(sock: socket.socket) -> None:
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def connecting_socket(flow: Flow, bind: Callable[[socket.socket], None]) -> socket.socket:
    """One that is on its way to the flow's address, from where `bind` puts it. Raises OSError."""
    sock = socket.socket(socket.AF_INET6 if ":" in flow.address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        prepare(sock)
        bind(sock)
        number = sock.connect_ex((flow.address, flow.port))
        if number not in {0, errno.EINPROGRESS}:
            raise OSError(number, os.strerror(number))
    except OSError:
        sock.close()
        raise
    return sock
