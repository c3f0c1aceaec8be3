"""What every table shares: the registry, the naming of constraints, the dates, references."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column

from trunkline.platform.store.column import JsonDocument, Money, UtcDateTime

SID = String(34)
"""Two letters and 32 hex digits."""

# Names are fixed by rule, so that a migration can drop what another one made on either engine.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(MappedAsDataclass, DeclarativeBase, kw_only=True, repr=False, eq=False):
    """A row of a table; constructed by keyword, without a repr so that nothing sealed reaches a log."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        bytes: LargeBinary,
        datetime: UtcDateTime,
        Decimal: Money,
        int: BigInteger,
        dict[str, Any]: JsonDocument,
        list[str]: JsonDocument,
        list[int]: JsonDocument,
    }


class Dated(MappedAsDataclass, kw_only=True, repr=False, eq=False):
    """Created and last changed, stamped by whoever writes the row."""

    date_created: Mapped[datetime]
    date_updated: Mapped[datetime]


def reference(target: str, *, on_delete: str | None = None) -> ForeignKey:
    """A foreign key checked at commit, so that rows may be written in any order within a transaction."""
    return ForeignKey(target, ondelete=on_delete, deferrable=True, initially="DEFERRED")


def sid_key() -> Mapped[str]:
    """The SID as primary key."""
    return mapped_column(SID, primary_key=True)
