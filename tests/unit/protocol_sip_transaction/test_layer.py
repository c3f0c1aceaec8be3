"""The transaction layer: matching, instants, loss, repetition and what is left afterwards (RFC 3261 section 17)."""

import gc
from enum import Enum

import pytest

from tests.kit.clock import FakeClock
from tests.unit.protocol_sip_transaction.message import PHONE, STREAM, request, response
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.message.errors import LocalProtocolError
from trunkline.protocol.sip.message.message import Request
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.invite_client import InviteClientState, InviteClientTransaction
from trunkline.protocol.sip.transaction.invite_server import InviteServerState, InviteServerTransaction
from trunkline.protocol.sip.transaction.layer import TransactionLayer
from trunkline.protocol.sip.transaction.non_invite_client import NonInviteClientState
from trunkline.protocol.sip.transaction.non_invite_server import NonInviteServerState
from trunkline.protocol.sip.transaction.output import (
    AckArrived,
    FailureCause,
    LayerOutput,
    RequestArrived,
    ResponseArrived,
    StrayResponse,
    TransactionFailed,
    TransactionTerminated,
    Transmit,
)
from trunkline.protocol.sip.transaction.timing import Timing
from trunkline.protocol.sip.transaction.transaction import ServerTransaction, Transaction

NOW = Instant(1000.0)


def drain(layer: TransactionLayer) -> list[LayerOutput]:
    outputs: list[LayerOutput] = []
    while (output := layer.poll()) is not None:
        outputs.append(output)
    return outputs


def kinds(layer: TransactionLayer) -> list[str]:
    return [type(output).__name__ for output in drain(layer)]


def arrive(layer: TransactionLayer, message: Request, flow: Flow = PHONE, now: Instant = NOW) -> ServerTransaction:
    """Let a new request arrive; the server transaction that it made."""
    message.stamp_via(flow.address, flow.port)
    layer.receive(message, flow, now)
    (output,) = drain(layer)
    assert isinstance(output, RequestArrived)
    assert output.request is message
    return output.transaction


def sent(layer: TransactionLayer) -> list[tuple[str, Flow]]:
    """The start lines sent and where to; nothing else may have happened."""
    outputs = drain(layer)
    assert all(isinstance(output, Transmit) for output in outputs), outputs
    return [
        (output.data.split(b"\r\n", 1)[0].decode(), output.flow) for output in outputs if isinstance(output, Transmit)
    ]


def play(layer: TransactionLayer, clock: FakeClock) -> list[tuple[float, str]]:
    """Leap from deadline to deadline until nothing is armed: (seconds since the start, output)."""
    heard: list[tuple[float, str]] = [(clock.passed, kind) for kind in kinds(layer)]
    while (deadline := layer.next_deadline()) is not None:
        layer.advance(clock.leap_to(deadline))
        heard += [(clock.passed, kind) for kind in kinds(layer)]
    return heard


# ---- exact instants


def test_unanswered_invite_is_sent_at_the_instants_of_timer_a_and_fails_at_64_t1() -> None:
    """Section 17.1.1.2."""
    layer, clock = TransactionLayer(), FakeClock()
    layer.start_client(request(), PHONE, None, clock.now)
    assert play(layer, clock) == [
        *((at, "Transmit") for at in (0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5)),
        (32, "TransactionFailed"),
        (32, "TransactionTerminated"),
    ]
    assert len(layer.table) == 0


def test_unanswered_options_is_repeated_up_to_t2_and_fails_at_64_t1() -> None:
    """Section 17.1.2.2."""
    layer, clock = TransactionLayer(), FakeClock()
    layer.start_client(request("OPTIONS"), PHONE, None, clock.now)
    assert play(layer, clock) == [
        *((at, "Transmit") for at in (0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5)),
        (32, "TransactionFailed"),
        (32, "TransactionTerminated"),
    ]


