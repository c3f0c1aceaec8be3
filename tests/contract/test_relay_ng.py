"""One contract, two engines: what the gateway may expect of a relay, shown on ours and on Debian's rtpengine.

Where the engines really differ the test says so through `differs`, by the name in `docs/relay-engines.md`.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from struct import pack

import pytest

from tests.contract.relay_phone import HOST, Desk, Phone
from tests.interop.port import PortBlock, is_taken
from tests.interop.process import PeerProcess
from tests.interop.rtpengine import start_rtpengine
from trunkline.platform.media.ng_client import NgClient
from trunkline.protocol.ng.answer import CallStatistics, Ok, Refused, call_ids, call_statistics, packet_count
from trunkline.protocol.ng.bencode import BInput, decode_dict, encode
from trunkline.protocol.ng.command import SourceRule
from trunkline.protocol.rtp.rtcp import ReportBlock, SenderReport, build, middle, ntp_time
from trunkline.protocol.sdp.offer import platform_offer

DIFFERENCES = Path(__file__).parents[2] / "docs" / "relay-engines.md"
OURS = "built-in"
_desks = count(1)
STRICT, SYMMETRIC = SourceRule.STRICT, SourceRule.SYMMETRIC


@dataclass(frozen=True, slots=True)
class Engine:
    name: str
    process: PeerProcess
    ng: tuple[str, int]
    ports: range

    def differs(self, name: str) -> bool:
        """True on rtpengine; the difference must stand in the table under this name."""
        assert f"| `{name}` |" in DIFFERENCES.read_text(), f"{name} is not named in {DIFFERENCES.name}"
        return self.name != OURS


@pytest.fixture(scope="module", params=[OURS, pytest.param("rtpengine", marks=pytest.mark.interop)])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("relay")
    block = PortBlock()
    start = _start_ours if request.param == OURS else start_rtpengine
    process, ng = start(folder, block)
    yield Engine(request.param, process, ng, range(block.first, block.last + 1))
    status = process.stop()
    block.release()
    assert status == 0, process.last_words()


def _start_ours(folder: Path, block: PortBlock) -> tuple[PeerProcess, tuple[str, int]]:
    ng = block.take()
    first = block.take(2, even=True)
    code = (
        "import sys\n"
        "from trunkline.service.relay.config import RelayConfig\n"
        "from trunkline.service.relay.process import run\n"
        f"config = RelayConfig(ng_address=('127.0.0.1', {ng}), ports=({first}, {block.last}), quarantine_s=0.005)\n"
        "sys.exit(run(config))\n"
    )
    process = PeerProcess([sys.executable, "-c", code], folder / "relay.log")
    process.wait_until(lambda: is_taken("127.0.0.1", ng))
    return process, ("127.0.0.1", ng)


@pytest.fixture
async def desk(engine: Engine) -> AsyncIterator[Desk]:
    client = NgClient(asyncio.get_running_loop(), [engine.ng], f"contract-{next(_desks)}")
    yield Desk(client)
    client.close()


@pytest.fixture
def phones() -> Iterator[list[Phone]]:
    """Caller, callee, and a third who has no business here."""
    three = [Phone("A", 0x0A0A0A0A), Phone("t1", 0x0B0B0B0B), Phone("t2", 0x0C0C0C0C)]
    yield three
    for phone in three:
        phone.close()


async def test_offer_and_answer_carry_the_relays_address_and_nothing_of_the_peers(
    engine: Engine, desk: Desk, phones: list[Phone]
) -> None:
    """Design, decision 12: payload types stay; decision 17: no ICE, no multiplexed RTCP."""
    caller, callee, _ = phones
    ice = ("a=ice-ufrag:abcd", "a=ice-pwd:abcdefghijklmnopqrstuv", "a=candidate:1 1 UDP 1 192.0.2.9 9 typ host")
    offered = await desk.offer("rewrite", caller, "t1", caller.sdp("a=rtcp-mux", *ice, "a=ptime:20"))
    answered = await desk.answer("rewrite", "A", callee)
    for described_to_peer, port in ((offered, caller.port), (answered, callee.port)):
        assert described_to_peer.address == HOST
        assert described_to_peer.payload_types == "0 8 101"
        assert str(port) not in described_to_peer.text
        assert "192.0.2.9" not in described_to_peer.text
        for gone in ("ice-", "candidate", "rtcp-mux"):
            assert gone not in described_to_peer.text
        assert "a=fmtp:101 0-16" in described_to_peer.text
    assert "a=ptime:20" in offered.text
    await desk.delete_call("rewrite", "A")


async def test_row_88_ports_are_even_pairs_out_of_the_range(engine: Engine, desk: Desk, phones: list[Phone]) -> None:
    """Row 88."""
    caller, callee, _ = phones
    offered = await desk.offer("ports", caller, "t1")
    answered = await desk.answer("ports", "A", callee)
    for leg in (offered, answered):
        assert leg.port % 2 == 0
        assert leg.port in engine.ports
        assert leg.rtcp_port == leg.port + 1
    assert offered.port != answered.port
    await desk.delete_call("ports", "A")


async def test_rtp_goes_both_ways_unchanged(desk: Desk, phones: list[Phone]) -> None:
    caller, callee, _ = phones
    for_caller, for_callee = await desk.connect("rtp", caller, callee)
    for _ in range(5):
        assert await _heard(callee, caller.send(caller.packet(), for_caller))
        assert await _heard(caller, callee.send(callee.packet(8), for_callee))
    await desk.delete_call("rtp", "A")


async def test_early_media_reaches_the_caller_once_the_callee_has_described_itself(
    desk: Desk, phones: list[Phone]
) -> None:
    """A 183 with SDP: the caller hears it though it has sent nothing itself."""
    caller, callee, _ = phones
    _, for_callee = await desk.connect("early", caller, callee)
    assert await _heard(caller, callee.send(callee.packet(), for_callee))
    await desk.delete_call("early", "A")


async def test_rtcp_goes_both_ways(desk: Desk, phones: list[Phone]) -> None:
    caller, callee, _ = phones
    for_caller, for_callee = await desk.connect("rtcp", caller, callee)
    # rtpengine reads RTCP once it has seen the stream that it speaks of.
    assert await _heard(callee, caller.send(caller.packet(), for_caller))
    assert await _heard(caller, callee.send(callee.packet(), for_callee))
    for sender, receiver, port in ((caller, callee, for_caller), (callee, caller, for_callee)):
        report = pack("!BBHIIIIII", 0x80, 200, 6, sender.ssrc, 0, 0, 0, 10, 1600)
        sender.rtcp.sendto(report, (HOST, port + 1))
        assert await receiver.hears_rtcp() == report
    await desk.delete_call("rtcp", "A")


async def test_row_86_strict_leg_refuses_packets_from_anybody_else(desk: Desk, phones: list[Phone]) -> None:
    """Row 86: neither a foreign packet in, nor one of the call's out."""
    caller, callee, stranger = phones
    for_caller, for_callee = await desk.connect("strict", caller, callee)
    assert await _heard(callee, caller.send(caller.packet(), for_caller))
    for _ in range(5):
        stranger.send(stranger.packet(), for_caller)
        stranger.send(stranger.packet(ssrc=callee.ssrc), for_callee)
    # In order behind them on the same sockets: what is heard next is the party's own.
    assert await _heard(callee, caller.send(caller.packet(), for_caller))
    assert await _heard(caller, callee.send(callee.packet(), for_callee))
    assert (caller.queued(), callee.queued(), stranger.queued()) == (0, 0, 0)
    await desk.delete_call("strict", "A")


