"""Dates on the wire: ISO 8601 for v1 resources, RFC 2822 for the 2010 ones, and the date filters of lists."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Annotated, Final

from pydantic import PlainSerializer, WithJsonSchema

from trunkline.service.control.provisioning.refusal import invalid

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_DAY_SHAPE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_SHAPE: Final = re.compile(
    _DAY_SHAPE.pattern + r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
"""The library reads weeks, hours alone and digits without dashes too, of which nobody could say how long they last."""
_NO_DATE: Final = "not a date (YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ)"


def iso_8601(at: datetime) -> str:
    """`2015-01-02T11:23:45Z`: no fraction, because the Python SDK reads exactly this shape."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc_2822(at: datetime) -> str:
    """`Thu, 30 Jul 2015 20:00:00 +0000`."""
    return format_datetime(at.astimezone(UTC).replace(microsecond=0))


_ISO: Final = {"type": "string", "format": "date-time"}
_RFC_2822: Final = {"type": "string", "format": "date-time-rfc-2822"}
IsoDate = Annotated[datetime, PlainSerializer(iso_8601, return_type=str), WithJsonSchema(_ISO)]
Rfc2822Date = Annotated[datetime, PlainSerializer(rfc_2822, return_type=str), WithJsonSchema(_RFC_2822)]


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open: `since` is inside, `until` is not; None is unbounded."""

    since: datetime | None = None
    until: datetime | None = None


def read_window(query: Mapping[str, str], name: str) -> Window:
    """The filters `Name=`, `Name<=` and `Name>=` of one date, each a day or an instant (20001 when unreadable).

    The `=` of `Name<=` is the separator of the query string, so the key is literally `Name<` and means "on or before".
    A client that escapes the whole of `Name<=` as a key means the same.
    """
    on, after, before = (query.get(key) or query.get(f"{key}=") for key in (name, f"{name}>", f"{name}<"))
    begins = [_read(since, key, text) for key, text in ((name, on), (f"{name}>", after)) if text]
    ends = [_read(until, key, text) for key, text in ((name, on), (f"{name}<", before)) if text]
    return Window(max(begins, default=None), min(ends, default=None))


def _read(bound: Callable[[str], datetime], name: str, text: str) -> datetime:
    try:
        return bound(text)
    except ValueError as fault:
        raise invalid(name, str(fault)) from None


def since(text: str) -> datetime:
    """The instant at which a day or an instant begins; ValueError for anything else."""
    return _span(text)[0]


def until(text: str) -> datetime:
    """The first instant after a day or an instant; ValueError for anything else."""
    begin, width = _span(text)
    return begin + width


def _span(text: str) -> tuple[datetime, timedelta]:
    """The instant that `text` starts at and how long it lasts: a day, or a second."""
    at = instant(text)
    width = _DAY if len(text) == len("2015-01-02") else _SECOND
    try:
        _ = at + width
    except OverflowError:  # the last day of the calendar has no end
        raise ValueError(_NO_DATE) from None
    return at, width


def instant(text: str) -> datetime:
    """A day's beginning or an instant, in UTC where it names no zone; ValueError for anything else."""
    if not _DATE_SHAPE.fullmatch(text):
        raise ValueError(_NO_DATE)
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(_NO_DATE) from None


def day(text: str) -> date:
    """`YYYY-MM-DD`; ValueError for anything else."""
    if not _DAY_SHAPE.fullmatch(text):
        raise ValueError("not a date (YYYY-MM-DD)")
    return date.fromisoformat(text)
