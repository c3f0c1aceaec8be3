"""Between a process and its supervisor: readiness in the manner of sd_notify, and an end together."""

import ctypes
import os
import signal
import socket

_PR_SET_PDEATHSIG = 1


def tell_ready(name: str) -> None:
    """Tell whoever started us that `name` serves; silent where nobody asked (NOTIFY_SOCKET)."""
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    address = "\0" + path[1:] if path.startswith("@") else path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        try:
            sock.sendto(f"READY=1\nX_TRUNKLINE={name} {os.getpid()}".encode(), address)
        except OSError:
            return  # the supervisor has gone; its death signal is on its way


def die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the supervisor ends, however it ends (design, section 7)."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
