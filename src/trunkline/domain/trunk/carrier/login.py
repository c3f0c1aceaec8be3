"""Who we are to a carrier that challenges us (RFC 3261 section 22; RFC 8760)."""

from dataclasses import dataclass
from typing import Final

from trunkline.kit.secret import Secret
from trunkline.protocol.sip.digest.client import answer_challenge, choose_challenge
from trunkline.protocol.sip.digest.errors import UnanswerableChallenge
from trunkline.protocol.sip.message.message import Request, Response

_HEADERS: Final = {401: ("www-authenticate", "Authorization"), 407: ("proxy-authenticate", "Proxy-Authorization")}


@dataclass(frozen=True, slots=True)
class CarrierLogin:
    """What a carrier's challenge is answered with, and only one of its own realm."""

    username: str
    realm: str
    password: Secret[str]

    def credentials(self, request: Request, response: Response, cnonce: str) -> tuple[str, str] | None:
        """Name and value of the header that `request` is to be repeated with; None where the refusal stands.

        It stands when it is no challenge, when none of its challenges is of our realm and can be answered, and when the
        request had credentials already: they were wrong, or somebody further on wants others.
        """
        names = _HEADERS.get(response.status)
        if names is None or any(request.get(header.lower()) is not None for _, header in _HEADERS.values()):
            return None
        asked, answered = names
        try:
            challenge = choose_challenge(response.get_all(asked), self.realm)
            value = answer_challenge(challenge, request.method, request.uri_text, self.username, self.password, cnonce)
        except UnanswerableChallenge:
            return None
        return answered, value
