"""Sends one signed request to the address that was checked, and says whether it was taken."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, final

import httpx2

from trunkline.kit.secret import Secret
from trunkline.platform.webhook.errors import BAD_CERTIFICATE, BAD_HOST, NO_HTTP, NOT_TAKEN, UNREACHABLE, Undeliverable
from trunkline.platform.webhook.guard import Resolve, checked_address, resolve
from trunkline.platform.webhook.signature import sign

CONNECT_S: Final = 5.0
TOTAL_S: Final = 15.0
LONGEST_ANSWER: Final = 4096
"""Octets kept of the body of an answer that is not 2xx."""
_AGENT: Final = "TwilioProxy/1.1"


@dataclass(frozen=True, slots=True)
class Callback:
    """A form to be posted, or asked for as a query, in the name of an account."""

    url: str
    method: Literal["GET", "POST"]
    fields: Mapping[str, str]


@final
class Sender:
    """Redirects are not followed; only an answer that is no 2xx is read. `transport` and `resolver` are for tests."""

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
                await self._ask(callback, token)
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, ValueError) as fault:
            raise Undeliverable(type(fault).__name__, _code_of(fault)) from None  # its text may hold the URL

    async def _ask(self, callback: Callback, token: Secret[str]) -> None:
        url = httpx2.URL(callback.url)
        form: Mapping[str, str] | None = callback.fields
        if callback.method == "GET":
            url, form = url.copy_merge_params(dict(callback.fields)), None
        port = url.port or (443 if url.scheme == "https" else 80)
        address = await checked_address(url.host, port, self._resolver, allow_private=self._allow_private)
        headers = {
            "Host": url.netloc.decode(),
            "User-Agent": _AGENT,
            "Accept-Encoding": "identity",
            "X-Twilio-Signature": sign(token, str(url), form),
        }
        extensions: dict[str, Any] = {"sni_hostname": url.host}
        request = self._client.build_request(
            callback.method, url.copy_with(host=address), data=form, headers=headers, extensions=extensions
        )
        response = await self._client.send(request, stream=True)
        try:
            if not response.is_success:
                raise Undeliverable(f"status {response.status_code}", NOT_TAKEN, await _told(response))
        finally:
            await response.aclose()

    async def close(self) -> None:
        await self._client.aclose()


async def _told(response: httpx2.Response) -> str:
    """Status line, headers and the beginning of the body; a packed one, which nobody asked for, is not unpacked."""
    body = b""
    if "Content-Encoding" not in response.headers:
        async for chunk in response.aiter_bytes():
            body += chunk[: LONGEST_ANSWER - len(body)]
            if len(body) == LONGEST_ANSWER:
                break
    headers = "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
    return f"{response.status_code} {response.reason_phrase}\r\n{headers}\r\n{body.decode('utf-8', 'replace')}"


def _code_of(fault: BaseException) -> int:
    """What sip.md 7.6 calls such a failure."""
    match fault:
        case httpx2.RemoteProtocolError():
            return NO_HTTP
        case httpx2.InvalidURL() | httpx2.UnsupportedProtocol():
            return BAD_HOST
        case httpx2.ConnectError() if _blames_certificate(fault):
            return BAD_CERTIFICATE
        case _:
            return UNREACHABLE


def _blames_certificate(fault: BaseException | None) -> bool:
    while fault is not None:
        if isinstance(fault, ssl.SSLCertVerificationError):
            return True
        fault = fault.__cause__ or fault.__context__
    return False
