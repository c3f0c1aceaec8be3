"""Column types that mean the same on SQLite and PostgreSQL: UTC instants, money, JSON."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

MILLIONTHS = 1_000_000

JsonDocument = JSON().with_variant(JSONB(), "postgresql")
"""A document of plain types: indexable JSONB on PostgreSQL, text on SQLite."""

RisingId = BigInteger().with_variant(Integer(), "sqlite")
"""A number the database hands out: SQLite counts only in columns declared INTEGER."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC to the microsecond. A naive one is refused with ValueError.

    SQLite has no time zone: there the UTC reading is stored and the zone is put back on the way out.
    """

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = DateTime(timezone=True)
    cache_ok: bool | None = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime is not stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """An exact amount, kept as whole millionths; one that is finer than that is refused with ValueError.

    SQLite has no decimal type and would pass a NUMERIC through a float.
    """

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = BigInteger
    cache_ok: bool | None = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        millionths = value * MILLIONTHS
        if millionths != millionths.to_integral_value():
            raise ValueError("money is stored in whole millionths")
        return int(millionths)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / MILLIONTHS
