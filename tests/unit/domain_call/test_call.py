"""The call machine: every (input, state) pair against a table written from the design, and random walks."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kit.case import case
from tests.kit.length import runs
from tests.kit.port import offer_sdp
from trunkline.domain.call import command as do
from trunkline.domain.call.attempt import Target
from trunkline.domain.call.call import Call
from trunkline.domain.call.command import CallTimer, Side
from trunkline.domain.call.hunt import Hunt
from trunkline.domain.call.hunt_rule import CUSTOMER_RULE
from trunkline.domain.call.release_cause import (
    ACL_DENIED,
    API_HUNG_UP,
    CALLEE_HUNG_UP,
    CALLER_CANCELLED,
    CALLER_HUNG_UP,
    MAX_DURATION,
    MEDIA_UNAVAILABLE,
    TARGET_SILENT,
    Party,
    ReleaseCause,
)
from trunkline.domain.call.search import NO_ANSWER_S
from trunkline.domain.call.silence import MEDIA_SILENCE_S
from trunkline.domain.call.state import CallState
from trunkline.domain.call.talk import MAX_DURATION_S
from trunkline.kit.ids import CallSid
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.transaction.flow import Flow

START = Instant(100.0)
NOW = Instant(101.0)
OFFER, ANSWER = offer_sdp("192.0.2.50"), offer_sdp("192.0.2.9", codecs="0 101")
FAR, NEAR = b"offer by the relay", b"answer by the relay"


@dataclass(frozen=True)
class Somebody:
    request_uri: str


ONE, TWO, THREE = Somebody("sip:one"), Somebody("sip:two"), Somebody("sip:three")
ADDRESS = Flow("UDP", "192.0.2.9", 5060)


class Signpost:
    """Every 302 leads to THREE, unless it has no Contact."""

    def follow(self, contact: str, asked: Target) -> Target | None:
        return THREE if contact else None

    def admits(self, address: Flow, target: Target) -> bool:
        return True


def hunt_of(*targets: Target) -> Hunt[Target, Flow]:
    return Hunt[Target, Flow](targets, CUSTOMER_RULE, START, redirects=Signpost())


def routing() -> Call:
    return Call(CallSid("CA1"), b"", START)


def locating() -> Call:
    call = routing()
    call.routed(hunt_of(ONE, TWO), Party.CALLEE, OFFER, START)
    return call


def anchoring() -> Call:
    call = locating()
    call.located(ONE, [ADDRESS], START)
    return call


def dialling() -> Call:
    call = anchoring()
    call.media_anchored(0, OFFER)
    return call


def ringing() -> Call:
    call = dialling()
    call.progressed(0, 180, "Ringing", b"", START)
    return call


def recovering() -> Call:
    """The only target has failed after ringing, and disaster recovery is asked."""
    call = routing()
    call.routed(hunt_of(ONE), Party.CALLEE, OFFER, START, recovers=True)
    call.located(ONE, [ADDRESS], START)
    call.media_anchored(0, OFFER)
    call.progressed(0, 180, "Ringing", b"", START)
    call.refused(0, 500, "", START)
    return call


def picked_up() -> Call:
    """The far end has answered, the relay has not."""
    call = ringing()
    call.answered(0, ANSWER, START)
    return call


def answered() -> Call:
    call = picked_up()
    call.media_answered(0, 200, ANSWER, NEAR, START)
    return call


def bridged() -> Call:
    call = answered()
    call.acknowledged(b"", NOW)
    return call


def reinvited() -> Call:
    call = bridged()
    call.offered(Side.INBOUND, -1, OFFER)
    return call


def releasing() -> Call:
    call = bridged()
    call.hung_up(Side.INBOUND, -1, START)
    return call


def released() -> Call:
    call = releasing()
    call.media_dropped(0, START)
    return call


MAKERS: dict[str, Callable[[], Call]] = {
    "R": routing,
    "L": locating,
    "A": anchoring,
    "D": dialling,
    "I": ringing,
    "V": recovering,
    "n": picked_up,
    "N": answered,
    "B": bridged,
    "O": reinvited,
    "G": releasing,
    "X": released,
}
STATES = {
    "R": CallState.ROUTING,
    "L": CallState.LOCATING,
    "A": CallState.ANCHORING,
    "D": CallState.DIALLING,
    "I": CallState.RINGING,
    "V": CallState.RECOVERING,
    "n": CallState.ANSWERED,
    "N": CallState.ANSWERED,
    "B": CallState.BRIDGED,
    "O": CallState.BRIDGED,
    "G": CallState.RELEASING,
    "X": CallState.RELEASED,
}
INPUTS: dict[str, Callable[[Call], None]] = {
    "routed": lambda call: call.routed(hunt_of(ONE), Party.CALLEE, OFFER, NOW),
    "route refused": lambda call: call.route_refused(ACL_DENIED, recorded=True, now=NOW),
    "located": lambda call: call.located(ONE, [ADDRESS], NOW),
    "located nowhere": lambda call: call.located(ONE, [], NOW),
    "media anchored": lambda call: call.media_anchored(0, OFFER),
    "media failed": lambda call: call.media_failed(0, NOW),
    "180": lambda call: call.progressed(0, 180, "", b"", NOW),
    "183 with SDP": lambda call: call.progressed(0, 183, "", b"early", NOW),
    "200": lambda call: call.answered(0, ANSWER, NOW),
    "200 without SDP": lambda call: call.answered(0, b"", NOW),
    "media answered 183": lambda call: call.media_answered(0, 183, b"early", NEAR, NOW),
    "media answered 200": lambda call: call.media_answered(0, 200, ANSWER, NEAR, NOW),
    "302": lambda call: call.refused(0, 302, "", NOW, "<sip:three>"),
    "302 to nowhere": lambda call: call.refused(0, 302, "", NOW),
    "486": lambda call: call.refused(0, 486, "", NOW),
    "500": lambda call: call.refused(0, 500, "", NOW),
    "503": lambda call: call.refused(0, 503, "", NOW),
    "unreachable": lambda call: call.unreachable(0, timed_out=False, now=NOW),
    "old attempt says 180": lambda call: call.progressed(7, 180, "", b"", NOW),
    "old attempt says 200": lambda call: call.answered(7, ANSWER, NOW),
    "old attempt says 486": lambda call: call.refused(7, 486, "", NOW),
    "old attempt hangs up": lambda call: call.hung_up(Side.OUTBOUND, 7, NOW),
    "caller cancels": lambda call: call.caller_cancelled(NOW),
    "caller lost": lambda call: call.caller_lost(NOW),
    "ACK": lambda call: call.acknowledged(b"", NOW),
    "no ACK": lambda call: call.ack_missing(NOW),
    "caller hangs up": lambda call: call.hung_up(Side.INBOUND, -1, NOW),
    "callee hangs up": lambda call: call.hung_up(Side.OUTBOUND, 0, NOW),
    "callee knows no dialog": lambda call: call.lost(Side.OUTBOUND, NOW),
    "caller offers": lambda call: call.offered(Side.INBOUND, -1, OFFER),
    "callee offers": lambda call: call.offered(Side.OUTBOUND, 0, OFFER),
    "caller offers nothing": lambda call: call.offered(Side.INBOUND, -1, b""),
    "media reoffered": lambda call: call.media_reoffered(0, OFFER),
    "media settled": lambda call: call.media_settled(0),
    "ACK with an answer": lambda call: call.offer_acknowledged(Side.INBOUND, ANSWER),
    "callee takes the offer": lambda call: call.offer_answered(Side.OUTBOUND, ANSWER),
    "callee takes it without SDP": lambda call: call.offer_answered(Side.OUTBOUND, b""),
    "media reanswered": lambda call: call.media_reanswered(0, ANSWER),
    "callee refuses the offer": lambda call: call.offer_refused(Side.OUTBOUND, 488, NOW),
    "callee is gone, says 481": lambda call: call.offer_refused(Side.OUTBOUND, 481, NOW),
    "timer NO_RESPONSE": lambda call: call.timer_fired(CallTimer.NO_RESPONSE, NOW),
    "timer NO_ANSWER": lambda call: call.timer_fired(CallTimer.NO_ANSWER, NOW),
    "timer HUNT_LIMIT": lambda call: call.timer_fired(CallTimer.HUNT_LIMIT, NOW),
    "timer MAX_DURATION": lambda call: call.timer_fired(CallTimer.MAX_DURATION, NOW),
    "recovery refused": lambda call: call.recovery_refused(TARGET_SILENT, NOW),
    "timer MEDIA_CHECK": lambda call: call.timer_fired(CallTimer.MEDIA_CHECK, NOW),
    "packets counted": lambda call: call.media_counted(0, 7, NOW),
    "our bug": lambda call: call.broken(NOW),
    "release": lambda call: call.release(API_HUNG_UP, NOW),
    "media dropped": lambda call: call.media_dropped(0, NOW),
}
# Columns as MAKERS. A letter is the state that follows; "." means that nothing happens at all; "=" that the state stays
# and something is done.
TABLE = """
                            R L A D I V n N B O G X
