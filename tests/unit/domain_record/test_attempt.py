"""Attempts under a call record: codec."""

import json

import pytest

from tests.unit.domain_record.sample import answered_attempt, silent_attempt
from trunkline.domain.record.attempt import CallAttempt, attempt_from_json, attempt_to_json
from trunkline.domain.record.errors import MalformedRecord


@pytest.mark.parametrize("attempt", [silent_attempt(), answered_attempt()], ids=["silent", "unreached"])
def test_attempt_survives_json_unchanged(attempt: CallAttempt) -> None:
    assert attempt_from_json(json.loads(json.dumps(attempt_to_json(attempt)))) == attempt


@pytest.mark.parametrize(("key", "value"), [("v", 0), ("index", "1"), ("index", True), ("status", "486")])
def test_malformed_attempt_is_refused(key: str, value: str | int) -> None:
    with pytest.raises(MalformedRecord):
        attempt_from_json({**attempt_to_json(silent_attempt()), key: value})
