"""Stream framing (RFC 3261 section 18.3, RFC 5626 keep-alive): whole messages out of octets split anywhere."""

import re
from typing import Final

from trunkline.protocol.sip.message.errors import UnframeableMessage
from trunkline.protocol.sip.message.parse import MAX_STREAM_MESSAGE

_LENGTH: Final = re.compile(
    rb"\r\n(?:content-length|l)[ \t]*:[ \t]*(?:\r\n[ \t]+)?(\d{1,9})[ \t]*(?=\r\n)", re.IGNORECASE
)
PING: Final = b"\r\n\r\n"
PONG: Final = b"\r\n"


class StreamFramer:
    """Cuts one connection's octets into messages.

    `feed` returns whole messages and `PING` for each CRLFCRLF keep-alive (answer it with `PONG`); it raises
    UnframeableMessage when the stream cannot be followed any more, and the connection is then to be closed. Messages
    that were whole before the fault are returned first: the fault then waits in `fault`, and the next feed raises it.
    """

    __slots__ = ("_buffer", "_searched", "_total", "fault")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._total = 0
        self.fault: UnframeableMessage | None = None

    @property
    def pending(self) -> int:
        """Octets that wait for the rest of their message."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next octets; see the class."""
        if self.fault is not None:
            raise self.fault
        self._buffer += data
        messages: list[bytes] = []
        try:
            while (message := self._take()) is not None:
                if message:
                    messages.append(message)
        except UnframeableMessage as error:
            self.fault = error
            self._buffer.clear()
            if not messages:
                raise
        return messages

    def _take(self) -> bytes | None:
        """The next message, b"" for a lone CRLF that is skipped, None when more octets are needed."""
        buffer = self._buffer
        if self._total == 0:
            if buffer.startswith(PONG):
                return self._take_breaks()
            self._total = self._measure()
        total = self._total
        if total == 0 or len(buffer) < total:
            return None
        message = bytes(buffer[:total])
        del buffer[:total]
        self._searched = self._total = 0
        return message

    def _take_breaks(self) -> bytes | None:
        """Empty lines before a message (section 7.5), and the keep-alive of RFC 5626 section 4.4.1."""
        buffer = self._buffer
        if buffer.startswith(PING):
            del buffer[:4]
            return PING
        if len(buffer) < 4 and PING.startswith(bytes(buffer)):
            return None
        del buffer[:2]
        return b""

    def _measure(self) -> int:
        """The length of the message at the start of the buffer, 0 while its headers are not all there."""
        buffer = self._buffer
        end = buffer.find(b"\r\n\r\n", max(0, self._searched - 3))
        if end < 0:
            self._searched = len(buffer)
            if len(buffer) > MAX_STREAM_MESSAGE:
                raise UnframeableMessage("headers too long")
            return 0
        found = set(_LENGTH.findall(buffer[: end + 2]))
        if len(found) != 1:
            # Without one Content-Length nobody knows where the next message starts (section 18.3).
            raise UnframeableMessage("no usable Content-Length on a stream")
        total = end + 4 + int(found.pop())
        if total > MAX_STREAM_MESSAGE:
            raise UnframeableMessage("message too long")
        return total
