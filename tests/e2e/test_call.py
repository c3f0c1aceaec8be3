"""A call's life on the wire: ringing, early media, hold, hang-ups, CANCEL, failover, and the record of each ending."""

import json
import socket
import time
from typing import Any

import pytest

from tests.e2e.peer import Callee
from tests.e2e.place import Place, wait_for
from tests.e2e.rtp import heard, rtp_socket, say
from tests.e2e.sip import first_to_hear, sdp
from trunkline.platform.setting.unix_path import unix_path

pytestmark = pytest.mark.e2e


def _talk(place: Place, way: str) -> Any:
    if way == "out":
        return place.open().call_out()
    return place.open(uris=[place.uri()]).call_in()


DIRECTION = {"out": "trunking-terminating", "in": "trunking-originating"}


@pytest.mark.parametrize("way", ["out", "in"])
@pytest.mark.parametrize("who", ["caller", "callee"])
def test_either_side_hangs_up(place: Place, way: str, who: str) -> None:
    """RFC 3261 section 15: the BYE goes through, and the record says whose it was and how long they talked."""
    with _talk(place, way) as (caller, callee):
        if who == "caller":
            caller.bye()
            callee.expect_bye()
        else:
            callee.bye()
            caller.expect_bye()
    record = place.record()
    assert (record["status"], record["direction"], record["cause"]) == ("completed", DIRECTION[way], f"{who}_hung_up")
    assert record["released_by"] == who if way == "in" or who == "caller" else "carrier"
    assert record["sip_status"] == 200
    assert record["answered_at"] >= record["ringing_at"] >= record["invited_at"]
    assert [row["sip_status"] for row in place.attempts(record["sid"])] == [200]
    assert record["inbound_sip_call_id"] == caller.call_id
    assert record["outbound_sip_call_id"] == callee.call_id != caller.call_id


@pytest.mark.parametrize("way", ["out", "in"])
@pytest.mark.parametrize("ringing", [True, False])
def test_the_caller_gives_up(place: Place, way: str, ringing: bool) -> None:
    """RFC 3261 section 9: 200 to the CANCEL, 487 to the INVITE, CANCEL to the far end, a cancelled record."""
    place.open(uris=[place.uri()])
    far = place.carrier() if way == "out" else place.pbx()
    caller = place.customer() if way == "out" else place.from_carrier()
    caller.invite(login=place.login if way == "out" else None)
    callee = Callee.on(far)
    callee.ring(180 if ringing else 100)
    caller.expect(180 if ringing else 100)
    caller.cancel()
    assert caller.expect(200).method == "CANCEL"
    caller.refused(487)
    cancel = callee.expect("CANCEL")
    assert cancel.get("via").partition("branch=")[2] == callee.invite.get("via").partition("branch=")[2]
    callee.respond(cancel, 200, "OK")
    callee.refuse(487)
    record = place.record()
    assert (record["status"], record["cause"], record["duration_s"]) == ("cancelled", "caller_cancelled", 0)
    assert (record["ringing_at"] is not None) == ringing
    assert record["answered_at"] is None


def test_an_answer_that_crosses_the_cancel_is_hung_up(place: Place) -> None:
    """Style, race ledger: the far 200 gets its ACK and then a BYE; the caller's 487 stands."""
    place.open()
    carrier, caller = place.carrier(), place.customer()
    caller.invite(login=place.login)
    callee = Callee.on(carrier)
    callee.ring()
    caller.expect(180)
    caller.cancel()
    assert caller.expect(200).method == "CANCEL"
    caller.refused(487)
    cancel = callee.expect("CANCEL")
    callee.respond(cancel, 200, "OK")
    callee.answer()
    callee.expect("ACK")
    callee.expect_bye()
    assert place.record()["status"] == "cancelled"


ENDINGS = [(486, "busy"), (600, "busy"), (603, "busy"), (480, "no-answer"), (404, "failed"), (488, "failed")]


