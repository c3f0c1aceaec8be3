"""Sends one signed request to the address that was checked, and says whether it was taken."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, final

import httpx2

from trunkline.kit.secret import Secret
from trunkline.platform.webhook.errors import Undeliverable
from trunkline.platform.webhook.guard import Resolve, checked_address, resolve
from trunkline.platform.webhook.signature import sign

CONNECT_S: Final = 5.0
TOTAL_S: Final = 15.0
_AGENT: Final = "TwilioProxy/1.1"


@dataclass(frozen=True, slots=True)
class Callback:
    """A form to be posted, or asked for as a query, in the name of an account."""

    url: str
    method: Literal["GET", "POST"]
    fields: Mapping[str, str]


@final
class Sender:
    """Redirects are not followed, answers are not read. `transport` and `resolver` are the tests' to choose."""

    __slots__ = ("_allow_private", "_client", "_resolver")

    def __init__(
        self,
        *,
        allow_private: bool,
        transport: httpx2.AsyncBaseTransport | None = None,
        resolver: Resolve = resolve,
    ) -> None:
        self._allow_private = allow_private
        self._resolver = resolver
        # A proxy of the environment would resolve names again, behind the guard.
        self._client = httpx2.AsyncClient(
            transport=transport,
            timeout=httpx2.Timeout(TOTAL_S, connect=CONNECT_S),
            follow_redirects=False,
            trust_env=False,
        )

    async def send(self, callback: Callback, token: Secret[str]) -> None:
        """Raises Undeliverable unless a 2xx comes within 15 s."""
        try:
            async with asyncio.timeout(TOTAL_S):
                status = await self._ask(callback, token)
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, ValueError) as fault:
            raise Undeliverable(type(fault).__name__) from None  # its text may hold the URL
        if not 200 <= status < 300:
            raise Undeliverable(f"status {status}")

    async def _ask(self, callback: Callback, token: Secret[str]) -> int:
        url = httpx2.URL(callback.url)
        form: Mapping[str, str] | None = callback.fields
        if callback.method == "GET":
            url, form = url.copy_merge_params(dict(callback.fields)), None
        port = url.port or (443 if url.scheme == "https" else 80)
        address = await checked_address(url.host, port, self._resolver, allow_private=self._allow_private)
        headers = {"Host": url.netloc.decode(), "User-Agent": _AGENT, "X-Twilio-Signature": sign(token, str(url), form)}
        extensions: dict[str, Any] = {"sni_hostname": url.host}
        request = self._client.build_request(
            callback.method, url.copy_with(host=address), data=form, headers=headers, extensions=extensions
        )
        response = await self._client.send(request, stream=True)
        await response.aclose()
        return response.status_code

    async def close(self) -> None:
        await self._client.aclose()
