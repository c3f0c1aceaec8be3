"""Asks an HTTP service for the name of a number: one bounded request, its answer JSON or plain text."""

import asyncio
import json
from typing import Any, Final, final
from urllib.parse import quote

import httpx2

from trunkline.domain.trunk.origination.caller_name import NameUnavailable
from trunkline.kit.ids import E164
from trunkline.kit.secret import Secret

MOST_OCTETS: Final = 8192
"""Of an answer; more is none."""
_MISS: Final = frozenset({204, 404})


@final
class HttpNameSource:
    """Implements `domain.trunk.origination.caller_name.NameSource`.

    `url` holds `{number}`, for which the E.164 number is put, percent-encoded; it may hold a key, and is never logged.
    """

    __slots__ = ("_client", "_timeout_s", "_url")

    def __init__(self, url: Secret[str], timeout_s: float, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._client = httpx2.AsyncClient(
            transport=transport,
            timeout=timeout_s,
            follow_redirects=False,
            headers={"Accept": "application/json, text/plain"},
        )

    async def name_of(self, number: E164) -> str | None:
        """Raises NameUnavailable after `timeout_s` at the latest."""
        url = self._url.reveal().replace("{number}", quote(number, safe=""))
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._ask(url)
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
            raise NameUnavailable(type(error).__name__) from None  # its text may hold the URL

    async def _ask(self, url: str) -> str | None:
        async with self._client.stream("GET", url) as response:
            if response.status_code in _MISS:
                return None
            if response.status_code != 200:
                raise NameUnavailable(f"status {response.status_code}")
            body = b""
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MOST_OCTETS:
                    raise NameUnavailable("too long an answer")
        return read_answer(response.headers.get("content-type", ""), body)

    async def close(self) -> None:
        await self._client.aclose()


def read_answer(content_type: str, body: bytes) -> str | None:
    """The name in an answer: the whole of plain text, or of JSON the string, its `name` or its `caller_name`.

    `caller_name` may be an object with a `caller_name` of its own, as in Twilio's Lookup. Raises NameUnavailable.
    """
    text = body.decode("utf-8", "replace").strip()
    if "json" not in content_type.lower():
        return text or None
    try:
        found = json.loads(text)
    except ValueError:
        raise NameUnavailable("not JSON") from None
    return _name_in(found)


def _name_in(found: Any) -> str | None:
    if found is None or isinstance(found, str):
        return found or None
    if isinstance(found, dict):
        for key in ("name", "caller_name"):
            if key in found:
                return _name_in(found[key])
    raise NameUnavailable("JSON without a name")
