"""What can be wrong with credentials and challenges; wrong passwords are outcomes, not errors."""


class DigestError(Exception):
    """Base of this room's errors."""


class MalformedCredentials(DigestError):
    """The peer's fault: the header's parameters cannot be read. The text never quotes the header."""


class UnanswerableChallenge(DigestError):
    """The peer's fault: a challenge of a scheme, algorithm or qop that this client does not speak."""
