"""Between a process and its supervisor: readiness in the manner of sd_notify, and an end together."""

import ctypes
import os
import signal
import socket
from contextlib import suppress
from pathlib import Path

from trunkline.platform.setting.unix_path import unix_path

_PR_SET_PDEATHSIG = 1


def tell_ready(name: str) -> None:
    """Tell whoever started us that `name` serves; silent where nobody asked (NOTIFY_SOCKET)."""
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    message = f"READY=1\nX_TRUNKLINE={name} {os.getpid()}".encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock, suppress(OSError):
        # Where it cannot be told, the supervisor has gone, and its death signal is on its way.
        if path.startswith("@"):
            sock.sendto(message, "\0" + path[1:])
        else:
            with unix_path(Path(path)) as address:
                sock.sendto(message, address)


def die_with_parent(supervisor: str) -> None:
    """Ask the kernel for SIGTERM when the supervisor, told by its pid, ends, however it ends (design, section 7).

    One that has ended already will not be told of: we end at once then, else nobody would ever end us.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if str(os.getppid()) != supervisor:
        os.kill(os.getpid(), signal.SIGTERM)
