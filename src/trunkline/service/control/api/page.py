"""Pagination: both of Twilio's styles over one keyset (date and SID of the last row seen)."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2s
from typing import Annotated, Any, Final, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Depends
from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema, create_model
from pydantic.alias_generators import to_pascal
from starlette.requests import Request
from starlette.responses import JSONResponse

from trunkline.platform.store.repository.keyset import Anchor, Cut, Slice
from trunkline.service.control.api.location import base_url
from trunkline.service.control.api.query import Query, read_query
from trunkline.service.control.provisioning.refusal import Refusal

DEFAULT_SIZE = 50
LARGEST_SIZE = 1000
_TOKEN = re.compile(r"(P([AB])([A-Z]{2}[0-9a-fA-F]{32})([0-9a-f]{1,14}))-([0-9a-f]{8})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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


def _size(text: str) -> int:
    size = whole_number(text)
    if size > LARGEST_SIZE:
        raise Refusal(20007, f"Page size must be at most {LARGEST_SIZE}")
    if size < 1:
        raise ValueError("must be at least 1")
    return size


def whole_number(text: str) -> int:
    """Digits alone, and few enough of them that no database integer overflows; else ValueError."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise ValueError("must be a whole number")
    return int(text)


_SIZES: Final = {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE}
PageSize = Annotated[int, BeforeValidator(_size), WithJsonSchema(_SIZES)]
"""20007 for more than the largest."""


class Paging(Query):
    page_size: PageSize = DEFAULT_SIZE
    page: Annotated[int, Field(ge=0), BeforeValidator(whole_number)] = 0
    page_token: str | None = None


_CONTROLS: Final = {field.alias for field in Paging.model_fields.values()}


async def read_page(request: Request) -> PageRequest:
    """`PageSize`, `Page` and `PageToken` of a list request; 20007, 20001 or 21481 when they cannot be."""
    asked = read_query(Paging, request.query_params)
    size, number, token = asked.page_size, asked.page, asked.page_token
    cut = _read_token(request.url.path, token, size) if token else Cut(limit=size, offset=number * size)
    query = tuple((k, v) for k, v in request.query_params.multi_items() if k not in _CONTROLS)
    return PageRequest(base_url(request), request.url.path, query, size, number, cut, token)


read_page.query_model = Paging  # type: ignore[attr-defined]  # the OpenAPI document finds it here
Page = Annotated[PageRequest, Depends(read_page)]


def _read_token(path: str, token: str, size: int) -> Cut:
    match = _TOKEN.fullmatch(token)
    if match is None or match[5] != _seal(path, match[1]):
        raise Refusal(21481, "Invalid PageToken")
    side, sid, stamp = match[2], match[3], match[4]
    # Fourteen hex digits of microseconds end in the year 4253, so no token overflows the calendar.
    anchor = Anchor(_EPOCH + timedelta(microseconds=int(stamp, 16)), sid)
    return Cut(limit=size, after=anchor) if side == "A" else Cut(limit=size, before=anchor)


def write_token(path: str, side: str, anchor: Anchor) -> str:
    """`PA` continues the list at `path` after the anchor, `PB` goes back before it."""
    micros = (anchor.at - _EPOCH) // timedelta(microseconds=1)
    place = f"P{side}{anchor.sid}{micros:x}"
    return f"{place}-{_seal(path, place)}"


def _seal(path: str, place: str) -> str:
    """Tells a token that was cut short or is another list's: it would be read as another place. No secret."""
    return blake2s(f"{path} {place}".encode(), digest_size=4).hexdigest()


@dataclass(frozen=True, slots=True)
class _Neighbours:
    first: str
    previous: str | None
    current: str
    following: str | None


def _neighbours(page: PageRequest, rows: Slice[Any]) -> _Neighbours:
    previous = following = None
    if rows.first is not None and rows.newer:
        previous = page.address(max(page.number - 1, 0), write_token(page.path, "B", rows.first))
    elif page.number > 0 and page.token is None:  # behind the end
        previous = page.address(page.number - 1, None)
    if rows.last is not None and rows.older:
        following = page.address(page.number + 1, write_token(page.path, "A", rows.last))
    return _Neighbours(page.address(0, None), previous, page.address(page.number, page.token), following)


