"""What somebody wants of the sandbox: one line of JSON in, one out (design, section 7: SandboxCalls)."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final, cast

_USER: Final = re.compile(r"[A-Za-z0-9+*#._-]{1,64}").fullmatch
_DIGITS: Final = re.compile(r"[0-9A-D*#]{1,64}").fullmatch
_LONGEST_S: Final = 3600.0


class BadCallRequest(Exception):
    """The line is no request; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class CallRequest:
    """`caller` and `callee` as user parts; it lasts `seconds` from the answer on.

    With `to_the_end` the answer comes when the call is over, and tells what was heard; else once it is answered,
    refused, or has rung for a while. With `events` a line for each thing that happens comes before it.
    """

    caller: str
    callee: str
    seconds: float = 2.0
    to_the_end: bool = False
    events: bool = False


@dataclass(frozen=True, slots=True)
class KeypadRequest:
    """Digits that the user of the carrier's keypad phone is to key in."""

    digits: str


def parse_call_request(line: bytes) -> CallRequest | KeypadRequest:
    """`{"from","to","seconds"?,"wait"?: "answer"|"end", "events"?: bool}` or `{"keypad"}`; raises BadCallRequest."""
    try:
        fields = json.loads(line)
    except ValueError:
        raise BadCallRequest("not a JSON line") from None
    if not isinstance(fields, dict):
        raise BadCallRequest("not an object")
    if "keypad" in fields:
        return KeypadRequest(_digits(fields["keypad"]))
    wait = fields.get("wait", "answer")
    if wait not in {"answer", "end"}:
        raise BadCallRequest("wait is answer or end")
    events = fields.get("events", False)
    if not isinstance(events, bool):
        raise BadCallRequest("events is true or false")
    return CallRequest(_user(fields, "from"), _user(fields, "to"), _seconds(fields), wait == "end", events)


def _digits(value: object) -> str:
    if not isinstance(value, str) or not _DIGITS(value):
        raise BadCallRequest("keypad must be at most 64 of 0-9, A-D, * and #")
    return value


def _user(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not _USER(value):
        raise BadCallRequest(f"{name} must be a number or a name of at most 64 letters, digits and +*#._-")
    return value


def _seconds(fields: dict[str, Any]) -> float:
    value = fields.get("seconds", 2.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST_S:
        raise BadCallRequest(f"seconds must be a number from 0 to {_LONGEST_S:.0f}")
    return float(cast("float", value))
