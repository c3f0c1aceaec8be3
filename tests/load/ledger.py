"""The two-sided ledger: what each actor saw of each call and when, joined with the records the service left."""

import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

Who = Literal["caller", "callee"]
SLACK_S = 1.0
RETRIED_S = 5.0
"""How long after its return the gateway may take to learn of an end that nobody was there to hear (goals, row 9)."""
_BREATH_S = 2.0
"""A gateway that lived no longer than this between two deaths has not had the time to hear of anything."""
SETTLED = frozenset({"bye sent", "bye received", "cancelled", "refused", "no answer", "late answer"})


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that one actor saw or did; `number` names the call for both, `at` is UNIX time."""

    who: Who
    number: str
    call_id: str
    what: str
    at: float
    status: int = 0


@dataclass(frozen=True, slots=True)
class Outage:
    """From a kill to the moment at which the process was ready again."""

    began: float
    ended: float

    def holds(self, at: float) -> bool:
        # What was sent a moment before may not have been read any more.
        return self.began - 0.2 <= at <= self.ended


def merged(outages: Sequence[Outage]) -> list[Outage]:
    """In order, those between which the process had hardly been there as one."""
    found: list[Outage] = []
    for outage in sorted(outages, key=lambda outage: outage.began):
        if found and outage.began - found[-1].ended < _BREATH_S:
            found[-1] = Outage(found[-1].began, max(found[-1].ended, outage.ended))
        else:
            found.append(outage)
    return found


class Ledger:
    """Both actors write here."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._by_number: dict[str, list[Event]] = defaultdict(list)

    def note(self, who: Who, number: str, call_id: str, what: str, status: int = 0) -> None:
        event = Event(who, number, call_id, what, time.time(), status)
        self.events.append(event)
        self._by_number[number].append(event)

    @property
    def numbers(self) -> list[str]:
        return list(self._by_number)

    def of(self, number: str) -> "Story":
        return Story(number, self._by_number[number])

    def count(self, what: str, who: Who | None = None) -> int:
        return sum(1 for event in self.events if event.what == what and who in {None, event.who})


@dataclass(frozen=True, slots=True)
class Story:
    """One call as both ends tell it."""

    number: str
    events: list[Event]

    def first(self, what: str, who: Who | None = None) -> float | None:
        return next((event.at for event in self.events if event.what == what and who in {None, event.who}), None)

    def call_ids(self, who: Who) -> list[str]:
        return list(dict.fromkeys(event.call_id for event in self.events if event.who == who))

    def is_over(self, call_id: str) -> bool:
        return any(event.what in SETTLED for event in self.events if event.call_id == call_id)

    @property
    def admitted(self) -> bool:
        """Somebody outside has seen that the platform took the call."""
        return any(event.who == "callee" or event.what in {"ringing", "answered"} for event in self.events)

    @property
    def hung_up_at(self) -> float | None:
        """When the first of the two said goodbye."""
        return self.first("bye sent")

    def told(self) -> str:
        start = self.events[0].at
        return f"{self.number}: " + ", ".join(
            f"{event.at - start:.2f} {event.who} {event.what}{event.status or ''}" for event in self.events
        )


@dataclass(slots=True)
class Verdict:
    """What the checker found."""

    calls: int = 0
    records: int = 0
    answered: int = 0
    interrupted: int = 0
    late: int = 0
    """Goodbyes that fell into an outage."""
    worst_s: float = 0.0
    """The largest error of an end outside all outages."""
    latest_s: float = 0.0
    """When the last of the late ones was known, from the return of the process."""
    differences: list[str] = field(default_factory=list)

    def line(self) -> str:
        return f"{self.calls} calls, {self.records} records, {len(self.differences)} differences"


def read_records(database: Path) -> list[dict[str, Any]]:
    """All call rows, read beside the service; times as UNIX seconds."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)
    connection.row_factory = sqlite3.Row
    try:
        rows = [dict(row) for row in connection.execute("SELECT * FROM call")]
    finally:
        connection.close()
    for row in rows:
        for name in ("invited_at", "ringing_at", "answered_at", "released_at"):
            row[name] = row[name] and datetime.fromisoformat(row[name]).replace(tzinfo=UTC).timestamp()
    return rows


def compare(ledger: Ledger, records: Iterable[dict[str, Any]], outages: Sequence[Outage] = ()) -> Verdict:
    """Join both ends and the records; every disagreement becomes a line."""
    verdict = Verdict()
    outages = merged(outages)
    by_call_id: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        verdict.records += 1
        by_call_id[record["inbound_sip_call_id"]].append(record)
    for number in ledger.numbers:
        story = ledger.of(number)
        found = [record for call_id in story.call_ids("caller") for record in by_call_id.pop(call_id, [])]
        if story.admitted or found:
            verdict.calls += 1
        wrong = [*_one_record(story, found), *_all_over(story)]
        if len(found) == 1:
            wrong += _true_record(story, found[0], outages, verdict)
        verdict.differences += [f"{fault} | {story.told()} | {_short(found)}" for fault in wrong]
    verdict.differences += [f"a record of nobody's call: {_short(rows)}" for rows in by_call_id.values()]
    return verdict


def _one_record(story: Story, found: list[dict[str, Any]]) -> Iterable[str]:
    if len(found) > 1:
        yield "a doubled record"
    if story.admitted and not found:
        yield "a call without a record"


def _all_over(story: Story) -> Iterable[str]:
    callees = story.call_ids("callee")
    if len(callees) > 1:
        yield "rung twice"
    for call_id in callees:
        if not story.is_over(call_id):
            yield "the callee was left alone"
    for call_id in story.call_ids("caller"):
        if not story.is_over(call_id):
            yield "the caller was left alone"


def _true_record(story: Story, record: dict[str, Any], outages: Sequence[Outage], verdict: Verdict) -> Iterable[str]:
    verdict.interrupted += bool(record["interrupted"])
    answered = story.first("answered", "caller")
    if answered is None:
        if record["status"] == "completed" and story.first("answered", "callee") is None:
            yield "recorded as completed, but nobody answered"
        return
    verdict.answered += 1
    if record["status"] != "completed" or record["answered_at"] is None:
        yield "answered, but not recorded so"
        return
    if abs(record["answered_at"] - answered) > SLACK_S:
        yield f"answered {record['answered_at'] - answered:+.2f} s off"
    yield from _true_end(story, record, outages, verdict)


def _true_end(story: Story, record: dict[str, Any], outages: Sequence[Outage], verdict: Verdict) -> Iterable[str]:
    hung_up = story.hung_up_at
    if hung_up is None:
        if not record["interrupted"]:
            yield "ended by the platform, but not marked interrupted"
        return
    error = abs(record["released_at"] - hung_up)
    outage = next((outage for outage in outages if outage.holds(hung_up)), None)
    if outage is None:
        verdict.worst_s = max(verdict.worst_s, error)
        if error > SLACK_S:
            yield f"released {record['released_at'] - hung_up:+.2f} s off"
        return
    verdict.late += 1
    late_s = record["released_at"] - outage.ended
    verdict.latest_s = max(verdict.latest_s, late_s)
    if late_s > RETRIED_S:
        yield f"released {late_s:+.2f} s after the end of the outage"
    if error > SLACK_S and not record["interrupted"]:
        yield f"released {record['released_at'] - hung_up:+.2f} s off, but not marked interrupted"


def _short(records: Sequence[dict[str, Any]]) -> str:
    names = ("sid", "status", "cause", "released_by", "interrupted")
    return "; ".join(" ".join(f"{name}={record[name]}" for name in names) for record in records) or "no record"
