"""The only translator between SIP and the call's vocabulary: what the user agent tells of one leg, told to its call."""

from trunkline.domain.call.call import Call
from trunkline.domain.call.command import Side
from trunkline.kit.instant import Instant
from trunkline.protocol.sip.message.message import Message
from trunkline.protocol.sip.ua.event import (
    AckMissing,
    Acknowledged,
    ByeAnswered,
    ByeArrived,
    InviteAnswered,
    InviteArrived,
    InviteCancelled,
    InviteLost,
    InviteProgressed,
    InviteRefused,
    LateAnswer,
    ReinviteAcknowledged,
    ReinviteAnswered,
    ReinviteArrived,
    ReinviteRefused,
    RequestArrived,
    ResponseArrived,
    SessionEnded,
    UaEvent,
)
from trunkline.protocol.sip.ua.extension import is_sdp


class Leg:
    """One leg of a call; owner of its session in the user agent. `attempt` is -1 for the inbound leg."""

    __slots__ = ("attempt", "call", "side")

    def __init__(self, call: Call, side: Side, attempt: int = -1) -> None:
        self.call = call
        self.side = side
        self.attempt = attempt

    def deliver(self, event: UaEvent, now: Instant) -> None:
        """Translate one event of this leg's session into one input of the call."""
        call = self.call
        match event:
            case InviteProgressed(response=response):
                call.progressed(self.attempt, response.status, response.reason, sdp_of(response), now)
            case InviteAnswered(response=response):
                call.answered(self.attempt, sdp_of(response), now)
            case InviteRefused(response=response, failure=failure):
                if response is None:
                    call.unreachable(self.attempt, failure.startswith("timeout"), now)
                else:
                    contact = response.get("contact") or ""
                    call.refused(self.attempt, response.status, response.reason, now, contact)
            case InviteCancelled():
                call.caller_cancelled(now)
            case InviteLost():
                call.caller_lost(now)
            case Acknowledged(ack=ack):
                call.acknowledged(sdp_of(ack), now)
            case AckMissing():
                call.ack_missing(now)
            case ByeArrived():
                if self.side is Side.INBOUND and call.answered_at is None:
                    call.caller_cancelled(now)
                else:
                    call.hung_up(self.side, self.attempt, now)
            case ReinviteArrived(request=request):
                call.offered(self.side, self.attempt, sdp_of(request))
            case ReinviteAcknowledged(ack=ack):
                call.offer_acknowledged(self.side, sdp_of(ack))
            case ReinviteAnswered(response=response):
                call.offer_answered(self.side, sdp_of(response))
            case ReinviteRefused(response=response):
                call.offer_refused(self.side, 408 if response is None else response.status, now)
            case ResponseArrived(response=response):
                # The answer to an OPTIONS that probed the dialog.
                if response is None or response.status in {408, 481}:
                    call.lost(self.side, now)
            case InviteArrived() | LateAnswer() | ByeAnswered() | SessionEnded() | RequestArrived():
                return  # of the gateway, not of the call


def sdp_of(message: Message) -> bytes:
    """The SDP in a message, b"" when there is none."""
    return message.body if is_sdp(message) else b""
