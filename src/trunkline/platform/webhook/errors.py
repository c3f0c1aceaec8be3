"""What can go wrong with a request of ours."""

from typing import Final

NOT_TAKEN: Final = 11200
UNREACHABLE: Final = 11205
NO_HTTP: Final = 11206
BAD_HOST: Final = 11210
BAD_CERTIFICATE: Final = 11237


class Undeliverable(Exception):
    """The request was not taken; the text says why in a few words and holds nothing of the URL.

    `code` is the platform's (sip.md 7.6), `answer` what came back as it stood on the wire: status line, headers, body.
    """

    def __init__(self, reason: str, code: int, answer: str | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.answer = answer
