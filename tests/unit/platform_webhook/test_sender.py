"""Callbacks to customers: signed (row 107), guarded, bounded."""

import gzip
import ssl

import httpx2
import pytest
from twilio.request_validator import RequestValidator

from trunkline.kit.secret import Secret
from trunkline.platform.webhook.errors import Undeliverable
from trunkline.platform.webhook.guard import is_public
from trunkline.platform.webhook.sender import LONGEST_ANSWER, Callback, Sender
from trunkline.platform.webhook.signature import sign

TOKEN = Secret("0123456789abcdef0123456789abcdef")
FIELDS = {"VerificationStatus": "success", "CallSid": "CA" + "a" * 32, "To": "+12025550100"}


class _Web:
    """Whoever is called: keeps what came, answers as told."""

    def __init__(self, status: int = 204, addresses: tuple[str, ...] = ("198.51.100.7",)) -> None:
        self.requests: list[httpx2.Request] = []
        self._status = status
        self._addresses = addresses

    async def resolve(self, _host: str, _port: int) -> list[str]:
        return list(self._addresses)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return httpx2.Response(self._status, headers={"Location": "http://198.51.100.8/"})

    async def send(self, callback: Callback, *, allow_private: bool = True) -> None:
        transport = httpx2.MockTransport(self._answer)
        sender = Sender(allow_private=allow_private, transport=transport, resolver=self.resolve)
        try:
            await sender.send(callback, TOKEN)
        finally:
            await sender.close()


async def test_row_107_a_post_is_signed_as_the_official_validator_wants_it() -> None:
    web, url = _Web(), "https://app.example:8443/done?x=1"
    await web.send(Callback(url, "POST", FIELDS))
    [request] = web.requests
    signature = request.headers["X-Twilio-Signature"]
    validator = RequestValidator(TOKEN.reveal())
    assert validator.validate(url, FIELDS, signature)
    assert not validator.validate(url, FIELDS | {"VerificationStatus": "failed"}, signature)
    assert httpx2.QueryParams(request.content.decode()) == httpx2.QueryParams(FIELDS)
    assert sign(TOKEN, url, FIELDS) == signature


async def test_row_107_a_get_carries_its_fields_in_the_signed_url() -> None:
    web = _Web()
    await web.send(Callback("http://app.example/done?x=1", "GET", FIELDS))
    [request] = web.requests
    assert request.content == b""
    asked = str(request.url.copy_with(host="app.example"))
    assert RequestValidator(TOKEN.reveal()).validate(asked, {}, request.headers["X-Twilio-Signature"])
    assert request.url.params["VerificationStatus"] == "success"
    assert request.url.params["x"] == "1"


async def test_the_address_that_was_checked_is_the_one_that_is_called() -> None:
    web = _Web(addresses=("198.51.100.7",))
    await web.send(Callback("https://app.example/done", "POST", {}))
    [request] = web.requests
    assert (request.url.host, request.headers["Host"]) == ("198.51.100.7", "app.example")
    assert request.extensions["sni_hostname"] == "app.example"


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("::ffff:169.254.169.254",), ()])
async def test_a_host_with_a_private_address_is_not_called(addresses: tuple[str, ...]) -> None:
    web = _Web(addresses=addresses)
    with pytest.raises(Undeliverable) as caught:
        await web.send(Callback("https://app.example/done", "POST", {}), allow_private=False)
    assert (caught.value.code, caught.value.answer) == (11210, None)
    assert web.requests == []


@pytest.mark.parametrize("status", [301, 400, 500])
async def test_anything_but_a_2xx_is_not_taken_and_no_redirect_followed(status: int) -> None:
    web = _Web(status)
    with pytest.raises(Undeliverable, match=str(status)) as caught:
        await web.send(Callback("https://app.example/done", "POST", {}))
    assert len(web.requests) == 1
    assert caught.value.code == 11200


class _Broken:
    def __init__(self, fault: Exception) -> None:
        self._fault = fault

    def __call__(self, _request: httpx2.Request) -> httpx2.Response:
        raise self._fault


def _untrusted() -> httpx2.ConnectError:
    fault = httpx2.ConnectError("failed")
    fault.__cause__ = ssl.SSLCertVerificationError("self-signed")
    return fault


@pytest.mark.parametrize(
    ("url", "fault", "code"),
    [
        ("https://app.example/", httpx2.ConnectError("refused"), 11205),
        ("https://app.example/", httpx2.ConnectTimeout("slow"), 11205),
        ("https://app.example/", httpx2.ReadTimeout("slow"), 11205),
        ("https://app.example/", httpx2.RemoteProtocolError("not HTTP"), 11206),
        ("https://app.example/", _untrusted(), 11237),
        ("http://[::1", httpx2.ConnectError("never asked"), 11210),
    ],
)
async def test_a_failure_has_the_platforms_code(url: str, fault: Exception, code: int) -> None:
    """sip.md 7.6."""
    sender = Sender(allow_private=True, transport=httpx2.MockTransport(_Broken(fault)), resolver=_Web().resolve)
    with pytest.raises(Undeliverable) as caught:
        await sender.send(Callback(url, "POST", {}), TOKEN)
    await sender.close()
    assert (caught.value.code, caught.value.answer) == (code, None)


@pytest.mark.parametrize(
    ("headers", "body", "kept"),
    [
        ({"Server": "x"}, b"down for repair", "down for repair"),
        ({}, b"y" * 100_000, "y" * LONGEST_ANSWER),
        ({"Content-Encoding": "gzip"}, gzip.compress(b"z" * 1_000, mtime=0), ""),
    ],
)
async def test_a_refusal_keeps_the_beginning_of_its_answer(headers: dict[str, str], body: bytes, kept: str) -> None:
    async def answer(_request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(503, headers=headers, content=body)

    sender = Sender(allow_private=True, transport=httpx2.MockTransport(answer), resolver=_Web().resolve)
    with pytest.raises(Undeliverable) as caught:
        await sender.send(Callback("https://app.example/", "POST", {}), TOKEN)
    await sender.close()
    head, _, told = (caught.value.answer or "").partition("\r\n\r\n")
    assert told == kept
    assert head.startswith("503 Service Unavailable\r\n")
    assert all(f"{name.lower()}: {value}" in head for name, value in headers.items())


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("2002:7f00:1::", False),
        ("::127.0.0.1", False),
        ("::8.8.8.8", True),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::808:808", True),
        ("fec0::1", False),
    ],
)
def test_private_addresses_are_known_in_every_disguise(address: str, public: bool) -> None:
    assert is_public(address) is public
