"""Commands on calls: legs, attempts, refusals that change nothing, and nothing left at the end."""

import gc
import select
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.kit.length import runs
from trunkline.kit.instant import Instant
from trunkline.protocol.ng.answer import CallStatistics, Ok, call_statistics
from trunkline.protocol.ng.bencode import decode_dict, encode
from trunkline.protocol.ng.command import Answer, Command, Delete, ListCalls, Offer, Ping, Query, Recording, SourceRule
from trunkline.protocol.rtp.packet import build
from trunkline.protocol.sdp.session import parse
from trunkline.service.relay.call import MAX_LEGS, MAX_MEDIA, Ground, RelayCall
from trunkline.service.relay.call_table import NOTHING_TO_DELETE, CallTable
from trunkline.service.relay.errors import Refusal
from trunkline.service.relay.forwarder import Forwarder
from trunkline.service.relay.port_pool import PortPool
from trunkline.service.relay.stream import Stream
from trunkline.service.relay.udp_socket import bound

HOST = "127.0.0.4"
NOW = Instant(100.0)
WALL = 1_700_000_000
IDLE_S = 7200.0
PAIRS = 100
SYMMETRIC = SourceRule.SYMMETRIC
RTCP = b"\x80\xc9\x00\x01" + bytes(4)

_HEAD = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
_MEDIA = b"m=audio 9 RTP/AVP 0\r\n"
NO_CONNECTION = _HEAD + b"t=0 0\r\n" + _MEDIA
IPV6 = _HEAD + b"c=IN IP6 ::1\r\nt=0 0\r\n" + _MEDIA
TOO_MANY = _HEAD + b"c=IN IP4 127.0.0.1\r\nt=0 0\r\n" + _MEDIA * (MAX_MEDIA + 1)


@dataclass(slots=True)
class Desk:
    table: CallTable
    pool: PortPool
    forwarder: Forwarder
    epoll: select.epoll

    def say(self, sock: socket.socket, port: int, packets: int) -> None:
        for sequence in range(packets):
            sock.sendto(_packet(sequence), (HOST, port))
        self.turn()

    def turn(self) -> None:
        """Forwards all that is queued."""
        while events := self.epoll.poll(0):
            self.forwarder.pump(events, NOW)

    def execute(self, command: Command, now: Instant = NOW) -> Ok:
        """The answer as it comes off the wire."""
        return Ok(decode_dict(encode(self.table.execute(command, now))))

    def statistics(self, command: Command) -> CallStatistics:
        found = call_statistics(self.execute(command))
        assert found is not None
        return found

    def connect(self, call_id: str = "c", to_tag: str = "t1") -> None:
        self.execute(Offer(call_id, "A", _sdp(), to_tag))
        self.execute(Answer(call_id, "A", to_tag, _sdp(40_002)))


def _towards(connection: str, extra: str = "") -> bytes:
    return _HEAD + f"c={connection}\r\nt=0 0\r\n".encode() + _MEDIA + extra.encode()


NOBODYS = [
    _towards("IN IP4 127.0.0.1"),
    _towards("IN IP4 239.1.1.1/3"),
    _towards("IN IP4 255.255.255.255"),
    _towards("IN IP4 192.0.2.7", "a=rtcp:22222 IN IP4 127.0.0.1\r\n"),
]


@pytest.mark.parametrize("sdp", NOBODYS)
def test_a_stranger_cannot_aim_media_at_this_host_or_at_many(desk: Desk, sdp: bytes) -> None:
    """RTP may be anything: sent to our loopback it could be a command to this relay, which takes them there."""
    for command in (
        Offer("n", "A", sdp, "t1", received_from="192.0.2.7"),
        Answer("c", "A", "t1", sdp, received_from="192.0.2.7"),
    ):
        if isinstance(command, Answer):
            desk.execute(Offer("c", "A", _sdp(), "t1"))
        with pytest.raises(Refusal, match="not the sender's"):
            desk.execute(command)


def test_who_is_on_this_host_may_name_it(desk: Desk) -> None:
    """The sandbox and the voice server beside a gateway with public addresses."""
    desk.execute(Offer("c", "A", NOBODYS[0], "t1", received_from="127.0.0.1"))
    desk.execute(Answer("c", "A", "t1", NOBODYS[0], received_from="127.0.0.1"))


