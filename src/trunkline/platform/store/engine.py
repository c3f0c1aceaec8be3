"""The store: one engine over SQLite or PostgreSQL, and the three ways to hold a session on it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import Any, final

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, SessionTransaction

from trunkline.platform.setting.json_text import json_text
from trunkline.platform.store.audit import AuditedSession
from trunkline.platform.store.errors import StoreError, StoreUnavailable

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}

# Any fixed number: the advisory lock that configuration writers queue for on PostgreSQL.
_WRITER_LOCK = 7_262_001

_OF_THE_DATA = frozenset({"22", "23"})
"""Classes of SQLSTATE that say that what was sent is wrong, its data or integrity: it will not do later either."""


class ReadingSession(Session):
    """A session that may not write."""


@event.listens_for(ReadingSession, "before_flush")
def _refuse_writes(_session: Session, _context: Any, _instances: Any) -> None:
    raise TypeError("a reading session does not write")


@event.listens_for(AuditedSession, "after_begin")
def _queue_writers(_session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    """One configuration writer at a time, as SQLite has it: change ids then rise in the order of commits."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")


@contextmanager
def reachable() -> Iterator[None]:
    """The floors above know no library's errors: those of a database that is away become ours."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout, OSError) as error:
        why = getattr(error, "orig", None) or getattr(error, "strerror", None) or type(error).__name__
        raise StoreUnavailable(f"the database does not answer: {why}") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StoreUnavailable("the database has closed the connection") from error
        if not _is_of_the_data(error):
            raise StoreUnavailable(f"the database takes nothing: {error.orig}") from error
        raise


def _is_of_the_data(error: DBAPIError) -> bool:
    """Whether what was sent is wrong, not the state that the database is in.

    One that is starting, full, read-only, out of connections, at another program's schema or in a deadlock takes the
    same at another time.
    """
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state[:2] in _OF_THE_DATA
    return isinstance(error, (IntegrityError, DataError, ProgrammingError, NotSupportedError))


def driver_url(url: str) -> URL:
    """The URL with the driver that this room speaks to; raises StoreError for another kind of database."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError("the database URL is not a URL") from error
    driver = _DRIVERS.get(parsed.get_backend_name())
    if driver is None:
        raise StoreError(f"no database of kind {parsed.get_backend_name()!r}: sqlite or postgresql")
    return parsed.set(drivername=driver)


@final
class Store:
    """A database with its sessions. Nothing is committed but by `await session.commit()` in the block.

    Any of the three raises StoreUnavailable when the database does not answer.
    """

    __slots__ = ("_append", "_configure", "_gate", "_read", "engine")

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        writer = engine.execution_options(trunkline_begin="BEGIN IMMEDIATE")
        self._read = async_sessionmaker(engine, sync_session_class=ReadingSession, expire_on_commit=False)
        self._configure = async_sessionmaker(writer, sync_session_class=AuditedSession, expire_on_commit=False)
        self._append = async_sessionmaker(writer, expire_on_commit=False)
        # SQLite's own wait for its one writer polls; writers of one process queue here instead.
        self._gate = asyncio.Lock() if engine.dialect.name == "sqlite" else nullcontext()

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """One consistent view; a flush raises TypeError."""
        with reachable():
            async with self._read() as session:
                yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A configuration change: writers run one after the other, so what was read here still holds at commit."""
        async with self._queued(self._configure) as session:
            yield session

    @asynccontextmanager
    async def appending(self) -> AsyncIterator[AsyncSession]:
        """Records: no change rows, and on PostgreSQL no queue."""
        async with self._queued(self._append) as session:
            yield session

    @asynccontextmanager
    async def _queued(self, sessions: async_sessionmaker[AsyncSession]) -> AsyncIterator[AsyncSession]:
        with reachable():
            async with self._gate, sessions() as session:
                yield session

    async def close(self) -> None:
        await self.engine.dispose()


def open_store(url: str) -> Store:
    """The store at `sqlite:///path` or `postgresql://...`; connects at first use."""
    return Store(open_engine(url))


def open_engine(url: str) -> AsyncEngine:
    parsed = driver_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_async_engine(parsed, pool_size=4, max_overflow=12, json_serializer=json_text)
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        event.listen(engine.sync_engine, "reset", _end_sqlite)
        return engine
    return create_async_engine(parsed, pool_size=5, max_overflow=15, pool_pre_ping=True, json_serializer=json_text)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver would begin transactions by itself, and only before the first write: too late to have read.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("trunkline_begin", "BEGIN"))


def _end_sqlite(connection: Any, _record: Any, _state: Any) -> None:
    # A COMMIT that a foreign key fails leaves the transaction open, which SQLAlchemy takes for over.
    if connection.driver_connection.in_transaction:
        connection.rollback()
