"""What can be wrong with a message, split by whose fault it is and by what may be done about it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trunkline.protocol.sip.message.message import Request


class SipMessageError(Exception):
    """Base of this room's errors."""


class MalformedMessage(SipMessageError):
    """The peer's fault, and a request that can be answered: `status` says how (RFC 3261 section 16.3, RFC 4475).

    `request` is what could be read of it, enough to build a response; None when a response was malformed,
    which is dropped and counted.
    """

    def __init__(self, status: int, reason: str, request: "Request | None" = None) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.request = request


class UnframeableMessage(SipMessageError):
    """The peer's fault, and nothing in it can be answered: drop and count (on a stream: close)."""


class LocalProtocolError(SipMessageError):
    """Our fault: the stack was asked to send something that SIP does not allow."""
