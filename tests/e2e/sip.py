"""SIP of the tests' own: text built by hand, read by a few lines, so that a mistake of the platform's codec shows."""

import hashlib
import re
import secrets
import select
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Self

Address = tuple[str, int]
_SHORT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length"}
_LENGTH = re.compile(rb"\r\n(?:content-length|l)\s*:\s*(\d+)", re.IGNORECASE)
RESEND_S = 0.5  # T1


@dataclass(frozen=True, slots=True)
class Sip:
    """A message as read off the wire."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def status(self) -> int:
        """0 for a request."""
        return int(self.start[8:11]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """The method of a request, the CSeq's of a response."""
        return self.get("cseq").split()[1]

    @property
    def uri(self) -> str:
        return self.start.split()[1]

    @property
    def call_id(self) -> str:
        return self.get("call-id")

    def get(self, name: str) -> str:
        """The first header of that name; "" when there is none."""
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def tag(self, name: str) -> str:
        found = re.search(r";\s*tag=([^;\s]+)", self.get(name))
        return found.group(1) if found else ""

    def contact(self) -> str:
        found = re.search(r"<([^>]+)>", self.get("contact"))
        assert found, f"no Contact in {self.start}"
        return found.group(1)

    def rtp(self) -> Address:
        """The address of the SDP's first stream."""
        text = self.body.decode()
        host = re.search(r"^c=IN IP4 (\S+)", text, re.MULTILINE)
        port = re.search(r"^m=audio (\d+)", text, re.MULTILINE)
        assert host, text
        assert port, text
        return host.group(1), int(port.group(1))


def read(data: bytes) -> Sip:
    head, _, body = data.partition(b"\r\n\r\n")
    start, *lines = head.decode("utf-8", "replace").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = tuple((_SHORT.get(key.strip().lower(), key.strip().lower()), value.strip()) for key, _, value in pairs)
    return Sip(start, headers, body)


