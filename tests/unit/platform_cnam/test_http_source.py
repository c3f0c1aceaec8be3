"""The service of names over HTTP: what it is asked, what its answers mean, how long it is waited for. Row 69."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from trunkline.domain.trunk.origination.caller_name import NameUnavailable
from trunkline.kit.ids import E164
from trunkline.kit.secret import Secret
from trunkline.platform.cnam.http_source import MOST_OCTETS, HttpNameSource

NUMBER = E164("+12025550101")
URL = Secret("https://names.example/v1/{number}?key=hush")
JSON, TEXT = "application/json", "text/plain"


async def ask(transport: httpx2.AsyncBaseTransport, timeout_s: float = 1.5) -> str | None:
    source = HttpNameSource(URL, timeout_s, transport)
    try:
        return await source.name_of(NUMBER)
    finally:
        await source.close()


def answering(status: int, kind: str = TEXT, body: bytes = b"") -> httpx2.MockTransport:
    return httpx2.MockTransport(lambda request: httpx2.Response(status, headers={"content-type": kind}, content=body))


async def test_the_number_is_put_into_the_url() -> None:
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(200, text="ACME")

    assert await ask(httpx2.MockTransport(answer)) == "ACME"
    assert [(request.method, str(request.url)) for request in asked] == [
        ("GET", "https://names.example/v1/%2B12025550101?key=hush")
    ]


@pytest.mark.parametrize(
    ("status", "kind", "body", "name"),
    [
        (200, TEXT, b" ACME \n", "ACME"),
        (200, "", b"ACME", "ACME"),
        (200, TEXT, b"", None),
        (200, JSON, b'"ACME"', "ACME"),
        (200, JSON, b"null", None),
        (200, JSON, b'{"name": "ACME"}', "ACME"),
        (200, JSON, b'{"name": null}', None),
        (200, JSON, b'{"name": ""}', None),
        (200, "application/vnd.x+json; charset=utf-8", b'{"caller_name": "ACME"}', "ACME"),
        (200, JSON, b'{"caller_name": {"caller_name": "ACME", "caller_type": "BUSINESS"}}', "ACME"),
        (200, JSON, b'{"caller_name": {"caller_name": null}}', None),
        (204, "", b"", None),
        (404, JSON, b'{"code": 20404}', None),
    ],
)
async def test_what_an_answer_means(status: int, kind: str, body: bytes, name: str | None) -> None:
    assert await ask(answering(status, kind, body)) == name


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (500, TEXT, b"oops"),
        (401, TEXT, b"who?"),
        (301, TEXT, b""),
        (200, JSON, b"{"),
        (200, JSON, b"{}"),
        (200, JSON, b'{"name": 7}'),
        (200, TEXT, b"x" * (MOST_OCTETS + 1)),
    ],
)
async def test_what_is_no_answer(status: int, kind: str, body: bytes) -> None:
    with pytest.raises(NameUnavailable):
        await ask(answering(status, kind, body))


async def test_a_service_that_does_not_answer_is_not_waited_for_and_its_key_not_told() -> None:
    async def hang(request: httpx2.Request) -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError(request)

    with pytest.raises(NameUnavailable) as failed:
        await ask(httpx2.MockTransport(hang), timeout_s=0.02)
    assert "hush" not in str(failed.value)


async def test_an_answer_that_trickles_is_bounded_as_a_whole() -> None:
    async def trickle() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.005)

    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, content=trickle()))
    with pytest.raises(NameUnavailable):
        await ask(transport, timeout_s=0.05)


async def test_a_dead_host_is_no_answer() -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    with pytest.raises(NameUnavailable):
        await ask(httpx2.MockTransport(refuse))
