"""What takes seconds by its nature, judged; `long_wait` has watched it since the service came up."""

from typing import Any

import pytest

pytestmark = pytest.mark.e2e


def test_row_42_a_200_without_ack_is_ended_after_32_s(waited: dict[str, Any]) -> None:
    """Row 42, RFC 3261 section 13.3.1.4: the 200 is repeated for 64*T1, then BYE on both legs, and alert 32022."""
    assert 31.5 <= waited["waited"] <= 33.5
    assert 8 <= waited["repeats"] <= 11  # .5, 1.5, 3.5, 7.5, then every 4 s
    record = waited["record"]
    assert (record["status"], record["cause"], record["error_code"]) == ("completed", "ack_missing", 32022)
    assert 31 <= record["duration_s"] <= 33
    assert waited["alerts"] == [32022]


def test_row_55_a_silent_uri_gives_way_after_4_s(waited: dict[str, Any]) -> None:
    """Row 55; design, decision 6: an abandoned attempt is CANCELled on its first 1xx."""
    assert 3.9 <= waited["waited"] <= 5.0
    assert (waited["record"]["status"], waited["record"]["direction"]) == ("completed", "trunking-originating")
    first, second = waited["attempts"]
    assert (first["cause"], first["error_code"], first["sip_status"]) == ("target_silent", 32011, 408)
    assert (second["cause"], second["sip_status"]) == (None, 200)
    assert waited["alerts"] == [32011]


def test_row_55_a_100_stops_the_4_s(waited: list[Any]) -> None:
    """Row 55: the timer runs only until the first response of any kind."""
    assert waited == []


def test_row_43_a_silent_carrier_is_504_after_4_s(waited: dict[str, Any]) -> None:
    """Rows 43, 45, 55; sip.md 2.6: the same 4 s hold towards carriers; alert 32016."""
    assert 3.9 <= waited["waited"] <= 5.0
    assert waited["final"].get("x-twilio-error").startswith("32016 ")
    assert (waited["record"]["status"], waited["record"]["cause"]) == ("failed", "carrier_silent")
    assert waited["alerts"] == [32016]


def test_row_144_nobody_answers_for_60_s(waited: dict[str, Any]) -> None:
    """The number is left alone then, and the request has failed."""
    # The 60 s are from the INVITE, which leaves after the request and before the phone rings, however long it takes.
    assert waited["since it was asked"] >= 60
    assert waited["since it rang"] <= 63
    assert (waited["form"]["CallSid"], waited["form"]["VerificationStatus"]) == (waited["sid"], "failed")
    assert (waited["call"]["status"], waited["call"]["trunk_sid"]) == ("cancelled", None)