async def test_row_86_what_was_queued_before_the_answer_is_judged_too(
    engine: Engine, desk: Desk, phones: list[Phone]
) -> None:
    """Row 86: a stranger who guesses the port before the callee has answered is not heard afterwards."""
    caller, callee, stranger = phones
    offered = await desk.offer("queued", caller, "t1")
    for _ in range(5):
        stranger.send(stranger.packet(), offered.port)
    await desk.answer("queued", "A", callee)
    if engine.differs("before-the-answer"):
        assert not await _heard(caller, callee.send(callee.packet(), offered.port))
    else:
        assert await _heard(caller, callee.send(callee.packet(), offered.port))
        assert caller.queued() == 0
    await desk.delete_call("queued", "A")


async def test_row_86_strict_leg_is_sent_to_at_its_sdp_address_only(desk: Desk, phones: list[Phone]) -> None:
    """Row 86: packets from another port of the peer's move nothing."""
    caller, callee, elsewhere = phones
    for_caller, for_callee = await desk.connect("sdp-only", caller, callee)
    for _ in range(5):
        elsewhere.send(caller.packet(), for_caller)
    assert await _heard(caller, callee.send(callee.packet(), for_callee))
    assert (callee.queued(), elsewhere.queued()) == (0, 0)
    await desk.delete_call("sdp-only", "A")


