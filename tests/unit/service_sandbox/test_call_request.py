"""The lines by which calls are asked for."""

import json

import pytest

from trunkline.service.sandbox.call_request import BadCallRequest, CallRequest, KeypadRequest, parse_call_request


def line(**fields: object) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def test_a_request_has_defaults() -> None:
    found = parse_call_request(line(**{"from": "+12025550199", "to": "12025550100"}))
    assert found == CallRequest("+12025550199", "12025550100", 2.0, to_the_end=False, events=False)


def test_everything_may_be_said() -> None:
    found = parse_call_request(line(**{"from": "anonymous", "to": "1", "seconds": 0.5, "wait": "end", "events": True}))
    assert found == CallRequest("anonymous", "1", 0.5, to_the_end=True, events=True)


def test_digits_may_be_given_to_a_phone() -> None:
    assert parse_call_request(line(keypad="09AD*#")) == KeypadRequest("09AD*#")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "not a JSON line"),
        (b"{\xff}\n", "not a JSON line"),
        (b"[1]\n", "not an object"),
        (line(to="1"), "from must be"),
        (line(**{"from": "1", "to": "1\r\nVia: x"}), "to must be"),
        (line(**{"from": "1" * 65, "to": "1"}), "from must be"),
        (line(**{"from": 1, "to": "1"}), "from must be"),
        (line(**{"from": "1", "to": "1", "seconds": -1}), "seconds must be"),
        (line(**{"from": "1", "to": "1", "seconds": True}), "seconds must be"),
        (line(**{"from": "1", "to": "1", "seconds": float("nan")}), "seconds must be"),
        (line(**{"from": "1", "to": "1", "wait": "never"}), "wait is"),
        (line(**{"from": "1", "to": "1", "events": 1}), "events is"),
        *((line(keypad=wrong), "keypad must be") for wrong in ("", "1" * 65, "E", 1, "1\n", None)),
    ],
)
def test_what_is_wrong_is_said(sent: bytes, said: str) -> None:
    with pytest.raises(BadCallRequest, match=said):
        parse_call_request(sent)
