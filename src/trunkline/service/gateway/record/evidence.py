"""What an alert shows of a failure: request and response as they stood on the wire, without what must stay secret."""

from typing import Final

from trunkline.domain.trunk.edge.hop import HOP_KEY
from trunkline.platform.setting.log import redacted_text
from trunkline.protocol.sip.message.message import Message

_SECRET: Final = frozenset({"authorization", "proxy-authorization", HOP_KEY})


def shown(message: Message | bytes) -> str | None:
    """The text of a message; None for no octets.

    Without credentials, seals of hops (`domain.trunk.edge.hop`), SRTP keys, and whatever a database refuses.
    """
    text = message.decode("utf-8", "replace") if isinstance(message, bytes) else message.to_text(_SECRET)
    # A lone surrogate stands for an octet that is no UTF-8; a NUL is nothing that PostgreSQL keeps.
    clean = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")
    return redacted_text(clean) or None


def first_line(text: str) -> str:
    """What is left of a message where all of it would be too much."""
    return text.partition("\r\n")[0]
