"""What can be wrong with a session description, or with two of them together."""


class SdpError(Exception):
    """Base of this room's exceptions."""


class MalformedSdp(SdpError):  # noqa: N818  named for the peer's fault, in the house's words
    """The peer's body is not a usable session description; `reason` is one phrase without the body's text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoCommonCodec(SdpError):  # noqa: N818  named for the peer's fault, in the house's words
    """No audio codec is left that both sides and the platform know (features row 82: 415)."""
