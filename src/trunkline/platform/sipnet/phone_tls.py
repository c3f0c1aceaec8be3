"""TLS contexts of a phone: at most one certificate to show, and nobody's account to ask about."""

import ssl
from pathlib import Path
from typing import final

from trunkline.platform.sipnet.client_hello import ClientHello
from trunkline.platform.sipnet.handshakes import ContextChosen
from trunkline.platform.sipnet.tls_context import CertificateFiles, client_context, server_context
from trunkline.protocol.sip.transaction.flow import TlsTerms


@final
class PhoneTls:
    """`certificate` holds the key as well; `trusted` is whose certificates are taken, None the system's authorities.

    Raises OSError for a certificate that is unfit.
    """

    def __init__(self, certificate: Path | None = None, trusted: Path | None = None) -> None:
        self._trusted = trusted
        files = [] if certificate is None else [CertificateFiles(certificate, certificate)]
        self._server = server_context(files, deprecated=False) if files else None

    @property
    def listens(self) -> bool:
        """Whether it can be called over TLS."""
        return self._server is not None

    def for_caller(self, hello: ClientHello, address: str, chosen: ContextChosen) -> None:
        del hello, address
        if self._server is not None:
            chosen(self._server)

    def for_callee(self, terms: TlsTerms) -> ssl.SSLContext:
        """Raises OSError when the trusted file cannot be read."""
        return client_context(self._trusted, verified=terms.verified, deprecated=terms.deprecated)
