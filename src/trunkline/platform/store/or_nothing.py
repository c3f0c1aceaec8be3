"""An INSERT that leaves a row with the same key alone."""

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite

from trunkline.platform.store.table import Row


def insert_or_nothing(table: type[Row], dialect: str) -> Insert:
    """Executed by the driver for all rows at once."""
    if dialect == "postgresql":
        return postgresql.insert(table.__table__).on_conflict_do_nothing()  # type: ignore[arg-type]
    return sqlite.insert(table.__table__).on_conflict_do_nothing()  # type: ignore[arg-type]
