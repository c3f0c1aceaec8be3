"""Alerts: made of causes, bounded, and kept as JSON (sip.md 12.5; features row 126)."""

import json

import pytest

from tests.unit.domain_record.sample import START, full_alert, sparse_alert
from trunkline.domain.call.release_cause import ACL_DENIED, CALLER_HUNG_UP, Party
from trunkline.domain.record.alert import EVIDENCE_LIMIT, Alert, AlertLevel, alert_for, alert_from_json, alert_to_json
from trunkline.domain.record.errors import MalformedRecord
from trunkline.kit.ids import AccountSid

ACCOUNT = AccountSid("AC" + "2" * 32)


@pytest.mark.parametrize("alert", [full_alert(), sparse_alert()], ids=["full", "sparse"])
def test_alert_survives_json_unchanged(alert: Alert) -> None:
    assert alert_from_json(json.loads(json.dumps(alert_to_json(alert)))) == alert


def test_alert_of_another_version_is_refused() -> None:
    with pytest.raises(MalformedRecord, match="version"):
        alert_from_json({**alert_to_json(full_alert()), "v": 7})


def test_cause_with_a_code_raises_an_alert_with_its_text() -> None:
    alert = alert_for(ACL_DENIED, sid="NO1", raised_at=START, account_sid=ACCOUNT, request_text="INVITE")
    assert alert == Alert(
        sid="NO1",
        code=32201,
        text="Source IP address not in ACL",
        level=AlertLevel.ERROR,
        raised_at=START,
        account_sid=ACCOUNT,
        request_text="INVITE",
        party=Party.CALLER,
    )


def test_ending_without_a_code_raises_none() -> None:
    assert alert_for(CALLER_HUNG_UP, sid="NO1", raised_at=START, account_sid=ACCOUNT) is None


@pytest.mark.parametrize(("length", "kept"), [(EVIDENCE_LIMIT, EVIDENCE_LIMIT), (EVIDENCE_LIMIT + 1, EVIDENCE_LIMIT)])
def test_evidence_is_bounded(length: int, kept: int) -> None:
    alert = alert_for(ACL_DENIED, sid="NO1", raised_at=START, account_sid=ACCOUNT, response_text="x" * length)
    assert alert is not None
    assert alert.response_text is not None
    assert len(alert.response_text) == kept
    assert alert.response_text.endswith("...") == (length > kept)