UNREADABLE = [
    _towards("IN IP4 127.0.0.1", "a=rtcp:abc\r\n"),
    _towards("IN IP4 127.0.0.1", "a=rtcp:70000\r\n"),
    _towards("IN IP4 127.0.0.1", "a=rtcp:4001 IN IP4 phone.example.com\r\n"),
    _towards("IN IP4 127.0.0.1", "a=rtpmap:0 PCMU\r\n"),
    _towards("IN IP4 127.0.0.1", "c=IN IP4 127.0.0.1\r\nc=IN IP4 nowhere\r\n"),
    _towards("IN IP4 127.0.0.1\r\nc=IN IP4 nowhere", "c=IN IP4 127.0.0.1\r\n"),
]


ANYTHING = [
    *UNREADABLE,
    *NOBODYS,
    _towards("IN IP4 0.0.0.0"),
    _towards("IN IP4 127.0.0.1", "a=sendonly\r\nm=audio 0 RTP/AVP 0\r\nm=image 9 udptl t38\r\nm=audio 9 RTP/AVP 8\r\n"),
    _towards("IN IP4 127.0.0.1").replace(b"audio 9", b"audio 0"),
    TOO_MANY,
    b"",
]


@pytest.mark.parametrize("sdp", UNREADABLE)
def test_a_line_that_only_the_relay_reads_refuses_one_command_and_changes_nothing(desk: Desk, sdp: bytes) -> None:
    """Goals, row 6: attributes are read when they are asked for, and one peer's must not end everybody's audio."""
    desk.execute(Offer("c", "A", _sdp(), "t1"))
    before = (len(desk.table), len(desk.pool), len(desk.forwarder))
    for command in (Offer("new", "A", sdp, "t1"), Offer("c", "A", sdp, "t2"), Answer("c", "A", "t1", sdp)):
        with pytest.raises(Refusal, match="Failed to parse SDP"):
            desk.execute(command)
        assert (len(desk.table), len(desk.pool), len(desk.forwarder)) == before
        assert set(desk.statistics(Query("c")).legs) == {"A", "t1"}


def test_a_leg_cannot_talk_to_itself(desk: Desk) -> None:
    """Two legs of one tag would be one, and the other's ports nobody's."""
    free = len(desk.pool)
    with pytest.raises(Refusal, match="itself"):
        desk.execute(Offer("c", "A", _sdp(), "A"))
    assert (len(desk.table), len(desk.pool)) == (0, free)
    desk.connect()
    with pytest.raises(Refusal, match="itself"):
        desk.execute(Answer("c", "A", "A", _sdp()))


def test_an_answer_that_accepts_what_was_not_offered_gets_no_ports_for_it(desk: Desk) -> None:
    """RFC 3264 section 6: a line that the offer refused or did not have cannot be accepted."""
    desk.execute(Offer("c", "A", _sdp() + b"m=video 0 RTP/AVP 96\r\n", "t1"))
    free = len(desk.pool)
    answer = _sdp(40_002) + b"m=video 5000 RTP/AVP 96\r\nm=audio 5002 RTP/AVP 0\r\n"
    passed_on = desk.execute(Answer("c", "A", "t1", answer)).sdp
    assert len(desk.pool) == free
    assert passed_on.count(b"m=video 0 ") == passed_on.count(b"m=audio 0 ") == 1


def test_rtcp_of_nowhere_is_sent_nowhere(desk: Desk) -> None:
    """RFC 3605: the system would take 0.0.0.0 for this very host, and the port for one of its services."""
    with bound(HOST, 0) as service, bound("127.0.0.1", 0) as callee:
        nowhere = f"a=rtcp:{_port(service)} IN IP4 0.0.0.0\r\n"
        offered = desk.execute(Offer("c", "A", _towards("IN IP4 127.0.0.1", nowhere), "t1"))
        desk.execute(Answer("c", "A", "t1", _towards("IN IP4 127.0.0.1", f"a=rtcp:{_port(callee)}\r\n")))
        callee.sendto(RTCP, (HOST, parse(offered.sdp).media[0].rtcp_port))
        desk.turn()
        assert desk.statistics(Query("c")).rtcp.packets == 1
        with pytest.raises(BlockingIOError):
            service.recv(100)


