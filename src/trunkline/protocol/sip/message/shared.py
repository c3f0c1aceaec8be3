"""Parsed header values, shared between the messages that carry the same text.

One call repeats its From, To and Contact over a dozen messages, and our Via comes back in every response to it. Parsed
values are immutable by convention, so the last few thousand are kept; long ones are parsed anew each time, so that a
stranger cannot fill memory with them.
"""

from functools import lru_cache
from typing import Final

from trunkline.protocol.sip.message.cseq import CSeq, parse_cseq
from trunkline.protocol.sip.message.name_addr import NameAddr, parse_name_addr
from trunkline.protocol.sip.message.uri import Uri, parse_uri
from trunkline.protocol.sip.message.via import Via, parse_via

_KEPT: Final = 4096
_LONGEST: Final = 256

_name_addr = lru_cache(_KEPT)(parse_name_addr)
_uri = lru_cache(_KEPT)(parse_uri)
_via = lru_cache(_KEPT)(parse_via)
_cseq = lru_cache(_KEPT)(parse_cseq)


def shared_name_addr(text: str) -> NameAddr:
    """`parse_name_addr`, or what it gave before."""
    return _name_addr(text) if len(text) <= _LONGEST else parse_name_addr(text)


def shared_uri(text: str) -> Uri:
    """`parse_uri`, or what it gave before."""
    return _uri(text) if len(text) <= _LONGEST else parse_uri(text)


def shared_via(text: str) -> Via:
    """`parse_via`, or what it gave before."""
    return _via(text) if len(text) <= _LONGEST else parse_via(text)


def shared_cseq(text: str) -> CSeq:
    """`parse_cseq`, or what it gave before."""
    return _cseq(text) if len(text) <= _LONGEST else parse_cseq(text)
