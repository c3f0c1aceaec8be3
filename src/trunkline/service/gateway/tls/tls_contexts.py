"""The TLS contexts of a gateway: what `platform.sipnet.handshakes` asks for, over the certificates at hand."""

import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import final

from trunkline.platform.sipnet.client_hello import TLS_1_2, ClientHello
from trunkline.platform.sipnet.handshakes import ContextChosen
from trunkline.platform.sipnet.tls_context import CertificateFiles, client_context, server_context
from trunkline.protocol.sip.transaction.flow import TlsTerms

AskDeprecated = Callable[[ClientHello, str, Callable[[bool], None]], None]
"""Whether a caller from that address may speak TLS 1.0 or 1.1; answers at once or later, or never."""


def nobody(hello: ClientHello, address: str, answer: Callable[[bool], None]) -> None:
    answer(False)


@final
class GatewayTls:
    """Contexts are replaced, never changed: connections keep what they began with."""

    def __init__(self, trusted: Path | None = None, ask_deprecated: AskDeprecated = nobody) -> None:
        self._trusted = trusted
        self.ask_deprecated = ask_deprecated
        self._modern: ssl.SSLContext | None = None
        self._deprecated: ssl.SSLContext | None = None
        self._ours: dict[tuple[bool, bool], ssl.SSLContext] = {}

    def load(self, certificates: Sequence[CertificateFiles]) -> None:
        """Show these from now on. Raises OSError for unfit files; what was shown before then stays."""
        modern = server_context(certificates, deprecated=False)
        self._deprecated = server_context(certificates, deprecated=True)
        self._modern = modern
        self._ours.clear()  # what we trust may have been changed beside it

    def for_caller(self, hello: ClientHello, address: str, chosen: ContextChosen) -> None:
        """Only a caller that can do no better is asked about (sip.md 5.4)."""
        if hello.best_version >= TLS_1_2:
            self._choose(chosen, deprecated=False)
        else:
            self.ask_deprecated(hello, address, lambda allowed: self._choose(chosen, deprecated=allowed))

    def _choose(self, chosen: ContextChosen, *, deprecated: bool) -> None:
        context = self._deprecated if deprecated else self._modern
        if context is not None:
            chosen(context)

    def for_callee(self, terms: TlsTerms) -> ssl.SSLContext:
        """Raises OSError when the file of trusted authorities cannot be read."""
        key = (terms.verified, terms.deprecated)
        context = self._ours.get(key)
        if context is None:
            context = client_context(self._trusted, verified=terms.verified, deprecated=terms.deprecated)
            self._ours[key] = context
        return context
