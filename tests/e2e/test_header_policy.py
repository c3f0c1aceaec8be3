"""Header manipulation and Diversion on the wire, set over REST."""

import json
from typing import Any

import pytest

from tests.e2e.peer import Callee
from tests.e2e.place import Place
from tests.interop.service import DOMAIN

pytestmark = pytest.mark.e2e


def _post(place: Place, path: str, **form: str) -> Any:
    answer = place.town.api.request("POST", place.town.service.url + path, data=dict(form))
    assert answer.status_code in (200, 201), answer.text
    return json.loads(answer.text)


def _action(target: str, action: str, value: str) -> dict[str, str]:
    return {"target": target, "action": action, "value": value}


def _policy(place: Place, *rules: dict[str, Any]) -> str:
    return str(_post(place, "/v1/HeaderManipulations", FriendlyName=place.name, Rules=json.dumps(rules))["sid"])


def test_rows_37_109_and_110_a_pbx_that_dials_011_is_repaired_and_the_record_shows_it(place: Place) -> None:
    """Rows 37, 109, 110: 011... and a local caller ID go in, +E.164 comes out and is recorded; Diversion is judged."""
    place.open()
    international = {
        "name": "international",
        "conditions": [{"header": "To", "part": "user", "operator": "starts-with", "value": "011"}],
        "actions": [_action("to-number", "remove-prefix", "011"), _action("to-number", "add-prefix", "+")],
    }
    local = {"name": "local", "actions": [_action("from-number", "add-prefix", "+1")]}
    termination = _policy(place, international, local)
    used = _post(place, f"/v1/Trunks/{place.sid}/HeaderManipulation", TerminationPolicySid=termination)
    assert (used["termination_policy_sid"], used["origination_policy_sid"]) == (termination, None)

    carrier = place.carrier()
    caller = place.customer(number=place.number[2:], to=f"011{place.far[1:]}")
    kept = [f"<sip:{place.number}@{DOMAIN}>;reason=unconditional", "<sip:+442079460199@pbx.example>"]
    foreign = f"<sip:{place.foreign}@{place.domain}>;reason=unconditional"
    caller.invite(login=place.login, extra=[("Diversion", value) for value in (kept[0], foreign, kept[1])])
    callee = Callee.on(carrier)
    assert callee.invite.uri.startswith(f"sip:{place.far}@")
    assert f"<sip:{place.number}@" in callee.invite.get("from")
    assert callee.invite.all("diversion") == kept
    callee.ring()
    callee.answer()
    caller.established()
    callee.expect("ACK")
    caller.bye()
    callee.expect_bye()
    record = place.record()
    assert (record["from_number"], record["to_number"]) == (place.number, place.far)
