"""TLS on one connection: octets of the wire on one side, octets of SIP on the other; it knows no socket."""

import ssl
from contextlib import suppress
from typing import Final

from trunkline.platform.sipnet.client_hello import MOST, ClientHello, HelloReader, NotClientHello

_OCTETS: Final = 64 * 1024
_OLD: Final = frozenset({"TLSv1", "TLSv1.1"})


class TlsFault(Exception):
    """The far end broke TLS, or would not have ours."""


class NotTls(TlsFault):
    """The far end speaks something else."""


class TlsLayer:
    """Feed `receive` what came, then send `outgoing()`. An accepted connection begins when its ClientHello is there."""

    __slots__ = ("_early", "_greeted", "_hello", "_incoming", "_outgoing", "_tls", "_waiting", "ended", "established")

    def __init__(self) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None
        self._early = bytearray()
        self._greeted = False
        self._hello = HelloReader()
        self._waiting = bytearray()
        self.established = False
        self.ended = False
        """The far end has said that no more comes."""

    @property
    def begun(self) -> bool:
        return self._tls is not None

    @property
    def waiting(self) -> int:
        """Octets to be sent that wait for the end of the handshake."""
        return len(self._waiting)

    @property
    def deprecated(self) -> bool:
        """Whether it has become TLS 1.0 or 1.1."""
        return self._tls is not None and self._tls.version() in _OLD

    def hello(self) -> ClientHello | None:
        """The caller's, when it has become whole; None before and afterwards. Raises NotTls for anything else."""
        if self._greeted:
            return None
        try:
            found = self._hello.read(self._early)
        except NotClientHello as error:
            raise NotTls(f"not TLS: {error}") from error
        self._greeted = found is not None
        return found

    def begin(self, context: ssl.SSLContext, *, server_side: bool, name: str = "") -> None:
        """Start the handshake, with what has come already. Raises TlsFault."""
        try:
            self._tls = context.wrap_bio(
                self._incoming, self._outgoing, server_side=server_side, server_hostname=name or None
            )
        except ValueError as error:
            raise TlsFault(f"not a name: {error}") from error
        self._incoming.write(self._early)
        self._early.clear()
        self._shake()

    def receive(self, data: bytes) -> bytes:
        """What `data` holds of SIP. Raises TlsFault; `outgoing()` then says why to the far end."""
        tls = self._tls
        if tls is None:
            self._early += data
            if len(self._early) > MOST:
                raise NotTls("not TLS: too long")
            return b""
        self._incoming.write(data)
        if not self.established:
            self._shake()
        return self._read(tls) if self.established else b""

    def _read(self, tls: ssl.SSLObject) -> bytes:
        plain = bytearray()
        try:
            while True:
                piece = tls.read(_OCTETS)
                if not piece:
                    self.ended = True
                    break
                plain += piece
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = True
        except ssl.SSLError as error:
            raise TlsFault(_reason(error)) from error
        return bytes(plain)

    def _shake(self) -> None:
        assert self._tls is not None  # noqa: S101  called from behind `begin` only
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLError as error:
            raise TlsFault(_reason(error)) from error
        self.established = True
        if self._waiting:
            self._tls.write(self._waiting)
            self._waiting.clear()

    def send(self, data: bytes) -> None:
        """Encrypt for `outgoing()`, or keep until the handshake is over. Raises TlsFault."""
        if self._tls is None or not self.established:
            self._waiting += data
            return
        try:
            self._tls.write(data)
        except ssl.SSLError as error:
            raise TlsFault(_reason(error)) from error

    def outgoing(self) -> bytes:
        """Octets for the wire."""
        return self._outgoing.read() if self._outgoing.pending else b""

    def farewell(self) -> bytes:
        """The goodbye that tells an end from a cut (RFC 8446 section 6.1), where there is somebody to tell."""
        if self._tls is None or not self.established:
            return b""
        with suppress(ssl.SSLError):  # the far end's goodbye is not waited for
            self._tls.unwrap()
        return self.outgoing()


def _reason(error: ssl.SSLError) -> str:
    verify = getattr(error, "verify_message", "")
    return f"TLS: {verify or (error.reason or 'failed').lower().replace('_', ' ')}"