async def test_row_87_symmetric_leg_is_sent_to_where_it_sends_from(desk: Desk, phones: list[Phone]) -> None:
    """Row 87: the SDP says one port, the packets come from another, as behind NAT."""
    caller, callee, behind_nat = phones
    for_caller, for_callee = await desk.connect("latch", caller, callee, SYMMETRIC, STRICT)
    for _ in range(4):
        assert await _heard(callee, behind_nat.send(behind_nat.packet(), for_caller))
    assert await _heard(behind_nat, callee.send(callee.packet(), for_callee))
    assert caller.queued() == 0
    await desk.delete_call("latch", "A")


async def test_row_87_a_latched_leg_lets_nobody_take_over(desk: Desk, phones: list[Phone]) -> None:
    """Row 87: after the first packets the source is pinned, until a new answer."""
    caller, callee, stranger = phones
    for_caller, for_callee = await desk.connect("pinned", caller, callee, SYMMETRIC, SYMMETRIC)
    for _ in range(4):
        assert await _heard(callee, caller.send(caller.packet(), for_caller))
        assert await _heard(caller, callee.send(callee.packet(), for_callee))
    for _ in range(10):
        stranger.send(stranger.packet(), for_caller)
        stranger.send(stranger.packet(ssrc=callee.ssrc), for_callee)
    assert await _heard(callee, caller.send(caller.packet(), for_caller))
    assert await _heard(caller, callee.send(callee.packet(), for_callee))
    assert stranger.queued() == 0
    await desk.delete_call("pinned", "A")


async def test_re_offer_from_either_side_keeps_every_port(desk: Desk, phones: list[Phone]) -> None:
    caller, callee, _ = phones
    for_caller, for_callee = await desk.connect("again", caller, callee)
    assert await desk.connect("again", caller, callee) == (for_caller, for_callee)
    assert await desk.connect("again", callee, caller) == (for_callee, for_caller)
    assert await _heard(callee, caller.send(caller.packet(), for_caller))
    assert await _heard(caller, callee.send(callee.packet(), for_callee))
    await desk.delete_call("again", "A")


async def test_re_offer_with_a_new_address_moves_the_media_and_no_port(desk: Desk, phones: list[Phone]) -> None:
    caller, callee, moved = phones
    for_caller, for_callee = await desk.connect("moved", caller, callee)
    assert await _heard(caller, callee.send(callee.packet(), for_callee))
    offered = await desk.offer("moved", caller, "t1", caller.sdp(port=moved.port, version=2))
    answered = await desk.answer("moved", "A", callee)
    assert (answered.port, offered.port) == (for_caller, for_callee)
    assert await _heard(moved, callee.send(callee.packet(), for_callee))
    assert await _heard(callee, moved.send(moved.packet(), for_caller))
    caller.send(caller.packet(), for_caller)
    assert await _heard(callee, moved.send(moved.packet(), for_caller))
    assert caller.queued() == 0
    await desk.delete_call("moved", "A")


