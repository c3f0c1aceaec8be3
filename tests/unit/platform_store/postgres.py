"""A PostgreSQL of the tests' own: the one that a variable names, else Debian's binaries on a socket in a directory."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "TRUNKLINE_TEST_DATABASE_URL"


def binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


@contextmanager
def running(place: Path) -> Iterator[str]:
    """The URL of a server without a database name; the server ends with the block."""
    # PostgreSQL refuses to run as root, and a socket's path may have 107 characters.
    user = "nobody" if os.geteuid() == 0 else None
    data = Path(tempfile.mkdtemp(prefix="tl-pg-", dir="/tmp"))
    if user is not None:
        shutil.chown(data, user)
    try:
        initdb: list[str] = [
            str(place / "initdb"),
            "-D",
            str(data / "db"),
            "-U",
            "trunkline",
            "-A",
            "trust",
            "-N",
            "-E",
            "UTF8",
            "--locale=C",
        ]
        subprocess.run(initdb, check=True, user=user, cwd=data, stdout=subprocess.DEVNULL)
        settings = ("listen_addresses=", f"unix_socket_directories={data}", "fsync=off", "synchronous_commit=off")
        command = [str(place / "postgres"), "-D", str(data / "db"), *(part for s in settings for part in ("-c", s))]
        with (data / "log").open("w") as log:
            server = subprocess.Popen(command, user=user, cwd=data, stdout=log, stderr=log)
        try:
            ready = [str(place / "pg_isready"), "-q", "-h", str(data), "-t", "1"]
            while subprocess.run(ready, check=False).returncode != 0:
                if server.poll() is not None:
                    raise RuntimeError((data / "log").read_text())
            yield f"postgresql://trunkline@/{{database}}?host={data}"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(20)
    finally:
        shutil.rmtree(data, ignore_errors=True)
