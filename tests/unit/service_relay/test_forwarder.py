"""The media path on loopback sockets, one pass at a time: what passes, what is dropped and under which name."""

import select
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from trunkline.kit.instant import Instant
from trunkline.protocol.rtp.packet import build
from trunkline.service.relay.forwarder import Forwarder
from trunkline.service.relay.stream import Drop, Stream
from trunkline.service.relay.udp_socket import bound

HOST = "127.0.0.1"
NOW = Instant(50.0)
PAYLOAD = b"\xff" * 160
PEER_SSRC, LISTENER_SSRC = 11, 22


@dataclass(slots=True)
class Bench:
    """A peer and its stream, whose sink is the stream of a listener."""

    forwarder: Forwarder
    epoll: select.epoll
    stream: Stream
    peer: socket.socket
    listener: socket.socket
    stranger: socket.socket

    def send(self, sender: socket.socket, *packets: bytes) -> None:
        for packet in packets:
            sender.sendto(packet, (HOST, self.stream.port))

    def turn(self, now: Instant = NOW) -> None:
        """Passes until nothing is ready."""
        while events := self.epoll.poll(0):
            self.forwarder.pump(events, now)

    def heard(self) -> list[bytes]:
        found = []
        while True:
            try:
                found.append(self.listener.recv(4096))
            except BlockingIOError:
                return found

    def drops(self) -> dict[Drop, int]:
        return {drop: count for drop in Drop if (count := self.stream.drops[drop])}


Setting = Callable[..., Bench]


@pytest.fixture
def setting() -> Iterator[Setting]:
    """Makes a bench whose stream is strict or symmetric; everything is closed afterwards."""
    opened: list[socket.socket | select.epoll] = []

    def make(*, symmetric: bool = False, described: socket.socket | None = None, is_rtcp: bool = False) -> Bench:
        socks = [bound(HOST, 0) for _ in range(5)]
        free_port = _port(socks[3])
        peer, listener, stranger, ours, towards = socks
        # By number, as the pool does it: a port the kernel chose goes when the association ends.
        ours.close()
        ours = socks[3] = bound(HOST, free_port)
        epoll = select.epoll()
        opened.extend([*socks, epoll])
        forwarder = Forwarder(epoll)
        stream = Stream(ours, _port(ours), NOW, is_rtcp=is_rtcp)
        sink = Stream(towards, _port(towards), NOW, is_rtcp=False)
        stream.sink = sink
        stream.allow((0, 8, 101), (101,))
        sink.aim((HOST, _port(listener)), symmetric=False, trusted_host=None)
        stream.aim((HOST, _port(described or peer)), symmetric=symmetric, trusted_host=None)
        forwarder.open(stream, NOW)
        return Bench(forwarder, epoll, stream, peer, listener, stranger)

    yield make
    for each in opened:
        each.close()


def test_a_good_packet_passes_unchanged_and_is_counted(setting: Setting) -> None:
    bench = setting()
    packets = [_packet(sequence) for sequence in (1, 2, 3)]
    bench.send(bench.peer, *packets)
    bench.turn(Instant(51.0))
    assert bench.heard() == packets
    stream = bench.stream
    assert (stream.packets, stream.octets, stream.errors, stream.last_packet_at) == (3, 516, 0, 51.0)
    assert (stream.statistics.expected, stream.statistics.lost) == (3, 0)


@pytest.mark.parametrize(
    ("datagram", "why"),
    [
        (b"", Drop.TOO_SHORT),
        (b"\x80\x00" + bytes(9), Drop.TOO_SHORT),
        (b"\x40\x00" + bytes(170), Drop.WRONG_VERSION),
        (b"\x80\x03" + bytes(170), Drop.WRONG_PAYLOAD_TYPE),
        (b"\x80\xc8" + bytes(26), Drop.WRONG_PAYLOAD_TYPE),
        (b"\x80\x00" + bytes(1499), Drop.OVERSIZE),
        (b"\x80\x00" + bytes(5000), Drop.OVERSIZE),
    ],
)
@pytest.mark.parametrize("connected", [True, False])
def test_what_is_not_rtp_is_dropped_under_its_name(
    setting: Setting, datagram: bytes, why: Drop, connected: bool
) -> None:
    """goals.md, attacks on the relay; on the fast path and on the careful one."""
    bench = setting(symmetric=not connected)
    bench.send(bench.peer, datagram)
    bench.turn()
    assert bench.heard() == []
    assert bench.drops() == {why: 1}
    assert bench.stream.packets == 0


