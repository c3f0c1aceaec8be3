"""Countries, block list and limits on the running service: set over REST, met on the wire, within a second."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.peer import Caller
from tests.e2e.place import Place, Town
from tests.e2e.sip import Sip
from tests.interop.port import PortBlock
from tests.interop.service import CHANGE_S, Trunkline

pytestmark = pytest.mark.e2e

UNLIMITED = {"Cps": "", "PoolCps": "", "Concurrent": ""}


class TwinTown(Town):
    """A town with a second gateway."""

    def __init__(self, service: Trunkline, second: int) -> None:
        super().__init__(service, areas=40)
        self.second = ("127.0.0.1", second)


@pytest.fixture(scope="module")
def own_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwinTown]:
    """A service of this file's own, with two gateways: an account's limits are everybody's in it."""
    ports = PortBlock()
    first, second = (ports.take(2, even=True) for _ in "12")
    binds = {"TRUNKLINE_SIP_BIND": f"127.0.0.1:{first},127.0.0.1:{second}"}
    service = Trunkline(tmp_path_factory.mktemp("limits"), ports, binds)
    service.sip_port = first
    with service:
        yield TwinTown(service, second)
    ports.release()


@pytest.fixture
def place(own_town: TwinTown) -> Iterator[Place]:
    """A place of the town with its trunk, and no limits left behind."""
    place = own_town.place().open()
    yield place
    limit(own_town, **UNLIMITED)
    place.close()


def limit(town: Town, **fields: Any) -> None:
    """What the operator sets, and the time until it holds."""
    service = town.service
    answer = service.operator.post(f"/Accounts/{service.account_sid}/Limits", data=fields)
    assert answer.status_code == 200, answer.text
    time.sleep(CHANGE_S)


def call(place: Place, *, to: str = "") -> Caller:
    caller = place.customer(to=to)
    caller.invite(login=place.login)
    return caller


def refusal(caller: Caller) -> tuple[str, str]:
    """Status line and X-Twilio-Error."""
    final: Sip = caller.refused(403, 503)
    return final.start, final.get("x-twilio-error")


def test_row_35_countries_are_enabled_and_disabled_by_the_operator(own_town: TwinTown, place: Place) -> None:
    before = own_town.service.operator.get(f"/Accounts/{own_town.service.account_sid}/Limits").json()["countries"]
    limit(own_town, Countries="GB")
    answer = refusal(call(place))
    limit(own_town, Countries=before)
    assert answer == ("SIP/2.0 403 No International Authorization", "32205 Country is not allowed")
    with place.call_out() as (caller, callee):
        caller.bye()
        callee.expect_bye()
    assert sorted(row["cause"] for row in place.records(2)) == ["caller_hung_up", "country_not_allowed"]


def test_row_36_a_destination_is_blocked_and_unblocked_by_the_operator(own_town: TwinTown, place: Place) -> None:
    operator = own_town.service.operator
    blocked = operator.post("/BlockedDestinations", data={"Prefix": place.far[:-2], "Reason": "test"}).json()["sid"]
    time.sleep(CHANGE_S)
    line = "SIP/2.0 403 Phone number is blocked for verification"
    assert refusal(call(place)) == (line, "32203 Destination number is blocked")
    assert operator.delete(f"/BlockedDestinations/{blocked}").status_code == 204
    time.sleep(CHANGE_S)
    with place.call_out() as (caller, callee):
        caller.bye()
        callee.expect_bye()


def test_decision_7_each_of_two_gateways_says_its_share_at_start(own_town: TwinTown) -> None:
    lines = [json.loads(line) for line in own_town.log.splitlines() if "limits are shared out" in line]
    assert {(line["place"], line["gateways"]) for line in lines} == {(0, 2), (1, 2)}


