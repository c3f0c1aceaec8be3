"""Row 144 on the wire: a number that is to be verified is called, and its code keyed in (rest.md 3.7)."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.called_back import CalledBack, called_back
from tests.e2e.peer import Callee
from tests.e2e.place import Place, Town, wait_for
from tests.e2e.rtp import Heard, key_in, rtp_socket
from tests.e2e.sip import Wire
from tests.interop.port import PortBlock
from tests.interop.service import Trunkline

pytestmark = pytest.mark.e2e

SHOWN = "+12025550199"


@pytest.fixture
def told() -> Iterator[CalledBack]:
    with called_back() as told:
        yield told


@pytest.fixture
def lonely_place(tmp_path: Path) -> Iterator[Place]:
    """In a service of its own: whoever is called at the same time would lose that call."""
    ports = PortBlock()
    with Trunkline(tmp_path, ports) as service:
        place = Town(service, areas=20).place()
        yield place
        place.forget_wires()
    ports.release()


def ask(place: Place, told: CalledBack, **fields: Any) -> Any:
    return place.town.api.validation_requests.create(phone_number=place.far, status_callback=told.url, **fields)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


@contextmanager
def answered(place: Place, carrier: Wire | None = None) -> Iterator[tuple[Callee, Heard, socket.socket]]:
    """The phone at the number, talking: its call, what it hears, and its socket."""
    carrier = carrier or place.carrier()
    with rtp_socket(place.carrier_host) as sock:
        callee = Callee.on(carrier, rtp_port=sock.getsockname()[1])
        callee.ring()
        callee.accept()
        yield callee, Heard(sock), sock


def verified(place: Place) -> list[Any]:
    return list(place.town.api.outgoing_caller_ids.list(phone_number=place.far))


def test_row_144_the_right_code_verifies_the_number(place: Place, told: CalledBack) -> None:
    """Extension, question, code, approval; and the number may be shown on a trunk from then on (row 32)."""
    place.open()
    carrier = place.carrier()
    asked = ask(place, told, extension="12w#", friendly_name="Front desk", call_delay=1)
    with answered(place, carrier) as (callee, heard, sock):
        assert callee.invite.get("from").startswith(f"<sip:{SHOWN}@")
        assert "x-trunkline" not in str(callee.invite).lower()
        assert heard.hears(659)
        assert heard.digits == "12#"
        key_in(sock, callee.invite.rtp(), asked.validation_code)
        assert heard.hears(1320)
        callee.expect_bye()
    form = told.form()
    [caller_id] = verified(place)
    assert (caller_id.friendly_name, caller_id.phone_number) == ("Front desk", place.far)
    assert form["OutgoingCallerIdSid"] == caller_id.sid
    assert (form["CallSid"], form["To"], form["VerificationStatus"]) == (asked.call_sid, place.far, "success")
    assert form["AccountSid"] == place.town.service.account_sid
    row = place.town.call(asked.call_sid)
    assert (row["status"], row["trunk_sid"], row["from_number"], row["to_number"]) == (
        *("completed", None, SHOWN),
        place.far,
    )
    assert row["direction"] == "trunking-terminating"
    place.settle()
    caller = place.customer(number=place.far, to=place.number)
    caller.invite(login=place.login)
    shown = Callee.on(carrier)
    assert shown.invite.get("from").startswith(f"<sip:{place.far}@")
    shown.accept()
    caller.established()
    caller.bye()
    shown.expect_bye()


def test_row_144_the_third_wrong_code_ends_the_call(place: Place, told: CalledBack) -> None:
    asked = ask(place, told)
    with answered(place) as (callee, heard, sock):
        assert heard.hears(659)
        for _ in range(2):
            key_in(sock, callee.invite.rtp(), wrong(asked.validation_code))
            assert heard.hears(220)
        key_in(sock, callee.invite.rtp(), wrong(asked.validation_code))
        callee.expect_bye()
    form = told.form()
    assert (form["CallSid"], form["VerificationStatus"]) == (asked.call_sid, "failed")
    assert "OutgoingCallerIdSid" not in form
    assert verified(place) == []


def test_row_144_a_busy_number_has_failed_at_once(place: Place, told: CalledBack) -> None:
    asked = ask(place, told)
    Callee.on(place.carrier()).refuse(486)
    assert told.form()["VerificationStatus"] == "failed"
    assert place.town.call(asked.call_sid)["status"] == "busy"
    assert verified(place) == []


def test_row_144_who_hangs_up_has_failed(place: Place, told: CalledBack) -> None:
    asked = ask(place, told)
    with answered(place) as (callee, heard, _):
        assert heard.hears(440)
        callee.bye()
    assert told.form()["VerificationStatus"] == "failed"
    assert place.town.call(asked.call_sid)["cause"] == "callee_hung_up"


def test_rows_35_and_144_a_country_that_is_off_is_not_called(place: Place, told: CalledBack) -> None:
    asked = place.town.api.validation_requests.create(phone_number="+33199005501", status_callback=told.url)
    assert told.form()["VerificationStatus"] == "failed"
    row = place.town.call(asked.call_sid)
    assert (row["cause"], row["error_code"], row["to_number"]) == ("country_not_allowed", 32205, "+33199005501")


def test_row_144_the_call_is_seen_and_ended_over_rest(place: Place, told: CalledBack) -> None:
    asked = ask(place, told)
    with answered(place) as (callee, heard, _):
        assert heard.hears(440)
        [live] = place.town.api.calls.list(to=place.far, status="in-progress")
        assert live.sid == asked.call_sid
        place.town.api.calls(live.sid).update(status="completed")
        callee.expect_bye()
    assert told.form()["VerificationStatus"] == "failed"


def test_row_144_voice_dies_and_nobody_waits_for_ever(lonely_place: Place, told: CalledBack) -> None:
    """The called one is hung up on, the request fails, and the next one is called again."""
    place, service = lonely_place, lonely_place.town.service
    carrier = place.carrier()
    asked = ask(place, told)
    with answered(place, carrier) as (callee, heard, _):
        assert heard.hears(440)
        former = service.kill("voice")
        callee.expect_bye(seconds=20)
    form = told.form(20)
    assert (form["CallSid"], form["VerificationStatus"]) == (asked.call_sid, "failed")
    service.wait_restarted("voice", former)
    again = ask(place, told)
    with answered(place, carrier) as (callee, heard, sock):
        assert heard.hears(659)
        key_in(sock, callee.invite.rtp(), again.validation_code)
        callee.expect_bye()
    assert told.form()["VerificationStatus"] == "success"
    assert told.is_quiet


def test_row_144_in_the_box_the_sandbox_keys_the_code_in(tmp_path: Path, told: CalledBack) -> None:
    ports = PortBlock()
    with Trunkline(tmp_path, ports, {"TRUNKLINE_SANDBOX": "true"}) as service:
        town = Town(service, areas=0)
        asked = town.api.validation_requests.create(phone_number="+15005550114", status_callback=told.url)
        answer = service.operator.post("/SandboxKeypads", data={"Digits": asked.validation_code})
        assert (answer.status_code, answer.json()["number"]) == (201, "+15005550114")
        assert told.form(20)["VerificationStatus"] == "success"
        [caller_id] = town.api.outgoing_caller_ids.list(phone_number="+15005550114")
        assert caller_id.friendly_name == "(500) 555-0114"
        call = wait_for(lambda: town.rows("SELECT * FROM call WHERE sid = ?", asked.call_sid), bool, 8.0)
        assert [row["status"] for row in call] == ["completed"]
        assert town.bugs() == []
    ports.release()
