"""Typed fields of plain JSON objects: what the record codecs read and write."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import TypeAlias, TypeVar

from trunkline.domain.record.errors import MalformedRecord

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
JsonObject: TypeAlias = Mapping[str, JsonValue]
E = TypeVar("E", bound=Enum)

VERSION = 1
"""Written as `v` into every record; a reader accepts this version only."""


def check_version(source: JsonObject) -> None:
    if source.get("v") != VERSION:
        raise MalformedRecord(f"version {source.get('v')!r}, expected {VERSION}")


def _wrong(key: str, value: object) -> MalformedRecord:
    return MalformedRecord(f"{key}: unexpected {type(value).__name__}")


def text(source: JsonObject, key: str) -> str:
    value = source.get(key)
    if isinstance(value, str):
        return value
    raise _wrong(key, value)


def text_or_none(source: JsonObject, key: str) -> str | None:
    return None if source.get(key) is None else text(source, key)


def whole(source: JsonObject, key: str) -> int:
    value = source.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise _wrong(key, value)


def whole_or_none(source: JsonObject, key: str) -> int | None:
    return None if source.get(key) is None else whole(source, key)


def number_or_none(source: JsonObject, key: str) -> float | None:
    value = source.get(key)
    if value is None or isinstance(value, float):
        return value
    return float(whole(source, key))


def flag(source: JsonObject, key: str) -> bool:
    value = source.get(key)
    if isinstance(value, bool):
        return value
    raise _wrong(key, value)


def member(source: JsonObject, key: str, kind: type[E]) -> E:
    """A member of an enum by its value."""
    try:
        return kind(text(source, key))
    except ValueError as error:
        raise MalformedRecord(f"{key}: {error}") from None


def member_or_none(source: JsonObject, key: str, kind: type[E]) -> E | None:
    return None if source.get(key) is None else member(source, key, kind)


def nested(source: JsonObject, key: str) -> JsonObject:
    value = source.get(key)
    if isinstance(value, Mapping):
        return value
    raise _wrong(key, value)


def nested_or_none(source: JsonObject, key: str) -> JsonObject | None:
    return None if source.get(key) is None else nested(source, key)


def rows(source: JsonObject, key: str) -> list[JsonObject]:
    """An array of objects."""
    value = source.get(key)
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise _wrong(key, value)
    found: list[JsonObject] = []
    for row in value:
        if not isinstance(row, Mapping):
            raise _wrong(key, row)
        found.append(row)
    return found


def wall(source: JsonObject, key: str) -> datetime:
    """An aware wall-clock time in UTC, from ISO 8601 with an offset."""
    try:
        found = datetime.fromisoformat(text(source, key))
    except ValueError as error:
        raise MalformedRecord(f"{key}: {error}") from None
    if found.tzinfo is None:
        raise MalformedRecord(f"{key}: a time without zone")
    return found.astimezone(UTC)


def wall_or_none(source: JsonObject, key: str) -> datetime | None:
    return None if source.get(key) is None else wall(source, key)


def written_wall(at: datetime | None) -> str | None:
    """How `wall` reads it back; a naive time is refused."""
    if at is None:
        return None
    if at.tzinfo is None:
        raise ValueError("a wall-clock time without zone")
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat()
