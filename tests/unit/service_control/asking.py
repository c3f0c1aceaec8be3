"""Requests of the tests, and what they expect of refusals."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.unit.service_control.house import FIRST

ROOT = f"/2010-04-01/Accounts/{FIRST}"
TRUNKS = "/v1/Trunks"
LISTS = f"{ROOT}/SIP/CredentialLists"
ACLS = f"{ROOT}/SIP/IpAccessControlLists"
NUMBERS = f"{ROOT}/IncomingPhoneNumbers"
PASSWORD = "Correct-Horse-1"
GOOD_URL: dict[str, Any] = {
    "Weight": 1,
    "Priority": 1,
    "Enabled": "true",
    "FriendlyName": "u",
    "SipUrl": "sip:192.0.2.1",
}


Answer = Callable[[dict[str, Any]], bytes]
"""What a process says to one question on its admin socket."""


def assert_refused(answer: httpx2.Response, code: int, status: int = 400) -> None:
    """Twilio's error body, whole (rest.md 1.5)."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body.keys() - {"details"} == {"code", "message", "more_info", "status"}
    assert (body["code"], body["status"]) == (code, status), body
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert body["message"]
    assert answer.headers["Twilio-Request-Id"].startswith("RQ")


async def post(client: httpx2.AsyncClient, path: str, status: int = 201, **form: Any) -> Any:
    """The body of an answer that must have `status`."""
    answer = await client.post(path, data=form or None)
    assert answer.status_code == status, answer.text
    return answer.json()


async def get(client: httpx2.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


@asynccontextmanager
async def answering(path: Path, answer: Answer) -> AsyncIterator[None]:
    """A process that answers on its admin socket."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(json.loads(await reader.readline())))
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_unix_server(serve, str(path))
    async with server:
        yield
