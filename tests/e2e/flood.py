"""A flood in a process of its own: `python -m tests.e2e.flood KIND SOURCES RATE SECONDS SEED GATEWAY:PORT DOMAIN`.

Sends RATE datagrams a second in all, from SOURCES addresses in turn, and prints what was sent and what came back:
`{"began": UNIX time, "sent": n, "answered": {"1st address": n, ...}, "statuses": {"403": n}}`.
"""

import json
import random
import selectors
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass

FIRST = "127.254.1.1"
_DIGEST = (
    'Digest username="{user}",realm="sip.trunkline.localhost",nonce="{nonce}",uri="{uri}",response="{response}",'
    'cnonce="c",qop=auth,nc=00000001'
)


def address(index: int) -> str:
    """Where the flooder of that number sends from: an address of its own."""
    return f"127.254.{1 + index // 250}.{1 + index % 250}"


@dataclass(slots=True)
class Flood:
    """What is sent, message by message; everything random comes from the seed."""

    kind: str
    domain: str
    chance: random.Random

    def message(self, host: str, port: int, number: int) -> bytes:
        if self.kind == "junk":
            return self.chance.randbytes(self.chance.randrange(5, 900))
        if self.kind == "options":
            return self._request("OPTIONS", f"sip:{self.domain}", host, port, number, "")
        uri = f"sip:+1415555{number % 10_000:04d}@{self.domain}"
        if self.kind == "bare":
            return self._request("INVITE", uri, host, port, number, "")
        token = f"{self.chance.getrandbits(128):032x}"
        digest = _DIGEST.format(user=f"u{number % 7}", nonce=token, uri=uri, response=token)
        return self._request("INVITE", uri, host, port, number, f"Proxy-Authorization: {digest}\r\n")

    def _request(self, method: str, uri: str, host: str, port: int, number: int, extra: str) -> bytes:
        branch = f"{number}-{self.chance.getrandbits(64):x}"
        return (
            f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{branch};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:f@{host}>;tag={number}\r\nTo: <{uri}>\r\nCall-ID: {branch}\r\n"
            f"CSeq: 1 {method}\r\nContact: <sip:f@{host}:{port}>\r\n{extra}Content-Length: 0\r\n\r\n"
        ).encode()


def run(flood: Flood, sources: int, rate: int, seconds: float, gateway: tuple[str, int]) -> dict[str, object]:
    sockets: list[tuple[socket.socket, str, int]] = []
    ears = selectors.DefaultSelector()
    for index in range(sources):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.bind((address(index), 0))
        sockets.append((sock, address(index), sock.getsockname()[1]))
        ears.register(sock, selectors.EVENT_READ, address(index))
    began, start, sent = time.time(), time.monotonic(), 0
    answered: dict[str, set[bytes]] = {}
    statuses: Counter[str] = Counter()
    while (passed := time.monotonic() - start) < seconds:
        while sent < passed * rate:
            sock, host, port = sockets[sent % sources]
            sock.sendto(flood.message(host, port, sent), gateway)
            sent += 1
        _listen(ears, answered, statuses)
        time.sleep(0.001)
    time.sleep(0.3)
    _listen(ears, answered, statuses)
    for sock, _, _ in sockets:
        sock.close()
    return {
        "began": began,
        "sent": sent,
        "answered": {host: len(seen) for host, seen in answered.items()},
        "statuses": dict(statuses),
    }


def _listen(ears: selectors.BaseSelector, answered: dict[str, set[bytes]], statuses: Counter[str]) -> None:
    """Count the requests that have an answer; repetitions of one are one."""
    for key, _ in ears.select(0):
        sock = key.fileobj
        assert isinstance(sock, socket.socket)
        try:
            while data := sock.recv(65536):
                call_id = data.partition(b"\r\nCall-ID:")[2].partition(b"\r\n")[0]
                seen = answered.setdefault(key.data, set())
                if call_id not in seen:
                    seen.add(call_id)
                    statuses[data[8:11].decode()] += 1
        except BlockingIOError:
            continue


if __name__ == "__main__":
    kind, sources, rate, seconds, seed, gateway, domain = sys.argv[1:]
    host, _, port = gateway.partition(":")
    flood = Flood(kind, domain, random.Random(seed))
    print(json.dumps(run(flood, int(sources), int(rate), float(seconds), (host, int(port)))))
