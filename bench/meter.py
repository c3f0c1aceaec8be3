"""What a run cost: CPU time and memory of a process with its children, and datagrams that the kernel dropped."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Reading:
    """Totals at one moment: CPU in seconds, resident memory in bytes, drops since boot (the whole machine's)."""

    cpu_s: float
    rss_bytes: int
    receive_buffer_errors: int

    def since(self, earlier: "Reading") -> "Reading":
        return Reading(
            self.cpu_s - earlier.cpu_s,
            self.rss_bytes - earlier.rss_bytes,
            self.receive_buffer_errors - earlier.receive_buffer_errors,
        )


def read(pid: int) -> Reading:
    """The process `pid` and everything below it, children that ended and were waited for included."""
    tree = family(pid)
    return Reading(sum(map(_cpu_s, tree)), sum(map(_rss_bytes, tree)), receive_buffer_errors())


def family(pid: int) -> tuple[int, ...]:
    """The process and all its descendants that live now."""
    children: dict[int, list[int]] = {}
    for process in _pids():
        fields = _stat(process)
        if fields:
            children.setdefault(int(fields[1]), []).append(process)
    found = [pid]
    for parent in found:
        found.extend(children.get(parent, ()))
    return tuple(found)


def receive_buffer_errors() -> int:
    """UDP datagrams dropped because a receive buffer was full (IPv4, the whole machine)."""
    names, values = (
        line.split()[1:] for line in (_PROC / "net/snmp").read_text().splitlines() if line.startswith("Udp:")
    )
    return int(dict(zip(names, values, strict=True))["RcvbufErrors"])


def _pids() -> Iterable[int]:
    return (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the command's name (proc(5): field 3, state, is index 0); empty when gone."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _cpu_s(pid: int) -> float:
    fields = _stat(pid)
    return sum(map(int, fields[11:15])) / _TICKS_PER_S if fields else 0.0


def _rss_bytes(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[21]) * os.sysconf("SC_PAGE_SIZE") if fields else 0
