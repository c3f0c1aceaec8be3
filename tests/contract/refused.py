"""What the official Python SDK raises of a refusal, looked at whole."""

import json
from collections.abc import Callable

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException


def refused(
    code: int, status: int, call: Callable[..., object], /, *args: object, **fields: object
) -> TwilioRestException:
    """The exception of one resource: its code, status, method, address and words."""
    with pytest.raises(TwilioRestException) as caught:
        call(*args, **fields)
    fault = caught.value
    assert (fault.code, fault.status) == (code, status), fault.msg
    assert fault.method in ("GET", "POST", "DELETE")
    assert fault.uri.startswith("/")
    assert fault.msg.startswith("Unable to ")
    assert not fault.msg.endswith(": "), "a reason is given"
    assert str(fault) == f"HTTP {status} error: {fault.msg}"
    return fault


def list_refused(code: int, status: int, call: Callable[..., object], /, *args: object, **fields: object) -> None:
    """The exception of a list is of the plainer class, and carries the whole answer (rest.md 1.5)."""
    with pytest.raises(TwilioException) as caught:
        call(*args, **fields)
    assert not isinstance(caught.value, TwilioRestException)
    words, answer = caught.value.args
    assert (words, answer.status_code) == ("Unable to fetch page", status), answer.text
    body = json.loads(answer.text)
    assert body.pop("message")
    assert body == {"code": code, "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}
