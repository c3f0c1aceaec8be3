"""The crypto attribute of SDES (RFC 4568): tag, suite and key of one SRTP direction."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from trunkline.kit.secret import Secret
from trunkline.protocol.sdp.errors import MalformedSdp

AES_CM_128_HMAC_SHA1_80: Final = "AES_CM_128_HMAC_SHA1_80"
AES_CM_128_HMAC_SHA1_32: Final = "AES_CM_128_HMAC_SHA1_32"

ACCEPTED: Final = (AES_CM_128_HMAC_SHA1_80, AES_CM_128_HMAC_SHA1_32)
"""The suites of features row 78."""

KEY_OCTETS: Final = {
    AES_CM_128_HMAC_SHA1_80: 30,
    AES_CM_128_HMAC_SHA1_32: 30,
    "F8_128_HMAC_SHA1_80": 30,
    "AES_256_CM_HMAC_SHA1_80": 46,
    "AES_256_CM_HMAC_SHA1_32": 46,
    "AEAD_AES_128_GCM": 28,
    "AEAD_AES_256_GCM": 44,
}
"""Octets of master key and salt together (RFC 4568 section 6.2, RFC 6188, RFC 7714)."""


@dataclass(frozen=True, slots=True)
class Crypto:
    """One offer or answer of a key. `lifetime` and `session_parameters` are as they came, "" without."""

    tag: int
    suite: str
    key: Secret[bytes]
    lifetime: str = ""
    has_mki: bool = False
    session_parameters: str = ""

    def value(self) -> str:
        """The text after `a=crypto:`; it holds the key in the clear. A key with an MKI is not written."""
        if self.has_mki:
            raise ValueError("keys with an MKI are read, never written")
        key = b64encode(self.key.reveal()).decode()
        lifetime = f"|{self.lifetime}" if self.lifetime else ""
        parameters = f" {self.session_parameters}" if self.session_parameters else ""
        return f"{self.tag} {self.suite} inline:{key}{lifetime}{parameters}"


def parse_crypto(value: str) -> Crypto:
    """Reads the text after `a=crypto:`; the first key where there are several. Raises `MalformedSdp`.

    A suite that is not in `KEY_OCTETS` is read too: choosing is the caller's. No text of the key is in an error.
    """
    fields = value.split()
    if len(fields) < 3:
        raise MalformedSdp("crypto with fewer than three fields")
    tag, suite, keys = fields[:3]
    if not (tag.isascii() and tag.isdigit() and len(tag) <= 9):
        raise MalformedSdp("crypto tag is not a number")
    method, _, inline = keys.partition(";")[0].partition(":")
    if method != "inline":
        raise MalformedSdp("crypto key method is not inline")
    key_and_salt, *options = inline.split("|")
    key = _decoded(key_and_salt)
    if len(key) != KEY_OCTETS.get(suite, len(key)):
        raise MalformedSdp("crypto key of the wrong length")
    lifetime = next((option for option in options if ":" not in option), "")
    has_mki = any(":" in option for option in options)
    return Crypto(int(tag), suite, Secret(key), lifetime, has_mki, " ".join(fields[3:]))


def usable_keys(values: Collection[str], suites: Collection[str]) -> list[Crypto]:
    """The keys that can be taken, in the sender's order: of an allowed suite, readable, without MKI and options.

    An attribute that cannot be used is skipped, as RFC 4568 section 7.1.2 has it. Session parameters other than
    those that begin with `-` must be understood (section 6.3.7), and none is.
    """
    keys = []
    for value in values:
        try:
            crypto = parse_crypto(value)
        except MalformedSdp:
            continue
        options = crypto.session_parameters.split()
        if crypto.suite in suites and not crypto.has_mki and all(option[0] == "-" for option in options):
            keys.append(crypto)
    return keys


def _decoded(text: str) -> bytes:
    try:
        # several senders leave the padding out
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (Base64Error, ValueError):
        raise MalformedSdp("crypto key is not base64") from None
