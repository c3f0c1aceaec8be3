"""The two hash algorithms and the three sums of RFC 7616 section 3.4."""

import enum
import hashlib
from typing import Final


class Algorithm(enum.Enum):
    """What RFC 8760 lets SIP use and this stack speaks; the value is the token on the wire."""

    MD5 = "MD5"
    SHA_256 = "SHA-256"


ALGORITHMS: Final[dict[str, Algorithm]] = {"md5": Algorithm.MD5, "sha-256": Algorithm.SHA_256}
"""By the lower-case token."""


def digest_hex(algorithm: Algorithm, text: str) -> str:
    """H(text) as lower-case hex; octets that are not UTF-8 go in as they came (surrogateescape)."""
    octets = text.encode("utf-8", "surrogateescape")
    if algorithm is Algorithm.MD5:
        return hashlib.md5(octets, usedforsecurity=False).hexdigest()
    return hashlib.sha256(octets).hexdigest()


def ha1(algorithm: Algorithm, username: str, realm: str, password: str) -> str:
    """H(A1): what a server keeps instead of the password."""
    return digest_hex(algorithm, f"{username}:{realm}:{password}")


def response(algorithm: Algorithm, ha1_hex: str, method: str, uri: str, nonce: str, nc: str, cnonce: str) -> str:
    """The `response` for qop=auth (section 3.4.1)."""
    ha2 = digest_hex(algorithm, f"{method}:{uri}")
    return digest_hex(algorithm, f"{ha1_hex}:{nonce}:{nc}:{cnonce}:auth:{ha2}")


def legacy_response(algorithm: Algorithm, ha1_hex: str, method: str, uri: str, nonce: str) -> str:
    """The `response` without qop (RFC 2069), for old servers that offer none."""
    ha2 = digest_hex(algorithm, f"{method}:{uri}")
    return digest_hex(algorithm, f"{ha1_hex}:{nonce}:{ha2}")
