"""The journal of one gateway: what each live call needs to be taken back, and records until the store has them.

An entry is written before it counts: one `write` each, so that `kill -9` loses nothing; power loss costs what the last
sync did not cover. When the segment in use has grown beyond its size and twice what lives, a new one is begun and
every live call is written anew into it, one with each further entry, so that no entry takes long; then the old
segments go, but for those with records that the store has not got. What cannot be written is a value, `trouble`: the
gateway takes no new call until it is gone, and then all live calls are written anew.
"""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, final

from trunkline.kit.ids import CallSid
from trunkline.kit.secret import Secret
from trunkline.platform.journal.errors import JournalError
from trunkline.platform.journal.frame import HEAD_BYTES, framed, frames
from trunkline.platform.journal.payload import Fields, decoded, encoded, head_of
from trunkline.platform.journal.seal import Sealer
from trunkline.platform.journal.spool import NOWHERE, SEGMENT_BYTES, Spool, segment_of

MOST_BYTES: Final = 1 << 30
_RECORD: Final = "record"
_RECORDED: Final = "recorded"
_STORED: Final = "stored"
_CLOSED: Final = "closed"
_SNAPSHOT: Final = "snapshot"
_NOBODY: Final = "-"
_ALIVE: Final = framed(b"- alive\n{}\n")
_MOVED_PER_TICK: Final = 50
_RETRY_TICKS: Final = 20
_ALIVE_TICKS: Final = 20

RECORDED = _RECORDED
"""Kind of the entry that `replay` gives for a call whose record is written."""

Entries = list[tuple[str, Fields]]


def _deaf(trouble: str) -> None:
    pass


