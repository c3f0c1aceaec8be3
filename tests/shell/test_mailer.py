"""Mail over a real SMTP server on loopback: plain, STARTTLS, TLS, with a login, and refused (row 126)."""

import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from tests.shell.certificate import certificates
from tests.shell.fake_ua import run_on
from tests.shell.mail_server import LOGIN, MailServer, serving
from trunkline.kit.secret import Secret
from trunkline.platform.mail.errors import Unmailable
from trunkline.platform.mail.letter import Letter
from trunkline.platform.mail.mailer import Mailer

T = TypeVar("T")
SENDER = "trunks@voice.example"
LETTER = Letter("NO1.1", "ops@example.com", "Alert 32011: Grüße", "One.\n.\nTwo.\n", datetime(2026, 3, 10, tzinfo=UTC))


def over(server: MailServer, test: Callable[[], Awaitable[T]], protection: str = "none") -> T:
    async def run() -> T:
        async with serving(server, protection):
            return await test()

    return run_on("asyncio", run)


def mailer(url: str, *, trusting: bool = True) -> Mailer:
    context = ssl.create_default_context(cafile=certificates().authority_file if trusting else None)
    return Mailer(Secret(url), SENDER, context)


def refused_by(server: MailServer, url: str, protection: str = "none", *, trusting: bool = True) -> Unmailable:
    async def send() -> None:
        await mailer(url.format(port=server.port), trusting=trusting).send(LETTER)

    with pytest.raises(Unmailable) as fault:
        over(server, send, protection)
    assert server.mails == []
    return fault.value


def test_row_126_a_mail_arrives_as_it_was_written() -> None:
    server = MailServer()
    over(server, lambda: mailer(f"smtp://127.0.0.1:{server.port}").send(LETTER))
    [mail] = server.mails
    assert (mail["From"], mail["To"], mail["Subject"]) == (SENDER, "ops@example.com", "Alert 32011: Grüße")
    assert mail.get_content().replace("\r\n", "\n") == LETTER.text
    assert server.envelopes == [(SENDER, ["ops@example.com"], False)]


@pytest.mark.parametrize(("scheme", "protection"), [("smtp+starttls", "starttls"), ("smtps", "tls")])
def test_row_126_a_login_goes_over_a_connection_that_is_protected(scheme: str, protection: str) -> None:
    server = MailServer()
    over(server, lambda: mailer(f"{scheme}://trunks:hunter2@127.0.0.1:{server.port}").send(LETTER), protection)
    assert server.logins == [LOGIN]
    assert server.envelopes == [(SENDER, ["ops@example.com"], True)]


def test_row_126_a_server_that_is_not_who_it_should_be_is_told_nothing() -> None:
    server = MailServer()
    fault = refused_by(server, "smtp+starttls://trunks:hunter2@127.0.0.1:{port}", "starttls", trusting=False)
    assert not fault.for_good
    assert server.logins == []


def test_row_126_a_server_without_starttls_is_told_nothing() -> None:
    server = MailServer()
    fault = refused_by(server, "smtp+starttls://trunks:hunter2@127.0.0.1:{port}")
    assert not fault.for_good
    assert server.logins == []


def test_row_126_a_login_that_is_refused_may_be_mended_and_does_not_show() -> None:
    server = MailServer()
    fault = refused_by(server, "smtps://trunks:wrong-one@127.0.0.1:{port}", "tls")
    assert (str(fault), fault.for_good) == ("SMTPAuthenticationError 535", False)


@pytest.mark.parametrize(("answer", "for_good"), [("550 no such user ops@example.com", True), ("450 later", False)])
def test_row_126_a_recipient_is_refused_for_good_or_for_now(answer: str, for_good: bool) -> None:
    fault = refused_by(MailServer(answer), "smtp://127.0.0.1:{port}")
    assert (str(fault), fault.for_good) == (f"SMTPRecipientsRefused {answer[:3]}", for_good)


@pytest.mark.parametrize(("answer", "for_good"), [("554 no", True), ("451 later", False)])
def test_row_126_a_content_is_refused_for_good_or_for_now(answer: str, for_good: bool) -> None:
    server = MailServer(after=answer)
    with pytest.raises(Unmailable, match=f"^SMTPDataError {answer[:3]}$") as fault:
        over(server, lambda: mailer(f"smtp://127.0.0.1:{server.port}").send(LETTER))
    assert fault.value.for_good == for_good


def test_row_126_nobody_listens() -> None:
    async def send() -> None:
        await mailer("smtp://127.0.0.1:1").send(LETTER)

    with pytest.raises(Unmailable) as fault:
        run_on("asyncio", send)
    assert not fault.value.for_good
