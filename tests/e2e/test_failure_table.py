"""The failure table of sip.md section 10 on the wire: what the customer's INVITE gets, and the alert that it leaves.

Left to others: a 200 without ACK (32022), which takes its time, in `test_long_wait`; wrong redirects (32219), which a
customer's own 302 makes, in `test_redirect`.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.peer import Callee, Caller
from tests.e2e.place import Place, Town
from tests.e2e.sip import sdp
from tests.interop.port import PortBlock
from tests.interop.service import CHANGE_S, NORTH_AMERICA, Trunkline

pytestmark = pytest.mark.e2e

PUBLIC = "192.0.2.10"


class Tenant(Town):
    """The same service as a sub-account sees it."""

    def __init__(self, town: Town, sid: str, token: str) -> None:
        self.__dict__.update(town.__dict__)
        self.account_sid = sid
        self.api = town.service.api(sid, token)

    def limit(self, **fields: Any) -> None:
        operate(self, f"/Accounts/{self.account_sid}/Limits", **fields)


def operate(town: Town, path: str, **fields: Any) -> None:
    answer = town.service.operator.post(path, data=fields)
    assert answer.is_success, answer.text


@pytest.fixture(scope="module")
def strict_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A service that takes no private Contact, as one on the Internet is set up."""
    ports = PortBlock()
    with Trunkline(tmp_path_factory.mktemp("failures"), ports, {"TRUNKLINE_ALLOW_PRIVATE": "false"}) as service:
        yield Town(service, areas=80)
    ports.release()


@pytest.fixture
def tenant(strict_town: Town) -> Tenant:
    made = strict_town.api.api.v2010.accounts.create(friendly_name="tenant")
    tenant = Tenant(strict_town, str(made.sid), str(made.auth_token))
    tenant.limit(Cps="", Concurrent="", Countries=["GB", *NORTH_AMERICA])
    return tenant


@pytest.fixture
def place(tenant: Tenant) -> Iterator[Place]:
    """A place of a sub-account of its own, so that nothing set for one test reaches another."""
    place = tenant.place()
    yield place
    place.forget_wires()


def dial(place: Place, *, login: bool = True, number: str = "", to: str = "") -> Caller:
    """An INVITE that is in order but for what is given; its caller."""
    caller = place.customer(number=number, to=to)
    caller.contact_host = PUBLIC
    caller.invite(login=place.login if login else None)
    return caller


def unknown_domain(place: Place) -> Caller:
    place.open()
    caller = place.customer()
    caller.uri = caller.target = f"sip:{place.far}@nobody.pstn.trunkline.localhost"
    caller.invite()
    return caller


def outside_the_list(place: Place) -> Caller:
    return dial(place.open(acl=["192.0.2.0/24"]), login=False)


def without_credentials(place: Place) -> Caller:
    return dial(place.open(), login=False)


def wrong_credentials(place: Place) -> Caller:
    place.open()
    caller = place.customer()
    caller.invite(login=(place.login[0], "Wrong-Password-1"))
    return caller


def no_authentication(place: Place) -> Caller:
    return dial(place.open(credentials=False), login=False)


def _in_state(place: Place, **state: str) -> Place:
    place.open()
    tenant = place.town
    assert isinstance(tenant, Tenant)
    operate(tenant, f"/Accounts/{tenant.account_sid}", **state)
    time.sleep(CHANGE_S)
    return place


def account_suspended(place: Place) -> Caller:
    return dial(_in_state(place, Status="suspended"), login=False)


def account_closed(place: Place) -> Caller:
    return dial(_in_state(place, Status="closed"), login=False)


def trial_to_an_unverified_number(place: Place) -> Caller:
    return dial(_in_state(place, Type="Trial"))


def called_number_without_plus(place: Place) -> Caller:
    return dial(place.open(), to="2025550100")


def callers_number_of_nobody(place: Place) -> Caller:
    return dial(place.open(), number=place.foreign)


def callers_number_malformed(place: Place) -> Caller:
    return dial(place.open(), number="+0123")


def destination_blocked(place: Place) -> Caller:
    place.open()
    operate(place.town, "/BlockedDestinations", Prefix=place.far)
    time.sleep(CHANGE_S)
    return dial(place)


def country_not_allowed(place: Place) -> Caller:
    return dial(place.open(), to="+33123456789")


def _offering(place: Place, body: str) -> Caller:
    place.open()
    caller = place.customer()
    caller.contact_host = PUBLIC
    caller.invite(login=place.login, body=body)
    return caller


def no_common_codec(place: Place) -> Caller:
    return _offering(place, sdp(PUBLIC, 40000, codecs="18"))


def sdp_broken(place: Place) -> Caller:
    return _offering(place, "this is no session description\r\n")


def sdp_of_ipv6(place: Place) -> Caller:
    return _offering(place, sdp(PUBLIC, 40000).replace(f"c=IN IP4 {PUBLIC}", "c=IN IP6 2001:db8::50"))


def sdp_to_many(place: Place) -> Caller:
    return _offering(place, sdp(PUBLIC, 40000).replace(f"c=IN IP4 {PUBLIC}", "c=IN IP4 239.0.0.1/3"))


def sdp_missing(place: Place) -> Caller:
    return _offering(place, "")


def srtp_only(place: Place) -> Caller:
    crypto = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40 + "\r\n"
    return _offering(place, sdp(PUBLIC, 40000).replace("RTP/AVP", "RTP/SAVP") + crypto)


