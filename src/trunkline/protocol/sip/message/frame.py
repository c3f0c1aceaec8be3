"""Stream framing (RFC 3261 section 18.3, RFC 5626 keep-alive): whole messages out of octets split anywhere."""

import re
from typing import Final

from trunkline.protocol.sip.message.errors import UnframeableMessage
from trunkline.protocol.sip.message.parse import MAX_STREAM_MESSAGE

_LENGTH: Final = re.compile(rb"\r\n(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*(?=\r\n)", re.IGNORECASE)
PING: Final = b"\r\n\r\n"
PONG: Final = b"\r\n"


class StreamFramer:
    """Cuts one connection's octets into messages.

    `feed` returns whole messages and `PING` for each CRLFCRLF keep-alive (answer it with `PONG`); it raises
    UnframeableMessage when the stream cannot be followed any more, and the connection is then to be closed.
    """

    __slots__ = ("_buffer", "_searched")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0

    @property
    def pending(self) -> int:
        """Octets that wait for the rest of their message."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        self._buffer += data
        messages: list[bytes] = []
        while True:
            message = self._take()
            if message is None:
                return messages
            if message:
                messages.append(message)

    def _take(self) -> bytes | None:
        """The next message, b"" for a lone CRLF that is skipped, None when more octets are needed."""
        buffer = self._buffer
        if buffer.startswith(PONG):
            if buffer.startswith(PING):
                del buffer[:4]
                return PING
            if len(buffer) < 4 and PING.startswith(bytes(buffer)):
                return None
            del buffer[:2]
            return b""
        end = buffer.find(b"\r\n\r\n", max(0, self._searched - 3))
        if end < 0:
            self._searched = len(buffer)
            if len(buffer) > MAX_STREAM_MESSAGE:
                raise UnframeableMessage("headers too long")
            return None
        found = _LENGTH.findall(buffer[: end + 2])
        if len(set(found)) != 1:
            # Without one Content-Length nobody knows where the next message starts (section 18.3).
            raise UnframeableMessage("no usable Content-Length on a stream")
        total = end + 4 + int(found[0])
        if total > MAX_STREAM_MESSAGE:
            raise UnframeableMessage("message too long")
        if len(buffer) < total:
            return None
        message = bytes(buffer[:total])
        del buffer[:total]
        self._searched = 0
        return message
