"""The user agent's verbs and events, two of them face to face (RFC 3261 sections 8, 9, 12 to 15)."""

import pytest

from tests.kit.clock import FakeClock
from tests.kit.ids import CountingIds
from tests.kit.platform import Peculiarities
from tests.unit.protocol_sip_ua.pair import ANSWER, OFFER, Pair
from trunkline.protocol.sip.dialog.invite_session import SessionState
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import Transmit
from trunkline.protocol.sip.ua import event as ua
from trunkline.protocol.sip.ua.local_address import LocalAddress
from trunkline.protocol.sip.ua.user_agent import UserAgent


def kinds(events: list[ua.UaEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_a_whole_call(transport: str) -> None:
    pair = Pair(transport)
    calling = pair.invite()
    called = pair.right.session
    pair.right.ua.progress(called, 180, pair.clock.now)
    pair.right.ua.accept(called, ANSWER, pair.clock.now)
    pair.run()
    assert kinds(pair.left.events) == ["InviteProgressed", "InviteAnswered"]
    assert kinds(pair.right.events) == ["InviteArrived", "Acknowledged"]
    assert (calling.state, called.state) == (SessionState.CONFIRMED, SessionState.CONFIRMED)
    pair.left.ua.release(calling, pair.clock.now)
    pair.run()
    assert kinds(pair.right.events)[2] == "ByeArrived"
    assert pair.left.sent == ["INVITE", "ACK", "BYE"]
    assert pair.right.sent == ["180", "200", "200"]
    pair.finish()
    assert [event.owner for event in pair.left.got(ua.SessionEnded)] == ["caller"]
    assert calling.owner is None, "no cycle survives"


def test_invite_without_offer_is_acknowledged_by_the_user_with_its_answer() -> None:
    """Section 13.2.1: the offer is in the 2xx, the answer in the ACK."""
    pair = Pair()
    calling = pair.invite(body=b"")
    pair.right.ua.accept(pair.right.session, OFFER, pair.clock.now)
    pair.run()
    assert pair.left.sent == ["INVITE"]
    pair.left.ua.acknowledge(calling, ANSWER, pair.clock.now)
    pair.run()
    (acknowledged,) = pair.right.got(ua.Acknowledged)
    assert acknowledged.ack.body == ANSWER
    pair.left.ua.release(calling, pair.clock.now)
    pair.run()
    pair.finish()


def test_invite_without_offer_is_released_before_its_ack_both_are_sent() -> None:
    pair = Pair()
    calling = pair.invite(body=b"")
    pair.right.ua.accept(pair.right.session, OFFER, pair.clock.now)
    pair.run()
    pair.left.ua.release(calling, pair.clock.now)
    pair.run()
    assert pair.left.sent == ["INVITE", "ACK", "BYE"]
    pair.finish()


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_a_challenged_invite_goes_again_with_credentials(transport: str) -> None:
    """Section 22.3: same Call-ID and From tag, next CSeq."""
    pair = Pair(transport)
    calling = pair.invite()
    first = pair.right.got(ua.InviteArrived)[0]
    pair.right.ua.refuse(first.session, 407, pair.clock.now, headers=(("Proxy-Authenticate", 'Digest realm="r"'),))
    # The user answers while it handles the refusal, before the session has ended.
    while True:
        output = pair.left.ua.poll()
        if output is None:
            pair._drain(pair.right, pair.left)
            continue
        if isinstance(output, ua.InviteRefused):
            pair.left.ua.invite_again(calling, "Proxy-Authorization", "Digest x", pair.clock.now)
            break
    pair.run()
    second = pair.right.got(ua.InviteArrived)[1]
    assert second.request.cseq == (2, "INVITE")
    assert second.request.get("proxy-authorization") == "Digest x"
    assert (second.request.call_id, second.request.from_.tag) == (first.request.call_id, first.request.from_.tag)
    pair.right.ua.accept(second.session, ANSWER, pair.clock.now)
    pair.run()
    assert pair.right.got(ua.Acknowledged)[0].ack.get("proxy-authorization") == "Digest x", "section 13.2.2.4"
    pair.left.ua.release(calling, pair.clock.now)
    pair.run()
    pair.finish()


@pytest.mark.parametrize(
    ("moment", "left", "right"),
    [
        ("calling", ["INVITE"], []),
        ("proceeding", ["INVITE", "CANCEL", "ACK"], ["100", "200", "487"]),
        ("confirmed", ["INVITE", "ACK", "BYE"], ["200", "200"]),
    ],
)
def test_release_by_the_caller_in_each_state(moment: str, left: list[str], right: list[str]) -> None:
    pair = Pair()
    calling = pair.invite()
    if moment == "proceeding":
        pair.right.ua.progress(pair.right.session, 100, pair.clock.now)
    if moment == "confirmed":
        pair.right.ua.accept(pair.right.session, ANSWER, pair.clock.now)
    pair.run()
    pair.left.ua.release(calling, pair.clock.now)
    pair.left.ua.release(calling, pair.clock.now)
    pair.run()
    assert (pair.left.sent, pair.right.sent) == (left, right)
    if moment == "calling":
        pair.right.ua.refuse(pair.right.session, 480, pair.clock.now)
        pair.run()
    pair.finish()


def test_released_while_calling_the_cancel_waits_for_the_first_response() -> None:
    """Section 9.1, and design, decision 6: it is not repeated meanwhile."""
    pair = Pair()
    calling = pair.invite()
    pair.left.ua.release(calling, pair.clock.now)
    pair.wait(10.0)
    assert pair.left.sent == ["INVITE"]
    pair.right.ua.progress(pair.right.session, 180, pair.clock.now)
    pair.run()
    assert pair.left.sent == ["INVITE", "CANCEL", "ACK"]
    assert kinds(pair.right.events)[1] == "InviteCancelled"
    pair.finish()


def test_release_by_the_callee_waits_for_the_ack() -> None:
    """Section 15: no BYE before the ACK."""
    pair = Pair()
    pair.invite()
    pair.lose = lambda data: data.startswith(b"ACK ")
    called = pair.right.session
    pair.right.ua.accept(called, ANSWER, pair.clock.now)
    pair.right.ua.release(called, pair.clock.now)
    pair.wait(1.0)
    assert "BYE" not in pair.right.sent
    pair.lose = lambda data: False
    pair.wait(1.0)
    assert pair.right.sent[-1] == "BYE"
    pair.finish()


def test_release_by_the_callee_goes_out_when_no_ack_will_come() -> None:
    pair = Pair()
    pair.invite()
    pair.lose = lambda data: data.startswith(b"ACK ")
    called = pair.right.session
    pair.right.ua.accept(called, ANSWER, pair.clock.now)
    pair.right.ua.release(called, pair.clock.now)
    pair.wait(31.9)
    assert "BYE" not in pair.right.sent
    pair.wait(0.2)
    assert pair.right.sent[-1] == "BYE"
    assert len(pair.right.got(ua.AckMissing)) == 1
    pair.finish()


@pytest.mark.parametrize("by", ["left", "right"])
def test_reinvite_there_and_back(by: str) -> None:
    pair = Pair()
    calling, called = pair.answered()
    asks, answers = (pair.left, pair.right) if by == "left" else (pair.right, pair.left)
    ours, theirs = (calling, called) if by == "left" else (called, calling)
    assert asks.ua.reinvite(ours, OFFER, pair.clock.now)
    assert not asks.ua.reinvite(ours, OFFER, pair.clock.now), "one at a time (section 14.1)"
    pair.run()
    assert kinds(answers.events) == ["ReinviteArrived"]
    assert not answers.ua.reinvite(theirs, OFFER, pair.clock.now)
    answers.ua.accept_reinvite(theirs, ANSWER, pair.clock.now)
    pair.run()
    assert kinds(asks.events) == ["ReinviteAnswered"]
    assert kinds(answers.events) == ["ReinviteArrived", "ReinviteAcknowledged"]
    assert answers.sent == ["100", "200"]
    assert answers.ua.reinvite(theirs, OFFER, pair.clock.now), "free again"
    pair.run()
    asks.ua.refuse_reinvite(ours, 488, pair.clock.now)
    pair.run()
    assert isinstance(answers.events[-1], ua.ReinviteRefused)
    asks.ua.release(ours, pair.clock.now)
    pair.run()
    pair.finish()


def test_glare_each_side_gets_491() -> None:
    """Section 14.2."""
    pair = Pair()
    calling, called = pair.answered()
    assert pair.left.ua.reinvite(calling, OFFER, pair.clock.now)
    assert pair.right.ua.reinvite(called, OFFER, pair.clock.now)
    pair.run()
    for end in (pair.left, pair.right):
        (refused,) = end.got(ua.ReinviteRefused)
        assert refused.response is not None
        assert refused.response.status == 491
    pair.left.ua.release(calling, pair.clock.now)
    pair.run()
    pair.finish()


def test_late_offer_in_a_reinvite_its_2xx_comes_again_until_the_user_answers_it() -> None:
    """RFC 3261 sections 13.2.2.4 and 14.1: the ACK waits for the answer, and the user is told once."""
    pair = Pair()
    calling, called = pair.answered()
    assert pair.left.ua.reinvite(calling, b"", pair.clock.now)
    pair.run()
    pair.right.ua.accept_reinvite(called, OFFER, pair.clock.now)
    pair.run()
    pair.wait(2.0)
    assert pair.right.sent.count("200") == 3
    assert [event.response.body for event in pair.left.got(ua.ReinviteAnswered)] == [OFFER]
    assert "ACK" not in pair.left.sent
    assert not pair.left.ua.reinvite(calling, OFFER, pair.clock.now), "its own one is still open"
    pair.left.ua.acknowledge(calling, ANSWER, pair.clock.now)
    pair.run()
    assert [event.ack.body for event in pair.right.got(ua.ReinviteAcknowledged)] == [ANSWER]
    assert pair.left.ua.reinvite(calling, OFFER, pair.clock.now)
    pair.run()
    pair.right.ua.accept_reinvite(called, ANSWER, pair.clock.now)
    pair.run()
    pair.left.ua.release(calling, pair.clock.now)
    pair.finish()


def test_late_offer_is_never_answered_our_bye_is_preceded_by_its_ack() -> None:
    pair = Pair()
    calling, called = pair.answered()
    assert pair.left.ua.reinvite(calling, b"", pair.clock.now)
    pair.run()
    pair.right.ua.accept_reinvite(called, OFFER, pair.clock.now)
    pair.run()
    pair.left.ua.release(calling, pair.clock.now)
    pair.run()
    assert pair.left.sent[-2:] == ["ACK", "BYE"]
    pair.finish()


def test_reinvite_is_taken_back_it_gets_487_and_its_cancel_200() -> None:
    pair = Pair()
    calling, _ = pair.answered()
    assert pair.left.ua.reinvite(calling, OFFER, pair.clock.now)
    pair.run()
    (arrived,) = pair.right.got(ua.ReinviteArrived)
    invite = arrived.request
    cancel = (
        f"CANCEL {invite.uri_text} SIP/2.0\r\nVia: {invite.via}\r\nMax-Forwards: 70\r\nFrom: {invite.get('from')}\r\n"
        f"To: {invite.get('to')}\r\nCall-ID: {invite.call_id}\r\nCSeq: {invite.cseq[0]} CANCEL\r\n\r\n"
    ).encode()
    pair.right.take(cancel, pair.left.flow)
    pair.run()
    assert pair.right.sent == ["100", "200", "487"]
    pair.right.sent.clear()
    cancel = cancel.replace(b"z9hG4bK", b"z9hG4bK-other", 1)
    pair.right.take(cancel, pair.left.flow)
    pair.run()
    assert pair.right.sent == ["200"], "it still matches an INVITE that has its final response (section 9.2)"
    pair.left.ua.release(calling, pair.clock.now)
    pair.run()
    pair.finish()


def test_reinvite_gets_100_and_nothing_more_it_is_given_up_after_64_t1() -> None:
    """Section 14.1: like a 408; RFC 3261 itself would wait for ever."""
    pair = Pair()
    calling, called = pair.answered()
    assert pair.left.ua.reinvite(calling, OFFER, pair.clock.now)
    pair.run()
    assert pair.right.sent == ["100"]
    pair.wait(31.9)
    assert not pair.left.got(ua.ReinviteRefused)
    pair.wait(0.2)
    assert [event.response for event in pair.left.got(ua.ReinviteRefused)] == [None]
    pair.left.ua.release(calling, pair.clock.now)
    pair.run()
    assert pair.right.sent == ["100", "200", "487"]
    assert called.state is SessionState.ENDING
    pair.finish()


def test_cancel_of_a_reinvite_that_was_refused_is_200() -> None:
    """Section 9.2: it matches a transaction, whatever became of it."""
    pair = Pair()
    calling, called = pair.answered()
    assert pair.right.ua.reinvite(called, OFFER, pair.clock.now)
    pair.lose = lambda data: True
    pair.run()
    pair.lose = lambda data: False
    assert pair.left.ua.reinvite(calling, OFFER, pair.clock.now)
    pair.run()
    assert pair.right.sent == ["INVITE", "491"]
    invite = calling.reinvite_client
    assert invite is None, "it has its answer"
    cancel = (
        f"CANCEL sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-other;rport\r\n"
        f"From: <sip:alice@192.0.2.1>;tag={calling.local_tag}\r\nTo: <sip:bob@192.0.2.2>;tag={called.local_tag}\r\n"
        f"Call-ID: {calling.call_id}\r\nCSeq: 2 CANCEL\r\n\r\n"
    ).encode()
    pair.right.take(cancel, pair.left.flow)
    pair.run()
    assert pair.right.sent == ["INVITE", "491", "200"]
    pair.wait(10.0)
    pair.left.ua.refuse_reinvite(calling, 488, pair.clock.now)
    pair.left.ua.release(calling, pair.clock.now)
    pair.run()
    pair.finish()


def test_requests_within_the_dialog_reach_the_user_and_their_answers_come_back() -> None:
    pair = Pair()
    calling, called = pair.answered()
    assert pair.left.ua.request_within(calling, "OPTIONS", "probe", pair.clock.now, (("X-A", "1"),))
    pair.run()
    (arrived,) = pair.right.got(ua.RequestArrived)
    assert (arrived.session, arrived.request.get("x-a")) == (called, "1")
    pair.right.ua.respond(arrived.transaction, 200, pair.clock.now)
    pair.run()
    (answer,) = pair.left.got(ua.ResponseArrived)
    assert answer.response is not None
    assert (answer.owner, answer.response.status) == ("probe", 200)
    pair.left.ua.release(calling, pair.clock.now)
    pair.run()
    pair.finish()


def test_probe_of_a_dead_peer_comes_back_empty_after_64_t1() -> None:
    pair = Pair()
    calling, _ = pair.answered()
    pair.lose = lambda data: True
    pair.left.ua.request_within(calling, "OPTIONS", "probe", pair.clock.now)
    pair.wait(32.1)
    (answer,) = pair.left.got(ua.ResponseArrived)
    assert answer.response is None
    pair.lose = lambda data: False
    pair.left.ua.release(calling, pair.clock.now)
    pair.run()
    pair.finish()


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_options_out_of_dialog(transport: str) -> None:
    pair = Pair(transport)
    pair.left.ua.request("OPTIONS", "sip:192.0.2.2", pair.right.flow, "ping", pair.clock.now)
    pair.run()
    (arrived,) = pair.right.got(ua.RequestArrived)
    assert arrived.session is None
    pair.right.ua.respond(arrived.transaction, 200, pair.clock.now, headers=(("Accept", "application/sdp"),))
    pair.run()
    (answer,) = pair.left.got(ua.ResponseArrived)
    assert answer.response is not None
    assert answer.response.get("accept") == "application/sdp"
    assert answer.response.to.tag, "section 8.2.6.2"
    pair.finish()


@pytest.mark.parametrize("method", ["BYE", "INVITE", "OPTIONS", "INFO"])
def test_a_dialog_that_is_not_known_is_481(method: str) -> None:
    pair = Pair()
    text = (
        f"{method} sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-x;rport\r\n"
        f"From: <sip:a@192.0.2.1>;tag=1\r\nTo: <sip:b@192.0.2.2>;tag=2\r\nCall-ID: c\r\nCSeq: 5 {method}\r\n\r\n"
    )
    pair.right.take(text.encode(), pair.left.flow)
    pair.run()
    assert pair.right.sent == ["481"]
    assert pair.right.events == []
    pair.wait(40.0)
    pair.right.assert_quiet()


def test_numbers_out_of_order_get_500() -> None:
    """Section 12.2.2."""
    pair = Pair()
    calling, _ = pair.answered()
    assert calling.dialog is not None
    pair.left.ua.request_within(calling, "OPTIONS", None, pair.clock.now)
    pair.run()
    pair.right.ua.respond(pair.right.got(ua.RequestArrived)[0].transaction, 200, pair.clock.now)
    calling.dialog.local_cseq = 0
    pair.left.ua.request_within(calling, "OPTIONS", None, pair.clock.now)
    pair.run()
    assert pair.right.sent == ["200", "500"]
    calling.dialog.local_cseq = 5
    pair.left.ua.release(calling, pair.clock.now)
    pair.run()
    pair.finish()


def test_a_malformed_request_is_answered_without_state_and_noise_is_not() -> None:
    pair = Pair()
    broken = (
        b"INVITE sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-x;rport\r\n"
        b"From: <sip:a@192.0.2.1>;tag=1\r\nTo: <sip:b@192.0.2.2>\r\nCall-ID: c\r\nCSeq: 5 INVITE\r\n"
        b"Max-Forwards: many\r\n\r\n"
    )
    pair.right.take(broken, pair.left.flow)
    pair.right.take(b"\x00\x01noise", pair.left.flow)
    pair.run()
    assert pair.right.sent == ["400"]
    assert [kind for kind, _ in pair.right.anomalies.told] == ["malformed", "dropped"]
    pair.right.assert_quiet()


def test_an_ignored_invite_gets_no_answer_and_leaves_nothing() -> None:
    """sip.md 3.2: an unknown domain is met with silence."""
    pair = Pair()
    calling = pair.invite()
    transaction = pair.right.session.invite_server
    assert transaction is not None
    pair.right.ua.ignore(transaction)
    pair.run()
    assert pair.right.sent == []
    pair.right.assert_quiet()
    pair.left.ua.release(calling, pair.clock.now)
    pair.lose = lambda data: True
    pair.finish()


def test_verbs_that_come_too_late_do_nothing() -> None:
    pair = Pair()
    pair.invite()
    called = pair.right.session
    pair.right.ua.refuse(called, 486, pair.clock.now)
    pair.run()
    sent = list(pair.right.sent)
    now = pair.clock.now
    pair.right.ua.progress(called, 180, now)
    assert pair.right.ua.accept(called, ANSWER, now) is None
    pair.right.ua.refuse(called, 480, now)
    pair.right.ua.release(called, now)
    pair.right.ua.accept_reinvite(called, ANSWER, now)
    pair.right.ua.refuse_reinvite(called, 488, now)
    assert not pair.right.ua.reinvite(called, OFFER, now)
    assert not pair.right.ua.request_within(called, "OPTIONS", None, now)
    pair.run()
    assert pair.right.sent == sent
    pair.finish()


def test_the_callers_connection_dies_before_the_answer_and_cannot_be_opened_again() -> None:
    """Section 18.2.2, and then nobody is there to be told."""
    pair = Pair("TCP")
    pair.invite()
    called = pair.right.session
    right = pair.right.ua
    right.transport_failed(pair.left.flow, "reset", pair.clock.now)
    pair.run()
    assert not pair.right.got(ua.InviteLost), "it moves to a connection of its own first"
    right.transport_failed(Flow("TCP", "192.0.2.1", 5060), "refused", pair.clock.now)
    pair.run()
    assert [event.session for event in pair.right.got(ua.InviteLost)] == [called]
    pair.right.assert_quiet()


def test_the_connection_of_a_dialog_is_in_use_until_it_ends() -> None:
    """RFC 3261 section 18: however long nothing is said on it; a new one to the Contact takes its place."""
    pair = Pair("TCP")
    calling, _ = pair.answered()
    assert pair.left.ua.flows_in_use() == {pair.right.flow}
    assert pair.right.ua.flows_in_use() == {pair.left.flow}
    pair.left.ua.transport_failed(pair.right.flow, "reset", pair.clock.now)
    assert pair.left.ua.flows_in_use() == {Flow("TCP", "192.0.2.2", 5060)}
    pair.left.ua.release(calling, pair.clock.now)
    pair.run()
    pair.finish()
    assert pair.left.ua.flows_in_use() == set()


def test_after_its_connection_died_a_dialog_goes_on_over_the_contact() -> None:
    """Design, decision 14."""
    pair = Pair("TCP")
    calling, _ = pair.answered()
    pair.left.ua.transport_failed(pair.right.flow, "reset", pair.clock.now)
    assert calling.dialog is not None
    assert calling.dialog.next_hop() == Flow("TCP", "192.0.2.2", 5060)
    pair.left.ua.release(calling, pair.clock.now)
    pair.run()
    assert kinds(pair.right.events)[0] == "ByeArrived"
    pair.finish()


def test_an_ack_that_a_dying_connection_took_with_it_goes_over_the_next_one() -> None:
    """Section 13.2.2.4: each 2xx that comes again is acknowledged, also when the first ACK's connection is gone."""
    pair = Pair("TCP")
    calling = pair.invite()
    pair.lose = lambda data: data.startswith(b"ACK ")
    pair.right.ua.accept(pair.right.session, ANSWER, pair.clock.now)
    pair.run()
    assert calling.ack_flow == pair.right.flow
    pair.left.ua.transport_failed(pair.right.flow, "reset", pair.clock.now)
    assert calling.ack_flow == Flow("TCP", "192.0.2.2", 5060)
    pair.lose = lambda data: False
    pair.wait(1.0)
    assert len(pair.right.got(ua.Acknowledged)) == 1
    pair.left.ua.release(calling, pair.clock.now)
    pair.run()
    pair.finish()


@pytest.mark.parametrize(
    ("uri", "contact", "route", "transport", "ours"),
    [
        ("sips:bob@h", "<sips:alice@h>", "", "TLS", "<sips:192.0.2.2:5061>"),
        ("sip:bob@h", "<sips:alice@h>", "", "TLS", "<sips:192.0.2.2:5061>"),
        ("sip:bob@h", "<sips:alice@h>", "<sip:proxy;lr>", "TLS", "<sip:192.0.2.2:5061;transport=tls>"),
        ("sip:bob@h", "<sip:alice@h>", "<sips:proxy;lr>, <sip:other;lr>", "TLS", "<sips:192.0.2.2:5061>"),
        ("sip:bob@h", "<sip:alice@h>", "", "TLS", "<sip:192.0.2.2:5061;transport=tls>"),
        ("sips:bob@h", "<sip:alice@h>", "", "UDP", "<sip:192.0.2.2:5060>"),
    ],
)
def test_who_asks_for_sips_is_given_a_sips_contact(
    uri: str, contact: str, route: str, transport: str, ours: str
) -> None:
    """Section 12.1.1; where the INVITE came without TLS there is none to be given."""
    clock, told = FakeClock(), Peculiarities()
    agent = UserAgent(CountingIds("r"), LocalAddress("192.0.2.2", 5060, 5061), told)
    record_route = f"Record-Route: {route}\r\n" if route else ""
    invite = (
        f"INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/{transport} 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=a\r\n"
        f"To: <{uri}>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContact: {contact}\r\n{record_route}Content-Length: 0\r\n\r\n"
    )
    agent.receive(invite.encode(), Flow(transport, "192.0.2.1", 5060, int(transport == "TLS")), clock.now)
    arrived = agent.poll()
    assert isinstance(arrived, ua.InviteArrived)
    agent.progress(arrived.session, 180, clock.now)
    answer = agent.poll()
    assert isinstance(answer, Transmit)
    assert parse(answer.data).get("contact") == ours
