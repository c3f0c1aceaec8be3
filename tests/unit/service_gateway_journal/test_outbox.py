"""The outbox: every record reaches the store once and in the end, whatever happens on the way (goals rows 9 and 12)."""

import asyncio
import errno
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
import structlog.testing

from tests.unit.domain_record import sample
from tests.unit.platform_journal.disk import Disk
from trunkline.domain.record.alert import Alert
from trunkline.domain.record.call_record import CallRecord
from trunkline.kit.ids import CallSid
from trunkline.kit.secret import Secret
from trunkline.platform.journal.journal import CallJournal
from trunkline.platform.journal.spool import Spool
from trunkline.platform.store.errors import StoreUnavailable
from trunkline.service.gateway.journal.outbox import LONGEST_PAUSE_S, Outbox


@pytest.fixture
def log_lines() -> Iterator[list[dict[str, object]]]:
    """Every line that is logged meanwhile."""
    with structlog.testing.capture_logs() as lines:
        yield cast("list[dict[str, object]]", lines)


def record(number: int) -> CallRecord:
    return replace(sample.full_record(), sid=CallSid(f"CA{number:032d}"))


class Shop:
    """A journal on disk, a store that can be away or choke, and outboxes of one life after the other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.disk = Disk()
        self.stored: list[CallRecord] = []
        self.alerts: list[Alert] = []
        self.batches: list[int] = []
        self.away = False
        self.poison: set[str] = set()
        self._spool: Spool | None = None
        self.start()

    def start(self, in_memory: int = 2000) -> Outbox:
        self.kill()
        self._spool = Spool(self.path, self.disk.write)
        self.journal = CallJournal(self._spool, Secret(b"k" * 32))
        self.journal.replay()
        self.outbox = Outbox(self.journal, self._write, in_memory)
        return self.outbox

    def kill(self) -> None:
        if self._spool is not None:
            self._spool.close()
            self._spool = None

    async def _write(self, records: Sequence[CallRecord], alerts: Sequence[Alert]) -> None:
        if self.away:
            raise StoreUnavailable("away")
        if any(record.sid in self.poison for record in records):
            raise KeyError("the store chokes")
        self.batches.append(len(records))
        self.stored += records
        self.alerts += alerts

    @property
    def numbers(self) -> list[int]:
        return [int(record.sid.removeprefix("CA")) for record in self.stored]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    yield shop
    shop.kill()


async def test_records_and_alerts_arrive_whole_in_order_and_in_batches(shop: Shop) -> None:
    for number in range(450):
        shop.outbox.deliver(record(number), [sample.full_alert()] if number == 7 else [])
    assert await shop.outbox.flush()
    assert shop.stored == [record(number) for number in range(450)]
    assert shop.alerts == [sample.full_alert()]
    assert shop.batches == [200, 200, 50]
    assert shop.outbox.is_empty


async def test_nothing_to_deliver_is_nothing_written(shop: Shop) -> None:
    shop.outbox.deliver(None, [])
    assert shop.disk.writes == 0


async def test_each_call_is_counted_as_it_is_delivered_though_the_store_is_away(shop: Shop) -> None:
    shop.away = True
    for number in range(3):
        shop.outbox.deliver(record(number), [])
    assert sum(shop.outbox.tally.results.values()) == 3


async def test_alert_without_a_call_arrives_as_well(shop: Shop) -> None:
    shop.outbox.deliver(None, [sample.full_alert()])
    shop.start()
    assert await shop.outbox.flush()
    assert (shop.stored, shop.alerts) == ([], [sample.full_alert()])


async def test_killed_before_the_store_had_them_they_come_after_the_restart_and_once(shop: Shop) -> None:
    for number in range(5):
        shop.outbox.deliver(record(number), [])
    shop.start()
    shop.outbox.deliver(record(5), [])
    assert await shop.outbox.flush()
    assert shop.stored == [record(number) for number in range(6)]
    shop.journal.tick()
    shop.start()
    assert shop.outbox.is_empty
    assert await shop.outbox.flush()
    assert len(shop.stored) == 6


async def test_store_away_memory_is_bounded_and_nothing_is_lost(shop: Shop) -> None:
    shop.start(in_memory=10)
    shop.away = True
    for number in range(300):
        shop.outbox.deliver(record(number), [])
        if number % 50 == 0:
            assert not await shop.outbox.flush()
    assert len(shop.outbox) == 10
    shop.away = False
    assert await shop.outbox.flush()
    assert shop.numbers == list(range(300))
    shop.outbox.deliver(record(300), [])
    assert len(shop.outbox) == 1
    assert await shop.outbox.flush()
    assert shop.numbers == list(range(301))


async def test_records_that_come_while_others_are_read_back_are_not_forgotten(shop: Shop) -> None:
    shop.start(in_memory=5)
    for number in range(20):
        shop.outbox.deliver(record(number), [])
    flushing = asyncio.get_running_loop().create_task(shop.outbox.flush())
    for number in range(20, 40):
        await asyncio.sleep(0)
        shop.outbox.deliver(record(number), [])
    assert await flushing
    assert await shop.outbox.flush()
    assert sorted(shop.numbers) == list(range(40))


async def test_store_away_is_asked_ever_more_slowly_and_at_the_old_pace_afterwards(shop: Shop) -> None:
    shop.away = True
    shop.outbox.deliver(record(1), [])
    pauses = []
    for _ in range(8):
        await shop.outbox.flush()
        pauses.append(shop.outbox.pause_s)
    assert pauses == sorted(pauses)
    assert pauses[0] == 0.5
    assert pauses[-1] == LONGEST_PAUSE_S
    shop.away = False
    await shop.outbox.flush()
    assert shop.outbox.pause_s == 0.25


async def test_one_record_that_the_store_chokes_on_is_set_aside_and_the_rest_arrives(shop: Shop) -> None:
    """The loop crashes and is started again, as its supervisor does; two crashes for each such record."""
    shop.poison = {record(13).sid}
    for number in range(30):
        shop.outbox.deliver(record(number), [])
    crashes = 0
    while not shop.outbox.is_empty:
        try:
            await shop.outbox.flush()
        except KeyError:
            crashes += 1
    assert crashes == 2
    assert shop.numbers == [number for number in range(30) if number != 13]
    assert shop.outbox.set_aside == 1


async def test_goal_9_records_that_cannot_be_read_back_for_now_are_read_later(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of file descriptors, as in a flood: what cannot be read is not taken for nothing."""
    for number in range(3):
        shop.outbox.deliver(record(number), [])
    shop.start()

    def refused(_path: Path) -> bytes:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", refused)
        assert not await shop.outbox.flush()
    assert not shop.outbox.is_empty
    assert await shop.outbox.flush()
    assert shop.numbers == [0, 1, 2]


