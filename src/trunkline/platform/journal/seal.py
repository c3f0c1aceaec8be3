"""Media keys in stored messages, sealed line by line (RFC 4568 crypto attributes, key-mgmt, k=)."""

import base64
import os
import re
from typing import Final, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from trunkline.kit.secret import Secret

_NONCE_BYTES: Final = 12
_KEY_LINE: Final = re.compile(r"^(?:a=crypto:|a=key-mgmt:|k=)[^\r\n]*", re.MULTILINE)
_SEALED_LINE: Final = re.compile(r"^a=sealed:([A-Za-z0-9+/=]+)", re.MULTILINE)


@final
class Sealer:
    """AES-256-GCM; the call's SID is bound in, so that a line of one call does not open in another.

    `unopened` counts lines that this key does not open; such a line stays out of its message.
    """

    __slots__ = ("_cipher", "unopened")

    def __init__(self, key: Secret[bytes]) -> None:
        """`key` has 32 bytes."""
        self._cipher = AESGCM(key.reveal())
        self.unopened = 0

    def seal(self, text: str, context: str) -> str:
        """The text with every line sealed that holds a key; most texts have none and come back as they are."""
        if "\na=crypto:" not in text and "\nk=" not in text and "\na=key-mgmt:" not in text:
            return text
        return _KEY_LINE.sub(lambda line: self._sealed(line[0], context), text)

    def _sealed(self, line: str, context: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        body = self._cipher.encrypt(nonce, line.encode("utf-8", "surrogateescape"), context.encode())
        return "a=sealed:" + base64.b64encode(nonce + body).decode("ascii")

    def open(self, text: str, context: str) -> str:
        """What `seal` was given."""
        if "\na=sealed:" not in text:
            return text
        return _SEALED_LINE.sub(lambda line: self._opened(line[1], context), text)

    def _opened(self, sealed: str, context: str) -> str:
        try:
            raw = base64.b64decode(sealed)
            line = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError):
            self.unopened += 1
            return "a=inactive"  # without its key the stream is nobody's
        return line.decode("utf-8", "surrogateescape")
