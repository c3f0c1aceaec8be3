"""Real peers: where each program is, or a skip that names the one that is missing."""

import re
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import pytest

PACKAGES = {
    "sipp": "sip-tester",
    "baresip": "baresip-core",
    "kamailio": "kamailio",
    "rtpengine": "rtpengine-daemon",
    "linphonec": "linphone-cli",
    "tshark": "tshark",
    "redis-server": "redis-server",
    "gcc": "gcc",
    "chromium": "chromium",
    "node": "nodejs",
    "npm": "npm",
}
_MISSING = re.compile(r"missing peer: ([\w-]+)")


class Skipped(Protocol):
    """What this module reads of a pytest report."""

    @property
    def longrepr(self) -> object: ...


def find(name: str) -> Path | None:
    """The program of the peer, None when it is not installed."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


def peer(name: str) -> Path:
    """The program of the peer; skips the test, naming the peer and its Debian package, when it is not installed."""
    found = find(name)
    if found is None:
        pytest.skip(f"missing peer: {name} (Debian package {PACKAGES[name]}; make peers)")
    return found


def missing(skipped: Iterable[Skipped]) -> Counter[str]:
    """Peer -> number of tests that were left out for want of it."""
    names = (_MISSING.search(str(report.longrepr)) for report in skipped)
    return Counter(name.group(1) for name in names if name)


def report_missing(terminal: pytest.TerminalReporter) -> None:
    """Lists the missing peers and what each left out at the end of a run."""
    left_out = missing(terminal.stats.get("skipped", ()))
    if not left_out:
        return
    terminal.section("missing peers (make peers)")
    for name, tests in sorted(left_out.items()):
        terminal.line(f"{name} (Debian package {PACKAGES.get(name, name)}): {tests} test(s) left out")
