"""The call record: codec and derived figures (design, decision 9)."""

import json
from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone

import pytest

from tests.unit.domain_record.sample import START, after, full_record, sparse_record
from trunkline.domain.call.release_cause import CallStatus
from trunkline.domain.record.call_record import CallRecord, record_from_json, record_to_json
from trunkline.domain.record.errors import MalformedRecord
from trunkline.domain.record.json_field import JsonObject


def through_text(source: JsonObject) -> JsonObject:
    found = json.loads(json.dumps(source))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("record", [full_record(), sparse_record()], ids=["full", "sparse"])
def test_record_survives_json_unchanged(record: CallRecord) -> None:
    assert record_from_json(through_text(record_to_json(record))) == record


def test_sample_sets_every_field_so_the_round_trip_covers_all() -> None:
    record = full_record()
    assert [f.name for f in fields(record) if getattr(record, f.name) in (None, False, ())] == []


def test_absent_measurements_stay_absent_and_never_become_zero() -> None:
    read = record_from_json(through_text(record_to_json(full_record())))
    assert read.outbound_media is not None
    assert read.outbound_media.packets_lost is None
    assert read.outbound_media.mos is None
    assert record_from_json(through_text(record_to_json(sparse_record()))).inbound_media is None


def test_times_of_another_zone_are_written_in_utc() -> None:
    elsewhere = timezone(timedelta(hours=2))
    record = replace(full_record(), invited_at=START.astimezone(elsewhere))
    written = record_to_json(record)
    assert written["invited_at"] == "2026-03-01T12:00:00.250000+00:00"
    assert record_from_json(written).invited_at == START


def test_naive_time_is_refused() -> None:
    naive = datetime(2026, 3, 1)  # noqa: DTZ001 - the point of the test
    with pytest.raises(ValueError, match="without zone"):
        record_to_json(replace(full_record(), released_at=naive))


def test_duration_runs_from_answer_to_release() -> None:
    assert full_record().duration_s == 60.5
    assert sparse_record().duration_s == 0.0
    assert replace(full_record(), released_at=after(1)).duration_s == 0.0


def test_pdd_ends_at_the_ringing_else_at_the_answer() -> None:
    assert full_record().pdd_ms == 1500
    assert replace(full_record(), ringing_at=None).pdd_ms == 6000
    assert replace(full_record(), ringing_at=None, answered_at=None).pdd_ms is None


def test_status_is_completed_once_answered_else_by_cause() -> None:
    assert full_record().status is CallStatus.COMPLETED
    assert sparse_record().status is CallStatus.FAILED


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("v", 2),
        ("v", None),
        ("sid", 5),
        ("sid", None),
        ("direction", "sideways"),
        ("released_by", 1),
        ("invited_at", "2026-03-01T12:00:00"),
        ("invited_at", "yesterday"),
        ("answered_at", 12),
        ("interrupted", 1),
        ("cause", None),
        ("cause", {"name": "x"}),
        ("attempts", None),
        ("attempts", "abc"),
        ("attempts", ["abc"]),
        ("attempts", [{}]),
        ("inbound_media", {"packets_lost": True}),
        ("inbound_media", {"mos": "4"}),
        ("outbound_transport", "sctp"),
        ("number_sid", []),
    ],
)
def test_malformed_record_is_refused_by_name(key: str, value: object) -> None:
    source = {**record_to_json(full_record()), key: value}
    with pytest.raises(MalformedRecord):
        record_from_json(source)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("key", sorted(set(record_to_json(full_record()))))
def test_any_missing_field_is_refused_or_reads_as_none(key: str) -> None:
    source = record_to_json(full_record())
    del source[key]
    try:
        read = record_from_json(source)
    except MalformedRecord:
        return
    assert getattr(read, key) == (0 if key == "cnam_lookups" else None), "as older records are read"