def test_row_87_a_source_that_plays_on_after_offering_another_does_not_keep_the_latch(desk: Desk) -> None:
    """RFC 3264 section 8.3.1; packets under way took the latch back, and the new port stayed deaf."""
    with bound("127.0.0.1", 0) as old, bound("127.0.0.1", 0) as new, bound("127.0.0.1", 0) as callee:
        desk.execute(Offer("c", "A", _speaking(old), "t1", source=SYMMETRIC))
        told = parse(desk.execute(Answer("c", "A", "t1", _speaking(callee))).sdp).media[0].port
        desk.say(old, told, 4)
        offered = desk.execute(Offer("c", "A", _speaking(new), "t1", source=SYMMETRIC))
        desk.say(old, told, 4)
        assert len(_heard(callee)) == 8, "before the answer all is as it was"
        desk.execute(Answer("c", "A", "t1", _speaking(callee)))
        desk.say(old, told, 4)
        assert len(_heard(callee)) == 4, "the answer is on its way"
        desk.say(new, told, 1)
        desk.say(old, told, 1)
        assert len(_heard(callee)) == 1
        desk.say(callee, parse(offered.sdp).media[0].port, 1)
        assert (len(_heard(new)), len(_heard(old))) == (1, 0)


def test_an_offer_that_nobody_answers_moves_nothing(desk: Desk) -> None:
    """RFC 3261 section 14.1: until its answer the session is what it was, from a strict leg too."""
    with bound("127.0.0.1", 0) as old, bound("127.0.0.1", 0) as new, bound("127.0.0.1", 0) as callee:
        far = parse(desk.execute(Offer("c", "A", _speaking(old), "t1")).sdp).media[0].port
        told = parse(desk.execute(Answer("c", "A", "t1", _speaking(callee))).sdp).media[0].port
        desk.execute(Offer("c", "A", _speaking(new), "t1"))
        desk.say(old, told, 2)
        desk.say(callee, far, 2)
        assert (len(_heard(callee)), len(_heard(old)), len(_heard(new))) == (2, 2, 0)


def test_row_87_strangers_queued_before_the_answer_do_not_have_the_callee(desk: Desk) -> None:
    """Goals, attacks on the relay: the port is known to whoever tries them all, and the callee speaks after it."""
    with bound("127.0.0.1", 0) as callee, bound("127.0.0.9", 0) as stranger:
        far = parse(desk.execute(Offer("c", "A", _sdp(), "t1")).sdp).media[0].port
        for sequence in range(5):
            stranger.sendto(_packet(sequence), (HOST, far))
        desk.execute(Answer("c", "A", "t1", _speaking(callee), source=SYMMETRIC))
        desk.turn()
        assert desk.statistics(Query("c")).rtp.packets == 0
        desk.say(callee, far, 2)
        assert desk.statistics(Query("c")).rtp.packets == 2


def test_row_87_a_stranger_does_not_have_the_reports_of_a_latched_leg(desk: Desk) -> None:
    """Goals, row 8: RTCP follows RTP, and is given back when RTP shows whose it is."""
    with (
        bound("127.0.0.2", 0) as caller,
        bound("127.0.0.2", 0) as reports,
        bound("127.0.0.1", 0) as stranger,
        bound("127.0.0.1", 0) as callee,
        bound("127.0.0.1", 0) as callee_rtcp,
    ):
        offer = Offer("c", "A", _sdp(), "t1", source=SYMMETRIC, received_from="127.0.0.2")
        far = parse(desk.execute(offer).sdp).media[0].rtcp_port
        sdp = _speaking(callee) + f"a=rtcp:{_port(callee_rtcp)}\r\n".encode()
        near = parse(desk.execute(Answer("c", "A", "t1", sdp)).sdp).media[0].port
        for _ in range(3):
            stranger.sendto(RTCP, (HOST, near + 1))
        desk.turn()
        assert len(_heard(callee_rtcp)) == 3, "it is on the host that the SDP names"
        desk.say(caller, near, 4)
        stranger.sendto(RTCP, (HOST, near + 1))
        reports.sendto(RTCP, (HOST, near + 1))
        desk.turn()
        callee_rtcp.sendto(RTCP, (HOST, far))
        desk.turn()
        assert (len(_heard(callee_rtcp)), len(_heard(reports)), len(_heard(stranger))) == (1, 1, 0)
        again = _sdp() + b"a=rtcp:50000\r\n"
        desk.execute(Offer("c", "A", again, "t1", source=SYMMETRIC, received_from="127.0.0.2"))
        desk.execute(Answer("c", "A", "t1", sdp))
        for _ in range(3):
            stranger.sendto(RTCP, (HOST, near + 1))
        desk.turn()
        assert _heard(callee_rtcp) == [], "RTP is where it was, and so is the peer"


