"""RTP endpoints over loopback, ticked by hand: rows 81, 84, 85 and 88, RFC 3550."""

import asyncio
import socket
import wave
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from trunkline.platform.media.audio import Clip, Echo, Nothing, Play, Silence, play_tone
from trunkline.platform.media.rtp_endpoint import MAX_DRAIN, REPORT_TICKS, RtpEndpoint
from trunkline.platform.media.rtp_engine import NoFreePort, RtpEngine
from trunkline.protocol.rtp import g711, packet, rtcp, tone
from trunkline.protocol.rtp.telephone_event import DIGITS

HOST = "127.0.0.1"
PORTS = (30000, 39999)


class SteppedLoop(asyncio.SelectorEventLoop):
    """A loop whose clock the test moves."""

    def __init__(self) -> None:
        self.clock = 100.0
        super().__init__()

    def time(self) -> float:
        return self.clock

    def turn(self) -> None:
        """Runs what is due and ready, once."""
        self.call_soon(self.stop)
        self.run_forever()


@pytest.fixture
def loop() -> Iterator[SteppedLoop]:
    loop = SteppedLoop()
    yield loop
    loop.close()


@pytest.fixture
def engine(loop: SteppedLoop) -> Iterator[RtpEngine]:
    engine = RtpEngine(loop)
    yield engine
    engine.close()
    assert len(engine) == 0


@pytest.fixture
def pair(engine: RtpEngine) -> tuple[RtpEndpoint, RtpEndpoint]:
    one, other = engine.open(HOST, PORTS), engine.open(HOST, PORTS)
    one.connect(HOST, other.local_port, g711.PCMU)
    other.connect(HOST, one.local_port, g711.PCMU)
    return one, other