async def test_disk_full_records_go_from_memory_to_the_store(shop: Shop) -> None:
    shop.outbox.deliver(record(0), [])
    shop.disk.full = True
    shop.outbox.deliver(record(1), [])
    shop.disk.full = False
    shop.outbox.deliver(record(2), [])
    assert await shop.outbox.flush()
    assert shop.numbers == [0, 1, 2]


async def test_disk_full_and_store_away_the_record_is_on_disk_as_soon_as_there_is_room(shop: Shop) -> None:
    shop.away = True
    shop.disk.full = True
    shop.outbox.deliver(record(1), [])
    shop.disk.full = False
    for _ in range(20):
        shop.journal.tick()
    assert not await shop.outbox.flush()
    shop.away = False
    shop.start()
    assert await shop.outbox.flush()
    assert shop.numbers == [1]


async def test_the_loop_stores_within_its_pause_and_at_once_for_a_full_batch(shop: Shop) -> None:
    loop = asyncio.get_running_loop()
    running = loop.create_task(shop.outbox.run())
    await asyncio.sleep(0)
    for number in range(200):
        shop.outbox.deliver(record(number), [])
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(shop.stored) == 200
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_stored_call_leaves_one_line_with_its_milestones(
    shop: Shop, log_lines: list[dict[str, object]]
) -> None:
    """Style, section 8: one line for each finished call."""
    shop.outbox.deliver(record(1), [])
    await shop.outbox.flush()
    (line,) = [line for line in log_lines if line["event"] == "call over"]
    assert line["call_sid"] == record(1).sid
    assert (line["status"], line["fault"]) == ("completed", record(1).cause.party.value)
    assert line["answered_at"] is not None
    assert line["attempts"] == len(record(1).attempts)