def _speaking(sock: socket.socket) -> bytes:
    return _towards("IN IP4 127.0.0.1").replace(b"audio 9", b"audio %d" % _port(sock))


def _packet(sequence: int) -> bytes:
    return build(b"\xff" * 160, 0, sequence, sequence * 160, 7)


def _heard(sock: socket.socket) -> list[bytes]:
    found = []
    while True:
        try:
            found.append(sock.recv(2048))
        except BlockingIOError:
            return found


def _port(sock: socket.socket) -> int:
    port: int = sock.getsockname()[1]
    return port


@pytest.fixture
def desk() -> Iterator[Desk]:
    epoll = select.epoll()
    forwarder = Forwarder(epoll)
    pool = PortPool(HOST, (22_000, 22_000 + 2 * PAIRS - 1), 2.0)
    table = CallTable(Ground(HOST, forwarder, pool, lambda: WALL), IDLE_S)
    yield Desk(table, pool, forwarder, epoll)
    table.close(NOW)
    assert (len(table), len(forwarder)) == (0, 0)
    epoll.close()


def test_a_call_takes_two_pairs_and_gives_them_back(desk: Desk) -> None:
    desk.connect()
    assert (len(desk.table), len(desk.pool), len(desk.forwarder)) == (1, PAIRS - 2, 4)
    desk.execute(Delete("c", "A"))
    assert (len(desk.table), len(desk.pool), len(desk.forwarder)) == (0, PAIRS - 2, 0)
    desk.connect("another")
    assert len(desk.pool) == PAIRS - 4
    desk.table.execute(Offer("late", "A", _sdp(), "t1"), Instant(NOW + 2))
    assert len(desk.pool) == PAIRS - 4, "the first call's pairs rest no longer"


def test_a_deleted_call_leaves_nothing_to_the_collector(desk: Desk) -> None:
    """Design, decision 20: the relay runs with the cyclic collector off."""
    gc.collect()
    gc.disable()
    try:
        for at in range(3):
            desk.connect(f"c{at}")
            desk.connect(f"c{at}", "t2")
            desk.execute(Delete(f"c{at}", "t1"))
            desk.execute(Delete(f"c{at}", "A"))
        left = [each for each in gc.get_objects() if isinstance(each, Stream | RelayCall)]
    finally:
        gc.enable()
    assert left == []


def test_an_exhausted_range_refuses_the_offer_and_changes_nothing(desk: Desk) -> None:
    """Row 88: an error, never a crash."""
    for at in range(PAIRS // 2):
        desk.connect(f"c{at}")
    with pytest.raises(Refusal, match="Ran out of ports"):
        desk.execute(Offer("one-more", "A", _sdp(), "t1"))
    assert len(desk.table) == PAIRS // 2
    desk.execute(Delete("c0", "A"))
    desk.table.execute(Offer("one-more", "A", _sdp(), "t1"), Instant(NOW + 2))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=runs(40))