def test_options_with_a_provisional_is_repeated_every_t2() -> None:
    """Section 17.1.2.2: in Proceeding timer E is reset to T2."""
    layer, clock = TransactionLayer(), FakeClock()
    transaction = layer.start_client(request("OPTIONS"), PHONE, None, clock.now)
    layer.receive(response(transaction.request, 100), PHONE, clock.leap(0.1))
    assert play(layer, clock) == [
        (0.1, "Transmit"),
        (0.1, "ResponseArrived"),
        *((at, "Transmit") for at in (0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5)),
        (32, "TransactionFailed"),
        (32, "TransactionTerminated"),
    ]


def test_unacknowledged_failure_is_repeated_up_to_t2_until_timer_h() -> None:
    """Section 17.2.1."""
    layer, clock = TransactionLayer(), FakeClock()
    transaction = arrive(layer, request(), now=clock.now)
    layer.respond(transaction, response(transaction.request, 486), clock.now)
    assert play(layer, clock) == [
        *((at, "Transmit") for at in (0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5)),
        (32, "TransactionFailed"),
        (32, "TransactionTerminated"),
    ]


def test_streams_repeat_nothing_and_fail_at_64_t1() -> None:
    """Section 17.1.1.2: no timer A over a reliable transport."""
    layer, clock = TransactionLayer(), FakeClock()
    layer.start_client(request(transport="TCP"), STREAM, None, clock.now)
    assert play(layer, clock) == [(0, "Transmit"), (32, "TransactionFailed"), (32, "TransactionTerminated")]


@pytest.mark.parametrize(
    ("method", "status", "ends_at"), [("INVITE", 486, 32), ("INVITE", 200, 32), ("OPTIONS", 200, 5)]
)
def test_answered_client_waits_for_repetitions(method: str, status: int, ends_at: float) -> None:
    """Timers D, M (RFC 6026) and K."""
    layer, clock = TransactionLayer(), FakeClock()
    transaction = layer.start_client(request(method), PHONE, None, clock.now)
    layer.receive(response(transaction.request, status), PHONE, clock.now)
    assert play(layer, clock)[-1] == (ends_at, "TransactionTerminated")


@pytest.mark.parametrize(("method", "status", "ends_at"), [("INVITE", 200, 32), ("OPTIONS", 200, 32)])
def test_answering_server_waits_for_repetitions(method: str, status: int, ends_at: float) -> None:
    """Timers L (RFC 6026) and J."""
    layer, clock = TransactionLayer(), FakeClock()
    transaction = arrive(layer, request(method), now=clock.now)
    layer.respond(transaction, response(transaction.request, status), clock.now)
    assert play(layer, clock) == [(0, "Transmit"), (ends_at, "TransactionTerminated")]


def test_acknowledged_server_waits_t4_for_repeated_acks() -> None:
    """Timer I."""
    layer, clock = TransactionLayer(), FakeClock()
    transaction = arrive(layer, request(), now=clock.now)
    layer.respond(transaction, response(transaction.request, 486), clock.now)
    layer.receive(request("ACK", to_tag="bob"), PHONE, clock.leap(0.2))
    assert transaction.state is InviteServerState.CONFIRMED
    assert play(layer, clock) == [(0.2, "Transmit"), (5.2, "TransactionTerminated")]


# ---- the abandoned attempt (failover after 4 s)


def test_octets_are_kept_no_longer_than_they_may_be_sent_again() -> None:
    """Sections 17.1.1.2 and 17.2.1; RFC 6026 keeps both transactions alive for much longer."""
    layer = TransactionLayer()
    client = layer.start_client(request(), PHONE, None, NOW)
    assert isinstance(client, InviteClientTransaction)
    assert client.octets == client.request.to_bytes()
    layer.receive(response(client.request, 180), PHONE, NOW)
    assert client.octets == b""
    drain(layer)
    server = arrive(layer, request())
    assert isinstance(server, InviteServerTransaction)
    for status in (180, 200):
        said = response(server.request, status)
        layer.respond(server, said, NOW)
        if status == 180:
            server.acknowledged()
        assert server.octets == said.to_bytes()
    server.acknowledged()
    assert (server.octets, server.last_response, server.state) == (b"", None, InviteServerState.ACCEPTED)


