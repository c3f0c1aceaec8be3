"""How a connection is found, and what a source has of them (RFC 3261 section 18)."""

import socket

from trunkline.kit.instant import Instant
from trunkline.platform.sipnet.stream import Stream, StreamState
from trunkline.platform.sipnet.stream_table import StreamTable
from trunkline.protocol.sip.transaction.flow import Flow

PEER = Flow("TCP", "192.0.2.7", 5060)


def add(table: StreamTable, peer: Flow = PEER, *, inbound: bool = True) -> Stream:
    with socket.socket() as sock:
        return table.add(sock, peer, StreamState.OPEN, Instant(0.0), inbound=inbound)


def test_a_connection_is_found_by_its_number_and_the_youngest_by_its_address() -> None:
    table = StreamTable()
    elder, younger = add(table), add(table)
    assert table.find(elder.flow) is elder
    assert table.find(PEER) is younger
    table.remove(elder)
    assert table.find(elder.flow) is None
    assert table.find(PEER) is younger
    table.remove(younger)
    assert table.find(PEER) is None
    assert add(table).flow.connection == 3, "a number came again"


def test_a_source_has_the_connections_that_came_from_it() -> None:
    table = StreamTable()
    came, ours = add(table), add(table, inbound=False)
    assert (len(table), table.from_source(PEER.address)) == (2, 1)
    table.remove(ours)
    assert table.from_source(PEER.address) == 1
    table.remove(came)
    assert (len(table), table.from_source(PEER.address)) == (0, 0)


def test_all_may_be_removed_while_they_are_looked_through() -> None:
    table = StreamTable()
    for _ in range(3):
        add(table)
    for stream in table:
        table.remove(stream)
    assert not len(table)


def test_the_addresses_of_one_ipv6_network_are_one_source() -> None:
    """Goals, 14: who has 2^64 addresses could else take every connection (RFC 4291 section 2.5.4)."""
    table = StreamTable()
    came = [add(table, Flow("TCP", f"2001:db8:1:2:{host:x}::1", 5060)) for host in range(3)]
    assert table.from_source("2001:db8:1:2:ffff::9") == 3
    assert table.from_source("2001:db8:1:3::1") == 0
    for stream in came:
        table.remove(stream)
    assert table.from_source("2001:db8:1:2::1") == 0