@pytest.mark.parametrize(("status", "recorded"), ENDINGS)
def test_a_carriers_refusal_is_passed_on_and_recorded(place: Place, status: int, recorded: str) -> None:
    """sip.md section 10: the carrier's own final answer goes through."""
    place.open()
    carrier, caller = place.carrier(), place.customer()
    caller.invite(login=place.login)
    Callee.on(carrier).refuse(status, "Carriers word")
    assert caller.refused(status).start == f"SIP/2.0 {status} Carriers word"
    record = place.record()
    assert (record["status"], record["sip_status"], record["duration_s"]) == (recorded, status, 0)
    assert [row["sip_status"] for row in place.attempts(record["sid"])] == [status]


def test_a_carrier_that_fails_gives_way_to_the_next(place: Place) -> None:
    """sip.md 2.6: 503 moves on within the carrier and then to the next; the call that is answered is one call."""
    prefix = place.far[:6]
    hosts = [place.host(kind) for kind in ("pbx1", "pbx2", "pbx3")]
    place.town.add_carrier([f"sip:{host}:5060" for host in hosts[:2]], [prefix], priority=0)
    place.town.add_carrier([f"sip:{hosts[2]}:5060"], [prefix], priority=1)
    place.open()
    time.sleep(0.6)  # the gateway has heard of the new carriers (design, decision 18)
    wires = [place.wire(host) for host in hosts]
    caller = place.customer()
    caller.invite(login=place.login)
    asked = first_to_hear(*wires[:2])
    Callee.on(asked).refuse(503)
    (other,) = (wire for wire in wires[:2] if wire is not asked)
    Callee.on(other).refuse(500)
    callee = Callee.on(wires[2])
    callee.talk_with(caller)
    record = place.record()
    assert record["status"] == "completed"
    assert [row["sip_status"] for row in place.attempts(record["sid"])] == [503, 500, 200]


def test_early_media_is_passed_on(place: Place) -> None:
    """183 with SDP: the caller gets the relay's address, and audio flows before the answer."""
    place.open()
    carrier, caller = place.carrier(), place.customer()
    caller.invite(login=place.login)
    callee = Callee.on(carrier)
    media = place.host("media")
    with rtp_socket(media) as far, rtp_socket(place.customer_host, caller.rtp_port) as near:
        callee.ring(183, sdp(media, far.getsockname()[1]))
        early = caller.expect(183)
        assert early.rtp() != (media, far.getsockname()[1])
        say(far, callee.invite.rtp(), b"announcement")
        assert heard(near) == (b"announcement", early.rtp())
        callee.answer(sdp(media, far.getsockname()[1]))
        final = caller.established()
        assert final.rtp() == early.rtp()
        callee.expect("ACK")
        caller.bye()
        callee.expect_bye()


@pytest.mark.parametrize("way", ["out", "in"])
@pytest.mark.parametrize("who", ["caller", "callee"])
def test_hold_is_passed_on_both_ways(place: Place, way: str, who: str) -> None:
    """sip.md 9.9, RFC 3264 section 8.4: a re-INVITE reaches the other side, its answer comes back, and back again."""
    with _talk(place, way) as (caller, callee):
        holder, held = (caller, callee) if who == "caller" else (callee, caller)
        host = holder.wire.address[0]
        for version, direction, answer in ((2, "sendonly", "recvonly"), (3, "sendrecv", "sendrecv")):
            holder.request("INVITE", body=sdp(host, 40000, direction=direction, version=version))
            offer = held.expect("INVITE")
            assert f"a={direction}" in offer.body.decode()
            held.respond(offer, 200, "OK", body=sdp(held.wire.address[0], 40000, direction=answer, version=version))
            held.expect("ACK")
            assert f"a={answer}" in holder.expect(200).body.decode()
            holder.ack()
        caller.bye()
        callee.expect_bye()
    assert place.record()["status"] == "completed"


def test_a_refused_reinvite_leaves_the_call_as_it_was(place: Place) -> None:
    """RFC 3261 section 14.1: 488 goes back to who asked, and both still talk."""
    with place.open().call_out() as (caller, callee):
        caller.request("INVITE", body=sdp(caller.wire.address[0], 40000, direction="sendonly", version=2))
        offer = callee.expect("INVITE")
        callee.respond(offer, 488, "Not Acceptable Here")
        callee.expect("ACK")
        assert caller.expect(*range(300, 700)).status == 488
        caller.bye()
        callee.expect_bye()