routed                      L . . . . . . . . . . .
route refused               X . . . . . . . . . . .
located                     . A . . . . . . . . . .
located nowhere             . L . . . . . . . . . .
media anchored              . . D . . . . . . . . .
media failed                . . G G G . G G . B . .
180                         . . . I = . . . . . . .
183 with SDP                . . . I = . . . . . . .
200                         . . . n n . . . . . . .
200 without SDP             . . . G G . . . . . . .
media answered 183          . . . . = . . . . . . .
media answered 200          . . . . . . N . . . . .
302                         . . L L L . . . . . . .
302 to nowhere              . . G G G . . . . . . .
486                         . . G G G . . . . . . .
500                         . . L L L . . . . . . .
503                         . . L L L . . . . . . .
unreachable                 . . . L G . . . . . . .
old attempt says 180        . . . . . . . . . . . .
old attempt says 200        . . . . . . . . . . . .
old attempt says 486        . . . . . . . . . . . .
old attempt hangs up        . . . . . . . . . . . .
caller cancels              X X G G G G G G G G . .
caller lost                 X X G G G G G G G G . .
ACK                         . . . . . . . B . . . .
no ACK                      X X G G G G G G G G . .
caller hangs up             X X G G G G G G G G . .
callee hangs up             . . G G G . G G G G . .
callee knows no dialog      X X G G G G G G G G . .
caller offers               = = = = = = = = = = = =
callee offers               = = = = = = = = = = = =
caller offers nothing       = = = = = = = = = = = =
media reoffered             . . . . . . . . . = . .
media settled               . . . . . . . . . . . .
ACK with an answer          . . . . . . . . . . . .
callee takes the offer      . . . . . . . . . . . .
callee takes it without SDP . . . . . . . . . . . .
media reanswered            . . . . . . . . . . . .
callee refuses the offer    . . . . . . . . . . . .
callee is gone, says 481    . . . . . . . . . . . .
timer NO_RESPONSE           . . L L . . . . . . . .
timer NO_ANSWER             . . . . L . . . . . . .
timer HUNT_LIMIT            . X G G . . . . . . . .
timer MAX_DURATION          X X G G G G G G G G . .
recovery refused            . . . . . G . . . . . .
timer MEDIA_CHECK           . . = = = = = = = = . .
packets counted             . . . . . . = = = = . .
our bug                     X X G G G G G G G G . .
release                     X X G G G G G G G G . .
media dropped               . . . . . . . . . . X .
"""


def _pairs() -> list[tuple[str, str, str]]:
    head, *rows = TABLE.strip("\n").split("\n")
    columns = head.split()
    found = []
    for row in rows:
        name, cells = row[:28].strip(), row[28:].split()
        found += [(name, column, cell) for column, cell in zip(columns, cells, strict=True)]
    return found


def test_the_table_is_whole() -> None:
    assert [(name, column) for name, column, _ in _pairs()] == [(name, state) for name in INPUTS for state in MAKERS]


@pytest.mark.parametrize("name", INPUTS)
def test_every_input_in_every_state(name: str) -> None:
    for row, before, after in _pairs():
        if row == name:
            with case(f"{name} in state {before}"):
                assert_becomes(name, before, after)


def assert_becomes(name: str, before: str, after: str) -> None:
    call = MAKERS[before]()
    call.commands.clear()
    INPUTS[name](call)
    if after == ".":
        assert call.commands == []
    assert call.state is STATES[before if after in ".=" else after]
    if after == "=":
        assert call.commands
    records = sum(isinstance(command, do.RecordCall) for command in call.commands)
    assert records == (1 if after == "X" else 0)


def only(call: Call, *kinds: type) -> list[do.Command]:
    return [command for command in call.commands if isinstance(command, kinds)]


def test_row_55_no_response_for_4_s_next_target_and_the_first_is_let_go() -> None:
    call = dialling()
    call.commands.clear()
    call.timer_fired(CallTimer.NO_RESPONSE, NOW)
    assert [type(command) for command in call.commands] == [
        do.ReleaseAttempt, do.DropMedia, do.StopTimer, do.StopTimer, do.Locate,
    ]  # fmt: skip
    assert call.attempts[0].status == 408
    assert only(call, do.Locate) == [do.Locate(TWO)]


@pytest.mark.parametrize("ends", ["500", "timer NO_RESPONSE", "timer HUNT_LIMIT"])
def test_row_101_nobody_left_the_attempt_is_let_go_and_recovery_is_asked(ends: str) -> None:
    call = routing()
    call.routed(hunt_of(ONE), Party.CALLEE, OFFER, START, recovers=True)
    call.located(ONE, [ADDRESS], START)
    call.media_anchored(0, OFFER)
    call.commands.clear()
    INPUTS[ends](call)
    (asked,) = only(call, do.Recover)
    assert isinstance(asked, do.Recover)
    assert asked.cause == call.attempts[0].cause
    assert only(call, do.DropMedia) == [do.DropMedia(0)]
    assert only(call, do.RefuseInbound) == []
    call.recovery_refused(asked.cause, NOW)
    assert only(call, do.RefuseInbound) == [do.RefuseInbound(asked.cause)]


@pytest.mark.parametrize("ends", ["486", "302 to nowhere"])
def test_row_101_who_has_spoken_is_not_asked_for_by_recovery(ends: str) -> None:
    call = routing()
    call.routed(hunt_of(ONE), Party.CALLEE, OFFER, START, recovers=True)
    call.located(ONE, [ADDRESS], START)
    call.media_anchored(0, OFFER)
    INPUTS[ends](call)
    assert only(call, do.Recover) == []
    assert call.state is CallState.RELEASING


def test_row_64_redirect_lets_the_attempt_go_and_its_target_is_located() -> None:
    call = ringing()
    call.commands.clear()
    call.refused(0, 302, "Moved Temporarily", NOW, "<sip:three>")
    assert call.commands == [
        do.DropMedia(0), do.StopTimer(CallTimer.NO_ANSWER), do.StopTimer(CallTimer.NO_RESPONSE), do.Locate(THREE),
    ]  # fmt: skip
    assert (call.attempts[0].status, call.attempts[0].cause) == (302, None)


def test_row_55_the_4_s_run_from_the_attempt_and_any_response_stops_them() -> None:
    call = locating()
    call.located(ONE, [ADDRESS], NOW)
    assert do.ArmTimer(CallTimer.NO_RESPONSE, Instant(105.0)) in call.commands
    call.media_anchored(0, OFFER)
    call.commands.clear()
    call.progressed(0, 100, "", b"", NOW)
    assert call.commands == [
        do.StopTimer(CallTimer.NO_RESPONSE), do.ArmTimer(CallTimer.NO_ANSWER, Instant(101.0 + NO_ANSWER_S)),
    ]  # fmt: skip


def test_answer_comes_in_order_accept_then_the_longest_duration() -> None:
    """Row 91."""
    call = picked_up()
    call.commands.clear()
    call.media_answered(0, 200, ANSWER, NEAR, NOW)
    assert call.commands == [
        do.Accept(NEAR), do.ArmTimer(CallTimer.MAX_DURATION, Instant(101.0 + MAX_DURATION_S)),
        do.ArmTimer(CallTimer.MEDIA_CHECK, Instant(101.0 + MEDIA_SILENCE_S / 3)),
    ]  # fmt: skip
    assert call.answered_at == NOW


def test_the_200_repeats_the_sdp_of_the_183_the_relay_is_not_asked_again() -> None:
    call = dialling()
    call.progressed(0, 183, "", ANSWER, START)
    call.media_answered(0, 183, ANSWER, NEAR, START)
    call.commands.clear()
    call.answered(0, ANSWER, NOW)
    assert only(call, do.AnswerMedia) == []
    assert only(call, do.Accept) == [do.Accept(NEAR)]


@pytest.mark.parametrize(
    ("make", "command", "cause"),
    [
        (ringing, do.RefuseInbound, API_HUNG_UP),
        (picked_up, do.RefuseInbound, API_HUNG_UP),
        (answered, do.ReleaseInbound, API_HUNG_UP),
        (bridged, do.ReleaseInbound, API_HUNG_UP),
    ],
)
def test_release_tells_the_caller_by_the_means_of_its_state(
    make: Callable[[], Call], command: type, cause: ReleaseCause
) -> None:
    call = make()
    call.commands.clear()
    call.release(cause, NOW)
    assert only(call, do.RefuseInbound, do.ReleaseInbound) == [command(cause)]
    assert only(call, do.ReleaseAttempt) == [do.ReleaseAttempt(0, cause)]
    assert only(call, do.DropMedia) == [do.DropMedia(0)]
    assert {item.timer for item in only(call, do.StopTimer) if isinstance(item, do.StopTimer)} == set(CallTimer)


@pytest.mark.parametrize(
    ("make", "act", "cause", "by"),
    [
        (bridged, "caller hangs up", CALLER_HUNG_UP, Party.CALLER),
        (bridged, "callee hangs up", CALLEE_HUNG_UP, Party.CALLEE),
        (ringing, "caller cancels", CALLER_CANCELLED, Party.CALLER),
        (bridged, "timer MAX_DURATION", MAX_DURATION, Party.PLATFORM),
        (anchoring, "media failed", MEDIA_UNAVAILABLE, Party.PLATFORM),
    ],
)
def test_whoever_ends_it_is_not_told_again_and_the_first_cause_stays(
    make: Callable[[], Call], act: str, cause: ReleaseCause, by: Party
) -> None:
    call = make()
    call.commands.clear()
    INPUTS[act](call)
    told = only(call, do.RefuseInbound, do.ReleaseInbound, do.ReleaseAttempt)
    if act == "callee hangs up":
        assert told == [do.ReleaseInbound(cause)]
    elif act.startswith("caller"):
        assert told == [do.ReleaseAttempt(0, cause)]
    INPUTS["our bug"](call)
    assert (call.cause, call.released_by, call.released_at) == (cause, by, NOW)


def test_callee_hangs_up_before_the_caller_was_told_caller_gets_a_failure() -> None:
    call = picked_up()
    call.hung_up(Side.OUTBOUND, 0, NOW)
    (refusal,) = only(call, do.RefuseInbound)
    assert isinstance(refusal, do.RefuseInbound)
    assert refusal.cause.sip_status == 480


def test_reinvite_goes_round_and_its_answer_comes_back() -> None:
    call = bridged()
    call.commands.clear()
    call.offered(Side.OUTBOUND, 0, OFFER)
    call.media_reoffered(0, FAR)
    call.offer_answered(Side.INBOUND, ANSWER)
    call.media_reanswered(0, NEAR)
    assert call.commands == [
        do.ReofferMedia(0, Side.OUTBOUND, OFFER),
        do.SendOffer(Side.INBOUND, FAR),
        do.ReanswerMedia(0, Side.INBOUND, ANSWER),
        do.AcceptOffer(Side.OUTBOUND, NEAR),
    ]


def test_reinvite_before_the_ack_of_the_invite_491() -> None:
    call = answered()
    call.commands.clear()
    call.offered(Side.OUTBOUND, 0, OFFER)
    assert call.commands == [do.RefuseOffer(Side.OUTBOUND, 491)]


def test_undone_reinvite_gives_the_relay_what_the_invite_agreed_on() -> None:
    call = reinvited()
    call.media_reoffered(0, FAR)
    call.commands.clear()
    call.offer_refused(Side.OUTBOUND, 488, NOW)
    assert call.commands == [do.RefuseOffer(Side.INBOUND, 488), do.SettleMedia(0, Side.INBOUND, OFFER, ANSWER)]


@pytest.mark.parametrize("status", [408, 481])
def test_other_side_knows_the_dialog_no_more_the_call_is_over(status: int) -> None:
    call = reinvited()
    call.media_reoffered(0, FAR)
    call.offer_refused(Side.OUTBOUND, status, NOW)
    assert call.cause is not None
    assert call.cause.name == "callee_lost"


def test_relay_fails_at_a_reinvite_the_call_goes_on() -> None:
    call = reinvited()
    call.commands.clear()
    call.media_failed(0, NOW)
    assert call.commands == [do.RefuseOffer(Side.INBOUND, 503), do.SettleMedia(0, Side.INBOUND, OFFER, ANSWER)]
    call.media_failed(0, NOW)
    assert call.state is CallState.BRIDGED
    assert not call.exchange.is_pending


def test_relay_answers_after_the_release_figures_are_waited_for() -> None:
    """A failing offer or answer is not the answer to the drop."""
    call = releasing()
    call.media_failed(0, NOW)
    assert only(call, do.RecordCall) == []
    call.media_dropped(0, NOW)
    assert only(call, do.RecordCall) == [do.RecordCall()]


@settings(max_examples=runs(400), deadline=None)
@given(st.sampled_from(sorted(MAKERS)), st.lists(st.sampled_from(sorted(INPUTS)), max_size=30))
def test_random_inputs_never_raise_and_the_call_always_ends_with_one_record(start: str, names: list[str]) -> None:
    call = MAKERS[start]()
    for name in names:
        INPUTS[name](call)
        assert not (call.answered_at is not None and call.attempts[-1].status != 200)
    call.release(API_HUNG_UP, NOW)
    for attempt in call.attempts:
        call.media_dropped(attempt.index, NOW)
    assert call.state is CallState.RELEASED
    assert len(only(call, do.RecordCall)) == 1
    assert call.cause is not None
    for kind in (do.SendInvite, do.AnchorMedia, do.DropMedia):
        attempts = [command.attempt for command in call.commands if isinstance(command, kind)]
        assert len(attempts) == len(set(attempts)), f"{kind.__name__} twice"
    anchored = {command.attempt for command in call.commands if isinstance(command, do.AnchorMedia)}
    dropped = {command.attempt for command in call.commands if isinstance(command, do.DropMedia)}
    assert anchored == dropped, "every session of the relay is deleted"
    assert len(only(call, do.Accept)) <= 1
    assert len(only(call, do.RefuseInbound, do.ReleaseInbound)) <= 1
