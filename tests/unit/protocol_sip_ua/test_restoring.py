"""Sessions taken back out of their messages: each does what its former self would have done (design, decision 8)."""

from tests.kit.ids import CountingIds
from tests.kit.platform import Peculiarities
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.dialog.invite_session import SessionState
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.message.parse import parse
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import Transmit
from trunkline.protocol.sip.ua.event import UaOutput
from trunkline.protocol.sip.ua.local_address import LocalAddress
from trunkline.protocol.sip.ua.user_agent import UserAgent

NOW = Instant(1000.0)
PEER = Flow("UDP", "192.0.2.50", 5060)


def request(text: str) -> Request:
    message = parse(text.replace("\n", "\r\n").encode())
    assert isinstance(message, Request)
    return message


def response(text: str) -> Response:
    message = parse(text.replace("\n", "\r\n").encode())
    assert isinstance(message, Response)
    return message


THEIR_INVITE = """INVITE sip:+442079460123@192.0.2.1 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK-their;rport=5060;received=192.0.2.50
From: <sip:alice@192.0.2.50>;tag=theirs
To: <sip:+442079460123@192.0.2.1>
Call-ID: in
CSeq: 7 INVITE
Contact: <sip:alice@192.0.2.50:5062>
Content-Length: 0

"""
OUR_ANSWER = """SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK-their;rport=5060;received=192.0.2.50
From: <sip:alice@192.0.2.50>;tag=theirs
To: <sip:+442079460123@192.0.2.1>;tag=ours
Call-ID: in
CSeq: 7 INVITE
Contact: <sip:192.0.2.1:5060>
Content-Length: 0

"""
OUR_INVITE = """INVITE sip:+442079460123@192.0.2.200 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-our;rport
From: <sip:+12025550101@192.0.2.1>;tag=ours
To: <sip:+442079460123@192.0.2.200>
Call-ID: out
CSeq: 1 INVITE
Contact: <sip:192.0.2.1:5060>
Content-Length: 0

"""
THEIR_ANSWER = """SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-our;rport
From: <sip:+12025550101@192.0.2.1>;tag=ours
To: <sip:+442079460123@192.0.2.200>;tag=theirs
Call-ID: out
CSeq: 1 INVITE
Contact: <sip:bob@192.0.2.200:5064>
Content-Length: 0

"""


class Agent:
    """A user agent and all that it has put out."""

    def __init__(self) -> None:
        self.ua = UserAgent(CountingIds("r"), LocalAddress("192.0.2.1", 5060), Peculiarities())
        self.events: list[UaOutput] = []

    def sent(self) -> list[tuple[Flow, Request | Response]]:
        """Since the last look."""
        found: list[tuple[Flow, Request | Response]] = []
        while (output := self.ua.poll()) is not None:
            if isinstance(output, Transmit):
                found.append((output.flow, parse(output.data)))
            else:
                self.events.append(output)
        return found

    def lines(self) -> list[str]:
        return [
            f"{message.method} {message.cseq[0]}"
            if isinstance(message, Request)
            else f"{message.status} {message.cseq[1]}"
            for _, message in self.sent()
        ]

    def hear(self, text: str, flow: Flow = PEER, now: Instant = NOW) -> None:
        self.ua.receive(text.replace("\n", "\r\n").encode(), flow, now)


def test_taking_back_sends_nothing_but_an_answer_that_awaits_its_ack() -> None:
    agent = Agent()
    restoring = agent.ua.restoring
    restoring.arrived(request(THEIR_INVITE), "ours", PEER)
    restoring.calling(request(OUR_INVITE), PEER)
    assert agent.lines() == []
    restoring = (agent := Agent()).ua.restoring
    restoring.confirmed_uas(request(THEIR_INVITE), "ours", PEER, response(OUR_ANSWER), 1)
    restoring.confirmed_uac(request(OUR_INVITE), response(THEIR_ANSWER), PEER, 1)
    assert agent.lines() == []
    restoring = (agent := Agent()).ua.restoring
    restoring.answered(request(THEIR_INVITE), "ours", PEER, response(OUR_ANSWER), NOW)
    assert agent.lines() == ["200 INVITE"]


