"""The two parties of a relayed call: plain sockets, their SDP, and what they hear."""

import asyncio
import re
import socket
from dataclasses import dataclass
from struct import pack

from trunkline.platform.media.ng_client import NgClient, NgResult
from trunkline.protocol.ng.answer import Ok
from trunkline.protocol.ng.command import SourceRule

HOST = "127.0.0.1"
HEARD_WITHIN_S = 2.0


class Phone:
    """An RTP and an RTCP socket on adjacent ports of one loopback address, and a tag."""

    __slots__ = ("host", "port", "rtcp", "rtp", "sequence", "ssrc", "tag")

    def __init__(self, tag: str, ssrc: int, host: str = HOST) -> None:
        self.tag = tag
        self.ssrc = ssrc
        self.sequence = 100
        self.host = host
        self.rtp, self.rtcp, self.port = _adjacent_pair(host)

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()

    def sdp(self, *attributes: str, address: str = "", port: int = 0, version: int = 1) -> bytes:
        lines = [
            "v=0",
            f"o={self.tag} 7 {version} IN IP4 {self.host}",
            "s=-",
            f"c=IN IP4 {address or self.host}",
            "t=0 0",
            f"m=audio {port or self.port} RTP/AVP 0 8 101",
            "a=rtpmap:0 PCMU/8000",
            "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:101 telephone-event/8000",
            "a=fmtp:101 0-16",
            *attributes,
        ]
        return "".join(line + "\r\n" for line in lines).encode()

    def packet(self, payload_type: int = 0, ssrc: int | None = None, size: int = 160) -> bytes:
        """The next packet of this phone's stream, with a payload of its own."""
        self.sequence += 1
        header = pack("!BBHII", 0x80, payload_type, self.sequence, self.sequence * 160, ssrc or self.ssrc)
        return header + bytes([self.sequence & 0xFF]) * size

    def send(self, packet: bytes, port: int) -> bytes:
        """Sends to a port of the relay; the packet, for the other side to compare."""
        self.rtp.sendto(packet, (HOST, port))
        return packet

    async def hears(self) -> bytes:
        return await _next(self.rtp)

    async def hears_rtcp(self) -> bytes:
        return await _next(self.rtcp)

    def queued(self) -> int:
        """How many packets wait unread; they are read."""
        count = 0
        while True:
            try:
                self.rtp.recv(2048)
            except BlockingIOError:
                return count
            count += 1


@dataclass(frozen=True, slots=True)
class Described:
    """What a rewritten SDP says."""

    text: str

    @property
    def port(self) -> int:
        return int(self._field(r"m=audio (\d+) "))

    @property
    def rtcp_port(self) -> int:
        return int(self._field(r"a=rtcp:(\d+)"))

    @property
    def payload_types(self) -> str:
        return self._field(r"m=audio \d+ RTP/AVP ([\d ]+)")

    @property
    def address(self) -> str:
        return self._field(r"c=IN IP4 (\S+)")

    def _field(self, pattern: str) -> str:
        found = re.search(pattern, self.text)
        assert found, f"{pattern} not in {self.text!r}"
        return found.group(1)


class Desk:
    """A gateway's view: the ng client, with its callbacks turned into awaitable results."""

    __slots__ = ("_loop", "client")

    def __init__(self, client: NgClient) -> None:
        self.client = client
        self._loop = asyncio.get_running_loop()

    def expect(self) -> "asyncio.Future[NgResult]":
        return self._loop.create_future()

    async def offer(
        self, call: str, sender: Phone, to_tag: str, sdp: bytes = b"", source: SourceRule = SourceRule.STRICT
    ) -> Described:
        result = self.expect()
        self.client.offer(call, sender.tag, to_tag, sdp or sender.sdp(), result.set_result, source=source)
        return described(await result)

    async def answer(
        self, call: str, from_tag: str, sender: Phone, sdp: bytes = b"", source: SourceRule = SourceRule.STRICT
    ) -> Described:
        result = self.expect()
        self.client.answer(call, from_tag, sender.tag, sdp or sender.sdp(), result.set_result, source=source)
        return described(await result)

    async def connect(self, call: str, caller: Phone, callee: Phone, *sources: SourceRule) -> tuple[int, int]:
        """Offer and answer; the relay's ports for the caller and for the callee to send to."""
        caller_source, callee_source = sources or (SourceRule.STRICT, SourceRule.STRICT)
        to_callee = await self.offer(call, caller, callee.tag, source=caller_source)
        to_caller = await self.answer(call, caller.tag, callee, source=callee_source)
        return to_caller.port, to_callee.port

    async def delete_call(self, call: str, tag: str) -> Ok:
        result = self.expect()
        self.client.delete_call(call, tag, result.set_result)
        return ok(await result)

    async def delete_attempt(self, call: str, tag: str) -> Ok:
        result = self.expect()
        self.client.delete_attempt(call, tag, result.set_result)
        return ok(await result)

    async def query(self, call: str) -> NgResult:
        result = self.expect()
        self.client.query(call, result.set_result)
        return await result

    async def list_calls(self) -> Ok:
        result = self.expect()
        self.client.list_calls(self.client.relays[0], result.set_result)
        return ok(await result)


def ok(result: NgResult) -> Ok:
    assert isinstance(result, Ok), result
    return result


def described(result: NgResult) -> Described:
    return Described(ok(result).sdp.decode())


async def _next(sock: socket.socket) -> bytes:
    return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(sock, 2048), HEARD_WITHIN_S)


def _adjacent_pair(host: str) -> tuple[socket.socket, socket.socket, int]:
    for _ in range(200):
        rtp = _bound(host, 0)
        port: int = rtp.getsockname()[1]
        if port % 2 == 0:
            try:
                return rtp, _bound(host, port + 1), port
            except OSError:
                pass
        rtp.close()
    raise RuntimeError("no two adjacent free ports")


def _bound(host: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock
