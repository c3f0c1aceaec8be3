"""Why a relay refuses a command, or to start."""


class RelayError(Exception):
    """Base of this room's exceptions."""


class BadRelayConfig(RelayError):
    """A setting that no relay can run with; the text names it and its value."""


class Refusal(RelayError):
    """The text is the `error-reason` of the answer."""
