"""What can be wrong with a packet."""


class RtpError(Exception):
    """Base of this room's exceptions."""


class MalformedRtcp(RtpError):
    """A compound that fails the checks of RFC 3550 appendix A.2; `reason` is one phrase."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