def test_row_86_a_stranger_is_refused_even_if_queued_before_the_address_was_known(setting: Setting) -> None:
    """Row 86: connect(2) leaves in the queue what came before it."""
    bench = setting()
    bench.forwarder.close(bench.stream)
    late = bound(HOST, 0)
    fresh = Stream(late, _port(late), NOW, is_rtcp=False)
    fresh.allow((0,), ())
    fresh.sink = bench.stream.sink
    bench.stranger.sendto(_packet(1, ssrc=99), (HOST, fresh.port))
    good = _packet(1)
    bench.peer.sendto(good, (HOST, fresh.port))
    fresh.aim((HOST, _port(bench.peer)), symmetric=False, trusted_host=None)
    bench.forwarder.open(fresh, NOW)
    assert bench.heard() == [good]
    assert fresh.drops[Drop.WRONG_SOURCE] == 1
    late.close()


def test_row_86_the_kernel_refuses_a_stranger_of_a_connected_stream(setting: Setting) -> None:
    """Row 86."""
    bench = setting()
    bench.send(bench.stranger, _packet(1, ssrc=PEER_SSRC))
    bench.turn()
    assert (bench.heard(), bench.stream.packets) == ([], 0)


def test_row_87_the_first_source_of_a_symmetric_leg_is_pinned_and_then_the_only_one(setting: Setting) -> None:
    """Row 87: behind NAT the packets come from another port than the SDP's."""
    elsewhere = bound(HOST, 0)
    bench = setting(symmetric=True, described=elsewhere)
    packets = [_packet(sequence) for sequence in range(1, 6)]
    for packet in packets:
        bench.send(bench.peer, packet)
        bench.turn()
    assert bench.heard() == packets
    assert bench.stream.connected
    assert bench.stream.destination == (HOST, _port(bench.peer))
    bench.send(bench.stranger, _packet(9, ssrc=PEER_SSRC))
    bench.turn()
    assert bench.heard() == []
    elsewhere.close()


def test_row_87_the_packet_that_pins_is_forwarded_itself_with_others_queued_behind_it(setting: Setting) -> None:
    """Row 87: sifting the queue after the connect must not overwrite it in the one buffer."""
    bench = setting(symmetric=True)
    packets = [_packet(sequence) for sequence in range(1, 4)]
    bench.send(bench.peer, *packets)
    bench.turn()
    assert bench.heard() == packets


def test_row_87_an_injected_ssrc_from_the_pinned_address_is_dropped_while_the_true_one_speaks(
    setting: Setting,
) -> None:
    """Row 87: address, port and SSRC are pinned."""
    bench = setting(symmetric=True)
    good = [_packet(sequence) for sequence in range(1, 21)]
    for packet in good:
        bench.send(bench.peer, packet, _packet(77, ssrc=99))
        bench.turn()
    assert bench.heard() == good
    assert bench.drops() == {Drop.WRONG_SSRC: 20}


def test_a_strict_peer_may_change_its_ssrc(setting: Setting) -> None:
    """RFC 3550 section 8.2; the new numbering is no loss."""
    bench = setting()
    bench.send(bench.peer, _packet(1), _packet(2), _packet(40_000, ssrc=99), _packet(40_001, ssrc=99))
    bench.turn()
    assert len(bench.heard()) == 4
    assert bench.stream.statistics.lost == 0


def test_a_new_address_opens_the_latch_again_and_the_old_source_is_refused(setting: Setting) -> None:
    bench = setting()
    bench.send(bench.peer, _packet(1))
    bench.turn()
    bench.stream.aim((HOST, _port(bench.stranger)), symmetric=False, trusted_host=None)
    bench.forwarder.open(bench.stream, NOW)
    bench.send(bench.peer, _packet(2))
    moved = _packet(3)
    bench.send(bench.stranger, moved)
    bench.turn()
    assert bench.heard()[1:] == [moved]