def test_abandoned_invite_falls_silent_and_lives_to_64_t1() -> None:
    """Row 55: the attempt that got no response in 4 s is not sent again, but still waits for the far end."""
    layer, clock = TransactionLayer(), FakeClock()
    transaction = layer.start_client(request(), PHONE, None, clock.now)
    assert isinstance(transaction, InviteClientTransaction)
    for at in (0.5, 1.5, 3.5):
        layer.advance(Instant(clock.start + at))
    layer.abandon(transaction, clock.leap(4.0))
    assert play(layer, clock) == [
        *[(4, "Transmit")] * 4,
        (32, "TransactionFailed"),
        (32, "TransactionTerminated"),
    ]


def test_abandoned_invite_that_rings_late_is_told_and_bounded_again() -> None:
    """The TU sends CANCEL on the late 180; section 9.1 bounds the wait for its 487."""
    layer, clock = TransactionLayer(), FakeClock()
    transaction = layer.start_client(request(), PHONE, None, clock.now)
    assert isinstance(transaction, InviteClientTransaction)
    layer.abandon(transaction, clock.leap(4.0))
    drain(layer)
    layer.receive(response(transaction.request, 180), PHONE, clock.leap(6.0))
    assert play(layer, clock) == [
        (10, "ResponseArrived"),
        (42, "TransactionFailed"),
        (42, "TransactionTerminated"),
    ]


def test_abandoned_invite_answered_late_goes_on_as_accepted() -> None:
    layer, clock = TransactionLayer(), FakeClock()
    transaction = layer.start_client(request(), PHONE, None, clock.now)
    assert isinstance(transaction, InviteClientTransaction)
    layer.abandon(transaction, clock.leap(4.0))
    drain(layer)
    layer.receive(response(transaction.request, 200), PHONE, clock.leap(6.0))
    assert play(layer, clock) == [(10, "ResponseArrived"), (42, "TransactionTerminated")]


def test_ringing_invite_that_is_cancelled_without_487_ends_after_64_t1() -> None:
    """A 200 to CANCEL and no 487 ever: `abandon` bounds Proceeding."""
    layer, clock = TransactionLayer(), FakeClock()
    transaction = layer.start_client(request(), PHONE, None, clock.now)
    assert isinstance(transaction, InviteClientTransaction)
    layer.receive(response(transaction.request, 180), PHONE, clock.leap(1.0))
    drain(layer)
    assert layer.next_deadline() is None, "Proceeding is the TU's to bound"
    layer.abandon(transaction, clock.leap(30.0))
    assert play(layer, clock) == [(63, "TransactionFailed"), (63, "TransactionTerminated")]


# ---- matching


def test_repeated_invite_gets_the_last_provisional_again() -> None:
    layer = TransactionLayer()
    transaction = arrive(layer, request())
    layer.respond(transaction, response(transaction.request, 100), NOW)
    layer.respond(transaction, response(transaction.request, 180), NOW)
    drain(layer)
    layer.receive(request(), PHONE, NOW)
    assert sent(layer) == [("SIP/2.0 180 Ringing", PHONE)]


def test_repeated_invite_in_accepted_is_absorbed() -> None:
    """RFC 6026 section 7.1: the 2xx is the TU's to repeat."""
    layer = TransactionLayer()
    transaction = arrive(layer, request())
    layer.respond(transaction, answer := response(transaction.request, 200), NOW)
    drain(layer)
    layer.receive(request(), PHONE, NOW)
    assert sent(layer) == []
    layer.respond(transaction, answer, NOW)
    assert sent(layer) == [("SIP/2.0 200 OK", PHONE)]


@pytest.mark.parametrize("change", [{"branch": "z9hG4bK-2"}, {"sent_by": "192.0.2.8:5060"}, {"sent_by": "192.0.2.9"}])
def test_other_branch_or_sent_by_is_another_request(change: dict[str, str]) -> None:
    """Section 17.2.3 rules 1 and 2."""
    layer = TransactionLayer()
    first = arrive(layer, request())
    branch, sent_by = change.get("branch", "z9hG4bK-1"), change.get("sent_by", "192.0.2.9:5060")
    second = arrive(layer, request(branch=branch, sent_by=sent_by))
    assert second is not first
    assert len(layer.table) == 2


