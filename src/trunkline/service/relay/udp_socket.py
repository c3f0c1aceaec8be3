"""UDP sockets as the relay wants them: bound, non-blocking, roomy, and connected or not at will."""

import ctypes
import os
import socket
import struct

Address = tuple[str, int]

_ROOM = 262144
"""Octets of receive buffer: about 300 packets of G.711, 6 s of one stream."""
_ASSOCIATION_ENDED = struct.pack("=H14x", socket.AF_UNSPEC)
_libc = ctypes.CDLL(None, use_errno=True)


def bound(host: str, port: int) -> socket.socket:
    """A socket bound to exactly this port; raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def make_room(sock: socket.socket, octets: int = _ROOM) -> None:
    """Raises the receive buffer to `octets` where the system's default is lower and its limit allows."""
    if sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) < octets:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, octets)


def disconnect(sock: socket.socket) -> None:
    """Ends the association of a connected UDP socket (connect(2) with AF_UNSPEC, which the socket module lacks).

    It must have been bound to its port by number: the kernel takes back one that it chose itself.
    """
    if _libc.connect(sock.fileno(), _ASSOCIATION_ENDED, len(_ASSOCIATION_ENDED)) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