def test_the_same_address_again_keeps_what_was_latched(setting: Setting) -> None:
    """A session refresh from behind NAT names the private address again."""
    elsewhere = bound(HOST, 0)
    bench = setting(symmetric=True, described=elsewhere)
    bench.send(bench.peer, *[_packet(sequence) for sequence in range(1, 5)])
    bench.turn()
    bench.stream.aim((HOST, _port(elsewhere)), symmetric=True, trusted_host=None)
    assert bench.stream.destination == (HOST, _port(bench.peer))
    assert bench.stream.connected
    elsewhere.close()


def test_a_held_leg_is_sent_nothing_and_nobody_is_blamed(setting: Setting) -> None:
    bench = setting()
    sink = bench.stream.sink
    assert isinstance(sink, Stream)
    sink.hold()
    bench.send(bench.peer, _packet(1))
    bench.turn()
    assert (bench.heard(), bench.drops(), bench.stream.packets) == ([], {}, 1)


def test_a_listener_that_is_gone_costs_a_count_and_no_exception(setting: Setting) -> None:
    """ICMP port unreachable comes back as an error of a later call on the socket."""
    bench = setting()
    bench.listener.close()
    for sequence in range(1, 5):
        bench.send(bench.peer, _packet(sequence))
        bench.turn()
    assert bench.stream.packets == 4
    assert bench.stream.drops[Drop.SEND_FAILED] > 0


def test_telephone_events_do_not_count_as_jitter(setting: Setting) -> None:
    """RFC 4733: every packet of an event bears the same timestamp."""
    bench = setting()
    for sequence in range(1, 6):
        bench.send(bench.peer, build(b"\x01\x0a\x00\xa0", 101, sequence, 1000, PEER_SSRC))
        bench.turn(Instant(NOW + sequence * 0.02))
    assert len(bench.heard()) == 5
    assert bench.stream.statistics.jitter_scaled == 0


def test_a_flood_on_one_port_costs_the_others_one_datagram_a_pass(setting: Setting) -> None:
    """Every ready stream is read once per pass."""
    bench = setting()
    other = setting()
    bench.forwarder.open(other.stream, NOW)
    bench.send(bench.peer, *[_packet(sequence) for sequence in range(1, 51)])
    other.send(other.peer, _packet(1))
    bench.forwarder.pump(bench.epoll.poll(0), NOW)
    assert (len(bench.heard()), len(other.heard())) == (1, 1)


@pytest.mark.parametrize(
    ("datagram", "why"),
    [
        (b"\x80\xc9\x00\x01", Drop.TOO_SHORT),
        (b"\x00\xc9\x00\x01" + bytes(4), Drop.WRONG_VERSION),
        (b"\x80\x00\x00\x01" + bytes(160), Drop.WRONG_VERSION),
        (b"\x80\xc9\x00\x01" + bytes(1497), Drop.OVERSIZE),
        (b"\x80\xc9\x00\x01" + bytes(60_000), Drop.OVERSIZE),
    ],
)
def test_what_is_not_rtcp_is_dropped_on_the_rtcp_port(setting: Setting, datagram: bytes, why: Drop) -> None:
    bench = setting(is_rtcp=True)
    bench.send(bench.peer, datagram)
    bench.turn()
    assert (bench.heard(), bench.drops()) == ([], {why: 1})


def test_rtcp_that_cannot_be_read_is_forwarded_and_says_nothing(setting: Setting) -> None:
    """A compound that begins with APP, say: not ours to judge."""
    bench = setting(is_rtcp=True)
    odd = b"\x80\xcc\x00\x01" + bytes(4)
    bench.send(bench.peer, odd)
    bench.turn()
    assert (bench.heard(), bench.stream.heard.blocks) == ([odd], 0)


def test_other_descriptors_are_told_and_left_alone(setting: Setting) -> None:
    bench = setting()
    other = bound(HOST, 0)
    bench.epoll.register(other.fileno(), select.EPOLLIN)
    bench.forwarder.reserve(other.fileno())
    bench.peer.sendto(b"x", (HOST, _port(other)))
    assert bench.forwarder.pump(bench.epoll.poll(0), NOW)
    bench.epoll.unregister(other.fileno())
    other.close()


def _packet(sequence: int, ssrc: int = PEER_SSRC) -> bytes:
    return build(PAYLOAD, 0, sequence, sequence * 160, ssrc)


def _port(sock: socket.socket) -> int:
    port: int = sock.getsockname()[1]
    return port