@pytest.fixture
def peer() -> Iterator[socket.socket]:
    """A plain socket as the far side."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind((HOST, 0))
        peer.settimeout(2)
        yield peer


def ticked(endpoints: tuple[RtpEndpoint, ...], times: int) -> None:
    for _ in range(times):
        for endpoint in endpoints:
            endpoint.tick()
        for endpoint in endpoints:
            endpoint.drain_rtp()
            endpoint.drain_rtcp()


def heard(path: Path) -> bytes:
    with wave.open(str(path), "rb") as file:
        return file.readframes(file.getnframes())


@pytest.mark.parametrize("law", [g711.PCMU, g711.PCMA])
def test_row_81_a_tone_arrives_and_is_recorded(engine: RtpEngine, tmp_path: Path, law: int) -> None:
    one, other = engine.open(HOST, PORTS), engine.open(HOST, PORTS)
    one.connect(HOST, other.local_port, law)
    other.connect(HOST, one.local_port, law)
    one.play(play_tone(440))
    other.record(tmp_path / "heard.wav")
    ticked((one, other), 100)
    other.record(None)
    figures = other.figures()
    assert (figures.packets_received, figures.octets_received, figures.packets_lost) == (100, 16000, 0)
    assert one.figures().packets_sent == 100
    assert one.figures().packets_received == 0
    samples = heard(tmp_path / "heard.wav")
    assert len(samples) == 100 * 320
    assert tone.share(samples, 440) > 0.98


def test_row_85_packets_are_20_ms_and_a_talkspurt_begins_with_the_marker(
    engine: RtpEngine, peer: socket.socket
) -> None:
    """RFC 3551 section 4.1."""
    endpoint = engine.open(HOST, PORTS)
    endpoint.connect(HOST, peer.getsockname()[1], g711.PCMA)
    endpoint.play(Silence())
    ticked((endpoint,), 2)
    endpoint.play(Nothing())
    ticked((endpoint,), 3)
    endpoint.play(Silence())
    ticked((endpoint,), 1)
    packets = [peer.recv(2000) for _ in range(3)]
    assert [len(data) for data in packets] == [172] * 3
    assert [packet.marker(data) for data in packets] == [True, False, True]
    assert {packet.payload_type(data) for data in packets} == {8}
    first = packets[0]
    sequences = [(packet.sequence(data) - packet.sequence(first)) & 0xFFFF for data in packets]
    timestamps = [(packet.timestamp(data) - packet.timestamp(first)) & 0xFFFFFFFF for data in packets]
    assert sequences == [0, 1, 2]
    assert timestamps == [0, 160, 800]
    assert len({packet.ssrc(data) for data in packets}) == 1


def test_echo_comes_back(pair: tuple[RtpEndpoint, RtpEndpoint], tmp_path: Path) -> None:
    one, other = pair
    one.play(play_tone(700))
    one.record(tmp_path / "echo.wav")
    other.play(Echo())
    ticked(pair, 100)
    one.record(None)
    assert tone.share(heard(tmp_path / "echo.wav"), 700) > 0.95


def test_row_84_digits_arrive_as_events_once_each(pair: tuple[RtpEndpoint, RtpEndpoint], loop: SteppedLoop) -> None:
    one, other = pair
    seen: list[str] = []
    other.on_digit = seen.append
    one.play(Silence())
    one.send_digits(DIGITS)
    ticked(pair, 16 * 11 + 5)
    loop.turn()
    assert other.digits == DIGITS
    assert seen == list(DIGITS)
    assert other.figures().packets_lost == 0


def test_events_share_the_timestamp_of_their_beginning(engine: RtpEngine, peer: socket.socket) -> None:
    """RFC 4733 section 2.4.1."""
    endpoint = engine.open(HOST, PORTS)
    endpoint.connect(HOST, peer.getsockname()[1], g711.PCMU, event_type=96)
    endpoint.send_digits("5", 480)
    ticked((endpoint,), 5)
    packets = [peer.recv(2000) for _ in range(5)]
    assert {packet.payload_type(data) for data in packets} == {96}
    assert len({packet.timestamp(data) for data in packets}) == 1
    assert [packet.marker(data) for data in packets] == [True, False, False, False, False]
    assert [data[12:].hex() for data in packets] == ["050a00a0", "050a0140", "058a01e0", "058a01e0", "058a01e0"]


def test_digits_need_an_agreed_payload_type(engine: RtpEngine) -> None:
    endpoint = engine.open(HOST, PORTS)
    endpoint.connect(HOST, 9, g711.PCMU, event_type=None)
    with pytest.raises(ValueError, match="telephone-events"):
        endpoint.send_digits("1")


def test_the_heard_digits_are_bounded(pair: tuple[RtpEndpoint, RtpEndpoint]) -> None:
    one, other = pair
    one.send_digits("1" * 300, 160)
    ticked(pair, 300 * 6)
    assert other.digits == "1" * 256


def test_a_clip_ends_and_says_so_once(pair: tuple[RtpEndpoint, RtpEndpoint], loop: SteppedLoop) -> None:
    one, other = pair
    ends: list[int] = []
    one.play(Play(Clip(tone.sine([440], 0.1))), lambda: ends.append(1))
    ticked(pair, 20)
    loop.turn()
    assert ends == [1]
    assert other.figures().packets_received == 5


def test_hold_sends_nothing_and_goes_on_where_it_was(pair: tuple[RtpEndpoint, RtpEndpoint]) -> None:
    one, other = pair
    one.play(Play(Clip(tone.sine([440], 0.2))))
    ticked(pair, 4)
    one.hold()
    ticked(pair, 50)
    assert other.figures().packets_received == 4
    one.resume()
    ticked(pair, 50)
    assert other.figures().packets_received == 10
    assert other.figures().packets_lost == 0


def test_only_the_peer_is_heard(pair: tuple[RtpEndpoint, RtpEndpoint], peer: socket.socket) -> None:
    one, _ = pair
    peer.sendto(packet.build(b"\xff" * 160, 0, 1, 0, 7), (HOST, one.local_port))
    ticked(pair, 1)
    assert one.figures().packets_received == 0


def test_packets_before_the_peer_is_known_are_set_aside(engine: RtpEngine, peer: socket.socket) -> None:
    endpoint = engine.open(HOST, PORTS)
    data = packet.build(b"\xff" * 160, 0, 1, 0, 7)
    peer.sendto(data, (HOST, endpoint.local_port))
    endpoint.drain_rtp()
    assert endpoint.figures().dropped == {"early": 1}
    peer.sendto(data, (HOST, endpoint.local_port))
    endpoint.connect(HOST, peer.getsockname()[1], g711.PCMU)
    endpoint.drain_rtp()
    assert endpoint.figures().packets_received == 0


def test_bad_packets_are_counted_by_reason(engine: RtpEngine, peer: socket.socket) -> None:
    """goals.md, reliability row 6."""
    endpoint = engine.open(HOST, PORTS)
    endpoint.connect(HOST, peer.getsockname()[1], g711.PCMU, rtcp_port=peer.getsockname()[1])
    good = packet.build(b"\xff" * 160, 0, 1, 0, 7)
    for data in (b"", b"\x80", b"\x00" * 172, packet.build(b"", 34, 1, 0, 7), good + bytes(1500), good):
        peer.sendto(data, (HOST, endpoint.local_port))
    peer.sendto(packet.build(b"\x01", 101, 2, 0, 7), (HOST, endpoint.local_port))
    peer.sendto(b"junk", (HOST, endpoint.local_rtcp_port))
    endpoint.drain_rtp()
    endpoint.drain_rtcp()
    figures = endpoint.figures()
    assert figures.packets_received == 2
    assert figures.dropped == {
        "too-short": 2,
        "wrong-version": 1,
        "wrong-payload-type": 1,
        "oversize": 1,
        "malformed-rtcp": 1,
        "malformed-event": 1,
    }


def test_loss_and_a_new_source_are_told_apart(engine: RtpEngine, peer: socket.socket) -> None:
    endpoint = engine.open(HOST, PORTS)
    endpoint.connect(HOST, peer.getsockname()[1], g711.PCMU)
    for sequence in (10, 11, 13):
        peer.sendto(packet.build(b"\xff" * 160, 0, sequence, 160 * sequence, 7), (HOST, endpoint.local_port))
    for sequence in (40000, 40001):
        peer.sendto(packet.build(b"\xff" * 160, 0, sequence, 160 * sequence, 8), (HOST, endpoint.local_port))
    endpoint.drain_rtp()
    figures = endpoint.figures()
    assert (figures.packets_received, figures.packets_lost) == (5, 1)
    assert figures.loss_ratio == pytest.approx(1 / 6)


def test_a_sender_reports_every_5_s_with_its_counts(engine: RtpEngine, peer: socket.socket) -> None:
    """RFC 3550 sections 6.2 and 6.4.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reports:
        reports.bind((HOST, 0))
        reports.settimeout(2)
        endpoint = engine.open(HOST, PORTS)
        endpoint.connect(HOST, peer.getsockname()[1], g711.PCMU, rtcp_port=reports.getsockname()[1])
        endpoint.play(Silence())
        for sequence in (1, 2, 4):
            peer.sendto(packet.build(b"\xff" * 160, 0, sequence, 160 * sequence, 7), (HOST, endpoint.local_port))
        ticked((endpoint,), REPORT_TICKS)
        sender, description = rtcp.parse(reports.recv(2000))
        first = peer.recv(2000)
        assert isinstance(sender, rtcp.SenderReport)
        assert (sender.ssrc, sender.packets, sender.octets) == (packet.ssrc(first), 250, 40000)
        assert (sender.rtp_timestamp - packet.timestamp(first)) & 0xFFFFFFFF == 250 * 160
        (block,) = sender.blocks
        assert (block.ssrc, block.highest_sequence, block.cumulative_lost) == (7, 4, 1)
        assert isinstance(description, rtcp.SourceDescription)
        endpoint.close()
        last = rtcp.parse(reports.recv(2000))
        assert last[-1] == rtcp.Goodbye((sender.ssrc,))


