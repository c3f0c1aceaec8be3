"""Random walks through the transaction layer: nothing raises, everything ends, the tables end empty."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kit.clock import FakeClock
from tests.kit.length import runs
from tests.kit.wire import Address, Wire
from tests.unit.protocol_sip_transaction.message import request, response
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.invite_client import InviteClientTransaction
from trunkline.protocol.sip.transaction.layer import TransactionLayer
from trunkline.protocol.sip.transaction.output import (
    RequestArrived,
    ResponseArrived,
    TransactionFailed,
    TransactionTerminated,
    Transmit,
)
from trunkline.protocol.sip.transaction.transaction import ClientTransaction, ServerTransaction, Transaction

FLOWS = [Flow("UDP", "192.0.2.9", 5060), Flow("TCP", "192.0.2.9", 5060, 3), Flow("TCP", "192.0.2.9", 5060)]
METHODS = ["INVITE", "OPTIONS", "CANCEL", "ACK", "BYE"]
STATUSES = [100, 180, 200, 302, 486, 503, 603]
BRANCHES = ["z9hG4bK-1", "z9hG4bK-2", "", "old"]

step = st.one_of(
    st.tuples(st.just("arrive"), st.sampled_from(METHODS), st.sampled_from(BRANCHES), st.sampled_from(FLOWS)),
    st.tuples(st.just("start"), st.sampled_from(METHODS[:3]), st.sampled_from(FLOWS)),
    st.tuples(st.just("answered"), st.integers(0, 9), st.sampled_from(STATUSES), st.sampled_from(FLOWS)),
    st.tuples(st.just("respond"), st.integers(0, 9), st.sampled_from(STATUSES)),
    st.tuples(st.just("abandon"), st.integers(0, 9)),
    st.tuples(st.just("broken"), st.sampled_from(FLOWS)),
    st.tuples(st.just("leap"), st.floats(0.0, 40.0)),
)


class Walk:
    """One layer and all that its TU remembers."""

    def __init__(self) -> None:
        self.layer = TransactionLayer()
        self.clock = FakeClock()
        self.clients: list[ClientTransaction] = []
        self.servers: list[ServerTransaction] = []
        self.ended: list[Transaction] = []
        self.failed: list[Transaction] = []
        self.finals: list[Transaction] = []
        self.branches = 0

    def drain(self) -> None:
        while (output := self.layer.poll()) is not None:
            if isinstance(output, RequestArrived):
                self.servers.append(output.transaction)
            elif isinstance(output, ResponseArrived) and output.response.status >= 200:
                self.finals.append(output.transaction)
            elif isinstance(output, TransactionFailed):
                self.failed.append(output.transaction)
            elif isinstance(output, TransactionTerminated):
                self.ended.append(output.transaction)

    def take(self, step: tuple[object, ...]) -> None:
        now = self.clock.now
        match step:
            case ("arrive", str(method), str(branch), Flow() as flow):
                message = request(method, branch=branch, transport=flow.transport)
                message.stamp_via(flow.address, flow.port)
                self.layer.receive(message, flow, now)
            case ("start", str(method), Flow() as flow):
                self.branches += 1
                message = request(method, branch=f"z9hG4bK-ours-{self.branches}", transport=flow.transport)
                self.clients.append(self.layer.start_client(message, flow, self, now))
            case ("answered", int(which), int(status), Flow() as flow) if self.clients:
                asked = self.clients[which % len(self.clients)].request
                self.layer.receive(response(asked, status), flow, now)
            case ("respond", int(which), int(status)) if self.servers:
                transaction = self.servers[which % len(self.servers)]
                self.layer.respond(transaction, response(transaction.request, status), now)
            case ("abandon", int(which)) if self.clients:
                transaction_ = self.clients[which % len(self.clients)]
                if isinstance(transaction_, InviteClientTransaction):
                    self.layer.abandon(transaction_, now)
            case ("broken", Flow() as flow):
                self.layer.transport_failed(flow, "reset", now)
            case ("leap", float(seconds)):
                self.layer.advance(self.clock.leap(seconds))
            case _:
                pass  # nobody to answer or abandon yet
        self.drain()

    def finish(self) -> None:
        """The TU ends what only it can end, then time passes."""
        for server in self.servers:
            self.layer.respond(server, response(server.request, 486), self.clock.now)
        for client in self.clients:
            if isinstance(client, InviteClientTransaction):
                self.layer.abandon(client, self.clock.now)
        self.drain()
        for _ in range(1000):
            deadline = self.layer.next_deadline()
            if deadline is None:
                return
            self.layer.advance(self.clock.leap_to(max(deadline, self.clock.now)))
            self.drain()
        raise AssertionError("timers without end")


@settings(max_examples=runs(150), deadline=None)
@given(st.lists(step, max_size=40))
def test_any_walk_ends_with_empty_tables_and_one_end_each(steps: list[tuple[object, ...]]) -> None:
    walk = Walk()
    for taken in steps:
        walk.take(taken)
    walk.finish()
    assert len(walk.layer.table) == 0
    everybody = [*walk.clients, *walk.servers]
    assert sorted(map(id, walk.ended)) == sorted(map(id, everybody)), "each ends once"
    assert all(transaction.state.name == "TERMINATED" for transaction in everybody)
    assert all(transaction.owner is None for transaction in everybody)
    assert not {id(client) for client in walk.clients if client in walk.failed} & {id(one) for one in walk.finals}
    # Nothing may be kept in an index either: a second life with the same keys starts from nothing.
    assert walk.layer.table.invite_of(request("CANCEL")) is None
    walk.layer.transport_failed(FLOWS[0], "refused", walk.clock.now)
    assert walk.layer.poll() is None


PHONE: Address = ("192.0.2.9", 5060)
SERVER: Address = ("192.0.2.1", 5060)


class Pair:
    """Two layers and a bad network between them; the answering TU refuses every INVITE and answers every OPTIONS."""

    def __init__(self, seed: int, loss: float) -> None:
        self.clock = FakeClock()
        self.wire = Wire(seed, loss=loss, repeat=0.1, delay=(0.005, 0.3))
        self.layers = {PHONE: TransactionLayer(), SERVER: TransactionLayer()}
        self.arrived: list[str] = []
        self.results: dict[str, str] = {}

    def pump(self, here: Address) -> None:
        layer = self.layers[here]
        while (output := layer.poll()) is not None:
            match output:
                case Transmit(flow, data):
                    self.wire.send(here, (flow.address, flow.port), data, self.clock.now)
                case RequestArrived(transaction, message):
                    self.arrived.append(message.call_id)
                    status = 486 if message.method == "INVITE" else 200
                    if status == 486:
                        layer.respond(transaction, message.respond(100), self.clock.now)
                    layer.respond(transaction, message.respond(status, to_tag="bob"), self.clock.now)
                case ResponseArrived(transaction, message) if message.status >= 200:
                    assert message.call_id not in self.results, "told twice"
                    self.results[message.call_id] = str(message.status)
                case TransactionFailed(transaction, cause, _) if isinstance(transaction, ClientTransaction):
                    self.results[transaction.request.call_id] = cause.value

    def deliver(self) -> None:
        while (packet := self.wire.take(self.clock.now)) is not None:
            message = parse(packet.data)
            assert isinstance(message, (Request, Response))
            if isinstance(message, Request):
                message.stamp_via(*packet.source)
            self.layers[packet.target].receive(message, Flow("UDP", *packet.source), self.clock.now)
            self.pump(packet.target)

    def run(self) -> None:
        for _ in range(100_000):
            deadlines = [self.wire.next_deadline(), *(layer.next_deadline() for layer in self.layers.values())]
            due = [deadline for deadline in deadlines if deadline is not None]
            if not due:
                return
            self.clock.leap_to(max(min(due), self.clock.now))
            self.deliver()
            for address, layer in self.layers.items():
                layer.advance(self.clock.now)
                self.pump(address)
        raise AssertionError("no end")


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("loss", [0.0, 0.05, 0.2, 0.5])
def test_two_layers_over_a_bad_network_agree_and_end(seed: int, loss: float) -> None:
    """Goal 4 for transactions: an INVITE is refused and an OPTIONS answered once, whatever the network does."""
    pair = Pair(seed, loss)
    for number in range(40):
        method = random.Random(seed * 1000 + number).choice(["INVITE", "OPTIONS"])
        message = request(method, branch=f"z9hG4bK-{number}", call_id=f"{method}-{number}")
        flow = Flow("UDP", *SERVER)
        pair.layers[PHONE].start_client(message, flow, None, pair.clock.now)
        pair.pump(PHONE)
    pair.run()
    assert all(len(layer.table) == 0 for layer in pair.layers.values())
    assert len(pair.arrived) == len(set(pair.arrived)), "a repeated request was taken for a new one"
    assert len(pair.results) == 40
    # An INVITE client that heard the 100 waits without bound; timer G saw to it that each heard its 486 as well.
    timeouts = [call for call, result in pair.results.items() if result == "timeout"]
    assert len(timeouts) <= (0 if loss <= 0.2 else 4), timeouts
    if loss:
        assert pair.wire.lost
