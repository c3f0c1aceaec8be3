"""What takes seconds by its nature: begun with the service, watched beside the tests, judged by its test."""

import time
from collections.abc import Callable
from typing import Any, Final

from tests.e2e.called_back import called_back
from tests.e2e.peer import Callee
from tests.e2e.place import Place
from tests.e2e.sip import Sip


def _unacknowledged(place: Place) -> dict[str, Any]:
    """The customer never sends the ACK of its 200."""
    place.open()
    carrier, caller = place.carrier(), place.customer()
    caller.invite(login=place.login)
    callee = Callee.on(carrier)
    callee.accept()
    caller.take(caller.expect(200))
    answered = time.monotonic()
    repeats = 0
    while (message := caller.expect(200, "BYE", seconds=40)).status:
        repeats += 1
    waited = time.monotonic() - answered
    caller.respond(message, 200, "OK")
    callee.expect_bye()
    return {"waited": waited, "repeats": repeats, "record": place.record(), "alerts": place.alerts()}


def _silent_pbx(place: Place) -> dict[str, Any]:
    """The first URI says nothing at all; its late 180 comes when the second has been tried already."""
    place.open(uris=[place.uri("pbx1"), place.uri("pbx2")])
    silent, living = place.pbx("pbx1"), place.pbx("pbx2")
    caller = place.from_carrier()
    caller.invite()
    abandoned = Callee.on(silent)
    begun = time.monotonic()
    callee = Callee.on(living, seconds=8)
    waited = time.monotonic() - begun
    callee.accept()
    caller.established()
    silent.drain()
    abandoned.ring()
    cancel = abandoned.expect("CANCEL")
    abandoned.respond(cancel, 200, "OK")
    abandoned.refuse(487)
    caller.bye()
    callee.expect_bye()
    record = place.record()
    return {"waited": waited, "record": record, "attempts": place.attempts(record["sid"]), "alerts": place.alerts()}


def _trying_pbx(place: Place) -> list[Sip]:
    """The first URI says 100 and then thinks for 6 s: what the second one hears meanwhile."""
    place.open(uris=[place.uri("pbx1"), place.uri("pbx2")])
    thinking, idle = place.pbx("pbx1"), place.pbx("pbx2")
    caller = place.from_carrier()
    caller.invite()
    callee = Callee.on(thinking)
    callee.ring(100)
    time.sleep(6)
    callee.talk_with(caller)
    return idle.drain()


def _silent_carrier(place: Place) -> dict[str, Any]:
    """The carrier's gateway says nothing; there is no other."""
    place.open()
    carrier, caller = place.carrier(), place.customer()
    caller.invite(login=place.login)
    carrier.expect("INVITE")
    begun = time.monotonic()
    final = caller.refused(504, seconds=10)
    waited = time.monotonic() - begun
    return {"waited": waited, "final": final, "record": place.record(), "alerts": place.alerts()}


def _unanswered_validation(place: Place) -> dict[str, Any]:
    """A number to be verified rings, and nobody answers."""
    carrier = place.carrier()
    with called_back() as told:
        begun = time.monotonic()
        asked = place.town.api.validation_requests.create(phone_number=place.far, status_callback=told.url)
        callee = Callee.on(carrier)
        callee.ring()
        rang = time.monotonic()
        cancel = callee.expect("CANCEL", seconds=80)
        cancelled = time.monotonic()
        callee.respond(cancel, 200, "OK")
        callee.refuse(487)
        return {
            "since it was asked": cancelled - begun,
            "since it rang": cancelled - rang,
            "form": told.form(),
            "sid": asked.call_sid,
            "call": place.town.call(asked.call_sid),
        }


CHECKS: Final[dict[str, Callable[[Place], Any]]] = {
    "test_row_42_a_200_without_ack_is_ended_after_32_s": _unacknowledged,
    "test_row_55_a_silent_uri_gives_way_after_4_s": _silent_pbx,
    "test_row_55_a_100_stops_the_4_s": _trying_pbx,
    "test_row_43_a_silent_carrier_is_504_after_4_s": _silent_carrier,
    "test_row_144_nobody_answers_for_60_s": _unanswered_validation,
}
"""By the test that judges what was seen."""