@final
class CallJournal:
    """Implements the gateway's `Journal` port. Not thread-safe but for the job that `tick` gives.

    `lazy` names kinds whose loss costs nothing but a repeated message: they wait for the next write. `on_trouble` is
    told of a new trouble and, with "", of its end.
    """

    __slots__ = (
        "_calls", "_floor", "_full", "_last_record", "_lazy", "_lazy_kinds", "_live_bytes", "_most_bytes", "_moving",
        "_sealer", "_segment_bytes", "_spool", "_stored_to", "_ticks", "damaged", "on_trouble", "trouble",
    )  # fmt: skip

    def __init__(
        self,
        spool: Spool,
        key: Secret[bytes],
        lazy: frozenset[str] = frozenset(),
        *,
        segment_bytes: int = SEGMENT_BYTES,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """`key` seals media keys: 32 bytes."""
        self._spool = spool
        self._sealer = Sealer(key)
        self._lazy_kinds = lazy
        self._segment_bytes = segment_bytes
        self._most_bytes = most_bytes
        self._calls: dict[str, list[bytes]] = {}
        """The frames of each live call, for the next snapshot."""
        self._live_bytes = 0
        self._lazy: list[bytes] = []
        self._moving: deque[str] = deque()
        self._floor = 0
        self._full = False
        self._stored_to = NOWHERE
        self._last_record = NOWHERE
        self._ticks = 0
        self.damaged = 0
        """Entries that replay could not read."""
        self.trouble = ""
        self.on_trouble: Callable[[str], None] = _deaf

    @classmethod
    def open(cls, directory: Path, key: Secret[bytes], lazy: frozenset[str] = frozenset()) -> "CallJournal":
        """Raises JournalError."""
        return cls(Spool(directory), key, lazy)

    def close_files(self) -> None:
        """The process ends in order."""
        if self._lazy:
            self._append(b"")
        self._spool.close()

    def __len__(self) -> int:
        """Calls that would be taken back."""
        return len(self._calls)

    @property
    def died_at(self) -> float | None:
        """When the process before this one was last alive, to a second while it had calls; UNIX time."""
        return self._spool.last_written_at

    @property
    def octets(self) -> int:
        """On disk."""
        return self._spool.total

    # ---- the port

    def write(self, sid: CallSid, kind: str, fields: dict[str, Any]) -> None:
        """Keep one entry of a call."""
        frame = framed(encoded(sid, kind, fields, self._sealer))
        self._calls.setdefault(sid, []).append(frame)
        self._live_bytes += len(frame)
        if kind in self._lazy_kinds:
            self._lazy.append(frame)
        else:
            self._append(frame)

    def close(self, sid: CallSid) -> None:
        """Nothing of the call is left to be taken back."""
        kept = self._calls.pop(sid, None)
        if kept is not None:
            self._live_bytes = max(0, self._live_bytes - sum(map(len, kept)))
            self._lazy.append(framed(encoded(sid, _CLOSED, {}, self._sealer)))

    # ---- records

    def record(self, sid: CallSid | None, fields: Fields) -> int:
        """Keep a finished record, or what has no call; its position, NOWHERE when it could not be written."""
        frame = framed(encoded(sid or _NOBODY, _RECORD, fields, self._sealer))
        # The mark comes first: the call's own snapshot may be written right behind its record.
        kept = self._mark_recorded(sid or _NOBODY)
        position = self._append(frame)
        if position != NOWHERE:
            self._last_record = position
        elif kept is not None:
            kept.pop()
        return position

    def _mark_recorded(self, sid: str) -> list[bytes] | None:
        """For snapshots, which hold no record: that there is one."""
        kept = self._calls.get(sid)
        if kept is not None:
            kept.append(framed(encoded(sid, _RECORDED, {}, self._sealer)))
        return kept

    def stored(self, position: int) -> None:
        """The store has every record up to this position."""
        if position > self._stored_to:
            self._stored_to = position
            self._lazy.append(self._stored_mark())
            self._clean()

    def _stored_mark(self) -> bytes:
        return framed(encoded(_NOBODY, _STORED, {"position": self._stored_to}, self._sealer))

    @property
    def stored_to(self) -> int:
        return self._stored_to

    @property
    def last_record(self) -> int:
        return self._last_record

    @property
    def has_unstored(self) -> bool:
        return self._last_record > self._stored_to

    def records_after(self, position: int, most: int) -> list[tuple[int, Fields]]:
        """Up to `most` kept records behind a position, oldest first, read from the disk; raises OSError."""
        found: list[tuple[int, Fields]] = []
        for at, payload in self._spool.read(max(0, position)):
            if at > position and head_of(payload)[1] == _RECORD:
                found.append((at, decoded(payload, self._sealer)[2]))
                if len(found) == most:
                    break
        return found

    # ---- writing

    def _append(self, frame: bytes) -> int:
        """The frame, behind what waited and with one call more of a rotation."""
        before = b"".join(self._lazy) if self._lazy else b""
        rotating = bool(self._moving)
        after = self._next_snapshot() if rotating else b""
        position = self._spool.append(before + frame + after if before or after else frame)
        if position == NOWHERE:
            self._see_trouble()
            return NOWHERE
        if before:
            self._lazy.clear()
        if rotating:
            if after:
                self._moving.popleft()
            if not self._moving:
                self._clean()
        elif self._spool.offset > self._segment_bytes and self._spool.offset > 2 * self._live_bytes:
            self._rotate()
        return position + len(before)

    def _next_snapshot(self) -> bytes:
        """Of the next call of a rotation that still lives; empty when none does."""
        moving = self._moving
        while moving and moving[0] not in self._calls:
            moving.popleft()
        return self._snapshot(moving[0]) if moving else b""

    def _snapshot(self, sid: str) -> bytes:
        return framed(f"{sid} {_SNAPSHOT}\n".encode() + b"".join(self._calls[sid]))

    def _rotate(self) -> None:
        if not self._spool.rotate():
            self._see_trouble()
            return
        self._floor = self._spool.head
        self._moving = deque(self._calls)
        self._lazy.append(self._stored_mark())
        self._clean()

    def _clean(self) -> None:
        """Remove what no call and no record needs: once the segment in use knows every live call."""
        if not self._moving:
            keep = segment_of(max(0, self._stored_to)) if self.has_unstored else self._floor
            self._spool.remove_before(min(self._floor, keep))
        self._see_fullness()

    # ---- trouble

    def _see_fullness(self) -> None:
        octets = self._spool.total
        if self._full and octets < 0.9 * self._most_bytes:
            self._full = False
            self._tell("")
        elif not self._full and octets > self._most_bytes and not self.trouble:
            self._full = True
            self._tell(f"the journal holds {octets} octets")

    def _see_trouble(self) -> None:
        if not self.trouble or self._full:
            self._full = False
            self._tell(self._spool.fault or "unknown")

    def _tell(self, trouble: str) -> None:
        self.trouble = trouble
        self.on_trouble(trouble)

    def _write_anew(self) -> None:
        """Entries are missing: a new segment gets every live call at once."""
        if not self._spool.rotate():
            return
        snapshots = [self._stored_mark(), *(self._snapshot(sid) for sid in self._calls)]
        if self._spool.append(b"".join(snapshots)) == NOWHERE:
            return
        self._lazy.clear()
        self._floor = self._spool.head
        self._moving.clear()
        self._tell("")
        self._clean()

    # ---- upkeep

    def tick(self) -> Callable[[], None] | None:
        """Every 50 ms: write what waits and move a rotation on; gives the sync job for a thread, None for none."""
        self._ticks += 1
        if self.trouble and not self._full:
            if self._ticks % _RETRY_TICKS == 0:
                self._write_anew()
        elif self._moving:
            for _ in range(_MOVED_PER_TICK):
                if self._append(b"") == NOWHERE or not self._moving:
                    break
        elif self._calls and self._ticks % _ALIVE_TICKS == 0:
            self._append(_ALIVE)
        elif self._lazy:
            self._append(b"")
        self._see_fullness()
        if self._spool.sync_fault and not self.trouble:
            self._tell(self._spool.sync_fault)
        return self._spool.sync_job()

    # ---- after a restart

    def replay(self) -> dict[CallSid, Entries]:
        """Read everything: the entries of each call that is not closed. Once, before anything is written.

        Raises JournalError for a journal that cannot be read: without it calls and records would be lost.
        """
        try:
            for position, payload in self._spool.read():
                self._replay_one(position, payload)
        except OSError as error:
            raise JournalError(f"journal cannot be read: {error}") from error
        self._floor = self._spool.head
        self._moving = deque(self._calls)
        self._live_bytes = sum(len(frame) for kept in self._calls.values() for frame in kept)
        return {CallSid(sid): self._entries(kept) for sid, kept in self._calls.items()}

    def _replay_one(self, position: int, payload: bytes) -> None:
        sid, kind = head_of(payload)
        if kind == _CLOSED:
            self._calls.pop(sid, None)
        elif kind == _SNAPSHOT:
            inner = payload.partition(b"\n")[2]
            self._calls[sid] = [inner[at : at + HEAD_BYTES + len(kept)] for at, kept in frames(inner)]
        elif kind == _STORED:
            self._stored_to = max(self._stored_to, int(decoded(payload, self._sealer)[2]["position"]))
        elif kind == _RECORD:
            self._last_record = position
            self._mark_recorded(sid)
        elif sid != _NOBODY and kind:
            self._calls.setdefault(sid, []).append(framed(payload))

    def _entries(self, kept: list[bytes]) -> Entries:
        entries: Entries = []
        for frame in kept:
            try:
                entries.append(decoded(frame[HEAD_BYTES:], self._sealer)[1:])
            except ValueError:
                self.damaged += 1
        return entries