B = TypeVar("B", bound=BaseModel)


class Meta(BaseModel):
    """The paging of v1, with absolute addresses: the SDK follows `next_page_url` as it is."""

    page: int
    page_size: int
    first_page_url: str
    previous_page_url: str | None
    url: str
    next_page_url: str | None
    key: str


class Flat(BaseModel):
    """The paging of 2010, with relative addresses beside the one list: the SDK wants no other key."""

    first_page_uri: str
    end: int
    previous_page_uri: str | None
    uri: str
    page_size: int
    start: int
    next_page_uri: str | None
    page: int


class _List(ABC, Generic[B]):
    """A list: the `key` of its answer and what stands in it."""

    def __init__(self, key: str, item: type[B]) -> None:
        self._key = key
        self._item = item

    @property
    @abstractmethod
    def model(self) -> type[BaseModel]:
        """The answer's shape, for the OpenAPI document."""

    def page(self, page: PageRequest, rows: Slice[Any], items: Sequence[B]) -> JSONResponse:
        """The page of the items that were made of `rows`."""
        return JSONResponse(self._around(page, _neighbours(page, rows), items) | {self._key: _dump(items)})

    def page_of_all(self, page: PageRequest, items: Sequence[B]) -> JSONResponse:
        """The page of a list that is worked out whole: pages go by their number."""
        begin, near = page.number * page.size, _neighbours_of_all(page, len(items))
        shown = items[begin : begin + page.size]
        return JSONResponse(self._around(page, near, shown) | {self._key: _dump(shown)})

    @abstractmethod
    def _around(self, page: PageRequest, near: _Neighbours, items: Sequence[B]) -> dict[str, Any]:
        """What stands beside the items."""

    def _model(self, base: type[BaseModel], **fields: Any) -> type[BaseModel]:
        """`TrunksPage` of the key `trunks`, told apart by the module of what stands in it."""
        fields[self._key] = (list[self._item], ...)  # type: ignore[name-defined]
        return create_model(to_pascal(self._key) + "Page", __base__=base, __module__=self._item.__module__, **fields)


class MetaList(_List[B]):
    """In the style of v1."""

    @property
    def model(self) -> type[BaseModel]:
        return self._model(BaseModel, meta=(Meta, ...))

    def _around(self, page: PageRequest, near: _Neighbours, items: Sequence[B]) -> dict[str, Any]:
        def absolute(path: str | None) -> str | None:
            return page.base + path if path else None

        meta = Meta(
            page=page.number,
            page_size=page.size,
            first_page_url=page.base + near.first,
            previous_page_url=absolute(near.previous),
            url=page.base + near.current,
            next_page_url=absolute(near.following),
            key=self._key,
        )
        return {"meta": meta.model_dump()}


class FlatList(_List[B]):
    """In the style of 2010."""

    @property
    def model(self) -> type[BaseModel]:
        return self._model(Flat)

    def _around(self, page: PageRequest, near: _Neighbours, items: Sequence[B]) -> dict[str, Any]:
        start = page.number * page.size
        flat = Flat(
            first_page_uri=near.first,
            end=start + max(len(items) - 1, 0),
            previous_page_uri=near.previous,
            uri=near.current,
            page_size=page.size,
            start=start,
            next_page_uri=near.following,
            page=page.number,
        )
        return flat.model_dump()


def _neighbours_of_all(page: PageRequest, count: int) -> _Neighbours:
    return _Neighbours(
        page.address(0, None),
        page.address(page.number - 1, None) if page.number > 0 else None,
        page.address(page.number, None),
        page.address(page.number + 1, None) if (page.number + 1) * page.size < count else None,
    )


def _dump(items: Sequence[BaseModel]) -> list[dict[str, Any]]:
    return [item.model_dump(mode="json", by_alias=True) for item in items]