async def test_offer_of_the_platform_is_made_good_by_an_exchange_that_the_callee_opens(
    desk: Desk, phones: list[Phone]
) -> None:
    """Design, decision 12: the discard port first, the caller's address out of its ACK, and no port of ours moves."""
    caller, callee, _ = phones
    offered = await desk.offer("late", caller, "t1", platform_offer(HOST, 9, "7").build())
    assert offered.payload_types == "0 8 101"
    answered = await desk.answer("late", "A", callee)
    settled = await desk.offer("late", callee, "A")
    assert settled.port == answered.port
    assert (await desk.answer("late", "t1", caller)).port == offered.port
    assert await _heard(caller, callee.send(callee.packet(), offered.port))
    assert await _heard(callee, caller.send(caller.packet(), answered.port))
    await desk.delete_call("late", "A")


async def test_offer_that_came_to_nothing_is_undone_by_the_agreed_one(desk: Desk, phones: list[Phone]) -> None:
    """RFC 3261 section 14.1: whoever offered it, the old offer and its answer put the media back."""
    caller, callee, other = phones
    near, far = await desk.connect("undone", caller, callee)
    for mover, to_tag in ((caller, "t1"), (callee, "A")):
        await desk.offer("undone", mover, to_tag, mover.sdp(port=other.port, version=2))
        assert (await desk.offer("undone", caller, "t1")).port == far
        assert (await desk.answer("undone", "A", callee)).port == near
        assert await _heard(caller, callee.send(callee.packet(), far))
        assert await _heard(callee, caller.send(caller.packet(), near))
    assert other.queued() == 0
    await desk.delete_call("undone", "A")


async def test_row_92_packets_of_both_sides_are_counted_while_the_call_goes_on(desk: Desk, phones: list[Phone]) -> None:
    caller, callee, _ = phones
    near, far = await desk.connect("counted", caller, callee)
    assert await _count(desk) == 0
    for at in range(1, 4):
        callee.send(callee.packet(), far)
        await caller.hears()
        assert await _count(desk) == at
    caller.send(caller.packet(), near)
    await callee.hears()
    assert await _count(desk) == 4
    await desk.delete_call("counted", "A")


async def _count(desk: Desk) -> int | None:
    result = await desk.query("counted")
    assert isinstance(result, Ok)
    return packet_count(result)


async def test_hold_and_resume_pass_through(desk: Desk, phones: list[Phone]) -> None:
    """RFC 3264 section 8.4: sendonly, and the older zero address."""
    caller, callee, _ = phones
    for_caller, for_callee = await desk.connect("hold", caller, callee)
    held = await desk.offer("hold", caller, "t1", caller.sdp("a=sendonly", version=2))
    assert "a=sendonly" in held.text
    assert "a=recvonly" in (await desk.answer("hold", "A", callee, callee.sdp("a=recvonly", version=2))).text
    held = await desk.offer("hold", caller, "t1", caller.sdp(address="0.0.0.0", version=3))
    assert held.address == "0.0.0.0"
    await desk.answer("hold", "A", callee, callee.sdp("a=recvonly", version=3))
    callee.send(callee.packet(), for_callee)
    while _statistics(await desk.query("hold")).legs["t1"].rtp.packets == 0:
        pass
    resumed = await desk.offer("hold", caller, "t1", caller.sdp(version=4))
    answered = await desk.answer("hold", "A", callee, callee.sdp(version=4))
    assert (answered.port, resumed.port) == (for_caller, for_callee)
    assert await _heard(caller, callee.send(callee.packet(), for_callee))
    assert await _heard(callee, caller.send(caller.packet(), for_caller))
    await desk.delete_call("hold", "A")


