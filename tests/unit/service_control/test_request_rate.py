"""One account that asks too often is told so, and harms no other (rest.md 1.4: 429, 20429)."""

import pytest

from trunkline.kit.instant import Instant, later
from trunkline.service.control.api.border import error_response
from trunkline.service.control.api.request_rate import RequestRate
from trunkline.service.control.provisioning.refusal import Refusal


def test_a_second_holds_so_many_requests_of_an_account() -> None:
    now = Instant(100.0)
    rate = RequestRate(3, lambda: now)
    for _ in range(3):
        rate.ask("AC1")
    with pytest.raises(Refusal) as refused:
        rate.ask("AC1")
    assert (refused.value.code, refused.value.status) == (20429, 429)
    rate.ask("AC2")
    now = later(now, 1.0)
    rate.ask("AC1")


def test_no_limit_is_no_limit() -> None:
    rate = RequestRate(0, lambda: Instant(1.0))
    for _ in range(10_000):
        rate.ask("AC1")


def test_the_answer_says_when_to_come_again() -> None:
    assert error_response(20429, "Too many requests", 429).headers["retry-after"] == "1"