def test_sent_by_compares_without_case() -> None:
    layer = TransactionLayer()
    arrive(layer, request(sent_by="pbx.example.com:5060"))
    layer.receive(request(sent_by="PBX.Example.com:5060"), PHONE, NOW)
    assert drain(layer) == []


def test_cancel_has_a_transaction_of_its_own_and_finds_its_invite() -> None:
    """Section 9.2."""
    layer = TransactionLayer()
    invite = arrive(layer, request())
    cancel = arrive(layer, request("CANCEL"))
    assert cancel is not invite
    assert layer.table.invite_of(cancel.request) is invite


def test_cancel_behind_a_changing_via_finds_its_invite_by_call_id_cseq_and_from_tag() -> None:
    """drachtio-server#480."""
    layer = TransactionLayer()
    invite = arrive(layer, request())
    cancel = request("CANCEL", branch="z9hG4bK-other", sent_by="198.51.100.1:1234")
    assert layer.table.invite_of(cancel) is invite
    assert layer.table.invite_of(request("CANCEL", branch="z9hG4bK-other", cseq=2)) is None
    assert layer.table.invite_of(request("CANCEL", branch="z9hG4bK-other", call_id="call-2")) is None
    assert layer.table.invite_of(request("CANCEL", branch="z9hG4bK-other", from_tag="mallory")) is None


def test_cancel_without_invite_finds_none() -> None:
    layer = TransactionLayer()
    arrive(layer, request("OPTIONS"))
    assert layer.table.invite_of(request("CANCEL")) is None


def test_merged_invite_is_recognised() -> None:
    """Section 8.2.2.2."""
    layer = TransactionLayer()
    first = arrive(layer, request())
    assert layer.table.merged_with(first.request) is None
    second = arrive(layer, request(branch="z9hG4bK-forked"))
    assert layer.table.merged_with(second.request) is first


def test_ack_to_a_failure_is_consumed() -> None:
    layer = TransactionLayer()
    transaction = arrive(layer, request())
    layer.respond(transaction, response(transaction.request, 404), NOW)
    drain(layer)
    layer.receive(request("ACK", to_tag="bob"), PHONE, NOW)
    assert drain(layer) == []
    assert transaction.state is InviteServerState.CONFIRMED


def test_ack_to_a_failure_with_a_changed_via_is_consumed_too() -> None:
    layer = TransactionLayer()
    transaction = arrive(layer, request())
    layer.respond(transaction, response(transaction.request, 404), NOW)
    drain(layer)
    layer.receive(request("ACK", branch="z9hG4bK-9", to_tag="someone-else"), PHONE, NOW)
    assert [type(output) for output in drain(layer)] == [AckArrived]
    layer.receive(request("ACK", branch="z9hG4bK-9", to_tag="bob"), PHONE, NOW)
    assert drain(layer) == []
    assert transaction.state is InviteServerState.CONFIRMED


def test_ack_to_a_2xx_is_passed_up_with_either_branch() -> None:
    """Section 13.3.1.4 and pjproject#113: some peers keep the INVITE's branch."""
    layer = TransactionLayer()
    transaction = arrive(layer, request())
    layer.respond(transaction, response(transaction.request, 200), NOW)
    drain(layer)
    other = Flow("UDP", "192.0.2.77", 5062)
    for branch in ("z9hG4bK-1", "z9hG4bK-2"):
        ack = request("ACK", branch=branch, to_tag="bob")
        layer.receive(ack, other, NOW)
        assert drain(layer) == [AckArrived(ack, other)]
    assert transaction.state is InviteServerState.ACCEPTED


def test_ack_that_matches_nothing_is_passed_up() -> None:
    layer = TransactionLayer()
    layer.receive(ack := request("ACK"), PHONE, NOW)
    assert drain(layer) == [AckArrived(ack, PHONE)]


