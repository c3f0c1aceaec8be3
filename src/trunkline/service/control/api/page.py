"""Pagination: both of Twilio's styles over one keyset (date and SID of the last row seen)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.keyset import Anchor, Cut, Slice
from trunkline.service.control.api.location import base_url
from trunkline.service.control.provisioning.refusal import Refusal, invalid

DEFAULT_SIZE = 50
LARGEST_SIZE = 1000
_TOKEN = re.compile(r"P([AB])([A-Z]{2}[0-9a-fA-F]{32})([0-9a-f]{1,14})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CONTROLS = ("Page", "PageSize", "PageToken")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of a list is wanted; `query` is what its neighbours' addresses must repeat."""

    base: str
    path: str
    query: tuple[tuple[str, str], ...]
    size: int
    number: int
    cut: Cut
    token: str | None

    def address(self, number: int, token: str | None) -> str:
        controls = [("PageSize", str(self.size)), ("Page", str(number))]
        if token:
            controls.append(("PageToken", token))
        return f"{self.path}?{urlencode([*self.query, *controls])}"


def read_page(request: Request) -> PageRequest:
    """`PageSize`, `Page` and `PageToken` of a list request; 20007, 20001 or 21481 when they cannot be."""
    size = _whole(request, "PageSize", DEFAULT_SIZE)
    if size > LARGEST_SIZE:
        raise Refusal(20007, f"Page size must be at most {LARGEST_SIZE}")
    if size < 1:
        raise invalid("PageSize", "must be at least 1")
    number = _whole(request, "Page", 0)
    token = request.query_params.get("PageToken") or None
    cut = _read_token(token, size) if token else Cut(limit=size, offset=number * size)
    query = tuple((k, v) for k, v in request.query_params.multi_items() if k not in _CONTROLS)
    return PageRequest(base_url(request), request.url.path, query, size, number, cut, token)


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise invalid(name, "must be a whole number")
    return int(text)


def _read_token(token: str, size: int) -> Cut:
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise Refusal(21481, "Invalid PageToken")
    side, sid, stamp = match.groups()
    # Fourteen hex digits of microseconds end in the year 4253, so no token overflows the calendar.
    anchor = Anchor(_EPOCH + timedelta(microseconds=int(stamp, 16)), sid)
    return Cut(limit=size, after=anchor) if side == "A" else Cut(limit=size, before=anchor)


def write_token(side: str, anchor: Anchor) -> str:
    """`PA` continues after the anchor, `PB` goes back before it."""
    micros = (anchor.at - _EPOCH) // timedelta(microseconds=1)
    return f"P{side}{anchor.sid}{micros:x}"


@dataclass(frozen=True, slots=True)
class _Neighbours:
    first: str
    previous: str | None
    current: str
    following: str | None


def _neighbours(page: PageRequest, rows: Slice[Any]) -> _Neighbours:
    previous = following = None
    if rows.first is not None and rows.newer:
        previous = page.address(max(page.number - 1, 0), write_token("B", rows.first))
    if rows.last is not None and rows.older:
        following = page.address(page.number + 1, write_token("A", rows.last))
    return _Neighbours(page.address(0, None), previous, page.address(page.number, page.token), following)


def meta_page(page: PageRequest, rows: Slice[Any], key: str, items: Sequence[BaseModel]) -> JSONResponse:
    """The v1 style: a `meta` object with absolute addresses (the SDK follows `next_page_url` as it is)."""
    return _meta(page, _neighbours(page, rows), key, items)


def meta_page_of_all(page: PageRequest, key: str, items: Sequence[BaseModel]) -> JSONResponse:
    """The same for a list that is worked out whole, and is paged by number."""
    return _meta(page, _neighbours_of_all(page, len(items)), key, _shown(page, items))


def _meta(page: PageRequest, near: _Neighbours, key: str, items: Sequence[BaseModel]) -> JSONResponse:
    def absolute(path: str | None) -> str | None:
        return page.base + path if path else None

    meta = {
        "page": page.number,
        "page_size": page.size,
        "first_page_url": absolute(near.first),
        "previous_page_url": absolute(near.previous),
        "url": absolute(near.current),
        "next_page_url": absolute(near.following),
        "key": key,
    }
    return JSONResponse({"meta": meta, key: _dump(items)})


def whole_list_page(page: PageRequest, key: str, items: Sequence[BaseModel]) -> JSONResponse:
    """The v1 style over a list that is at hand as a whole and does not move: pages go by their number."""
    begin = page.number * page.size

    def absolute(number: int) -> str:
        return page.base + page.address(number, None)

    meta = {
        "page": page.number,
        "page_size": page.size,
        "first_page_url": absolute(0),
        "previous_page_url": absolute(page.number - 1) if page.number else None,
        "url": absolute(page.number),
        "next_page_url": absolute(page.number + 1) if begin + page.size < len(items) else None,
        "key": key,
    }
    return JSONResponse({"meta": meta, key: _dump(items[begin : begin + page.size])})


def flat_page(page: PageRequest, rows: Slice[Any], key: str, items: Sequence[BaseModel]) -> JSONResponse:
    """The 2010 style: relative addresses beside one list (the SDK wants exactly one key that is not about paging)."""
    return _flat(page, _neighbours(page, rows), key, items)


def flat_page_of_all(page: PageRequest, key: str, items: Sequence[BaseModel]) -> JSONResponse:
    """The same for a list that is worked out whole, and is paged by number."""
    return _flat(page, _neighbours_of_all(page, len(items)), key, _shown(page, items))


def _shown(page: PageRequest, items: Sequence[BaseModel]) -> Sequence[BaseModel]:
    return items[page.cut.offset : page.cut.offset + page.size]


def _neighbours_of_all(page: PageRequest, count: int) -> _Neighbours:
    return _Neighbours(
        page.address(0, None),
        page.address(page.number - 1, None) if page.number > 0 else None,
        page.address(page.number, None),
        page.address(page.number + 1, None) if page.cut.offset + page.size < count else None,
    )


def _flat(page: PageRequest, near: _Neighbours, key: str, items: Sequence[BaseModel]) -> JSONResponse:
    start = page.number * page.size
    body = {
        "first_page_uri": near.first,
        "end": start + max(len(items) - 1, 0),
        "previous_page_uri": near.previous,
        key: _dump(items),
        "uri": near.current,
        "page_size": page.size,
        "start": start,
        "next_page_uri": near.following,
        "page": page.number,
    }
    return JSONResponse(body)


def _dump(items: Sequence[BaseModel]) -> list[dict[str, Any]]:
    return [item.model_dump(mode="json", by_alias=True) for item in items]


Page = Annotated[PageRequest, Depends(read_page)]
