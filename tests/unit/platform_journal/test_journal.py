"""The journal of calls: replay, rotation, records until they are stored, trouble (design, decision 8)."""

import errno
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.platform_journal.disk import Disk
from trunkline.kit.ids import CallSid
from trunkline.kit.secret import Secret
from trunkline.platform.journal.errors import JournalError
from trunkline.platform.journal.journal import RECORDED, CallJournal
from trunkline.platform.journal.spool import NOWHERE, Spool

KEY = Secret(b"k" * 32)


def sid(number: int) -> CallSid:
    return CallSid(f"CA{number:032x}")


class Desk:
    """Opens journals on one directory, one process after the other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.disk = Disk()
        self._spools: list[Spool] = []

    def open(self, segment_bytes: int = 8 << 20, most_bytes: int = 1 << 30) -> CallJournal:
        self.kill()
        spool = Spool(self.path, self.disk.write)
        self._spools.append(spool)
        return CallJournal(spool, KEY, frozenset({"ended"}), segment_bytes=segment_bytes, most_bytes=most_bytes)

    def kill(self) -> None:
        """The process is gone: no buffer is written, only the kernel lets go."""
        while self._spools:
            self._spools.pop().close()

    def replayed(self) -> dict[CallSid, list[tuple[str, dict[str, Any]]]]:
        return self.open().replay()

    @property
    def segments(self) -> list[str]:
        return sorted(path.name for path in self.path.glob("*.journal"))

    @property
    def octets(self) -> int:
        return sum(path.stat().st_size for path in self.path.glob("*.journal"))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.kill()


def test_replay_gives_live_calls_in_order_and_no_closed_ones(desk: Desk) -> None:
    journal = desk.open()
    for number in (1, 2):
        journal.write(sid(number), "admitted", {"n": number})
    journal.write(sid(1), "sent", {"request": "x" * 300})
    journal.close(sid(2))
    journal.tick()
    assert desk.replayed() == {sid(1): [("admitted", {"n": 1}), ("sent", {"request": "x" * 300})]}


def test_a_lazy_entry_waits_for_the_next_write_or_tick(desk: Desk) -> None:
    journal = desk.open()
    journal.write(sid(1), "admitted", {})
    writes = desk.disk.writes
    journal.write(sid(1), "ended", {})
    assert desk.disk.writes == writes
    journal.write(sid(2), "admitted", {})
    assert desk.disk.writes == writes + 1
    assert desk.replayed()[sid(1)] == [("admitted", {}), ("ended", {})]


def test_one_entry_is_one_write(desk: Desk) -> None:
    journal = desk.open()
    for number in range(10):
        journal.write(sid(number), "admitted", {"request": "x" * 1000})
    assert desk.disk.writes == 10


def test_a_call_outlives_any_number_of_processes(desk: Desk) -> None:
    journal = desk.open()
    journal.write(sid(1), "admitted", {"n": 1})
    for life in range(4):
        journal = desk.open()
        assert journal.replay()[sid(1)][0] == ("admitted", {"n": 1})
        journal.write(sid(1), "resumed", {"life": life})
        journal.tick()
        assert len(desk.segments) <= 2
    assert [kind for kind, _ in desk.replayed()[sid(1)]] == ["admitted", *["resumed"] * 4]


def test_rotation_keeps_live_calls_and_the_size_bounded(desk: Desk) -> None:
    """Random calls over many rotations, killed at random moments: replay always knows exactly the live ones."""
    seed = 7
    chance = random.Random(seed)
    journal = desk.open(segment_bytes=20_000)
    live: dict[CallSid, list[int]] = {}
    for step in range(3000):
        if len(live) < 20 or chance.random() < 0.3:
            live[sid(step)] = []
        call = chance.choice(list(live))
        journal.write(call, "entry", {"n": step, "text": "x" * chance.randrange(400)})
        live[call].append(step)
        if len(live) > 25:
            gone = chance.choice(list(live))
            del live[gone]
            journal.close(gone)
        if chance.random() < 0.002:
            journal.tick()
            journal = desk.open(segment_bytes=20_000)
            journal.replay()
        # Twice the segment, and what its live calls take.
        assert desk.octets < 150_000
    journal.tick()
    found = {call: [fields["n"] for _, fields in entries] for call, entries in desk.replayed().items()}
    assert found == {call: steps for call, steps in live.items() if steps}


def test_a_torn_entry_is_as_if_it_had_not_been_written(desk: Desk) -> None:
    journal = desk.open()
    journal.write(sid(1), "admitted", {})
    journal.write(sid(1), "sent", {"request": "x" * 300})
    desk.kill()
    segment = desk.path / desk.segments[-1]
    whole = segment.read_bytes()
    for cut in range(1, 300, 7):
        segment.write_bytes(whole[:-cut])
        assert desk.replayed() == {sid(1): [("admitted", {})]}
        desk.kill()
        for name in desk.segments[1:]:
            (desk.path / name).unlink()


# ---- records


def test_a_record_is_kept_until_it_is_stored(desk: Desk) -> None:
    journal = desk.open()
    journal.write(sid(1), "admitted", {})
    first = journal.record(sid(1), {"n": 1})
    second = journal.record(None, {"n": 2})
    assert journal.has_unstored
    journal.stored(first)
    journal.tick()
    journal = desk.open()
    assert journal.replay()[sid(1)] == [("admitted", {}), (RECORDED, {})]
    assert journal.has_unstored
    assert journal.records_after(journal.stored_to, 10) == [(second, {"n": 2})]
    journal.stored(second)
    assert not journal.has_unstored


def test_segments_with_unstored_records_stay_and_go_with_the_store(desk: Desk) -> None:
    """Goals row 12: a database away for long loses no record."""
    journal = desk.open(segment_bytes=5_000)
    positions = []
    for number in range(200):
        journal.write(sid(number), "admitted", {"request": "x" * 250})
        positions.append(journal.record(sid(number), {"n": number}))
        journal.close(sid(number))
    assert len(desk.segments) > 10
    journal = desk.open(segment_bytes=5_000)
    journal.replay()
    found: list[int] = []
    while batch := journal.records_after(journal.stored_to, 7):
        found += [fields["n"] for _, fields in batch]
        journal.stored(batch[-1][0])
    assert found == list(range(200))
    journal.write(sid(999), "admitted", {})
    journal.tick()
    for number in range(20):
        journal.write(sid(999), "more", {"n": number, "request": "x" * 500})
    journal.tick()
    assert len(desk.segments) <= 2


def test_a_snapshot_remembers_that_the_record_is_written(desk: Desk) -> None:
    journal = desk.open(segment_bytes=3_000)
    journal.write(sid(1), "admitted", {})
    journal.stored(journal.record(sid(1), {"n": 1}))
    for number in range(100):
        journal.write(sid(2), "entry", {"n": number, "request": "x" * 250})
        if number % 3 == 0:
            journal.close(sid(2))
    assert desk.segments[0] > "00000002"
    assert desk.replayed()[sid(1)] == [("admitted", {}), (RECORDED, {})]


def test_a_snapshot_right_behind_the_record_does_not_forget_it(desk: Desk) -> None:
    """Found by killing the recovery itself: the call got a second record in its third life."""
    journal = desk.open()
    journal.write(sid(1), "admitted", {})
    journal = desk.open()
    journal.replay()
    journal.record(sid(1), {"n": 1})
    assert desk.replayed()[sid(1)] == [("admitted", {}), (RECORDED, {})]


# ---- trouble


def test_a_full_disk_is_told_once_and_its_end_too_and_no_live_call_is_lost(desk: Desk) -> None:
    journal = desk.open()
    told: list[str] = []
    journal.on_trouble = told.append
    journal.write(sid(1), "admitted", {})
    desk.disk.full = True
    journal.write(sid(1), "sent", {})
    journal.write(sid(2), "admitted", {})
    assert journal.record(sid(1), {}) == NOWHERE
    assert told == ["No space left on device"]
    for _ in range(100):
        journal.tick()
    assert len(told) == 1
    desk.disk.full = False
    for _ in range(25):
        journal.tick()
    assert told == ["No space left on device", ""]
    assert desk.replayed() == {sid(1): [("admitted", {}), ("sent", {})], sid(2): [("admitted", {})]}


def test_a_journal_that_grows_beyond_its_bound_says_so_and_goes_on(desk: Desk) -> None:
    journal = desk.open(segment_bytes=2_000, most_bytes=10_000)
    told: list[str] = []
    journal.on_trouble = told.append
    position = NOWHERE
    for number in range(60):
        position = journal.record(sid(number), {"text": "x" * 250})
        journal.tick()
    assert position != NOWHERE
    assert len(told) == 1
    assert "octets" in told[0]
    journal.stored(position)
    journal.tick()
    assert told[1:] == [""]
    assert desk.octets < 10_000


def test_damage_in_an_entry_costs_that_entry(desk: Desk) -> None:
    from trunkline.platform.journal.frame import framed

    desk.open()
    (desk.path / "00000001.journal").write_bytes(framed(b"CA1 sent\nnot json\n") + framed(b'CA1 sent\n{"n":1}\n'))
    journal = desk.open()
    assert journal.replay() == {CallSid("CA1"): [("sent", {"n": 1})]}
    assert journal.damaged == 1


def test_a_journal_that_cannot_be_read_is_one_clear_error(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Goal 9: a gateway that went on without it would lose the calls and records that are in it."""

    def refused(_path: Path) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", refused)
    with pytest.raises(JournalError, match="Input/output error"):
        desk.replayed()


def test_the_next_process_learns_when_this_one_was_alive_last(desk: Desk) -> None:
    """To a second, while there are calls."""
    assert desk.open().died_at is None
    journal = desk.open()
    journal.write(sid(1), "admitted", {})
    writes = desk.disk.writes
    for _ in range(60):
        journal.tick()
    assert desk.disk.writes == writes + 3
    journal = desk.open()
    assert journal.died_at == max(path.stat().st_mtime for path in desk.path.glob("*.journal") if path.stat().st_size)
    assert journal.replay() == {sid(1): [("admitted", {})]}
