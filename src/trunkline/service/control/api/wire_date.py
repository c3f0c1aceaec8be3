"""Dates on the wire: ISO 8601 for v1 resources, RFC 2822 for the 2010 ones, and the date filters of lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Annotated

from pydantic import PlainSerializer

from trunkline.service.control.provisioning.refusal import invalid

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def iso_8601(at: datetime) -> str:
    """`2015-01-02T11:23:45Z`: no fraction, because the Python SDK reads exactly this shape."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc_2822(at: datetime) -> str:
    """`Thu, 30 Jul 2015 20:00:00 +0000`."""
    return format_datetime(at.astimezone(UTC).replace(microsecond=0))


IsoDate = Annotated[datetime, PlainSerializer(iso_8601, return_type=str)]
Rfc2822Date = Annotated[datetime, PlainSerializer(rfc_2822, return_type=str)]


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open: `since` is inside, `until` is not; None is unbounded."""

    since: datetime | None = None
    until: datetime | None = None


def read_window(query: Mapping[str, str], name: str) -> Window:
    """The filters `Name=`, `Name<=` and `Name>=` of one date, each a day or an instant (20001 when unreadable).

    The `=` of `Name<=` is the separator of the query string, so the key is literally `Name<` and means "on or before".
    """
    since, until = None, None
    for suffix in ("", ">", "<"):
        text = query.get(name + suffix)
        if not text:
            continue
        start, width = _read(name + suffix, text)
        if suffix != "<":
            since = start if since is None else max(since, start)
        if suffix != ">":
            end = start + width
            until = end if until is None else min(until, end)
    return Window(since, until)


def _read(name: str, text: str) -> tuple[datetime, timedelta]:
    """The instant that `text` starts at and how long it lasts: a day, or a second."""
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        width = _DAY if len(text) == len("2015-01-02") else _SECOND
        _ = at + width  # the last day of the calendar has no end
    except (ValueError, OverflowError):
        raise invalid(name, "not a date (YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ)") from None
    return at, width
