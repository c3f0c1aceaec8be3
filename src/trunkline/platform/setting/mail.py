"""How a mail server and the address of a mailbox are written."""

import re
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from trunkline.kit.secret import Secret

Protection = Literal["none", "starttls", "tls"]

_KINDS: Final[dict[str, tuple[Protection, int]]] = {
    "smtp": ("none", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
}
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAILBOX = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed in; without a login `user` and `password` are None."""

    host: str
    port: int
    protection: Protection
    user: str | None
    password: Secret[str] | None


def parse_smtp_url(text: str) -> SmtpServer:
    """`smtp://[user:password@]host[:port]`, `smtp+starttls://`, `smtps://`. ValueError, which names no part of it."""
    fault = ValueError("smtp://[USER:PASSWORD@]HOST[:PORT], smtp+starttls://... or smtps://... is needed")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise fault from None
    if parts.scheme not in _KINDS or not host or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise fault
    if not text.isprintable() or " " in text or port == 0 or bool(parts.username) != bool(parts.password):
        raise fault
    protection, usual = _KINDS[parts.scheme]
    user = unquote(parts.username) if parts.username else None
    password = Secret(unquote(parts.password)) if parts.password else None
    return SmtpServer(host, port or usual, protection, user, password)


def parse_mail_address(text: str) -> str:
    """A mailbox as RFC 5321, 4.1.2 has it, with a Dot-string of ASCII before the `@`; ValueError otherwise.

    Nothing that could end a line or a command is in one.
    """
    local = text.partition("@")[0]
    if len(text) > 254 or len(local) > 64 or not _MAILBOX.fullmatch(text):
        raise ValueError("an address such as ops@example.com is needed")
    return text
