"""Set-up time that a contender adds: authenticated INVITE in to INVITE out, under load, to some ten microseconds.

The clock starts before the send and stops with the kernel's receive time stamp, so that the prober's own wait for a
core is not counted. Each probe is refused with 486 at once and leaves nothing behind.
"""

import hashlib
import re
import secrets
import selectors
import socket
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.contender import OUR_NUMBER, PROBED, Login

_SO_TIMESTAMPNS = 35  # asm-generic/socket.h; not in Python's socket module before 3.14
_TIMESPEC = struct.Struct("@qq")
_PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class SetUpTimes:
    """What was measured, in ms, sorted; and how many probes were sent."""

    ms: Sequence[float]
    sent: int

    def percentile(self, part: float) -> float:
        """Nearest rank; nan when nothing came through."""
        return self.ms[min(len(self.ms) - 1, int(part * len(self.ms)))] if self.ms else float("nan")


class Prober:
    """A caller and a callee in one, for numbers that begin with PROBED."""

    def __init__(self, caller_port: int, callee_port: int, target: tuple[str, int], login: Login) -> None:
        self._target = target
        self._login = login
        self._caller = _bound(caller_port)
        self._callee = _bound(callee_port)
        self._callee.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._sent_at: dict[str, int] = {}
        self._took_ms: list[float] = []
        self._probes = 0

    def run(self, per_second: float, going: Callable[[], bool]) -> SetUpTimes:
        """Probes at a steady rate while `going`, and a little longer for the last answers."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._caller, selectors.EVENT_READ, self._on_caller)
            selector.register(self._callee, selectors.EVENT_READ, self._on_callee)
            due = time.monotonic()
            end = None
            while end is None or (self._sent_at and time.monotonic() < end):
                for key, _ in selector.select(max(0.0, min(0.05, due - time.monotonic()))):
                    key.data()
                if end is None and not going():
                    end = time.monotonic() + _PATIENCE_S
                if end is None and time.monotonic() >= due:
                    self._probe()
                    due += 1 / per_second
        self._caller.close()
        self._callee.close()
        return SetUpTimes(sorted(self._took_ms), self._probes)

    def _probe(self) -> None:
        self._probes += 1
        number = f"{PROBED}{self._probes:03d}"
        self._send(self._invite(number, f"{secrets.token_hex(8)}.{self._probes}@probe", 1, ""))

    def _on_caller(self) -> None:
        answer = self._caller.recv(65535).decode("utf-8", "replace")
        status = answer[8:11]
        if status < "200" or "INVITE" not in _header(answer, "CSeq"):
            return
        number, call_id, cseq = _user(_header(answer, "To")), _header(answer, "Call-ID"), _header(answer, "CSeq")
        self._send(self._request("ACK", number, call_id, int(cseq.split()[0]), _header(answer, "To"), "", ""))
        if status == "407":
            invite = self._invite(number, call_id, 2, self._credentials(number, answer))
            self._sent_at[number] = time.time_ns()
            self._send(invite)
        else:
            self._sent_at.pop(number, None)

    def _on_callee(self) -> None:
        data, control, _, source = self._callee.recvmsg(65535, 64)
        request = data.decode("utf-8", "replace")
        if not request.startswith("INVITE "):
            return
        sent_at = self._sent_at.pop(_user(request), None)
        if sent_at is not None:
            seconds, nanoseconds = _TIMESPEC.unpack(control[0][2])
            self._took_ms.append((seconds * 1_000_000_000 + nanoseconds - sent_at) / 1e6)
        self._callee.sendto(_refusal(request), source)

    def _invite(self, number: str, call_id: str, cseq: int, credentials: str) -> bytes:
        port = self._caller.getsockname()[1]
        sdp = (
            f"v=0\r\no=probe 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port + 1} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
        )
        return self._request("INVITE", number, call_id, cseq, f"<sip:{number}@{self._login.domain}>", credentials, sdp)

    def _request(self, method: str, number: str, call_id: str, cseq: int, to: str, credentials: str, sdp: str) -> bytes:
        here = f"127.0.0.1:{self._caller.getsockname()[1]}"
        content = "Content-Type: application/sdp\r\n" if sdp else ""
        branch = hashlib.md5(
            f"{call_id}{cseq}".encode(), usedforsecurity=False
        ).hexdigest()  # the ACK's is the INVITE's
        return (
            f"{method} sip:{number}@{self._login.domain} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{branch};rport\r\nMax-Forwards: 70\r\n"
            f"From: <sip:{OUR_NUMBER}@{self._login.domain}>;tag=probe\r\nTo: {to}\r\nCall-ID: {call_id}\r\n"
            f"CSeq: {cseq} {method}\r\nContact: <sip:{OUR_NUMBER}@{here}>\r\n{credentials}{content}"
            f"Content-Length: {len(sdp)}\r\n\r\n{sdp}"
        ).encode()

    def _credentials(self, number: str, challenge: str) -> str:
        """RFC 3261 section 22.4 with qop=auth and MD5."""
        asked = dict(re.findall(r'(\w+)="?([^",]+)"?', _header(challenge, "Proxy-Authenticate")))
        uri = f"sip:{number}@{self._login.domain}"
        cnonce = secrets.token_hex(8)
        ha1 = _md5(f"{self._login.user}:{asked['realm']}:{self._login.password}")
        answer = _md5(f"{ha1}:{asked['nonce']}:00000001:{cnonce}:auth:{_md5(f'INVITE:{uri}')}")
        opaque = f',opaque="{asked["opaque"]}"' if "opaque" in asked else ""
        return (
            f'Proxy-Authorization: Digest username="{self._login.user}",realm="{asked["realm"]}",'
            f'nonce="{asked["nonce"]}",uri="{uri}",response="{answer}",algorithm=MD5,cnonce="{cnonce}",qop=auth,'
            f"nc=00000001{opaque}\r\n"
        )

    def _send(self, message: bytes) -> None:
        self._caller.sendto(message, self._target)


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind(("127.0.0.1", port))
    return bound


def _header(message: str, name: str) -> str:
    found = re.search(rf"^{name}\s*:\s*(.*?)\s*$", message, re.IGNORECASE | re.MULTILINE)
    return found.group(1) if found else ""


def _user(text: str) -> str:
    """The user of the first sip URI in the text."""
    found = re.search(r"sip:([^@>;]+)@", text)
    return found.group(1) if found else ""


def _refusal(request: str) -> bytes:
    copied = [line for line in request.split("\r\n") if re.match(r"(?i)(via|from|call-id|cseq|record-route)\s*:", line)]
    to = f"To: {_header(request, 'To')};tag=busy"
    return "\r\n".join(["SIP/2.0 486 Busy Here", *copied, to, "Content-Length: 0", "", ""]).encode()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