async def test_delete_gives_the_final_counters(engine: Engine, desk: Desk, phones: list[Phone]) -> None:
    """Design, decision 17: a delete with the opener's tag tells what each leg sent."""
    caller, callee, _ = phones
    for_caller, for_callee = await desk.connect("final", caller, callee)
    for _ in range(7):
        assert await _heard(callee, caller.send(caller.packet(), for_caller))
    for _ in range(3):
        assert await _heard(caller, callee.send(callee.packet(), for_callee))
    counted = _statistics(await desk.delete_call("final", "A"))
    assert (counted.rtp.packets, counted.rtp.bytes, counted.rtp.errors) == (10, 1720, 0)
    assert {tag: leg.rtp.packets for tag, leg in counted.legs.items()} == {"A": 7, "t1": 3}
    assert counted.legs["A"].rtp.packets == 7
    if engine.differs("quality"):
        assert counted.legs["A"].quality is None
    else:
        quality = counted.legs["A"].quality
        assert quality is not None
        assert quality.loss_percent == 0
        assert quality.mos > 4


async def test_loss_is_seen_where_the_engine_measures(engine: Engine, desk: Desk, phones: list[Phone]) -> None:
    caller, callee, _ = phones
    for_caller, _ = await desk.connect("loss", caller, callee)
    for _ in range(8):
        assert await _heard(callee, caller.send(caller.packet(), for_caller))
    caller.packet()
    caller.packet()
    assert await _heard(callee, caller.send(caller.packet(), for_caller))
    quality = _statistics(await desk.delete_call("loss", "A")).legs["A"].quality
    if engine.differs("quality"):
        assert quality is None
    else:
        assert quality is not None
        assert quality.loss_percent == pytest.approx(100 * 2 / 11)


async def test_rtcp_reports_tell_what_each_side_heard(engine: Engine, desk: Desk, phones: list[Phone]) -> None:
    """Design, decision 17: with rtpengine loss and jitter come from the peers' receiver reports."""
    caller, callee, _ = phones
    for_caller, for_callee = await desk.connect("reports", caller, callee)
    for _ in range(5):
        assert await _heard(callee, caller.send(caller.packet(), for_caller))
        assert await _heard(caller, callee.send(callee.packet(), for_callee))
    seen = {caller.tag: 0, callee.tag: 0}
    for at in range(3):
        for sender, receiver, port, loss in ((caller, callee, for_caller, 26), (callee, caller, for_callee, 0)):
            ntp = ntp_time(1_700_000_000 + at)
            block = ReportBlock(receiver.ssrc, loss, 3, 500, 40, seen[receiver.tag], 1)
            seen[sender.tag] = middle(ntp)
            report = build([SenderReport(sender.ssrc, ntp, 800, 5, 800, (block,))])
            sender.rtcp.sendto(report, (HOST, port + 1))
            assert await receiver.hears_rtcp() == report
    legs = _statistics(await desk.delete_call("reports", "A")).legs
    heard = legs["A"].heard
    assert heard is not None
    assert (heard.loss_percent, heard.jitter_ms) == (10, 5)
    if engine.differs("reports"):
        assert legs["t1"].heard is None
        assert legs["t1"].quality == heard
    else:
        heard_by_callee = legs["t1"].heard
        assert heard_by_callee is not None
        assert (heard_by_callee.loss_percent, heard_by_callee.jitter_ms) == (0, 5)
        assert heard_by_callee.mos > heard.mos