@pytest.mark.parametrize("branch", ["", "1", "z9hG4bK"])
def test_peer_of_rfc_2543_is_matched_by_the_whole_message(branch: str) -> None:
    """Section 17.2.3 for requests without the magic cookie (or with nothing behind it)."""
    layer = TransactionLayer()
    invite = arrive(layer, request(branch=branch))
    layer.respond(invite, response(invite.request, 100), NOW)
    drain(layer)
    again = request(branch=branch)
    again.stamp_via(PHONE.address, PHONE.port)
    layer.receive(again, PHONE, NOW)
    assert sent(layer) == [("SIP/2.0 100 Trying", PHONE)]
    cancel = arrive(layer, request("CANCEL", branch=branch))
    assert layer.table.invite_of(cancel.request) is invite
    arrive(layer, request(branch=branch, cseq=2))
    arrive(layer, request(branch=branch, call_id="call-2"))
    arrive(layer, request(branch=branch, from_tag="carol"))
    arrive(layer, request(branch=branch, uri="sip:+15005550101@192.0.2.1"))
    assert len(layer.table) == 6


def test_ack_of_an_rfc_2543_peer_needs_our_to_tag() -> None:
    layer = TransactionLayer()
    invite = arrive(layer, request(branch="1"))
    layer.respond(invite, response(invite.request, 486), NOW)
    drain(layer)
    for to_tag, outputs, state in (("x", 1, InviteServerState.COMPLETED), ("bob", 0, InviteServerState.CONFIRMED)):
        ack = request("ACK", branch="1", to_tag=to_tag)
        ack.stamp_via(PHONE.address, PHONE.port)
        layer.receive(ack, PHONE, NOW)
        assert len(drain(layer)) == outputs
        assert invite.state is state


def test_ack_of_an_rfc_2543_peer_within_a_dialog_is_matched() -> None:
    layer = TransactionLayer()
    invite = arrive(layer, request(branch="1", to_tag="bob"))
    layer.respond(invite, response(invite.request, 488), NOW)
    drain(layer)
    ack = request("ACK", branch="1", to_tag="bob")
    ack.stamp_via(PHONE.address, PHONE.port)
    layer.receive(ack, PHONE, NOW)
    assert drain(layer) == []
    assert invite.state is InviteServerState.CONFIRMED


def test_response_matches_branch_and_method_only_together() -> None:
    """Section 17.1.3: a CANCEL has the branch of its INVITE."""
    layer = TransactionLayer()
    invite = layer.start_client(request(), PHONE, None, NOW)
    cancel = layer.start_client(request("CANCEL"), PHONE, None, NOW)
    drain(layer)
    layer.receive(answer := response(cancel.request, 200), PHONE, NOW)
    assert drain(layer) == [ResponseArrived(cancel, answer)]
    assert cancel.state is NonInviteClientState.COMPLETED
    assert invite.state is InviteClientState.CALLING


def test_response_for_another_sent_by_is_dropped() -> None:
    """Section 18.1.2."""
    layer = TransactionLayer()
    layer.start_client(request(), PHONE, None, NOW)
    drain(layer)
    layer.receive(response(request(sent_by="198.51.100.1:5060"), 200), PHONE, NOW)
    assert drain(layer) == []
    assert layer.dropped == 1


def test_each_repeated_2xx_and_each_forked_one_is_passed_up() -> None:
    """RFC 6026 section 8.4."""
    layer = TransactionLayer()
    invite = layer.start_client(request(), PHONE, None, NOW)
    drain(layer)
    answers = [response(invite.request, 200, tag) for tag in ("bob", "bob", "carol")]
    for answer in answers:
        layer.receive(answer, PHONE, NOW)
    assert drain(layer) == [ResponseArrived(invite, answer) for answer in answers]


def test_2xx_after_the_transaction_or_after_a_failure_is_stray() -> None:
    layer, clock = TransactionLayer(), FakeClock()
    invite = layer.start_client(request(), PHONE, None, clock.now)
    layer.receive(response(invite.request, 486), PHONE, clock.now)
    drain(layer)
    answer = response(invite.request, 200)
    layer.receive(answer, PHONE, clock.now)
    assert drain(layer) == [StrayResponse(answer, PHONE)]
    play(layer, clock)
    layer.receive(answer, PHONE, clock.now)
    assert drain(layer) == [StrayResponse(answer, PHONE)]


