"""An SMTP server of others' (aiosmtpd) on loopback, which keeps what it is handed and refuses what it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.shell.certificate import certificates
from trunkline.platform.sipnet.tls_context import server_context

LOGIN = ("trunks", "hunter2")


class MailServer:
    """`refusal` answers the recipient, `after` the content."""

    def __init__(self, refusal: str | None = None, after: str = "250 OK") -> None:
        self.refusal = refusal
        self.after = after
        self.port = 0
        self.mails: list[EmailMessage] = []
        self.taken = asyncio.Event()
        self.envelopes: list[tuple[str | None, list[str], bool]] = []
        """Sender, recipients, whether the connection was encrypted."""
        self.logins: list[tuple[str, str]] = []

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.refusal is not None:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        transport = server.transport
        encrypted = transport is not None and transport.get_extra_info("sslcontext") is not None
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos), encrypted))
        self.taken.set()
        return self.after

    def log_in(self, _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, login: Any) -> AuthResult:
        del mechanism
        assert isinstance(login, LoginPassword)
        self.logins.append((login.login.decode(), login.password.decode()))
        return AuthResult(success=self.logins[-1] == LOGIN, handled=False)


@asynccontextmanager
async def serving(server: MailServer, protection: str = "none") -> AsyncIterator[MailServer]:
    """`none`, `starttls` or `tls`; the latter two check a login, and STARTTLS wants one."""
    context = server_context(certificates().files(), deprecated=False)
    loop = asyncio.get_running_loop()
    secure = protection != "none"

    def connection() -> SMTP:
        return SMTP(
            server, hostname="mail.test", loop=loop, ident="test",
            tls_context=context if protection == "starttls" else None, require_starttls=protection == "starttls",
            authenticator=server.log_in if secure else None, auth_required=protection == "starttls",
            auth_require_tls=protection == "starttls",
        )  # fmt: skip

    listener = await loop.create_server(connection, "127.0.0.1", 0, ssl=context if protection == "tls" else None)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()
