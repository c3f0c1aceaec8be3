"""Carriers on the wire: challenges, health, channels (docs/carriers.md)."""

import hashlib
import re
import time
from typing import Any

import pytest

from tests.e2e.peer import Callee
from tests.e2e.place import Place, wait_for
from tests.e2e.sip import Sip, Wire

pytestmark = pytest.mark.e2e

PASSWORD = "Zq8-carrier-Secret"
CHALLENGE = 'Digest realm="{realm}",nonce="n{number}",qop="auth",algorithm=MD5'


def _with_carrier(place: Place, gateways: list[str], **fields: Any) -> str:
    """A carrier for this place's far number alone, in force; its path."""
    place.open()
    sid = place.town.add_carrier(gateways, [place.far], **fields)
    time.sleep(1.2)
    return f"/Carriers/{sid}"


def _challenge(wire: Wire, realm: str, status: int = 407) -> Callee:
    callee = Callee.on(wire)
    header = "Proxy-Authenticate" if status == 407 else "WWW-Authenticate"
    callee.refuse(status, extra=[(header, CHALLENGE.format(realm=realm, number=status))])
    return callee


def _proof(invite: Sip, header: str, nonce: str) -> tuple[str, str]:
    """The response that was sent, and the one that RFC 2617 section 3.2.2 asks for."""
    value = invite.get(header)
    given = dict(re.findall(r'(\w+)="?([^",]+)', value))
    ha1, ha2 = (
        hashlib.md5(text.encode()).hexdigest()
        for text in (f"trunk7:carrier.example:{PASSWORD}", f"INVITE:{invite.uri}")
    )
    text = f"{ha1}:{nonce}:{given['nc']}:{given['cnonce']}:auth:{ha2}"
    return given["response"], hashlib.md5(text.encode()).hexdigest()


@pytest.mark.parametrize(("status", "header"), [(407, "proxy-authorization"), (401, "authorization")])
def test_a_carriers_challenge_is_answered_and_the_call_goes_through(place: Place, status: int, header: str) -> None:
    wire = place.pbx()
    login = {"Username": "trunk7", "Realm": "carrier.example", "Password": PASSWORD}
    _with_carrier(place, [place.uri()], **login)
    caller = place.customer()
    caller.invite(login=place.login)
    first = _challenge(wire, "carrier.example", status).invite
    second = Callee.on(wire)
    assert (second.invite.call_id, second.invite.get("cseq")) == (first.call_id, "2 INVITE")
    sent, expected = _proof(second.invite, header, f"n{status}")
    assert sent == expected
    second.accept()
    caller.established()
    caller.bye()
    second.expect_bye()
    assert [attempt["sip_status"] for attempt in place.attempts(place.record()["sid"])] == [200]
    assert PASSWORD not in place.town.log
    assert PASSWORD.encode() not in place.town.database.read_bytes()


def test_a_challenge_of_a_foreign_realm_is_not_answered(place: Place) -> None:
    one, two = place.pbx(), place.pbx("pbx2")
    login = {"Username": "trunk7", "Realm": "carrier.example", "Password": PASSWORD}
    _with_carrier(place, [place.uri(), place.uri("pbx2")], **login)
    caller = place.customer()
    caller.invite(login=place.login)
    _challenge(one, "evil.example")
    callee = Callee.on(two)
    assert "authorization" not in {name for name, _ in callee.invite.headers}
    callee.accept()
    caller.established()
    one.assert_silence(0.3)
    caller.bye()
    callee.expect_bye()


def test_decision_19_a_dead_gateway_is_known_to_all_calls_after_three(place: Place) -> None:
    """Nothing listens at the first gateway; its state is told over REST."""
    living = place.pbx("pbx2")
    path = _with_carrier(place, [place.uri(), place.uri("pbx2")])
    for _ in range(4):
        caller = place.customer()
        caller.invite(login=place.login)
        callee = Callee.on(living)
        callee.talk_with(caller)
    tried = [len(place.attempts(row["sid"])) for row in place.records(4)]
    assert tried == [2, 2, 2, 1]
    health = place.town.service.operator.get(path).json()["health"]
    told = {seen["gateway"]: (seen["state"], seen["last_failure"]) for seen in health}
    assert told == {
        place.uri(): ("down", "transport failure to INVITE"),
        place.uri("pbx2"): ("up", None),
    }
    assert '"carrier gateway down"' in place.town.log


def test_decision_19_gateways_are_asked_by_options_every_ten_seconds(place: Place) -> None:
    wire = place.pbx()
    path = _with_carrier(place, [place.uri()], OptionsPing="true")
    asked: dict[str, float] = {}
    while len(asked) < 2:
        options = wire.expect("OPTIONS", seconds=12.0)
        asked.setdefault(options.call_id, time.monotonic())  # one may have been sent again while nobody read
        assert options.uri == place.uri()
        Callee(wire, options).respond(options, 503)
    first, second = asked.values()
    assert 8.0 < second - first < 11.5  # the first may have waited to be read
    seen = wait_for(lambda: place.town.service.operator.get(path).json()["health"], bool, 3.0)
    assert [(each["state"], each["last_failure"]) for each in seen] == [("up", "503 to OPTIONS")]
    place.town.service.operator.delete(path)


def test_a_full_carrier_refuses_with_503_and_an_alert(place: Place) -> None:
    wire = place.pbx()
    _with_carrier(place, [place.uri()], MaxChannels="1")
    first = place.customer()
    first.invite(login=place.login)
    callee = Callee.on(wire)
    callee.accept()
    first.established()
    second = place.customer()
    second.invite(login=place.login)
    assert second.refused(503).get("x-twilio-error") == "10004 Concurrent call limit exceeded"
    first.bye()
    callee.expect_bye()
    assert {row["cause"] for row in place.records(2)} == {"caller_hung_up", "carrier_full"}
    assert place.alerts() == [10004]