def srtp_without_a_key(place: Place) -> Caller:
    return _offering(place, sdp(PUBLIC, 40000).replace("RTP/AVP", "RTP/SAVP"))


def contact_on_loopback(place: Place) -> Caller:
    place.open()
    caller = place.customer()
    caller.invite(login=place.login)
    return caller


def secure_trunk_without_tls(place: Place) -> Caller:
    return dial(place.open(secure=True))


def secure_trunk_with_plain_rtp(place: Place) -> Caller:
    place.open(secure=True)
    caller = Caller(place.tls(), place.number, place.far, place.domain)
    caller.contact_host = PUBLIC
    caller.invite(login=place.login)
    return caller


def carrier_is_silent(place: Place) -> Caller:
    """The 4 s rule holds towards carriers, and there is no other."""
    place.open()
    place.carrier()
    return dial(place)


def no_hops_left(place: Place) -> Caller:
    caller = place.open().customer()
    send = caller.wire.send
    caller.wire.send = lambda data: send(data.replace(b"Max-Forwards: 70", b"Max-Forwards: 0"))  # type: ignore[method-assign]
    caller.invite()
    return caller


def register(place: Place) -> Caller:
    caller = place.open(credentials=False, acl=[place.customer_host]).customer()
    caller.target = f"sip:{place.domain}"
    caller.request("REGISTER")
    return caller


def _second_call(place: Place) -> Caller:
    first = dial(place)
    Callee.on(place.carrier()).ring()
    first.expect(180)
    return dial(place)


def trunk_too_fast(place: Place) -> Caller:
    place.open()
    assert isinstance(place.town, Tenant)
    place.town.limit(Cps="1")
    time.sleep(CHANGE_S)
    return _second_call(place)


def too_many_calls(place: Place) -> Caller:
    place.open()
    assert isinstance(place.town, Tenant)
    place.town.limit(Concurrent="1")
    time.sleep(CHANGE_S)
    return _second_call(place)


def pool_too_fast(place: Place) -> Caller:
    place.open()
    service = place.town.service
    operate(place.town, f"/Accounts/{service.account_sid}/Limits", PoolCps="1")
    time.sleep(CHANGE_S)
    try:
        return _second_call(place)
    finally:
        operate(place.town, f"/Accounts/{service.account_sid}/Limits", PoolCps="")
        time.sleep(CHANGE_S)


def carrier_says(status: int) -> Callable[[Place], Caller]:
    def refused_by_the_carrier(place: Place) -> Caller:
        place.open()
        carrier = place.carrier()
        caller = dial(place)
        Callee.on(carrier).refuse(status)
        return caller

    return refused_by_the_carrier


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what is done, the status that must come (0: none) and the error code (0: none)."""

    act: Callable[[Place], Caller]
    status: int
    code: int
    rows: str
    """Of features.md."""


TABLE = (
    Row(unknown_domain, 0, 0, "20"),
    Row(outside_the_list, 403, 32201, "22"),
    Row(without_credentials, 407, 0, "23"),
    Row(wrong_credentials, 403, 32202, "24"),
    Row(no_authentication, 403, 32200, "21"),
    Row(account_suspended, 603, 10001, "15"),
    Row(account_closed, 603, 10001, "15"),
    Row(called_number_without_plus, 400, 32101, "30"),
    Row(trial_to_an_unverified_number, 400, 32100, "16, 34"),
    Row(callers_number_of_nobody, 403, 32204, "32"),
    Row(callers_number_malformed, 403, 32206, "32"),
    Row(destination_blocked, 403, 32203, "36"),
    Row(country_not_allowed, 403, 32205, "35"),
    Row(no_common_codec, 415, 0, "82"),
    Row(sdp_broken, 400, 32102, "44"),
    Row(sdp_of_ipv6, 400, 32102, "44"),
    Row(sdp_to_many, 400, 32102, "44"),
    Row(sdp_missing, 400, 32103, "44"),
    Row(contact_on_loopback, 400, 32105, "-"),
    Row(secure_trunk_without_tls, 488, 32209, "72"),
    Row(secure_trunk_with_plain_rtp, 488, 32208, "73"),
    Row(srtp_only, 488, 32207, "71"),
    Row(srtp_without_a_key, 488, 32207, "71"),
    Row(no_hops_left, 483, 32006, "29"),
    Row(register, 405, 32210, "26"),
    Row(trunk_too_fast, 503, 32001, "38"),
    Row(pool_too_fast, 503, 32012, "39"),
    Row(too_many_calls, 503, 10004, "41"),
    Row(carrier_is_silent, 504, 32016, "43"),
    *(Row(carrier_says(status), status, 0, "56, 57") for status in (404, 480, 486, 487, 500, 503, 603)),
)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.act.__name__}-{row.status}-{row.code}")
def test_failure_is_answered_and_told_as_documented(place: Place, row: Row) -> None:
    """Sip.md section 10; rows 15, 16, 20-24, 26, 29, 30, 32, 34-36, 38, 39, 41, 43-45, 56, 57, 71-73, 82."""
    caller = row.act(place)
    if row.status == 0:
        caller.wire.assert_silence(0.5)
        return
    final = caller.expect(*range(200, 700), seconds=8)
    caller.ack_failure(final)
    assert final.status == row.status, final.start
    error = final.get("x-twilio-error")
    if row.code == 0:
        assert error == ""
        return
    assert error.startswith(f"{row.code} ")
    assert place.alerts() == [row.code]
