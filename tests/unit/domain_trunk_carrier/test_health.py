"""Decision 19: a gateway is down after 3 failed OPTIONS or 3 time-outs in a row, up after 2 answers."""

import pytest

from trunkline.domain.trunk.carrier.facts import CarrierGateway
from trunkline.domain.trunk.carrier.health import CarrierHealth, GatewayHealth
from trunkline.kit.instant import Instant

ONE, TWO = CarrierGateway("192.0.2.200", 5060), CarrierGateway("192.0.2.201", 5060)

# Transcribed from decision 19, not from the code. O: OPTIONS answered 200, o: OPTIONS failed, T: a call timed out,
# C: a call was answered, 3: a call got 503, s: OPTIONS got 503, t: OPTIONS got 408, f: OPTIONS got 404.
TABLE = [
    ("", "up"),
    ("oo", "up"),
    ("ooo", "down"),  # 3 failed OPTIONS
    ("ooO" + "oo", "up"),  # not in a row
    ("TT", "up"),
    ("TTT", "down"),  # 3 time-outs in a row
    ("TTC" + "TT", "up"),
    ("TTO" + "T", "down"),  # answered OPTIONS are no answered calls: the time-outs are in a row
    ("ooTT", "up"),  # neither three of one nor of the other
    ("ooC" + "oo", "up"),  # who answers a call lives
    ("ooo" + "O", "down"),
    ("ooo" + "OO", "up"),  # up after 2 answers
    ("ooo" + "OoO", "down"),  # in a row
    ("TTT" + "OO", "up"),
    ("TTT" + "OC", "up"),
    ("ooo" + "CC", "up"),
    ("ooo" + "OO" + "oo", "up"),  # and then three anew
    ("ooo" + "OO" + "ooo", "down"),
    ("sss", "down"),  # it says that it takes no calls
    ("ttt", "down"),  # a proxy says that nobody is there
    ("fff", "up"),  # whatever else it answers, it lives
    ("ooo" + "ff", "up"),
    ("TT3" + "T", "down"),  # a 503 to a call is about that call
    ("ooo" + "33", "down"),
]


def live(events: str) -> GatewayHealth:
    health = GatewayHealth(Instant(0.0))
    for at, event in enumerate(events, 1):
        now = Instant(float(at))
        before = health.is_down
        match event:
            case "O" | "s" | "t" | "f":
                changed = health.ping_answered({"O": 200, "s": 503, "t": 408, "f": 404}[event], now)
            case "o":
                changed = health.ping_failed("no response to OPTIONS", now)
            case "T":
                changed = health.call_silent("no response to INVITE", now)
            case _:
                changed = health.call_answered({"C": 486, "3": 503}[event], now)
        assert changed == (health.is_down is not before)
        if changed:
            assert health.since == now
    return health


@pytest.mark.parametrize(("events", "state"), TABLE)
def test_decision_19_health_of_a_gateway(events: str, state: str) -> None:
    assert ("down" if live(events).is_down else "up") == state


def test_last_failure_stays_in_words() -> None:
    assert live("").last_failure == ""
    assert live("oOO").last_failure == "no response to OPTIONS"
    assert live("oT").last_failure == "no response to INVITE"
    assert live("s").last_failure == "503 to OPTIONS"


def test_each_gateway_has_its_own_health_and_the_unknown_one_is_up() -> None:
    health = CarrierHealth()
    for _ in range(3):
        health.of(ONE, Instant(1.0)).ping_failed("no response to OPTIONS", Instant(2.0))
    assert (health.is_down(ONE), health.is_down(TWO)) == (True, False)
    (seen,) = health.view()
    assert (seen.gateway, seen.is_down, seen.since, seen.last_failure) == (ONE, True, 2.0, "no response to OPTIONS")
    health.keep([TWO])
    assert not health.is_down(ONE)
    assert health.view() == []
