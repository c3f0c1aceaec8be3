"""Port pairs: even, random, resting, skipping what others hold. Row 88."""

import errno
import socket

import pytest

from trunkline.kit.instant import Instant
from trunkline.service.relay.config import RelayConfig
from trunkline.service.relay.errors import BadRelayConfig, Refusal
from trunkline.service.relay.port_pool import BUSY_S, Pair, PortPool
from trunkline.service.relay.udp_socket import bound

HOST = "127.0.0.3"
"""An address of loopback that nothing else binds."""
START = Instant(1000.0)


def test_row_88_pairs_are_even_and_adjacent_and_inside_the_range() -> None:
    """Row 88."""
    pool = _pool((21_001, 21_007))
    pairs = [pool.take(START) for _ in range(3)]
    assert {_port(pair) for pair in pairs} == {(21_002, 21_003), (21_004, 21_005), (21_006, 21_007)}
    _close(pairs)


def test_the_range_exhausted_is_a_refusal_and_nothing_else() -> None:
    pool = _pool((21_010, 21_011))
    pair = pool.take(START)
    with pytest.raises(Refusal, match="Ran out of ports"):
        pool.take(START)
    _close([pair])


def test_a_freed_pair_rests_two_seconds() -> None:
    """goals.md, attacks: a late packet must find no other call."""
    pool = _pool((21_020, 21_021))
    _close([pool.take(START)])
    pool.give_back(21_020, START)
    with pytest.raises(Refusal):
        pool.take(Instant(START + 1.999))
    _close([pool.take(Instant(START + 2.0))])


@pytest.mark.parametrize("held", [21_030, 21_031])
def test_row_88_a_pair_that_somebody_holds_half_of_is_skipped_and_tried_later(held: int) -> None:
    """Row 88: both sockets of the pair must be had, and none may leak."""
    other = bound(HOST, held)
    pool = _pool((21_030, 21_031))
    with pytest.raises(Refusal):
        pool.take(START)
    other.close()
    with pytest.raises(Refusal):
        pool.take(Instant(START + BUSY_S - 0.1))
    _close([pool.take(Instant(START + BUSY_S))])


def test_a_pair_resting_shortly_does_not_wait_behind_one_that_is_busy() -> None:
    other = bound(HOST, 21_042)
    pool = PortPool(HOST, (21_040, 21_043), 2.0, choose=lambda below: below - 1)
    pair = pool.take(START)
    assert _port(pair) == (21_040, 21_041)
    _close([pair])
    pool.give_back(21_040, START)
    _close([pool.take(Instant(START + 2.0))])
    other.close()


def test_no_sockets_left_is_said_and_costs_no_port() -> None:
    def refuse(_host: str, _port: int) -> socket.socket:
        raise OSError(errno.EMFILE, "Too many open files")

    pool = PortPool(HOST, (21_050, 21_053), 2.0, bind=refuse)
    with pytest.raises(Refusal, match="Too many open files"):
        pool.take(START)
    assert len(pool) == 2


def test_the_choice_is_the_sources() -> None:
    """Random ports cannot be guessed; here the source of randomness says which."""
    pool = PortPool(HOST, (21_060, 21_069), 2.0, choose=lambda _: 1)
    pairs = [pool.take(START), pool.take(START)]
    assert [_port(pair)[0] for pair in pairs] == [21_062, 21_068]
    _close(pairs)


@pytest.mark.parametrize(
    "ports", [(20_001, 20_001), (20_001, 20_002), (20_000, 20_000), (30_000, 20_000), (1, 9), (60_000, 70_000)]
)
def test_a_range_without_a_pair_is_refused_by_its_values(ports: tuple[int, int]) -> None:
    with pytest.raises(BadRelayConfig, match=f"{ports[0]}-{ports[1]}"):
        RelayConfig(ports=ports)


def _pool(ports: tuple[int, int]) -> PortPool:
    return PortPool(HOST, ports, 2.0)


def _port(pair: Pair) -> tuple[int, int]:
    return pair[0].getsockname()[1], pair[1].getsockname()[1]


def _close(pairs: list[Pair]) -> None:
    for pair in pairs:
        for sock in pair:
            sock.close()