def test_branch_cannot_be_used_twice_and_ack_has_no_transaction() -> None:
    layer = TransactionLayer()
    layer.start_client(request(), PHONE, None, NOW)
    with pytest.raises(LocalProtocolError):
        layer.start_client(request(), PHONE, None, NOW)
    with pytest.raises(LocalProtocolError):
        layer.start_client(request("ACK", branch="z9hG4bK-2"), PHONE, None, NOW)


# ---- the ACK to a failure


def test_failure_is_acknowledged_as_section_17_1_1_3_says() -> None:
    layer = TransactionLayer()
    invite = request(
        extra="Route: <sip:192.0.2.20;lr>\r\nRoute: <sip:192.0.2.21;lr>\r\n"
        'Proxy-Authorization: Digest username="a"\r\nRequire: 100rel\r\n'
    )
    invite.headers.insert(1, ("via", "Via", "SIP/2.0/UDP 192.0.2.55;branch=z9hG4bK-below"))
    layer.start_client(invite, PHONE, None, NOW)
    drain(layer)
    answer = response(invite, 486)
    for told in (1, 0):
        layer.receive(answer, PHONE, NOW)
        (output, *rest) = drain(layer)
        assert len(rest) == told, "the repeated failure is acknowledged, not passed up"
        assert isinstance(output, Transmit)
        assert output.flow == PHONE
        ack = parse(output.data)
        assert isinstance(ack, Request)
        assert (ack.method, ack.uri_text, ack.cseq) == ("ACK", invite.uri_text, (1, "ACK"))
        assert ack.get_all("via") == ["SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK-1;rport"]
        assert ack.get_all("route") == ["<sip:192.0.2.20;lr>", "<sip:192.0.2.21;lr>"]
        assert ack.get("from") == invite.get("from")
        assert ack.get("to") == answer.get("to")
        assert ack.call_id == invite.call_id
        assert ack.get("proxy-authorization") == 'Digest username="a"'
        assert ack.get("require") is None
        assert ack.body == b""


# ---- where responses go


@pytest.mark.parametrize(
    ("flow", "via", "expected"),
    [
        (Flow("UDP", "192.0.2.9", 40000), {"sent_by": "192.0.2.9:5060"}, Flow("UDP", "192.0.2.9", 40000)),
        (Flow("UDP", "192.0.2.9", 40000), {"via_params": ""}, Flow("UDP", "192.0.2.9", 5060)),
        (
            Flow("UDP", "192.0.2.9", 40000),
            {"sent_by": "10.0.0.1:5070", "via_params": ""},
            Flow("UDP", "192.0.2.9", 5070),
        ),
        (
            Flow("UDP", "192.0.2.9", 5060),
            {"sent_by": "pbx.example.com", "via_params": ";maddr=198.51.100.9"},
            Flow("UDP", "192.0.2.9", 5060),
        ),
        (STREAM, {"transport": "TCP", "via_params": ""}, STREAM),
    ],
    ids=["rport", "sent-by port", "received and sent-by port", "maddr ignored", "same stream"],
)
def test_responses_go_where_section_18_2_2_says(flow: Flow, via: dict[str, str], expected: Flow) -> None:
    layer = TransactionLayer()
    message = request(
        sent_by=via.get("sent_by", "192.0.2.9:5060"),
        via_params=via.get("via_params", ";rport"),
        transport=via.get("transport", "UDP"),
    )
    transaction = arrive(layer, message, flow)
    layer.respond(transaction, response(transaction.request, 180), NOW)
    assert sent(layer) == [("SIP/2.0 180 Ringing", expected)]


# ---- transport failures


def test_refused_invite_fails_at_once_and_spares_other_peers() -> None:
    """Section 17.1.4."""
    layer = TransactionLayer()
    other = Flow("UDP", "192.0.2.10", 5060)
    first = layer.start_client(request(), PHONE, None, NOW)
    second = layer.start_client(request(branch="z9hG4bK-2"), other, None, NOW)
    drain(layer)
    layer.transport_failed(PHONE, "connection refused", NOW)
    assert drain(layer) == [
        TransactionFailed(first, FailureCause.TRANSPORT, "connection refused"),
        TransactionTerminated(first),
    ]
    assert list(layer.table) == [second]


