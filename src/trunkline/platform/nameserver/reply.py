"""What a name server answers: octets in, octets out (RFC 1035 section 4, RFC 6891), over one zone."""

import struct
from typing import Final, final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from trunkline.domain.trunk.edge.zone import NEGATIVE_TTL_S, TTL_S, Outcome, RecordType, Zone, ZoneAnswer

LONGEST_UDP: Final = 1232
"""What goes over every network in one piece; a longer answer is cut short and asked for again over TCP."""
LONGEST_TCP: Final = 65535
_PLAIN_UDP: Final = 512
_HEADER: Final = struct.Struct("!6H")
_RESPONSE: Final = 0x8000
_TRANSFERS: Final = frozenset({dns.rdatatype.AXFR, dns.rdatatype.IXFR})
"""Nobody gets the whole zone (RFC 5936 section 2.2.1)."""


@final
class Replies:
    """Answers questions; records come in random order (row 19), by dnspython's own shuffle. Never raises."""

    __slots__ = ("_origin", "_zone")

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._origin = dns.name.from_text(zone.origin + ".")

    def answer(self, data: bytes, *, longest: int = LONGEST_UDP) -> bytes | None:
        """The response to one message; None where none is due: it is no question, or nobody could read it."""
        if len(data) < _HEADER.size or _HEADER.unpack_from(data)[1] & _RESPONSE:
            return None  # answering answers would make two servers talk for ever
        try:
            query = dns.message.from_wire(data)
        except (dns.exception.DNSException, ValueError, struct.error):
            return None
        response = dns.message.make_response(query, our_payload=LONGEST_UDP)
        response.flags &= ~dns.flags.RD
        response.set_rcode(self._fill(query, response))
        if longest == LONGEST_UDP:
            longest = min(longest, max(_PLAIN_UDP, query.payload))
        return _written(response, longest)

    def _fill(self, query: dns.message.Message, response: dns.message.Message) -> dns.rcode.Rcode:
        if query.edns > 0:
            return dns.rcode.BADVERS
        if query.opcode() != dns.opcode.QUERY:
            return dns.rcode.NOTIMP
        if len(query.question) != 1:
            return dns.rcode.FORMERR
        question = query.question[0]
        if question.rdclass != dns.rdataclass.IN or question.rdtype in _TRANSFERS:
            return dns.rcode.REFUSED
        if not question.name.is_subdomain(self._origin):
            return dns.rcode.REFUSED
        name = question.name.to_text(omit_final_dot=True).lower()
        found = self._zone.answer(name, dns.rdatatype.to_text(question.rdtype))
        return self._found(question.name, found, response)

    def _found(self, name: dns.name.Name, found: ZoneAnswer, response: dns.message.Message) -> dns.rcode.Rcode:
        response.flags |= dns.flags.AA
        if found.type is None:
            soa = self._zone.answer(self._zone.origin, RecordType.SOA).texts
            response.authority.append(_rrset(self._origin, RecordType.SOA, soa, NEGATIVE_TTL_S))  # RFC 2308 section 3
            return dns.rcode.NXDOMAIN if found.outcome is Outcome.NO_NAME else dns.rcode.NOERROR
        response.answer.append(_rrset(name, found.type, found.texts))
        if found.type in {RecordType.SRV, RecordType.NS}:
            self._add_targets(found.texts, response)
        return dns.rcode.NOERROR

    def _add_targets(self, texts: tuple[str, ...], response: dns.message.Message) -> None:
        """The addresses of the hosts that the answer names, so that nobody need ask again (RFC 2782)."""
        for host in dict.fromkeys(text.rpartition(" ")[2] for text in texts):
            for kind in (RecordType.A, RecordType.AAAA):
                addresses = self._zone.answer(host.rstrip("."), kind).texts
                if addresses:
                    response.additional.append(_rrset(dns.name.from_text(host), kind, addresses))


def _rrset(name: dns.name.Name, kind: RecordType, texts: tuple[str, ...], ttl: int = TTL_S) -> dns.rrset.RRset:
    return dns.rrset.from_text_list(name, ttl, dns.rdataclass.IN, kind.value, texts)


def _written(response: dns.message.Message, longest: int) -> bytes:
    try:
        return response.to_wire(max_size=longest)
    except dns.exception.TooBig:
        response.flags |= dns.flags.TC
        for section in (response.answer, response.authority, response.additional):
            section.clear()
        return response.to_wire(max_size=longest)