def test_a_listener_reports_without_a_sender_report(engine: RtpEngine, peer: socket.socket) -> None:
    endpoint = engine.open(HOST, PORTS)
    endpoint.connect(HOST, 9, g711.PCMU, rtcp_port=peer.getsockname()[1])
    ticked((endpoint,), REPORT_TICKS)
    assert isinstance(rtcp.parse(peer.recv(2000))[0], rtcp.ReceiverReport)


def test_each_side_learns_what_the_other_heard(pair: tuple[RtpEndpoint, RtpEndpoint]) -> None:
    one, other = pair
    one.play(Silence())
    other.play(Silence())
    assert one.figures().remote_lost is None
    ticked(pair, 2 * REPORT_TICKS)
    figures = one.figures()
    assert (figures.remote_lost, figures.remote_loss_ratio) == (0, 0.0)
    assert figures.remote_jitter_ms is not None
    assert figures.round_trip_ms is not None
    assert 0 <= figures.round_trip_ms < 2000
    assert 1 <= figures.mos <= 4.41


def test_reports_on_the_port_of_rtp_are_read(engine: RtpEngine, peer: socket.socket) -> None:
    """RFC 5761."""
    endpoint = engine.open(HOST, PORTS)
    endpoint.connect(HOST, peer.getsockname()[1], g711.PCMU)
    endpoint.play(Silence())
    ticked((endpoint,), 1)
    ssrc = packet.ssrc(peer.recv(2000))
    strange = rtcp.ReportBlock(ssrc + 1 & 0xFFFFFFFF, 255, 99, 1, 9)
    report = rtcp.ReceiverReport(7, (rtcp.ReportBlock(ssrc, 128, 3, 1, 80), strange))
    peer.sendto(rtcp.build([report]), (HOST, endpoint.local_port))
    endpoint.drain_rtp()
    figures = endpoint.figures()
    assert (figures.remote_lost, figures.remote_loss_ratio, figures.remote_jitter_ms) == (3, 0.5, 10)
    assert figures.dropped == {}


