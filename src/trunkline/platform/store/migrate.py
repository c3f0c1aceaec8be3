"""Brings a store to the schema of this program, in-process and one process at a time."""

import asyncio
import fcntl
import io
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from trunkline.platform.store.engine import open_engine, reachable
from trunkline.platform.store.errors import ForeignStore, StoreError

_SCRIPTS = Path(__file__).parent / "migration"
_LOCK = 7_262_002
"""The advisory lock on PostgreSQL."""


async def migrate(url: str, revision: str = "head") -> None:
    """Upgrades the store to `revision`. Raises StoreError for one that cannot be had, or that a newer program made."""
    await _run(url, lambda config: command.upgrade(config, revision))


async def downgrade(url: str, revision: str) -> None:
    """Takes the store back to `revision` (`base` empties it)."""
    await _run(url, lambda config: command.downgrade(config, revision))


async def check(url: str) -> None:
    """Raises alembic's CommandError when the tables of the code and of the store differ."""
    await _run(url, command.check)


async def _run(url: str, work: Callable[[Config], None]) -> None:
    engine = open_engine(url)
    try:
        async with _alone(engine), engine.connect() as connection:
            await connection.run_sync(_apply, work)
            await connection.commit()
    except DBAPIError as error:
        raise StoreError(f"the database cannot be brought to this version: {error.orig}") from error
    finally:
        await engine.dispose()


def _apply(connection: Connection, work: Callable[[Config], None]) -> None:
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    _refuse_newer(connection, config)
    work(config)


def _refuse_newer(connection: Connection, config: Config) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in known:
        raise ForeignStore(f"the store is at revision {current}, which this version of Trunkline does not know")


@asynccontextmanager
async def _alone(engine: AsyncEngine) -> AsyncIterator[None]:
    """Two processes that start together migrate one after the other."""
    if engine.dialect.name == "sqlite":
        held = await asyncio.to_thread(_locked, str(engine.url.database))
        try:
            yield
        finally:
            os.close(held)
        return
    async with AsyncExitStack() as stack:
        with reachable():
            connection = await stack.enter_async_context(engine.connect())
        await connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
        await connection.commit()
        try:
            yield
        finally:
            await connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))


def _locked(database: str) -> int:
    """The descriptor of a lock file that only we hold; waits until it is free. A new database is its owner's alone."""
    try:
        held = os.open(f"{database}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(held, fcntl.LOCK_EX)
        os.close(os.open(database, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreError(f"the database {error.filename}: {error.strerror}") from error
    return held
