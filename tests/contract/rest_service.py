"""A control process of the tests that clients of the outside talk to: uvicorn on loopback, in a thread of its own."""

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Self, TypeVar, Unpack

import uvicorn
from requests import Response
from tools.compatibility import Operation
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.contract.operation import operation_of
from tests.unit.service_control.account.test_calls import Gateway
from tests.unit.service_control.asking import answering
from tests.unit.service_control.house import FIRST, TOKENS, House, furnished_template, open_house
from trunkline.platform.setting.address import HostPort
from trunkline.platform.store.table import Row
from trunkline.platform.store.table.phone_number import StockType
from trunkline.service.control.process import listen, make_server, stop
from trunkline.service.control.provisioning.account.phone_number import StockFields, stock_numbers

T = TypeVar("T")
AREAS = range(301, 400)
"""Whose numbers 555-0100 to 555-0199 are given out one after the other."""
PRODUCTS = ("api", "trunking", "voice", "monitor", "insights", "pricing", "routes")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that an SDK made; the operation is None where the page does not list it."""

    operation: Operation | None
    status: int
    headers: Mapping[str, str]
    """Of the answer."""


class Service:
    """A house behind uvicorn in a thread, because SDKs, browsers and other processes block."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._listener: socket.socket = listen(HostPort("127.0.0.1", 0))
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._loop: asyncio.AbstractEventLoop
        self._server: uvicorn.Server
        self.house: House
        self._places = count(AREAS[0] * 100)
        self.asked: list[Asked] = []
        self._http = TwilioHttpClient(request_hooks={"response": [self._note]})
        host, port = self._listener.getsockname()
        self.base = f"http://{host}:{port}"

    async def _run(self) -> None:
        template = await furnished_template(self._directory)
        async with open_house(template, self._directory) as self.house:
            self._loop = asyncio.get_running_loop()
            self._server = make_server(self.house.app)
            self._ready.set()
            await self._server.serve(sockets=[self._listener])

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._http.session.close()
        self._loop.call_soon_threadsafe(stop, self._server)
        self._thread.join(10)
        assert not self._thread.is_alive()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` comes to, run where the house lives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _note(self, answer: Response, *_: object, **__: object) -> None:
        request = answer.request
        operation = operation_of(request.method or "", request.url or "")
        self.asked.append(Asked(operation, answer.status_code, answer.headers))

    def client(self, sid: str = FIRST, token: str | None = None, account_sid: str | None = None) -> Any:
        """The official client, changed in nothing but its base addresses (rest.md 1.9)."""
        client = Client(sid, token or TOKENS[sid], account_sid, http_client=self._http)
        for product in PRODUCTS:
            getattr(client, product).base_url = self.base
        return client

    def client_of_its_own(self) -> Any:
        """A client of a new account, so that tests do not see each other's resources."""
        account = self.client().api.v2010.accounts.create(friendly_name="for one test")
        return self.client(account.sid, account.auth_token)

    def numbers(self, count_: int = 1, type_: StockType = "local", **fields: Unpack[StockFields]) -> list[str]:
        """So many numbers of the US that were not there before, put on sale."""
        places = [next(self._places) for _ in range(count_)]
        numbers = [f"+1{place // 100}55501{place % 100:02}" for place in places]
        self.run(stock_numbers(self.house.bench, numbers, "US", type_, fields))
        return numbers

    def keep(self, *rows: Row) -> None:
        """What no customer can make."""

        async def add() -> None:
            async with self.house.store.appending() as session:
                session.add_all(rows)
                await session.commit()

        self.run(add())

    @contextmanager
    def gateway(self, *calls: dict[str, Any]) -> Iterator[Gateway]:
        """A gateway of this host with these live calls, as its admin socket tells them."""
        gateway = Gateway(list(calls))
        socket = self.house.run_dir / "gateway-127.0.0.1-5060.sock"
        running = answering(socket, gateway.answer)
        self.run(running.__aenter__())
        try:
            yield gateway
        finally:
            self.run(running.__aexit__(None, None, None))
            socket.unlink(missing_ok=True)