def test_a_peer_that_is_gone_is_counted_and_no_error(engine: RtpEngine) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.bind((HOST, 0))
        port = gone.getsockname()[1]
    endpoint = engine.open(HOST, PORTS)
    endpoint.connect(HOST, port, g711.PCMU)
    endpoint.play(Silence())
    ticked((endpoint,), 10)
    figures = endpoint.figures()
    assert figures.send_errors > 0
    assert figures.packets_sent > 0
    for _ in range(2):  # without a look at the socket the refusal comes back at the next packet
        endpoint.tick()
    assert endpoint.figures().send_errors > figures.send_errors
    figures = endpoint.figures()
    endpoint.connect("255.255.255.255", port, g711.PCMU)  # not allowed without SO_BROADCAST
    ticked((endpoint,), 1)
    assert endpoint.figures().send_errors > figures.send_errors


def test_reports_to_a_port_without_a_listener_do_no_harm(engine: RtpEngine, peer: socket.socket) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.bind((HOST, 0))
        port = gone.getsockname()[1]
    endpoint = engine.open(HOST, PORTS)
    endpoint.connect(HOST, peer.getsockname()[1], g711.PCMU, rtcp_port=port)
    ticked((endpoint,), REPORT_TICKS)
    assert endpoint.figures().dropped == {}


def test_a_burst_is_drained_in_portions(engine: RtpEngine, peer: socket.socket) -> None:
    """No endpoint keeps the loop from the others."""
    endpoint = engine.open(HOST, PORTS)
    endpoint.connect(HOST, peer.getsockname()[1], g711.PCMU, rtcp_port=peer.getsockname()[1])
    for sequence in range(MAX_DRAIN + 1):
        peer.sendto(packet.build(b"\xff" * 160, 0, sequence, 160 * sequence, 7), (HOST, endpoint.local_port))
        peer.sendto(b"junk", (HOST, endpoint.local_rtcp_port))
    endpoint.drain_rtp()
    endpoint.drain_rtcp()
    figures = endpoint.figures()
    assert (figures.packets_received, figures.dropped) == (MAX_DRAIN, {"malformed-rtcp": MAX_DRAIN})
    endpoint.drain_rtp()
    endpoint.drain_rtcp()
    assert endpoint.figures().packets_received == MAX_DRAIN + 1


def test_every_mutated_packet_is_taken_or_counted(engine: RtpEngine, peer: socket.socket, tmp_path: Path) -> None:
    """goals.md, reliability row 6; the seed is fixed, so that a find is repeatable."""
    dice = Random(4733)
    endpoint = engine.open(HOST, PORTS)
    endpoint.connect(HOST, peer.getsockname()[1], g711.PCMU)
    endpoint.play(Echo())
    endpoint.record(tmp_path / "heard.wav")
    models = (
        packet.build(b"\xff" * 160, 0, 1, 160, 7),
        packet.build(b"\x05\x0a\x00\xa0", 101, 2, 320, 7),
        rtcp.build([rtcp.ReceiverReport(7, (rtcp.ReportBlock(1, 2, 3, 4, 5),)), rtcp.SourceDescription(((7, b"x"),))]),
    )
    for _ in range(3000):
        data = bytearray(dice.choice(models))
        for _ in range(dice.randrange(4)):
            data[dice.randrange(min(len(data), 40))] = dice.randrange(256)
        peer.sendto(data[: dice.randrange(len(data) + 1)], (HOST, endpoint.local_port))
        endpoint.drain_rtp()
    figures = endpoint.figures()
    assert figures.packets_received > 100
    assert {"too-short", "wrong-version", "wrong-payload-type", "malformed-rtcp"} <= figures.dropped.keys()


