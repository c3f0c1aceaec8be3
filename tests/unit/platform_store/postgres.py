"""A PostgreSQL of the tests' own: the one that a variable names, else Debian's binaries on a socket in a directory."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy.engine import make_url

VARIABLE = "TRUNKLINE_TEST_DATABASE_URL"
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.e2e)]
"""For a fixture's `params`: a server has to be started, which is too slow for the quick tests."""
_NUMBER = count()


class Server:
    """A running server, and its databases."""

    def __init__(self, url: str) -> None:
        """`url` has `{database}` in the place of the database's name."""
        self._url = url

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The name of a copy of `template`, which is gone after the block."""
        name = f"tl_{os.getpid()}_{next(_NUMBER)}"
        asyncio.run(self._execute(f"CREATE DATABASE {name} TEMPLATE {template}"))
        yield name
        asyncio.run(self._execute(f"DROP DATABASE {name} WITH (FORCE)"))

    def url(self, name: str) -> str:
        return self._url.format(database=name)

    async def _execute(self, statement: str) -> None:
        connection: Any = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def server() -> Iterator[Server]:
    """The server that VARIABLE names, else one of our own; skips the test where there is none."""
    named, place = os.environ.get(VARIABLE), binaries()
    if named:
        yield Server(make_url(named).set(database="{database}").render_as_string(hide_password=False))
    elif place is not None:
        with running(place) as url:
            yield Server(url)
    else:
        pytest.skip(f"no PostgreSQL: set {VARIABLE} or install the Debian package postgresql")


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
