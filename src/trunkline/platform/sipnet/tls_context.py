"""TLS contexts: which versions and ciphers are spoken, by which certificates (sip.md 5.4, 5.5).

A context is made once and never changed; new certificates make a new one, and connections keep theirs.
"""

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CIPHERS: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-RSA-AES256-SHA384",
    "AES128-GCM-SHA256",
    "AES128-SHA256",
    "AES128-SHA",
    "AES256-GCM-SHA384",
    "AES256-SHA256",
    "AES256-SHA",
)
"""Row 76, in order; ours counts. The suites of TLS 1.3 are OpenSSL's own."""


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """A certificate with its chain and its key, both PEM."""

    certificate: Path
    key: Path


def server_context(certificates: Iterable[CertificateFiles], *, deprecated: bool) -> ssl.SSLContext:
    """For callers; `deprecated` allows TLS 1.0 and 1.1. Raises OSError for unfit files (ssl.SSLError is one)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _restrict(context, deprecated=deprecated)
    for one in certificates:
        # Without the word OpenSSL would ask a terminal for the password of a key that has one, and wait.
        context.load_cert_chain(one.certificate, one.key, password="")
    return context


def client_context(trusted: Path | None, *, verified: bool, deprecated: bool) -> ssl.SSLContext:
    """For connections of ours; `trusted` is a file of CA certificates, None the system's. Raises OSError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _restrict(context, deprecated=deprecated)
    if not verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif trusted is not None:
        context.load_verify_locations(trusted)
    else:
        context.load_default_certs()
    return context


def _restrict(context: ssl.SSLContext, *, deprecated: bool) -> None:
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE
    names = ":".join(CIPHERS)
    if deprecated:
        # Their handshake is signed with SHA-1 or MD5, which a higher level of OpenSSL refuses.
        context.set_ciphers(f"{names}:@SECLEVEL=0")
        context.options |= ssl.OP_NO_SSLv3
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    else:
        context.set_ciphers(names)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
