"""Secrets at rest: AES-256-GCM under the platform's secret key, bound to the place they are kept at."""

import os
from typing import final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from trunkline.kit.secret import Secret
from trunkline.platform.store.errors import Unsealable

_FORMAT = b"\x01"
_NONCE_BYTES = 12


@final
class Vault:
    """Seals and opens secrets; `purpose` separates keys, so that one room's seal is another's noise.

    A context names the place (`credential:{sid}:ha1_md5`): a sealed value copied elsewhere does not open there.
    """

    __slots__ = ("_cipher", "_key")

    def __init__(self, key: Secret[str]) -> None:
        self._key = key
        self._cipher = AESGCM(self._derived("store"))

    def _derived(self, purpose: str) -> bytes:
        kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"trunkline " + purpose.encode())
        return kdf.derive(self._key.reveal().encode())

    def mac_key(self, purpose: str) -> Secret[bytes]:
        """32 bytes for a keyed MAC (digest nonces), the same at every start."""
        return Secret(self._derived("mac " + purpose))

    def seal(self, secret: Secret[str], context: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return _FORMAT + nonce + self._cipher.encrypt(nonce, secret.reveal().encode(), context.encode())

    def open(self, sealed: bytes, context: str) -> Secret[str]:
        """Raises Unsealable when the key, the context or the bytes are not those of the sealing."""
        if sealed[:1] != _FORMAT:
            raise Unsealable(f"{context}: unknown format")
        try:
            nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
            return Secret(self._cipher.decrypt(nonce, body, context.encode()).decode())
        except (InvalidTag, ValueError) as error:
            raise Unsealable(f"{context}: sealed with another key, or altered") from error


def account_token_context(sid: str) -> str:
    return f"account:{sid}:auth_token"


def ha1_context(credential_sid: str, algorithm: str) -> str:
    """`algorithm`: `md5` or `sha256`."""
    return f"credential:{credential_sid}:ha1_{algorithm}"


def carrier_password_context(sid: str) -> str:
    return f"carrier:{sid}:password"
