"""The two-sided ledger: what the phones saw, what the platform recorded, and whether both tell the same story."""

from tests.kit.phone import PhoneCall
from tests.kit.platform import wall_of
from tests.kit.scene import Scene
from trunkline.domain.record.call_record import CallRecord

TIMEOUT_S = 32.0
"""64*T1."""


def assert_agree(scene: Scene) -> None:
    """Both ends, the record and its attempts agree about one call of the scene; the scene is over."""
    call = scene.alice.call_made
    records = scene.platform.records.records
    assert len(records) == len(scene.platform.admitted) <= 1, "one record per admitted call"
    answered = [found for phone in scene.callees for found in phone.calls if found.answered_at is not None]
    if not records:
        assert not answered
        assert call.answered_at is None
        return
    (record,) = records
    winners = [attempt for attempt in record.attempts if attempt.status == 200]
    assert len(winners) <= 1, "two legs answered"
    assert call.statuses.count(200) <= 1
    if call.answered_at is not None:
        assert record.answered_at is not None
        assert len(winners) == 1
    ended_together(scene, record, [call, *answered])


def ended_together(scene: Scene, record: CallRecord, calls: list[PhoneCall]) -> None:
    """No leg outlives the call by more than 64*T1, or twice that where our BYE waits for an ACK (section 15)."""
    for call in calls:
        assert call.ended_at is not None
        late = (wall_of(call.ended_at) - record.released_at).total_seconds()
        assert late <= 2 * TIMEOUT_S, f"{call.end} came {late} s after the release"


def completed(call: PhoneCall) -> bool:
    """Whether a call came about as both sides wished."""
    return call.answered_at is not None and call.end in {"bye sent", "bye received"}