def test_invite_that_waited_absorbs_its_repetitions_and_is_refused_where_it_came_from() -> None:
    agent = Agent()
    session = agent.ua.restoring.arrived(request(THEIR_INVITE), "ours", PEER)
    agent.hear(THEIR_INVITE)
    assert agent.lines() == []
    agent.ua.refuse(session, 503, NOW)
    [(flow, refusal)] = agent.sent()
    assert (flow, refusal.to.tag) == (PEER, "ours")
    agent.hear(THEIR_INVITE)
    assert agent.lines() == ["503 INVITE"]


def test_answer_is_repeated_until_its_ack_or_for_64_t1() -> None:
    """RFC 3261 section 13.3.1.4, from the beginning."""
    agent = Agent()
    agent.ua.restoring.answered(request(THEIR_INVITE), "ours", PEER, response(OUR_ANSWER), NOW)
    assert agent.lines() == ["200 INVITE"]
    at = []
    while (deadline := agent.ua.next_deadline()) is not None and deadline < NOW + 10:
        agent.ua.advance(deadline)
        at += [deadline - NOW] * len(agent.lines())
    assert at == [0.5, 1.5, 3.5, 7.5]


def test_sent_invite_is_cancelled_at_once_and_a_late_answer_gets_ack_and_bye() -> None:
    agent = Agent()
    session = agent.ua.restoring.calling(request(OUR_INVITE), PEER)
    agent.ua.release(session, NOW)
    [(flow, cancel)] = agent.sent()
    assert isinstance(cancel, Request)
    assert (flow, cancel.method, cancel.via.branch) == (PEER, "CANCEL", "z9hG4bK-our")
    agent.hear(THEIR_ANSWER)
    assert agent.lines() == ["ACK 1", "BYE 2"]
    agent.hear(THEIR_ANSWER)
    assert agent.lines() == ["ACK 1"]


def test_sent_invite_that_is_refused_late_is_acknowledged() -> None:
    agent = Agent()
    session = agent.ua.restoring.calling(request(OUR_INVITE), PEER)
    agent.ua.release(session, NOW)
    agent.hear(THEIR_ANSWER.replace("200 OK", "487 Request Terminated"))
    assert agent.lines() == ["CANCEL 1", "ACK 1"]


def test_taken_back_dialogs_count_on_from_a_thousand_per_life() -> None:
    agent = Agent()
    inbound = agent.ua.restoring.confirmed_uas(request(THEIR_INVITE), "ours", PEER, response(OUR_ANSWER), 2)
    outbound = agent.ua.restoring.confirmed_uac(request(OUR_INVITE), response(THEIR_ANSWER), PEER, 3)
    agent.ua.release(inbound, NOW)
    agent.ua.release(outbound, NOW)
    byes = [message for _, message in agent.sent() if isinstance(message, Request)]
    assert [(bye.method, bye.cseq[0], bye.uri_text) for bye in byes] == [
        ("BYE", 2001, "sip:alice@192.0.2.50:5062"),
        ("BYE", 3002, "sip:bob@192.0.2.200:5064"),
    ]
    assert [(bye.from_.tag, bye.to.tag) for bye in byes] == [("ours", "theirs")] * 2


def test_repeated_2xx_gets_its_ack_again_also_that_of_a_re_invite() -> None:
    agent = Agent()
    session = agent.ua.restoring.confirmed_uac(request(OUR_INVITE), response(THEIR_ANSWER), PEER, 1)
    agent.hear(THEIR_ANSWER)
    agent.hear(THEIR_ANSWER.replace("CSeq: 1", "CSeq: 5").replace("z9hG4bK-our", "z9hG4bK-reinvite"))
    assert agent.lines() == ["ACK 1", "ACK 5"]
    assert session.state is SessionState.CONFIRMED


