"""What the kernel dropped before anybody read it."""

from pathlib import Path


def receive_buffer_errors() -> int:
    """UDP datagrams dropped on this host for want of buffer (RcvbufErrors of /proc/net/snmp); 0 where unknown."""
    try:
        lines = Path("/proc/net/snmp").read_text("ascii").splitlines()
    except OSError:
        return 0
    names, values = ([*line.split()] for line in lines if line.startswith("Udp:"))
    return int(dict(zip(names, values, strict=True)).get("RcvbufErrors", 0))
