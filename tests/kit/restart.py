"""A stage whose platform may be killed at any step and started again on what its journal holds on disk."""

import asyncio
import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from tests.kit.phone import Script
from tests.kit.platform import PLATFORM, Platform
from tests.kit.port import FakeMedia, MemoryJournal, MemoryRecords
from tests.kit.scene import Scene
from tests.kit.world import World
from trunkline.domain.record.alert import Alert
from trunkline.domain.record.call_record import CallRecord
from trunkline.kit.ids import CallSid
from trunkline.kit.secret import Secret
from trunkline.platform.journal.journal import CallJournal
from trunkline.platform.journal.spool import SEGMENT_BYTES, Spool
from trunkline.protocol.sip.transaction.output import Transmit
from trunkline.service.gateway.aftermath import holds_media
from trunkline.service.gateway.journal import entry
from trunkline.service.gateway.journal.outbox import Outbox
from trunkline.service.gateway.port import StatisticsDone
from trunkline.service.gateway.recovery import Recovery, TakenBack

KEY = Secret(b"j" * 32)


class LastingMedia(FakeMedia):
    """A relay that outlives the gateway: it forgives a second delete and can be swept."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.adopted: dict[str, str] = {}

    def drop(self, key: str, done: StatisticsDone) -> None:
        if key in self.open:
            super().drop(key, done)
        else:
            self._answer(done, None)

    def adopt(self, key: str, place: str) -> None:
        self.adopted[key] = place

    def sweep(self, known: Callable[[str], bool]) -> None:
        self.open = {key for key in self.open if known(key)}


class LifeJournal(MemoryJournal):
    """The journal as one life of the platform has it; a dead one writes nothing."""

    def __init__(self, stage: "Restartable", real: CallJournal) -> None:
        super().__init__()
        self.entries, self.open = stage.entries, stage.open
        self.real = real
        self.dead = False
        self._stage = stage

    def write(self, sid: CallSid, kind: str, fields: dict[str, Any]) -> None:
        self._stage.step()
        if not self.dead:
            super().write(sid, kind, fields)
            self.real.write(sid, kind, fields)
            self._stage.step(None if kind in entry.LAZY else self.entries)

    def close(self, sid: CallSid) -> None:
        if not self.dead:
            super().close(sid)
            self.real.close(sid)


class LifeRecords(MemoryRecords):
    """Records go through a real outbox; `records` is what all lives delivered."""

    def __init__(self, stage: "Restartable", outbox: Outbox) -> None:
        super().__init__()
        self.records, self.alerts = stage.delivered, stage.alerts
        self.outbox = outbox
        self.dead = False
        self._stage = stage

    def deliver(self, record: CallRecord | None, alerts: list[Alert]) -> None:
        self._stage.step()
        if not self.dead:
            super().deliver(record, alerts)
            self.outbox.deliver(record, alerts)
            self._stage.step(self.records if record is not None else None)


class MortalPlatform(Platform):
    """Tells its stage of every message before and after it leaves."""

    stage: "Restartable"

    def _transmit(self, output: Transmit) -> None:
        self.stage.step()
        if not self.stage.is_dead(self):
            super()._transmit(output)
            self.stage.step()


class Restartable:
    """`kill_at` are the steps, counted from 1, at which the platform dies; it is back after `down_s`.

    With `tear` the entry that was written last loses its end, if it was at that step.
    """

    def __init__(
        self,
        path: Path,
        *scripts: Script,
        kill_at: int | Collection[int] = 0,
        down_s: float = 1.0,
        segment_bytes: int = SEGMENT_BYTES,
        tear: bool = False,
        write: Callable[[int, bytes], int] = os.write,
        **scene: Any,
    ) -> None:
        self.path = path
        self.scene = Scene(*scripts, **scene)
        self.world = self.scene.world
        self.kill_at = {kill_at} if isinstance(kill_at, int) else set(kill_at)
        self.tear = tear
        self.torn = False
        self.tears = 0
        self._os_write = write
        self.down_s = down_s
        self.segment_bytes = segment_bytes
        self.steps = 0
        self.lives = 0
        self.killed_at_s: float | None = None
        self.kills = 0
        self.died_at: float | None = None
        self.entries: list[tuple[CallSid, str, dict[str, Any]]] = []
        self.open: set[CallSid] = set()
        self.delivered: list[CallRecord] = []
        self.alerts: list[Alert] = []
        self.stored: dict[str, CallRecord] = {}
        self.taken_back = TakenBack()
        self.media = LastingMedia(self.world)
        self._first = self.scene.platform
        self._dead: set[int] = set()
        self._spool: Spool | None = None
        self.start()

    # ---- life and death

    @property
    def platform(self) -> Platform:
        return self.scene.platform

    def is_dead(self, platform: Platform) -> bool:
        return id(platform) in self._dead

    def step(self, written: list[Any] | None = None) -> None:
        """Something that the outside can tell: a message or an entry, about to be and done.

        `written` is the list whose last item is an entry that a torn write undoes.
        """
        if self.is_dead(self.platform):
            return
        self.steps += 1
        if self.steps in self.kill_at:
            self.kill()
            if self.tear and written is not None:
                written.pop()
                self.torn = True
            self.world.after(self.down_s, self.start)

    def _cut(self) -> None:
        segment = max(self.path.glob("*.journal"), key=lambda path: path.name)
        segment.write_bytes(segment.read_bytes()[: -1 - self.steps % 20])
        self.torn = False
        self.tears += 1

    def kill(self) -> None:
        """`kill -9`: what is not in the journal or on the wire never was."""
        platform = self.platform
        self.killed_at_s = self.world.clock.passed
        self.kills += 1
        self.died_at = platform.executor.seconds(self.world.now)
        self._dead.add(id(platform))
        self._graves.append(platform)
        platform._pumping = True
        assert isinstance(platform.journal, LifeJournal)
        assert isinstance(platform.records, LifeRecords)
        platform.journal.dead = platform.records.dead = True
        self.world.detach(PLATFORM)
        for one, other in list(self.world._streams):
            if one == PLATFORM:
                self.world.break_stream(one, other)

    _graves: list[Platform]

    def start(self) -> None:
        """A fresh process on the same directory."""
        if self._spool is not None:
            self._spool.close()
        else:
            self._graves = []
        self.lives += 1
        if self.torn:
            self._cut()
        self._spool = Spool(self.path, self._os_write)
        journal = CallJournal(self._spool, KEY, entry.LAZY, segment_bytes=self.segment_bytes)
        kept = journal.replay()
        outbox = Outbox(journal, self._write)
        platform = MortalPlatform(
            self.world,
            self._first.facts,
            ids=self._first.ids,
            media=self.media,
            journal=LifeJournal(self, journal),
            records=LifeRecords(self, outbox),
        )
        platform.stage = self
        journal.on_trouble = platform.switch.journal_troubled
        self.open.clear()
        self.open.update(kept)
        self.scene.platform = platform
        self.journal, self.outbox = journal, outbox
        self.recovery = Recovery(
            platform.ua, platform.calls, platform.executor, self.media, platform.journal, platform.settings
        )
        found = self.recovery.take_back(kept, self.world.now, self.died_at)
        if self.lives > 1:
            self.taken_back = found
        self.media.sweep(lambda key: holds_media(platform.calls, key))
        while self.recovery.probe(self.world.now):
            pass
        if not self.is_dead(platform):
            platform.pump()

    def restart(self, after_s: float = 1.0) -> None:
        """Die now, and be back in a while."""
        self.kill()
        self.run(after_s)
        self.start()

    async def _write(self, records: Sequence[CallRecord], alerts: Sequence[Alert]) -> None:
        for record in records:
            self.stored.setdefault(record.sid, record)

    # ---- the end

    @property
    def record(self) -> CallRecord:
        """The only one."""
        assert len(self.stored) == 1, self.stored
        return next(iter(self.stored.values()))

    def finish(self) -> None:
        """Let all come to rest and check both ends: quiet everywhere, one record for each call, nothing kept."""
        self.world.settle()
        asyncio.run(self.outbox.flush())
        self.scene.assert_quiet()
        sids = [record.sid for record in self.delivered]
        assert len(sids) == len(set(sids)), "a doubled record"
        assert set(sids) == set(self.stored)
        assert {sid for sid, kind, _ in self.entries if kind == entry.ADMITTED} == set(self.stored)
        self.journal.tick()
        assert self._spool is not None
        self._spool.close()
        self._spool = Spool(self.path)
        again = CallJournal(self._spool, KEY, entry.LAZY)
        assert again.replay() == {}
        assert not again.has_unstored
        self._spool.close()

    def run(self, seconds: float) -> None:
        self.world.run(seconds)