def test_broken_stream_fails_what_was_sent_on_it_and_nothing_else() -> None:
    layer = TransactionLayer()
    mine = layer.start_client(request(transport="TCP"), STREAM, None, NOW)
    any_stream = Flow("TCP", STREAM.address, STREAM.port)
    anyone = layer.start_client(request(branch="z9hG4bK-2", transport="TCP"), any_stream, None, NOW)
    beside = Flow("TCP", STREAM.address, STREAM.port, 8)
    other = layer.start_client(request(branch="z9hG4bK-3", transport="TCP"), beside, None, NOW)
    drain(layer)
    layer.transport_failed(STREAM, "reset", NOW)
    ended = [output.transaction for output in drain(layer) if isinstance(output, TransactionTerminated)]
    assert ended == [mine, anyone]
    assert list(layer.table) == [other]


def test_answer_to_a_broken_stream_takes_a_new_one_and_its_failure_ends_the_transaction() -> None:
    """Section 18.2.2."""
    layer = TransactionLayer()
    transaction = arrive(layer, request(transport="TCP", via_params=""), STREAM)
    layer.transport_failed(STREAM, "reset", NOW)
    assert drain(layer) == []
    layer.respond(transaction, response(transaction.request, 180), NOW)
    again = Flow("TCP", "192.0.2.9", 5060)
    assert sent(layer) == [("SIP/2.0 180 Ringing", again)]
    layer.transport_failed(again, "refused", NOW)
    assert drain(layer) == [
        TransactionFailed(transaction, FailureCause.TRANSPORT, "refused"),
        TransactionTerminated(transaction),
    ]


def test_refused_answer_over_udp_ends_the_server_transaction() -> None:
    """Section 17.2.4."""
    layer = TransactionLayer()
    transaction = arrive(layer, request("OPTIONS"))
    layer.respond(transaction, response(transaction.request, 200), NOW)
    drain(layer)
    layer.transport_failed(PHONE, "refused", NOW)
    assert kinds(layer) == ["TransactionFailed", "TransactionTerminated"]
    assert transaction.state is NonInviteServerState.TERMINATED
    layer.respond(transaction, response(transaction.request, 200), NOW)
    assert drain(layer) == []


def test_failure_of_an_unknown_flow_is_harmless() -> None:
    layer = TransactionLayer()
    layer.transport_failed(PHONE, "refused", NOW)
    assert drain(layer) == []


# ---- silence, answers without state, and what outlives a process


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
def test_ignored_request_leaves_nothing_and_may_come_again(method: str) -> None:
    """Row 20: an unknown domain is met with silence."""
    layer = TransactionLayer()
    transaction = arrive(layer, request(method))
    layer.ignore(transaction)
    assert drain(layer) == [TransactionTerminated(transaction)]
    assert (len(layer.table), layer.next_deadline()) == (0, None)
    assert layer.table.invite_of(request("CANCEL")) is None
    assert arrive(layer, request(method)) is not transaction


def test_request_that_has_been_answered_cannot_be_ignored() -> None:
    layer = TransactionLayer()
    transaction = arrive(layer, request())
    layer.respond(transaction, response(transaction.request, 100), NOW)
    drain(layer)
    layer.ignore(transaction)
    assert drain(layer) == []
    assert list(layer.table) == [transaction]


def test_answer_without_state_takes_the_same_way() -> None:
    """Sections 8.2.7 and 18.2.2."""
    layer = TransactionLayer()
    broken = request("OPTIONS", via_params="")
    layer.reply(broken, broken.respond(400), Flow("UDP", "192.0.2.9", 40000))
    layer.transmit(STREAM, b"ACK sip:x SIP/2.0\r\n\r\n")
    assert sent(layer) == [("SIP/2.0 400 Bad Request", PHONE), ("ACK sip:x SIP/2.0", STREAM)]
    assert len(layer.table) == 0