def write(start: str, headers: list[tuple[str, str]], body: str | bytes = b"") -> bytes:
    octets = body.encode() if isinstance(body, str) else body
    lines = [start, *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(octets)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + octets


def sdp(host: str, port: int, *, direction: str = "sendrecv", codecs: str = "0 8 101", version: int = 1) -> str:
    """An offer or answer with one audio stream."""
    lines = ["v=0", f"o=- 1 {version} IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0"]
    lines += [f"m=audio {port} RTP/AVP {codecs}", "a=rtpmap:101 telephone-event/8000", f"a={direction}"]
    return "\r\n".join(lines) + "\r\n"


def answer_to_challenge(challenge: str, user: str, password: str, uri: str, nc: int = 1, method: str = "INVITE") -> str:
    """The credentials that RFC 2617 section 3.2.2 asks for (MD5, qop=auth)."""
    realm, nonce = (_parameter(challenge, name) for name in ("realm", "nonce"))
    cnonce, count = secrets.token_hex(8), f"{nc:08x}"
    ha1, ha2 = _md5(f"{user}:{realm}:{password}"), _md5(f"{method}:{uri}")
    response = _md5(f"{ha1}:{nonce}:{count}:{cnonce}:auth:{ha2}")
    return (
        f'Digest username="{user}",realm="{realm}",nonce="{nonce}",uri="{uri}",response="{response}",'
        f'cnonce="{cnonce}",opaque="{_parameter(challenge, "opaque")}",qop=auth,nc={count}'
    )


def _parameter(challenge: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', challenge)
    return found.group(1) if found else ""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


class Wire:
    """One end on UDP: sends octets to the gateway, reads what comes, remembers it for the words of a failure."""

    transport = "UDP"

    def __init__(self, host: str, gateway: Address, port: int = 5060) -> None:
        self.gateway = gateway
        self.told: list[str] = []
        self._socket = self._open(host, port)
        self.address: Address = self._socket.getsockname()

    def _open(self, host: str, port: int) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((host, port))
        return sock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, data: bytes) -> None:
        self.told.append("-> " + data.split(b"\r\n", 1)[0].decode(errors="replace"))
        self._socket.sendto(data, self.gateway)

    def receive(self, seconds: float) -> Sip | None:
        """The next message; None when none comes in time."""
        data = self._next(seconds)
        if data is None:
            return None
        message = read(data)
        self.told.append("<- " + message.start)
        return message

    def _next(self, seconds: float) -> bytes | None:
        self._socket.settimeout(max(0.001, seconds))
        try:
            return self._socket.recvfrom(65536)[0]
        except TimeoutError:
            return None

    def expect(self, *wanted: int | str, seconds: float = 5.0, call_id: str = "") -> Sip:
        """The first message that is one of `wanted` (a status or a request's method); others are passed over."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            message = self.receive(left)
            if message is None or (call_id and message.call_id != call_id):
                continue
            if (message.status or message.method) in wanted:
                return message
        raise AssertionError(f"{self.address}: no {wanted} in {seconds} s; {self.told}")

    def assert_silence(self, seconds: float) -> None:
        message = self.receive(seconds)
        assert message is None, f"{self.address}: {self.told}"

    def drain(self) -> list[Sip]:
        """Everything that has come and was not read."""
        found = []
        while (message := self.receive(0.001)) is not None:
            found.append(message)
        return found


class TcpWire(Wire):
    """One connection to the gateway; messages are cut by Content-Length."""

    transport = "TCP"

    def _open(self, host: str, port: int) -> socket.socket:
        self._buffer = b""
        sock = socket.create_connection(self.gateway, timeout=5, source_address=(host, 0 if port == 5060 else port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def send(self, data: bytes) -> None:
        self.told.append("-> " + data.split(b"\r\n", 1)[0].decode(errors="replace"))
        self._socket.sendall(data)

    def octets(self, number: int, seconds: float = 2.0) -> bytes:
        """The next octets as they come, fewer when no more come in time."""
        self._socket.settimeout(seconds)
        data = b""
        try:
            while len(data) < number and (more := self._socket.recv(number - len(data))):
                data += more
        except TimeoutError:
            pass
        return data

    def send_split(self, data: bytes) -> None:
        """Each octet in a segment of its own, with time for the other end to read it before the next."""
        for at in range(len(data)):
            self._socket.sendall(data[at : at + 1])
            time.sleep(0.001)

    def is_closed(self, seconds: float = 2.0) -> bool:
        """Whether the gateway closes the connection within `seconds`."""
        self._socket.settimeout(seconds)
        try:
            while data := self._socket.recv(65536):
                self._buffer += data
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        return True

    def _next(self, seconds: float) -> bytes | None:
        deadline = time.monotonic() + seconds
        while (message := self._cut()) is None:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                data = self._socket.recv(65536)
            except (TimeoutError, ConnectionError):
                return None
            if not data:
                return None
            self._buffer += data
        return message

    def _cut(self) -> bytes | None:
        self._buffer = self._buffer.lstrip(b"\r\n")
        end = self._buffer.find(b"\r\n\r\n") + 4
        if end < 4:
            return None
        found = _LENGTH.search(self._buffer[:end])
        total = end + int(found.group(1)) if found else end
        if len(self._buffer) < total:
            return None
        message, self._buffer = self._buffer[:total], self._buffer[total:]
        return message


class TlsWire(TcpWire):
    """The same over TLS, to the next port; the certificate must name `server`. Raises OSError for a refusal."""

    transport = "TLS"

    def __init__(self, host: str, gateway: Address, server: str, context: ssl.SSLContext) -> None:
        self._server, self._context = server, context
        super().__init__(host, (gateway[0], gateway[1] + 1))

    def _open(self, host: str, port: int) -> socket.socket:
        return self._context.wrap_socket(super()._open(host, 5060), server_hostname=self._server)

    @property
    def version(self) -> str | None:
        """What the handshake came to."""
        assert isinstance(self._socket, ssl.SSLSocket)
        return self._socket.version()

    @property
    def cipher(self) -> str:
        assert isinstance(self._socket, ssl.SSLSocket)
        found = self._socket.cipher()
        return found[0] if found else ""


class TlsDoor(TcpWire):
    """A PBX that takes connections over TLS: what comes on any of them is read, and answered where it came from."""

    transport = "TLS"

    def __init__(self, host: str, gateway: Address, context: ssl.SSLContext, port: int = 5061) -> None:
        self._context = context
        self._line: ssl.SSLSocket | None = None
        self.connections: list[ssl.SSLSocket] = []
        """Every one that has finished its handshake, newest last."""
        super().__init__(host, gateway, port)

    def _open(self, host: str, port: int) -> socket.socket:
        self._buffer = b""
        return socket.create_server((host, port))

    def send(self, data: bytes) -> None:
        self.told.append("-> " + data.split(b"\r\n", 1)[0].decode(errors="replace"))
        assert self._line is not None, "nobody has connected"
        self._line.sendall(data)

    def _next(self, seconds: float) -> bytes | None:
        deadline = time.monotonic() + seconds
        while (message := self._cut()) is None:
            lines = {line.fileno(): line for line in (self._socket, *self.connections)}
            waiting = select.poll()  # takes descriptors beyond 1023
            for number in lines:
                waiting.register(number, select.POLLIN)
            ready = waiting.poll(max(0.0, deadline - time.monotonic()) * 1000)
            if not ready:
                return None
            for number, _ in ready:
                self._listen_to(lines[number])
        return message

    def _listen_to(self, line: socket.socket) -> None:
        if line is self._socket:
            accepted, _ = line.accept()
            accepted.settimeout(5)
            try:
                self.connections.append(self._context.wrap_socket(accepted, server_side=True))
            except OSError as error:
                self.told.append(f"<- {error}")
            return
        assert isinstance(line, ssl.SSLSocket)
        try:
            data = line.recv(65536)
            while line.pending():
                data += line.recv(65536)
        except OSError:
            data = b""
        if data:
            self._line = line
            self._buffer += data
        else:
            self.hang_up(line)

    def hang_up(self, line: ssl.SSLSocket) -> None:
        """Close one connection, as a PBX does that runs out of patience."""
        self.connections.remove(line)
        line.close()

    def close(self) -> None:
        for line in list(self.connections):
            self.hang_up(line)
        super().close()


def first_to_hear(*wires: Wire, seconds: float = 5.0) -> Wire:
    """The wire that something comes in on first; it is left there to be read."""
    ready, _, _ = select.select(wires, [], [], seconds)
    assert ready, f"nobody heard anything in {seconds} s"
    found: Wire = ready[0]
    return found
