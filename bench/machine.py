"""The machine and the interpreter that the figures belong to."""

import os
import platform
import sys
import sysconfig
import time
from pathlib import Path


def describe() -> str:
    """Processor, cores, kernel, load, Python with its build, and the speed of a fixed loop."""
    load = os.getloadavg()[0]
    return (
        f"{_processor()}, {os.cpu_count()} cores, Linux {platform.release()}, load {load:.2f} at the start\n"
        f"Python {platform.python_version()}, {_build()}; a fixed loop of 10^6 steps: {_loop_ms():.0f} ms"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _build() -> str:
    """Whether the build says that it was profile-guided (without it Python is 1.2-1.5 times slower)."""
    flags = " ".join(
        str(sysconfig.get_config_var(name)) for name in ("CONFIG_ARGS", "PY_CORE_CFLAGS", "CONFIGURE_CFLAGS")
    )
    guided = "--enable-optimizations" in flags or "-fprofile-use" in flags
    # Debian builds with profiles but removes the flags from what it installs.
    debian = sys.executable and Path("/etc/debian_version").exists() and sys.base_prefix == "/usr"
    return (
        "PGO" if guided else "PGO by the distribution, not said by the build" if debian else "no PGO said by the build"
    )


def _loop_ms() -> float:
    started = time.perf_counter()
    total = 0
    for step in range(1_000_000):
        total += step & 7
    return (time.perf_counter() - started) * 1000
