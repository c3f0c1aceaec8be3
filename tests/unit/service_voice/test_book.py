"""Row 144: requests are taken on, settled, and ended after a death, over a store that may be away."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.unit.service_control.house import FIRST, House
from trunkline.domain.validation.dialogue import CodeVerdict
from trunkline.platform.jobs.jobs import Jobs
from trunkline.platform.setting.random_ids import RandomIds
from trunkline.platform.setting.unix_path import unix_path
from trunkline.platform.store.caller_id_validation import ValidationOrder, Validations
from trunkline.platform.store.errors import StoreUnavailable
from trunkline.platform.store.table import ValidationRow
from trunkline.service.control.provisioning.account.validation import ValidationWish, request_validation
from trunkline.service.voice.book import MOST_CALLS, RequestBook

ONE = "+12025550101"


class Stage:
    """A book, and the numbers that it wants called."""

    def __init__(self, house: House, jobs: Jobs) -> None:
        # A minute ahead of the house's clock, which makes a step at each look: all requests are due.
        ahead = Validations(house.store, house.vault, RandomIds(), lambda: house.bench.wall() + timedelta(minutes=1))
        self.book = RequestBook(ahead, jobs, "voice 192.0.2.1:5060", house.run_dir)
        self._jobs = jobs
        self.called: list[ValidationOrder] = []
        self.verdicts: list[CodeVerdict] = []

    def run(self, call: Callable[[ValidationOrder], None] | None = None, calls: Callable[[], int] = lambda: 0) -> None:
        self._jobs.spawn_service(partial(self.book.run, call or self.called.append, calls), "requests")

    async def check(self, call_sid: str, code: str) -> CodeVerdict:
        before = len(self.verdicts)
        self.book.check(call_sid, code, self.verdicts.append)
        await until(lambda: len(self.verdicts) > before)
        return self.verdicts[-1]


@asynccontextmanager
async def stage(house: House) -> AsyncIterator[Stage]:
    async with Jobs() as jobs:
        yield Stage(house, jobs)


async def ask(house: House) -> tuple[str, str]:
    """The call's SID, and the code."""
    row, code = await request_validation(house.bench, FIRST, ValidationWish(ONE, extension="9"))
    return row.call_sid, code


async def is_open(house: House, call_sid: str) -> bool:
    async with house.store.reading() as session:
        return await session.get(ValidationRow, call_sid) is not None


async def until(met: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not met():
            await asyncio.sleep(0.005)


async def test_row_144_what_is_due_is_called_with_its_extension(house: House) -> None:
    call_sid, _ = await ask(house)
    async with stage(house) as made:
        made.run()
        await until(lambda: made.called)
    assert made.called == [ValidationOrder(call_sid, FIRST, ONE, "9")]
    assert await is_open(house, call_sid)


async def test_row_144_no_more_calls_than_the_line_holds(house: House) -> None:
    await ask(house)
    looks: list[int] = []

    def full() -> int:
        looks.append(MOST_CALLS)
        return MOST_CALLS

    async with stage(house) as made:
        made.run(calls=full)
        await until(lambda: len(looks) > 1)
    assert made.called == []


async def test_row_144_a_code_is_judged_by_the_store(house: House) -> None:
    call_sid, code = await ask(house)
    async with stage(house) as made:
        assert await made.check(call_sid, "x") is CodeVerdict.WRONG
        assert await made.check(call_sid, code) is CodeVerdict.RIGHT
        assert await made.check(call_sid, code) is CodeVerdict.SETTLED


async def test_row_144_a_store_that_is_away_knows_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    call_sid, code = await ask(house)

    async def away(*_: object) -> None:
        raise StoreUnavailable("the database does not answer")

    monkeypatch.setattr(Validations, "enter", away)
    async with stage(house) as made:
        assert await made.check(call_sid, code) is CodeVerdict.UNKNOWN


async def test_row_144_the_calls_of_a_life_before_are_hung_up_and_have_failed(house: House) -> None:
    call_sid, _ = await ask(house)
    async with stage(house) as before:
        before.run()
        await until(lambda: before.called)
    questions: list[dict[str, Any]] = []
    async with gateway(house, questions), stage(house) as after:
        after.run()
        await until(lambda: questions)
    assert questions == [{"verb": "hangup", "sid": call_sid, "account": FIRST}]
    assert after.called == [], "nobody is rung twice"
    assert not await is_open(house, call_sid)


async def test_row_144_a_call_that_cannot_be_placed_has_failed(house: House) -> None:
    call_sid, _ = await ask(house)
    refused: list[str] = []

    def refuse(order: ValidationOrder) -> None:
        refused.append(order.call_sid)
        raise OSError("no free port")

    async with stage(house) as made:
        made.run(refuse)
        await until(lambda: refused and not made.book.open_jobs)
    assert refused == [call_sid]
    assert not await is_open(house, call_sid)


async def test_row_144_what_is_taken_on_while_the_process_ends_has_failed(house: House) -> None:
    call_sid, _ = await ask(house)
    async with stage(house) as made:

        def stopped() -> int:
            made.book.stopped = True
            return 0

        made.run(calls=stopped)
        async with asyncio.timeout(10):
            while await is_open(house, call_sid):
                pass
    assert made.called == []


@asynccontextmanager
async def gateway(house: House, questions: list[dict[str, Any]]) -> AsyncIterator[None]:
    """One that has every call it is asked about."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        questions.append(json.loads(await reader.readline()))
        writer.write(b'{"found": true}\n')
        await writer.drain()
        writer.close()

    with unix_path(house.run_dir / "gateway-test.sock") as address:
        server = await asyncio.start_unix_server(answer, address)
    yield
    server.close()
