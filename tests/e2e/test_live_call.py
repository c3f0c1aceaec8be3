"""A live call seen and ended by the official SDK (row 145)."""

import pytest

from tests.e2e.place import Place

pytestmark = pytest.mark.e2e


def test_row_145_the_sdk_sees_a_live_call_and_hangs_it_up(place: Place) -> None:
    """Both legs get a BYE, and the record says that the API ended it."""
    place.open()
    with place.call_out() as (caller, callee):
        calls = place.town.api.calls
        (live,) = calls.list(to=place.far, status="in-progress")
        assert (live.direction, live.trunk_sid, live.duration) == ("trunking-terminating", place.sid, None)
        ended = calls(live.sid).update(status="completed")
        caller.expect_bye()
        callee.expect_bye()
        assert ended.sid == live.sid
    record = place.record()
    assert (record["sid"], record["cause"], record["status"]) == (live.sid, "api_hung_up", "completed")
    assert calls(live.sid).delete()
    assert place.records(0, seconds=0) == []