def test_row_38_two_gateways_admit_the_cps_of_a_trunk_together(own_town: TwinTown, place: Place) -> None:
    """Two calls a second, one at each gateway; the digest's extra INVITE costs nothing. Nobody is at the carrier's."""
    limit(own_town, Cps="2")
    first = own_town.gateway
    callers = [call(place), call(place)]
    own_town.gateway = own_town.second
    try:
        callers += [call(place), call(place)]
    finally:
        own_town.gateway = first
    admitted = ("SIP/2.0 503 Service Unavailable", "32016 No ringing or answer from the carrier")
    over = ("SIP/2.0 503 Trunk CPS limit exceeded", "32001 Trunk CPS limit exceeded")
    answers = [refusal(caller) for caller in callers]
    # Which of two that come at once is admitted depends on whose facts are found first.
    assert (sorted(answers[:2]), sorted(answers[2:])) == (sorted([admitted, over]), sorted([admitted, over]))
    assert sorted(row["cause"] for row in place.records(4)) == [
        *("carrier_unreachable", "carrier_unreachable", "trunk_cps_exceeded", "trunk_cps_exceeded"),
    ]


def test_row_41_calls_at_once_over_a_kill_of_the_gateway(own_town: TwinTown, place: Place) -> None:
    """The call that the gateway takes back counts; its end gives the place back."""
    limit(own_town, Concurrent="2")
    service = own_town.service
    name = next(name for name in own_town.pids() if name.startswith("gateway"))
    full = ("SIP/2.0 503 Trunk concurrent call limit exceeded", "10004 Concurrent call limit exceeded")
    with place.call_out() as (caller, callee):
        assert refusal(call(place)) == full
        service.wait_restarted(name, service.kill(name))
        assert refusal(call(place)) == full
        caller.bye()
        callee.expect_bye()
    place.forget_wires()
    with place.call_out() as (caller, callee):
        caller.bye()
        callee.expect_bye()


def test_row_32_a_verified_caller_id_is_shown_and_one_that_nobody_may_use_is_refused(
    own_town: TwinTown, place: Place
) -> None:
    """Verified by the operator's word; then marked do-not-originate, which goes before any verification."""
    operator, account = own_town.service.operator, own_town.service.account_sid
    caller_id = "+442079460917"

    def show() -> Caller:
        caller = place.customer(number=caller_id)
        caller.invite(login=place.login)
        return caller

    status, error = refusal(show())
    assert (status, error.split()[0]) == ("SIP/2.0 403 Invalid Caller ID", "32204")
    operator.post(f"/Accounts/{account}/OutgoingCallerIds", data={"PhoneNumber": caller_id}).raise_for_status()
    time.sleep(CHANGE_S)
    # Nobody is at the carrier's: the call was let through and failed there.
    assert refusal(show()) == ("SIP/2.0 503 Service Unavailable", "32016 No ringing or answer from the carrier")
    marked = operator.post("/DoNotOriginate", data={"Prefix": caller_id}).json()["sid"]
    time.sleep(CHANGE_S)
    status, error = refusal(show())
    assert (status, error.split()[0]) == ("SIP/2.0 403 Invalid Caller ID", "32206")
    assert operator.delete(f"/DoNotOriginate/{marked}").status_code == 204


def test_row_148_a_risky_range_needs_its_own_permission(own_town: TwinTown, place: Place) -> None:
    """The range of the place's far number is made special; the account then enables special numbers of its country."""
    service = own_town.service
    marked = service.operator.post("/HighRiskPrefixes", data={"Prefix": place.far, "Risk": "special"}).json()["sid"]
    time.sleep(CHANGE_S)
    assert refusal(call(place)) == ("SIP/2.0 403 No International Authorization", "32205 Country is not allowed")
    assert service.operator.delete(f"/HighRiskPrefixes/{marked}").status_code == 204
    time.sleep(CHANGE_S)
    with place.call_out() as (caller, callee):
        caller.bye()
        callee.expect_bye()


def test_rows_15_16_what_the_operator_says_of_an_account_holds_for_its_calls(own_town: TwinTown, place: Place) -> None:
    service = own_town.service

    def say(**fields: str) -> None:
        service.operator.post(f"/Accounts/{service.account_sid}", data=fields).raise_for_status()
        time.sleep(CHANGE_S)

    say(Type="Trial")
    final: Sip = call(place).refused(400)
    assert final.get("x-twilio-error").split()[0] == "32100", "a trial calls verified numbers only"
    say(Type="Full", Status="suspended")
    bare = place.customer()
    bare.invite()  # no challenge comes first
    final = bare.refused(603)
    assert final.get("x-twilio-error").split()[0] == "10001"
    say(Status="active")
    with place.call_out() as (caller, callee):
        caller.bye()
        callee.expect_bye()
