"""The CSeq header (RFC 3261 sections 8.1.1.5 and 20.16)."""

from typing import Final

from trunkline.protocol.sip.message.errors import MalformedMessage

CSeq = tuple[int, str]
"""(sequence number, method)."""

_MOST: Final = 2**31


def parse_cseq(text: str) -> CSeq:
    """Read a CSeq value; raises MalformedMessage (400)."""
    words = text.split()
    if len(words) != 2 or not words[0].isdecimal() or not words[0].isascii() or len(words[0]) > 20:
        raise MalformedMessage(400, "Bad CSeq")
    number = int(words[0])
    if number >= _MOST:
        raise MalformedMessage(400, "Bad CSeq")  # section 8.1.1.5
    return number, words[1]
