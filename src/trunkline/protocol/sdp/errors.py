"""What can be wrong with a session description, or with two of them together."""


class SdpError(Exception):
    """Base of this room's exceptions."""


class MalformedSdp(SdpError):
    """The peer's body is not a usable session description; `reason` is one phrase without the body's text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoCommonCodec(SdpError):
    """No audio codec is left that both sides and the platform know (features row 82: 415)."""