def test_a_dynamic_payload_type_needs_its_law(engine: RtpEngine) -> None:
    endpoint = engine.open(HOST, PORTS)
    with pytest.raises(ValueError, match="law"):
        endpoint.connect(HOST, 9, 110)
    endpoint.connect(HOST, 9, 110, law=g711.PCMA)


def test_row_88_ports_are_even_with_the_odd_one_above_until_none_is_left(engine: RtpEngine) -> None:
    ports = (39801, 39809)
    endpoints = [engine.open("127.0.0.7", ports) for _ in range(4)]
    with pytest.raises(NoFreePort):
        engine.open("127.0.0.7", ports)
    assert sorted(endpoint.local_port for endpoint in endpoints) == [39802, 39804, 39806, 39808]
    assert endpoints[0].local_rtcp_port == endpoints[0].local_port + 1
    endpoints[0].close()
    assert engine.open("127.0.0.7", ports).local_port == endpoints[0].local_port


def test_an_address_that_is_not_ours_is_named_at_once(engine: RtpEngine) -> None:
    with pytest.raises(NoFreePort, match=r"192\.0\.2\.1"):
        engine.open("192.0.2.1", PORTS)
    with pytest.raises(NoFreePort, match="no even port"):
        engine.open(HOST, (4001, 4001))


def test_closing_gives_the_ports_back_and_may_be_repeated(engine: RtpEngine) -> None:
    endpoint = engine.open(HOST, PORTS)
    port = endpoint.local_port
    endpoint.close()
    endpoint.close()
    assert endpoint.closed
    assert len(engine) == 0
    assert engine.open(HOST, (port, port + 1)).local_port == port


def test_one_ticker_drives_everybody_and_skips_what_it_missed(
    engine: RtpEngine, loop: SteppedLoop, peer: socket.socket
) -> None:
    endpoints = [engine.open(HOST, PORTS) for _ in range(8)]
    for endpoint in endpoints:
        endpoint.connect(HOST, peer.getsockname()[1], g711.PCMU)
        endpoint.play(Silence())

    def sent() -> list[int]:
        return [endpoint.figures().packets_sent for endpoint in endpoints]

    for _ in range(4 * 5):
        loop.clock += 0.005
        loop.turn()
    assert sent() == [5] * 8
    assert engine.ticks_missed == 0
    loop.clock += 10
    loop.turn()
    assert sum(sent()) <= 8 * 5 + 2
    assert engine.ticks_missed > 1900


def test_a_callback_that_fails_stops_nobody(
    pair: tuple[RtpEndpoint, RtpEndpoint], loop: SteppedLoop, engine: RtpEngine
) -> None:
    errors: list[object] = []
    loop.set_exception_handler(lambda _, context: errors.append(context["exception"]))
    one, other = pair

    def fail() -> None:
        raise RuntimeError("a caller's mistake")

    one.play(Play(Clip(b"")), fail)
    other.play(Silence())
    for _ in range(8):
        loop.clock += 0.005
        loop.turn()
    assert [str(error) for error in errors] == ["a caller's mistake"]
    assert other.figures().packets_sent == 2
    assert len(engine) == 2


def test_the_real_loop_paces_and_delivers(tmp_path: Path) -> None:
    """Row 85 on the wall clock: 20 packets take 0.38 s at least."""

    async def call() -> None:
        running = asyncio.get_running_loop()
        engine = RtpEngine(running)
        one, other = engine.open(HOST, PORTS), engine.open(HOST, PORTS)
        one.connect(HOST, other.local_port, g711.PCMU)
        other.connect(HOST, one.local_port, g711.PCMU)
        other.record(tmp_path / "heard.wav")
        finished: asyncio.Future[None] = running.create_future()
        began = running.time()
        one.play(Play(Clip(tone.sine([440], 0.4))), lambda: finished.set_result(None))
        await asyncio.wait_for(finished, 10)
        assert running.time() - began >= 0.37
        other.drain_rtp()
        assert other.figures().packets_received == 20
        engine.close()

    asyncio.run(call())
    assert tone.share(heard(tmp_path / "heard.wav"), 440) > 0.95