@given(choose=st.randoms(use_true_random=False))
def test_calls_of_any_course_give_every_port_back(desk: Desk, choose: Random) -> None:
    """Goals, rows 3 and 6: commands in any order, of any leg, refused ones among them; 25 calls a run."""
    forwarder = desk.forwarder
    pool = PortPool(HOST, (22_000, 22_000 + 2 * PAIRS - 1), 0.0)
    table = CallTable(Ground(HOST, forwarder, pool, lambda: WALL), IDLE_S)
    for at in range(25):
        for _ in range(choose.randint(1, 8)):
            tags, sdp, rule = choose.choices("ABC", k=2), choose.choice(ANYTHING), choose.choice(list(SourceRule))
            commands: list[Command] = [
                Offer(f"c{at}", tags[0], sdp, choose.choice(["", tags[1]]), source=rule),
                Answer(f"c{at}", tags[0], tags[1], sdp, source=rule),
                Delete(f"c{at}", choose.choice(["", tags[0]])),
            ]
            with suppress(Refusal):
                table.execute(choose.choice(commands), NOW)
        with suppress(Refusal):
            table.execute(Delete(f"c{at}"), NOW)
        assert (len(table), len(forwarder)) == (0, 0)
    for sock in pool.take(Instant(NOW + 60)):
        sock.close()
    assert len(pool) == PAIRS - 1, "all of them but the one just taken"


def test_half_an_offer_gives_its_pair_back(desk: Desk) -> None:
    """The last pair is taken for one leg, and none is left for the other."""
    desk.execute(Offer("odd", "A", _sdp(), "t1"))
    for at in range((PAIRS - 2) // 2 - 1):
        desk.connect(f"c{at}")
    desk.execute(Offer("odd", "A", _sdp(), "t2"))
    assert len(desk.pool) == 1
    with pytest.raises(Refusal, match="Ran out of ports"):
        desk.execute(Offer("one-more", "A", _sdp(), "t1"))
    assert set(desk.statistics(Query("odd")).legs) == {"A", "t1", "t2"}


def test_deleting_an_attempt_leaves_the_others(desk: Desk) -> None:
    desk.connect("hunt", "t1")
    desk.connect("hunt", "t2")
    assert set(desk.statistics(Delete("hunt", "t1")).legs) == {"t1"}
    assert set(desk.statistics(Query("hunt")).legs) == {"A", "t2"}
    assert desk.execute(Delete("hunt", "t1")).warning == NOTHING_TO_DELETE
    assert set(desk.statistics(Delete("hunt", "A")).legs) == {"A", "t2"}
    assert len(desk.table) == 0


def test_the_latest_answer_is_the_one_connected(desk: Desk) -> None:
    desk.connect("fork", "t1")
    desk.connect("fork", "t2")
    assert _heard_by(desk, "fork") == {"A": ["t2"], "t1": [], "t2": ["A"]}
    desk.execute(Answer("fork", "A", "t1", _sdp(40_002)))
    assert _heard_by(desk, "fork") == {"A": ["t1"], "t1": ["A"], "t2": []}


def test_an_offer_without_a_tag_is_named_by_the_answer(desk: Desk) -> None:
    """rtpengine's way of forking: branches, tagged when they answer."""
    for branch in ("b1", "b2"):
        desk.execute(Offer("branches", "A", _sdp(), via_branch=branch))
    desk.execute(Answer("branches", "A", "t2", _sdp(40_004), "b2"))
    assert _heard_by(desk, "branches")["t2"] == ["A"]
    desk.execute(Answer("branches", "A", "t1", _sdp(40_002), "b1"))
    assert set(desk.statistics(Query("branches")).legs) == {"A", "t1", "t2"}


def test_an_answer_that_refuses_the_media_stops_it(desk: Desk) -> None:
    """RFC 3264 section 6: port 0."""
    desk.connect()
    answer = desk.execute(Answer("c", "A", "t1", _sdp(0)))
    assert b"m=audio 0 " in answer.sdp
    assert _heard_by(desk, "c") == {"A": [], "t1": []}


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (Offer("c", "A", b"hello", "t1"), "Failed to parse SDP"),
        (Offer("c", "A", b"", "t1"), "Failed to parse SDP"),
        (Offer("c", "A", NO_CONNECTION, "t1"), "connection"),
        (Offer("c", "A", IPV6, "t1"), "family"),
        (Offer("c", "A", TOO_MANY, "t1"), "Too many"),
        (Offer("c", "A", b"v=0\r\n", "t1", transport="RTP/SAVP"), "not supported"),
        (Answer("nobody", "A", "t1", b"v=0\r\n"), "Unknown call-id"),
        (Query("nobody"), "Unknown call-id"),
        (Delete("nobody", "A", fatal=True), "not found"),
        (Recording("c", start=True), "not supported"),
        (Recording("c", start=False), "not supported"),
    ],
)  # fmt: skip
def test_a_refusal_has_its_reason_and_takes_nothing(desk: Desk, command: Command, reason: str) -> None:
    with pytest.raises(Refusal, match=reason):
        desk.execute(command)
    assert (len(desk.table), len(desk.pool)) == (0, PAIRS)


