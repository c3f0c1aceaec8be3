"""What a caller hands to `UserAgent.invite`."""

from dataclasses import dataclass


@dataclass(slots=True)
class InviteOffer:
    """One INVITE to be sent.

    `from_text` and `to_text` are name-addr values without tags; `headers` are (name, value) pairs written in order
    behind the mandatory ones; an empty `body` asks the far end for an offer. `contact_user` and the
    quoted `contact_display` go into our Contact.
    """

    request_uri: str
    from_text: str
    to_text: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    contact_user: str = ""
    contact_display: str = ""
    max_forwards: int = 70