def test_answer_whose_ack_may_be_missing_is_acknowledged_before_the_bye() -> None:
    agent = Agent()
    session = agent.ua.restoring.answered_uac(request(OUR_INVITE), response(THEIR_ANSWER), PEER, 1)
    agent.ua.release(session, NOW)
    assert agent.lines() == ["ACK 1", "BYE 1002"]


def test_second_answer_is_hung_up_in_its_own_dialog() -> None:
    agent = Agent()
    session = agent.ua.restoring.answered_uac(request(OUR_INVITE), response(THEIR_ANSWER), PEER, 1)
    fork = response(THEIR_ANSWER.replace("tag=theirs", "tag=fork"))
    agent.ua.restoring.hang_up(session, fork, PEER, NOW)
    sent = [message for _, message in agent.sent() if isinstance(message, Request)]
    assert [(message.method, message.to.tag) for message in sent] == [("ACK", "fork"), ("BYE", "fork")]


def test_stream_of_another_process_is_connected_anew_to_the_contact() -> None:
    """Design, decision 14: the flow of an accepted stream led back to the peer's own port, which listens to nobody."""
    agent = Agent()
    invite = request(THEIR_INVITE.replace("UDP", "TCP").replace(":5062>", ":5062;transport=tcp>"))
    seen = Flow("TCP", "192.0.2.50", 49152)
    session = agent.ua.restoring.confirmed_uas(invite, "ours", seen, response(OUR_ANSWER), 1)
    agent.ua.restoring.turn(session, seen, "")
    agent.ua.release(session, NOW)
    [(flow, _)] = agent.sent()
    assert flow == Flow("TCP", "192.0.2.50", 5062)


def test_refusal_of_an_invite_over_a_lost_stream_goes_to_its_via() -> None:
    """RFC 3261 section 18.2.2."""
    agent = Agent()
    invite = request(THEIR_INVITE.replace("UDP", "TCP").replace("rport=5060", "rport=49152"))
    session = agent.ua.restoring.arrived(invite, "ours", Flow("TCP", "192.0.2.50", 49152))
    agent.ua.refuse(session, 503, NOW)
    [(flow, _)] = agent.sent()
    assert flow == Flow("TCP", "192.0.2.50", 5060)


def test_pending_re_invite_gets_491() -> None:
    agent = Agent()
    reinvite = THEIR_INVITE.replace("192.0.2.1>\nCall", "192.0.2.1>;tag=ours\nCall").replace("7 INVITE", "8 INVITE")
    agent.ua.restoring.refuse_reinvite(request(reinvite), PEER, NOW)
    [(flow, refusal)] = agent.sent()
    assert isinstance(refusal, Response)
    assert (flow, refusal.status, refusal.cseq[0]) == (PEER, 491, 8)


def test_everything_taken_back_leaves_when_it_has_ended() -> None:
    agent = Agent()
    restoring, release = agent.ua.restoring, agent.ua.release
    release(restoring.arrived(request(THEIR_INVITE), "ours", PEER), NOW)
    release(restoring.calling(request(OUR_INVITE), PEER), NOW)
    release(
        restoring.answered(request(THEIR_INVITE.replace("their;", "x;")), "t2", PEER, response(OUR_ANSWER), NOW), NOW
    )
    restoring.refuse_reinvite(request(THEIR_INVITE.replace("their;", "y;")), PEER, NOW)
    assert agent.ua.session_count == 3
    while (deadline := agent.ua.next_deadline()) is not None:
        agent.sent()
        agent.ua.advance(deadline)
        agent.sent()
    assert (agent.ua.session_count, agent.ua.transaction_count, agent.ua.timer_count) == (0, 0, 0)