async def test_query_counts_as_the_call_goes_on(desk: Desk, phones: list[Phone]) -> None:
    """Design, decision 16: the gateway sees silence by polling."""
    caller, callee, _ = phones
    for_caller, _ = await desk.connect("running", caller, callee)
    before = _statistics(await desk.query("running"))
    assert await _heard(callee, caller.send(caller.packet(), for_caller))
    after = _statistics(await desk.query("running"))
    assert (before.legs["A"].rtp.packets, after.legs["A"].rtp.packets) == (0, 1)
    assert (before.legs["t1"].rtp.packets, after.legs["t1"].rtp.packets) == (0, 0)
    assert after.legs["A"].last_packet_at >= after.created_at > 0
    await desk.delete_call("running", "A")


async def test_a_repeated_cookie_gets_the_same_answer_and_has_no_second_effect(
    engine: Engine, phones: list[Phone]
) -> None:
    caller, *_ = phones
    offer: dict[str, BInput] = {
        "command": "offer",
        "call-id": "cookie",
        "from-tag": "A",
        "to-tag": "t1",
        "sdp": caller.sdp(),
    }
    delete: dict[str, BInput] = {"command": "delete", "call-id": "cookie", "from-tag": "A", "delete delay": 0}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
        raw.settimeout(2)
        raw.connect(engine.ng)
        first = _ask(raw, b"cookie-1", offer)
        assert _ask(raw, b"cookie-1", offer) == first
        deleted = _ask(raw, b"cookie-2", delete)
        assert b"7:warning" not in deleted
        assert _ask(raw, b"cookie-2", delete) == deleted
        # The repeated offer must not bring the call back.
        assert _ask(raw, b"cookie-1", offer) == first
        assert b"7:warning" in _ask(raw, b"cookie-3", delete)


async def test_a_second_delete_is_ok(desk: Desk, phones: list[Phone]) -> None:
    caller, callee, _ = phones
    await desk.connect("twice", caller, callee)
    assert call_statistics(await desk.delete_call("twice", "A")) is not None
    again = await desk.delete_call("twice", "A")
    assert again.warning
    assert call_statistics(again) is None
    assert isinstance(await desk.query("twice"), Refused)


async def test_list_names_the_calls(desk: Desk, phones: list[Phone]) -> None:
    """Design, decision 8: a gateway deletes the calls that its journal does not know."""
    caller, callee, _ = phones
    await desk.connect("listed", caller, callee)
    assert "listed" in call_ids(await desk.list_calls())
    await desk.delete_call("listed", "A")
    assert "listed" not in call_ids(await desk.list_calls())


async def test_the_next_attempt_keeps_the_callers_port_and_silences_the_failed_one(
    desk: Desk, phones: list[Phone]
) -> None:
    """A hunt: a fresh offer with a new tag; the failed attempt is deleted and the others go on."""
    caller, first, second = phones
    for_caller, for_first = await desk.connect("hunt", caller, first)
    assert await _heard(caller, first.send(first.packet(), for_first))
    for_caller_again, for_second = await desk.connect("hunt", caller, second)
    assert for_caller_again == for_caller
    assert for_second != for_first
    await desk.delete_attempt("hunt", "t1")
    assert await _heard(second, caller.send(caller.packet(), for_caller))
    assert await _heard(caller, second.send(second.packet(), for_second))
    first.send(first.packet(), for_first)
    assert await _heard(caller, second.send(second.packet(), for_second))
    assert (caller.queued(), first.queued()) == (0, 0)
    assert "hunt" in call_ids(await desk.list_calls())
    await desk.delete_call("hunt", "A")


async def test_an_attempt_can_be_deleted_before_the_next_is_offered(
    engine: Engine, desk: Desk, phones: list[Phone]
) -> None:
    caller, first, second = phones
    for_caller, _ = await desk.connect("gap", caller, first)
    await desk.delete_attempt("gap", "t1")
    still_there = "gap" in call_ids(await desk.list_calls())
    assert still_there is not engine.differs("one-leg-call")
    for_caller_again, for_second = await desk.connect("gap", caller, second)
    if not engine.differs("one-leg-call"):
        assert for_caller_again == for_caller
    assert await _heard(second, caller.send(caller.packet(), for_caller_again))
    assert await _heard(caller, second.send(second.packet(), for_second))
    await desk.delete_call("gap", "A")


