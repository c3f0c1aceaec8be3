"""A PBX answers 302, on the wire: rows 64-67. What needs public addresses or a secure trunk is in tests/sim."""

import pytest

from tests.e2e.peer import Callee, Caller
from tests.e2e.place import Place
from tests.e2e.sip import Sip, Wire
from tests.interop.service import DOMAIN

pytestmark = pytest.mark.e2e


def _redirected(place: Place, *contacts: str) -> tuple[Caller, Sip]:
    """A call whose first PBX answers 302 with these Contact headers; the INVITE that it got."""
    pbx, caller = place.pbx("pbx1"), place.from_carrier()
    caller.invite()
    callee = Callee.on(pbx)
    callee.refuse(302, "Moved Temporarily", extra=[("Contact", contact) for contact in contacts])
    return caller, callee.invite


def _answered(caller: Caller, pbx: Wire) -> Sip:
    callee = Callee.on(pbx)
    callee.talk_with(caller)
    return callee.invite


def _statuses(place: Place) -> list[int]:
    return [attempt["sip_status"] for attempt in place.attempts(place.record()["sid"])]


def test_row_64_the_first_302_is_followed(place: Place) -> None:
    """Rows 61, 62, 64: another INVITE with its own Call-ID; Diversion and the call SID stay; nothing has failed."""
    place.open(uris=[place.uri("pbx1"), place.uri("pbx2")])
    unasked, moved = place.pbx("pbx2"), place.pbx("pbx3")
    caller, first = _redirected(place, f"<sip:desk@{place.host('pbx3')}:5060>")
    second = _answered(caller, moved)
    assert second.uri == f"sip:desk@{place.host('pbx3')}:5060"
    assert second.call_id != first.call_id
    for name in ("diversion", "x-twilio-callsid", "x-twilio-accountsid", "p-asserted-identity"):
        assert second.all(name) == first.all(name) != []
    assert _statuses(place) == [302, 200]
    unasked.assert_silence(0.2)
    assert place.alerts(1, seconds=0.3) == []


def test_row_64_a_second_302_fails_the_call(place: Place) -> None:
    """Row 64: nobody else is asked, not even the trunk's next URI."""
    place.open(uris=[place.uri("pbx1"), place.uri("pbx2")])
    unasked, moved = place.pbx("pbx2"), place.pbx("pbx3")
    caller, _ = _redirected(place, f"<{place.uri('pbx3')}>")
    Callee.on(moved).refuse(302, extra=[("Contact", f"<{place.uri('pbx2')}>")])
    assert caller.refused(480).get("x-twilio-error").startswith("32219 ")
    unasked.assert_silence(0.2)
    assert _statuses(place) == [302, 302]
    assert place.alerts() == [32219]


@pytest.mark.parametrize("headers", [1, 2], ids=["one header", "two headers"])
def test_row_65_only_the_first_uri_counts(place: Place, headers: int) -> None:
    place.open(uris=[place.uri("pbx1")])
    unasked, moved = place.pbx("pbx2"), place.pbx("pbx3")
    contacts = [f"<{place.uri('pbx3')}>;q=0.1", f"<{place.uri('pbx2')}>;q=1"]
    caller, _ = _redirected(place, *(contacts if headers == 2 else [", ".join(contacts)]))
    _answered(caller, moved)
    unasked.assert_silence(0.2)


@pytest.mark.parametrize(
    "contact",
    [f"<sip:desk@acme.pstn.{DOMAIN}>", f"<sip:desk@acme.sip.{DOMAIN}>", "<tel:+12025550199>", "<mailto:a@b.example>"],
    ids=["pstn", "sip", "tel", "mailto"],
)
def test_row_66_a_forbidden_target_fails_the_call(place: Place, contact: str) -> None:
    """Row 66: 32219 and no failover."""
    place.open(uris=[place.uri("pbx1"), place.uri("pbx2")])
    unasked = place.pbx("pbx2")
    caller, _ = _redirected(place, contact)
    assert caller.refused(480).get("x-twilio-error").startswith("32219 ")
    unasked.assert_silence(0.2)
    assert _statuses(place) == [302]
    assert place.alerts() == [32219]


def test_row_67_edge_and_tnx_are_ignored(place: Place) -> None:
    place.open(uris=[place.uri("pbx1")])
    moved = place.pbx("pbx3")
    caller, _ = _redirected(place, f"<{place.uri('pbx3')};edge=dublin;tnx=TX1>")
    assert _answered(caller, moved).uri == f"sip:{place.number}@{place.host('pbx3')}:5060"
    assert _statuses(place) == [302, 200]