def test_the_operator_hangs_a_call_up(place: Place) -> None:
    """The gateway's admin socket: BYE to both, a completed record released by the platform."""
    with place.open(uris=[place.uri()]).call_in() as (caller, callee):
        sid = callee.invite.get("x-twilio-callsid")
        (live,) = (each for each in _admin(place, {"verb": "calls"})["calls"] if each["sid"] == sid)
        assert live["status"] == "in-progress"
        assert _admin(place, {"verb": "hangup", "sid": sid}) == {"found": True}
        caller.expect_bye()
        callee.expect_bye()
    record = place.record()
    assert (record["sid"], record["cause"], record["released_by"]) == (sid, "api_hung_up", "platform")


def test_fifty_calls_at_once(place: Place) -> None:
    """Fifty calls stand at the same time, each hung up by its own BYE, each with one record."""
    place.open(acl=[place.customer_host], credentials=False)
    carrier = place.carrier()
    callers = [place.customer() for _ in range(50)]
    for caller in callers:
        caller.invite()
    callees = []
    for _ in callers:
        callees.append(Callee.on(carrier))
        callees[-1].answer()
    for caller in callers:
        caller.established()
    assert len({callee.call_id for callee in callees}) == 50
    talking = wait_for(lambda: _admin(place, {"verb": "state"})["talking"], lambda number: number >= 50, 5)
    assert talking >= 50
    carrier.drain()
    for caller in callers:
        caller.bye()
    byes = {carrier.expect("BYE").call_id for _ in callees}
    assert byes == {callee.call_id for callee in callees}
    records = place.records(50)
    assert {record["status"] for record in records} == {"completed"}
    assert {record["inbound_sip_call_id"] for record in records} == {caller.call_id for caller in callers}


def test_a_change_over_rest_holds_for_the_next_call(place: Place) -> None:
    """Design, decision 18: within one second, for what the gateway has used and kept before."""
    place.open(uris=[place.uri("pbx1")])
    first, second = place.pbx("pbx1"), place.pbx("pbx2")
    caller = place.from_carrier()
    caller.invite()
    Callee.on(first).refuse(486)
    caller.refused(486)
    trunk = place.town.api.trunking.v1.trunks(place.sid)
    (url,) = trunk.origination_urls.list()
    url.update(sip_url=place.uri("pbx2"))

    def moved() -> bool:
        again = place.from_carrier()
        again.invite()
        asked = first_to_hear(first, second)
        Callee.on(asked).refuse(486)
        again.refused(486)
        return asked is second

    assert wait_for(moved, bool, 1.0)
    place.restrict([place.host("stranger")])
    assert wait_for(lambda: _refused_by_acl(place), bool, 1.0)


def test_a_call_over_tcp(place: Place) -> None:
    """RFC 3261 section 18: answers come on the connection that the request came on, and the BYE to the caller too."""
    place.open()
    carrier, caller = place.carrier(), place.customer(tcp=True)
    caller.invite(login=place.login)
    callee = Callee.on(carrier)
    callee.accept()
    caller.established()
    callee.bye()
    caller.expect_bye()
    assert place.record()["inbound_transport"] == "tcp"


def _refused_by_acl(place: Place) -> bool:
    caller = place.customer()
    caller.invite()
    final = caller.expect(403, 407)
    caller.ack_failure(final)
    return final.get("x-twilio-error").startswith("32201")


def _admin(place: Place, question: dict[str, str]) -> Any:
    """One question to the gateway's admin socket."""
    path = place.town.service.home / "home" / "run" / f"gateway-127.0.0.1-{place.town.gateway[1]}.sock"
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(5)
        with unix_path(path) as address:
            sock.connect(address)
        sock.sendall(json.dumps(question).encode() + b"\n")
        return json.loads(sock.makefile().readline())
