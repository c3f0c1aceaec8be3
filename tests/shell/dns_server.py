"""A small DNS server on loopback for the location tests: answers from a table, fails or stays silent on order."""

import asyncio
import socket

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


class DnsServer:
    """`zone` maps (name, type) to record texts; `ttl` and `negative_ttl` in seconds.

    Names in `broken` get SERVFAIL, (name, type) pairs in `silent` no answer at all. `asked` remembers the questions.
    """

    def __init__(self, zone: dict[tuple[str, str], list[str]], ttl: int = 600, negative_ttl: int = 20) -> None:
        self.zone = zone
        self.ttl = ttl
        self.negative_ttl = negative_ttl
        self.broken: set[str] = set()
        self.silent: set[tuple[str, str]] = set()
        self.asked: list[tuple[str, str]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", 0))

    def __enter__(self) -> tuple[str, int]:
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._answer)
        address, port = self._socket.getsockname()
        return (address, port)

    def __exit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()

    def _answer(self) -> None:
        data, source = self._socket.recvfrom(2000)
        query = dns.message.from_wire(data)
        (question,) = query.question
        asked = (question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype))
        self.asked.append(asked)
        if asked in self.silent:
            return
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if asked[0] in self.broken:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif asked in self.zone:
            kind = "CNAME" if self.zone[asked][0].startswith("CNAME ") else asked[1]
            texts = [text.removeprefix("CNAME ") for text in self.zone[asked]]
            response.answer.append(dns.rrset.from_text_list(question.name, self.ttl, "IN", kind, texts))
            if kind == "CNAME":
                target = texts[0]
                found = self.zone[target.rstrip("."), asked[1]]
                response.answer.append(dns.rrset.from_text_list(target, self.ttl, "IN", asked[1], found))
        else:
            soa = f"ns.example.com. root.example.com. 1 3600 600 86400 {self.negative_ttl}"
            response.authority.append(dns.rrset.from_text("example.com.", 3600, "IN", "SOA", soa))
            if asked[0] not in {name for name, _ in self.zone}:
                response.set_rcode(dns.rcode.NXDOMAIN)
        self._socket.sendto(response.to_wire(), source)
