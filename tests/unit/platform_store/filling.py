"""A row in every table of a database, whatever its revision: what its columns are is asked of the database."""

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

_VERSION = "alembic_version"


def fill(connection: sa.Connection) -> None:
    """One row into each table that has none, with the parents that its foreign keys need."""
    for table in _tables(connection):
        if _count(connection, table) == 0:
            connection.execute(table.insert(), {column.name: _value(connection, column) for column in table.columns})


def counts(connection: sa.Connection) -> dict[str, int]:
    return {table.name: _count(connection, table) for table in _tables(connection)}


def _tables(connection: sa.Connection) -> list[sa.Table]:
    known = sa.MetaData()
    known.reflect(connection)
    return [table for table in known.sorted_tables if table.name != _VERSION]


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _value(connection: sa.Connection, column: "sa.Column[Any]") -> object:
    for key in column.foreign_keys:
        if key.column.table is column.table:
            return None
        return connection.scalar(sa.select(key.column).limit(1))
    match column.type:
        case sa.JSON():
            return []
        case sa.Boolean():
            return True
        case sa.DateTime():
            return datetime(2026, 1, 2, tzinfo=UTC)
        case sa.Date():
            return date(2026, 1, 2)
        case sa.LargeBinary():
            return b"x"
        case sa.String(length=length):
            return f"{column.table.name}{column.name}"[:length]
        case _:
            return 1
