"""Hands one mail to the operator's mail server, and says whether it was taken."""

import asyncio
import ssl
from typing import Final, final

from aiosmtplib import SMTP, SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from trunkline.kit.secret import Secret
from trunkline.platform.mail.errors import Unmailable
from trunkline.platform.mail.letter import Letter, message_of
from trunkline.platform.setting.mail import parse_smtp_url

TOTAL_S: Final = 30.0
"""Less than the claim of whoever took the mail out."""


@final
class Mailer:
    """One connection a mail, to the server of `TRUNKLINE_SMTP_URL`; its certificate is verified.

    `context` is for tests; else the system's authorities hold.
    """

    __slots__ = ("_context", "_sender", "_server")

    def __init__(self, url: Secret[str], sender: str, context: ssl.SSLContext | None = None) -> None:
        self._server = parse_smtp_url(url.reveal())
        self._sender = sender
        self._context = context

    async def send(self, letter: Letter) -> None:
        """Raises Unmailable unless the server takes it within 30 s."""
        try:
            async with asyncio.timeout(TOTAL_S):
                async with self._connection() as smtp:
                    await smtp.send_message(message_of(letter, self._sender))
        except (SMTPException, OSError, TimeoutError) as fault:
            raise _unmailable(fault) from None  # its text may hold what was sent

    def _connection(self) -> SMTP:
        server = self._server
        return SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=None if server.password is None else server.password.reveal(),
            use_tls=server.protection == "tls",
            start_tls=server.protection == "starttls",
            tls_context=self._context,
            local_hostname=self._sender.rpartition("@")[2],  # else the library asks DNS, and waits for it
            timeout=TOTAL_S,
        )


def _unmailable(fault: BaseException) -> Unmailable:
    name = type(fault).__name__
    match fault:
        case SMTPRecipientsRefused():
            codes = [refused.code for refused in fault.recipients]
            return Unmailable(f"{name} {min(codes)}", for_good=min(codes) >= 500)
        case SMTPResponseException():
            return Unmailable(f"{name} {fault.code}", for_good=isinstance(fault, SMTPDataError) and fault.code >= 500)
        case _:
            return Unmailable(name, for_good=False)