async def test_a_refused_media_line_stays_refused(desk: Desk, phones: list[Phone]) -> None:
    """RFC 3264 section 6: port 0, and the answer has as many lines as the offer."""
    caller, callee, _ = phones
    video = ("m=video 0 RTP/AVP 96",)
    offered = await desk.offer("video", caller, "t1", caller.sdp(*video))
    answered = await desk.answer("video", "A", callee, callee.sdp(*video))
    assert "m=video 0 RTP/AVP 96" in offered.text
    assert "m=video 0 RTP/AVP 96" in answered.text
    assert await _heard(callee, caller.send(caller.packet(), answered.port))
    await desk.delete_call("video", "A")


async def test_packets_of_payload_types_nobody_named(engine: Engine, desk: Desk, phones: list[Phone]) -> None:
    """goals.md, attacks on the relay: a wrong payload type is dropped."""
    caller, callee, _ = phones
    for_caller, _ = await desk.connect("payload", caller, callee)
    stray = caller.send(caller.packet(77), for_caller)
    good = caller.send(caller.packet(), for_caller)
    heard = [await callee.hears()]
    if engine.differs("unknown-payload-type"):
        heard.append(await callee.hears())
        assert heard == [stray, good]
    else:
        assert heard == [good]
    await desk.delete_call("payload", "A")


async def test_datagrams_that_are_no_rtp(engine: Engine, desk: Desk, phones: list[Phone]) -> None:
    """goals.md, attacks on the relay: wrong version, too short, oversize."""
    caller, callee, _ = phones
    for_caller, _ = await desk.connect("junk", caller, callee)
    junk = [b"\x00" * 40, b"\x80\x00", caller.packet(size=1600)]
    for datagram in junk:
        caller.send(datagram, for_caller)
    good = caller.send(caller.packet(), for_caller)
    heard = await callee.hears()
    if engine.differs("not-rtp"):
        assert heard == junk[0]
    else:
        assert heard == good
        assert _statistics(await desk.query("junk")).legs["A"].rtp.errors == len(junk)
    await desk.delete_call("junk", "A")


@pytest.mark.parametrize(
    "body",
    [
        {"command": "fly"},
        {"command": "offer", "call-id": "bad"},
        {"command": "offer", "call-id": "bad", "from-tag": "A", "sdp": "hello"},
        {"command": "answer", "call-id": "nobody", "from-tag": "A", "to-tag": "B", "sdp": "v=0\r\n"},
        {"command": "query", "call-id": "nobody"},
        {},
    ],
)
async def test_what_cannot_be_done_is_an_error_with_a_reason(engine: Engine, body: dict[str, str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
        raw.settimeout(2)
        raw.connect(engine.ng)
        answer = decode_dict(_ask(raw, b"error-%d" % next(_desks), dict(body)), 0)
    assert answer["result"] == b"error"
    assert answer["error-reason"]


async def test_ping_is_answered_with_pong(engine: Engine) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
        raw.settimeout(2)
        raw.connect(engine.ng)
        assert decode_dict(_ask(raw, b"ping-%d" % next(_desks), {"command": "ping"}), 0) == {"result": b"pong"}


async def _heard(phone: Phone, packet: bytes) -> bool:
    heard = await phone.hears()
    return heard == packet


def _statistics(result: object) -> CallStatistics:
    assert isinstance(result, Ok), result
    counted = call_statistics(result)
    assert counted is not None
    return counted


def _ask(raw: socket.socket, cookie: bytes, body: Mapping[str, BInput]) -> bytes:
    """Sends and returns the answer's dictionary as it came."""
    raw.send(cookie + b" " + encode(dict(body)))
    answer = raw.recv(65535)
    assert answer.startswith(cookie + b" ")
    return answer[len(cookie) + 1 :]