def test_an_answer_of_an_unknown_leg_is_refused(desk: Desk) -> None:
    desk.connect()
    with pytest.raises(Refusal, match="Unknown dialogue"):
        desk.execute(Answer("c", "A", "stranger", _sdp()))


def test_the_legs_of_a_call_are_bounded(desk: Desk) -> None:
    for at in range(MAX_LEGS):
        desk.execute(Offer("many", "A", _sdp(), f"t{at}"))
    with pytest.raises(Refusal, match="Too many"):
        desk.execute(Offer("many", "A", _sdp(), "one-more"))


@pytest.mark.parametrize("address", ["255.255.255.255", "240.0.0.1", "0.0.0.1"])
def test_an_address_nobody_can_reach_is_no_crash(desk: Desk, address: str) -> None:
    sdp = _sdp().replace(b"127.0.0.1", address.encode())
    assert desk.execute(Offer("c", "A", sdp, "t1")).sdp
    assert desk.execute(Answer("c", "A", "t1", sdp)).sdp


def test_a_call_that_belongs_to_nobody_goes_in_the_end(desk: Desk) -> None:
    desk.connect("abandoned")
    desk.connect("queried")
    desk.table.execute(Query("queried"), Instant(NOW + IDLE_S))
    assert desk.table.sweep(Instant(NOW + IDLE_S)) == []
    assert desk.table.sweep(Instant(NOW + IDLE_S + 1)) == ["abandoned"]
    assert desk.execute(ListCalls()).body["calls"] == [b"queried"]


def test_list_is_limited_and_fits_a_datagram(desk: Desk) -> None:
    for at in range(5):
        desk.connect(f"{at}" + "x" * 20_000)
    assert len(encode(desk.table.execute(ListCalls(100), NOW))) < 65_000
    assert len(desk.table.execute(ListCalls(1), NOW)["calls"]) == 1  # type: ignore[arg-type]  # a list


def test_ping_is_pong(desk: Desk) -> None:
    assert desk.table.execute(Ping(), NOW) == {"result": "pong"}


def test_jitter_is_the_calls_and_not_its_last_packets(desk: Desk) -> None:
    """Insights shows it as the mean: what was uneven for ten seconds is not mended by a good one."""
    with bound("127.0.0.1", 0) as caller:
        desk.execute(Offer("c", "A", _speaking(caller), "t1"))
        told = parse(desk.execute(Answer("c", "A", "t1", _sdp())).sdp).media[0].port
        for second in range(10):
            at = Instant(NOW + second)
            late_s = 0.02 if second < 9 else 0.0
            for packet in range(50):
                caller.sendto(_packet(second * 50 + packet), (HOST, told))
                moment = NOW + second + packet * 0.02 + late_s * (packet % 2)
                desk.forwarder.pump(desk.epoll.poll(0), Instant(moment))
            desk.forwarder.sample(at)
        quality = desk.statistics(Query("c")).legs["A"].quality
        assert quality is not None
        assert 15 < quality.jitter_ms < 20
        desk.forwarder.sample(Instant(NOW + 60))
        assert desk.statistics(Query("c")).legs["A"].quality == quality, "silence is no sample"


def test_times_in_the_answers_are_unix_seconds(desk: Desk) -> None:
    desk.connect()
    found = call_statistics(desk.execute(Query("c"), Instant(NOW + 30)))
    assert found is not None
    assert (found.created_at, found.legs["A"].last_packet_at) == (WALL, WALL - 30)


def _heard_by(desk: Desk, call_id: str) -> dict[str, list[str]]:
    """Leg -> the legs that hear it."""
    body: Any = desk.table.execute(Query(call_id), NOW)
    return {tag: [each["tag"] for each in leg["subscribers"]] for tag, leg in body["tags"].items()}


def _sdp(port: int = 40_000) -> bytes:
    head = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    return f"{head}m=audio {port} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n".encode()
