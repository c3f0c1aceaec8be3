"""What the user agent tells its user (the TU of RFC 3261), each in the past tense."""

from dataclasses import dataclass
from typing import TypeAlias

from trunkline.protocol.sip.dialog.invite_session import InviteSession
from trunkline.protocol.sip.message.message import Request, Response
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.output import Transmit
from trunkline.protocol.sip.transaction.transaction import ServerTransaction

Owner: TypeAlias = object
"""What the user gave with a request or session; it comes back untouched. Has a name because mypyc loses `object`."""


@dataclass(slots=True)
class InviteArrived:
    """A new INVITE; answer with `progress`, `accept`, `refuse` or `ignore`."""

    session: InviteSession
    request: Request
    flow: Flow


@dataclass(slots=True)
class InviteCancelled:
    """The caller took its INVITE back; 200 and 487 are on their way."""

    session: InviteSession
    request: Request


@dataclass(slots=True)
class InviteLost:
    """The caller cannot be told anything any more: its INVITE's transaction failed before a final response."""

    session: InviteSession
    failure: str


@dataclass(slots=True)
class InviteProgressed:
    """A provisional response, 100 included."""

    session: InviteSession
    response: Response


@dataclass(slots=True)
class InviteAnswered:
    """The first 2xx. The ACK is sent already, unless the INVITE had no offer: then `acknowledge` sends it."""

    session: InviteSession
    response: Response


@dataclass(slots=True)
class LateAnswer:
    """A 2xx that nobody wants, of an INVITE given up or of another fork; its ACK and BYE are on their way."""

    session: InviteSession
    response: Response


@dataclass(slots=True)
class InviteRefused:
    """A final response other than 2xx, or none: `failure` is then "timeout" or "transport" and why."""

    session: InviteSession
    response: Response | None
    failure: str


@dataclass(slots=True)
class Acknowledged:
    """The ACK for our first 2xx."""

    session: InviteSession
    ack: Request


@dataclass(slots=True)
class AckMissing:
    """No ACK for our 2xx within 64*T1 (section 13.3.1.4); the user should release the session."""

    session: InviteSession


@dataclass(slots=True)
class ReinviteArrived:
    """A re-INVITE; answer with `accept_reinvite` or `refuse_reinvite`."""

    session: InviteSession
    request: Request


@dataclass(slots=True)
class ReinviteAcknowledged:
    """The ACK for our 2xx to a re-INVITE."""

    session: InviteSession
    ack: Request


@dataclass(slots=True)
class ReinviteAnswered:
    """A 2xx to our re-INVITE; the ACK is sent already unless the re-INVITE had no offer."""

    session: InviteSession
    response: Response


@dataclass(slots=True)
class ReinviteRefused:
    """A final response other than 2xx to our re-INVITE, or none; `reinvite` may give what credentials it asks for."""

    session: InviteSession
    request: Request
    response: Response | None


@dataclass(slots=True)
class ByeArrived:
    """The peer ended the session; its 200 is on its way."""

    session: InviteSession
    request: Request


@dataclass(slots=True)
class ByeAnswered:
    """The peer has answered our BYE, or does not know the dialog any more: it knows that the session is over.

    Unless it asks for credentials: `bye_again` gives them.
    """

    session: InviteSession
    request: Request
    response: Response


@dataclass(slots=True)
class SessionEnded:
    """Nothing of the session is left; it is forgotten."""

    session: InviteSession
    owner: Owner


@dataclass(slots=True)
class RequestArrived:
    """Any other request, within `session` or out of dialog (None); answer with `respond` or `ignore`."""

    transaction: ServerTransaction
    request: Request
    flow: Flow
    session: InviteSession | None


@dataclass(slots=True)
class ResponseArrived:
    """The final response to a request sent with `request`; None when there was none."""

    owner: Owner
    request: Request
    response: Response | None


UaEvent = (
    InviteArrived
    | InviteCancelled
    | InviteLost
    | InviteProgressed
    | InviteAnswered
    | LateAnswer
    | InviteRefused
    | Acknowledged
    | AckMissing
    | ReinviteArrived
    | ReinviteAcknowledged
    | ReinviteAnswered
    | ReinviteRefused
    | ByeArrived
    | ByeAnswered
    | SessionEnded
    | RequestArrived
    | ResponseArrived
)
UaOutput = Transmit | UaEvent