def test_invite_taken_back_is_cancelled_and_bounded() -> None:
    """Design, decision 8: unconfirmed outbound legs are CANCELled after a restart."""
    layer, clock = TransactionLayer(), FakeClock()
    owner = object()
    transaction = layer.resume_client(request(), PHONE, owner)
    assert (drain(layer), layer.next_deadline()) == ([], None)
    layer.abandon(transaction, clock.now)
    layer.receive(response(transaction.request, 487), PHONE, clock.leap(1.0))
    assert play(layer, clock) == [
        (1, "Transmit"),
        (1, "ResponseArrived"),
        (33, "TransactionTerminated"),
    ]
    assert transaction.owner is None


@pytest.mark.parametrize(
    ("flow", "goes_to"),
    [(PHONE, PHONE), (STREAM, STREAM), (Flow("TCP", "192.0.2.9", 40000), Flow("TCP", "192.0.2.9", 5060))],
)
def test_request_taken_back_absorbs_repetitions_and_is_refused(flow: Flow, goes_to: Flow) -> None:
    """Design, decision 8: its caller gets 503."""
    layer = TransactionLayer()
    message = request(transport=flow.transport, via_params="")
    transaction = layer.resume_server(message, flow, None)
    layer.receive(request(transport=flow.transport, via_params=""), flow, NOW)
    assert drain(layer) == []
    assert layer.table.invite_of(request("CANCEL", transport=flow.transport)) is transaction
    layer.respond(transaction, response(message, 503), NOW)
    assert sent(layer) == [("SIP/2.0 503 Service Unavailable", goes_to)]


# ---- owners, observers, memory


def test_owner_is_readable_while_the_end_is_told_and_gone_after() -> None:
    layer, clock = TransactionLayer(), FakeClock()
    owner = object()
    transaction = layer.start_client(request("OPTIONS"), PHONE, owner, clock.now)
    layer.transport_failed(PHONE, "refused", clock.now)
    while (output := layer.poll()) is not None:
        assert transaction.owner is owner
        if isinstance(output, TransactionTerminated):
            assert len(layer.table) == 0
    assert transaction.owner is None


def test_observer_hears_of_every_state() -> None:
    class Ear:
        def __init__(self) -> None:
            self.heard: list[str] = []

        def transaction_entered(self, transaction: Transaction, state: Enum) -> None:
            self.heard.append(f"{transaction.request.method} {state.value}")

    ear, clock = Ear(), FakeClock()
    layer = TransactionLayer(Timing(), ear)
    invite = arrive(layer, request(), now=clock.now)
    layer.respond(invite, response(invite.request, 486), clock.now)
    layer.receive(request("ACK", to_tag="bob"), PHONE, clock.now)
    play(layer, clock)
    assert ear.heard == [f"INVITE {state}" for state in ("proceeding", "completed", "confirmed", "terminated")]


class Session:
    """A TU's object that refers to its transaction, as they do."""

    def __init__(self) -> None:
        self.transaction: Transaction | None = None


def live_a_hundred_lives() -> None:
    layer, clock = TransactionLayer(), FakeClock()
    for number in range(100):
        session = Session()
        branch, status = f"z9hG4bK-{number}", (200, 486, 180)[number % 3]
        client = layer.start_client(request(branch=branch), PHONE, session, clock.leap(0.01))
        session.transaction = client
        layer.receive(response(client.request, status), PHONE, clock.now)
        server = arrive_quietly(layer, request(branch=branch, call_id=str(number)), clock.now)
        server.owner = second = Session()
        second.transaction = server
        layer.respond(server, response(server.request, status), clock.now)
        if number % 5 == 0:
            layer.transport_failed(PHONE, "refused", clock.now)
    layer.transport_failed(PHONE, "refused", clock.now)
    play(layer, clock)
    assert len(layer.table) == 0
    assert layer.next_deadline() is None


def arrive_quietly(layer: TransactionLayer, message: Request, now: Instant) -> ServerTransaction:
    layer.receive(message, PHONE, now)
    found = [output.transaction for output in drain(layer) if isinstance(output, RequestArrived)]
    assert isinstance(found[0], InviteServerTransaction)
    return found[0]


def test_no_reference_cycle_survives_a_transaction() -> None:
    """Design, decision 20."""
    live_a_hundred_lives()
    gc.collect()
    gc.disable()
    try:
        live_a_hundred_lives()
        assert gc.collect() == 0
    finally:
        gc.enable()
