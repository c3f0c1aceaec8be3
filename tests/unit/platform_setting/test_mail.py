"""How a mail server and a mailbox are written (row 126)."""

import pytest

from trunkline.kit.secret import Secret
from trunkline.platform.setting.mail import SmtpServer, parse_mail_address, parse_smtp_url


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 25, "none", None, None)),
        ("smtp://127.0.0.1:2525/", SmtpServer("127.0.0.1", 2525, "none", None, None)),
        ("smtp+starttls://u:p%40x@mail.example", SmtpServer("mail.example", 587, "starttls", "u", Secret("p@x"))),
        ("smtps://u%40b:p@[2001:db8::1]", SmtpServer("2001:db8::1", 465, "tls", "u@b", Secret("p"))),
    ],
)
def test_row_126_a_mail_server_is_a_url_with_the_usual_ports(url: str, server: SmtpServer) -> None:
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "mail.example", "http://mail.example", "smtp://", "smtp://mail.example:0", "smtp://mail.example:65536",
        "smtp://hunter2@mail.example", "smtp://:hunter2@mail.example", "smtp://mail.example/hunter2",
        "smtp://mail.example?p=hunter2", "smtp://mail.example#x", "smtp://mail .example", "smtp://[::1", "smtp://a\nb",
    ],
)  # fmt: skip
def test_row_126_anything_else_is_no_mail_server_and_the_fault_shows_none_of_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"^smtp://\[USER:PASSWORD@\]HOST"):
        parse_smtp_url(url)


@pytest.mark.parametrize("address", ["ops@example.com", "o'neil+trunks=x@a-b.example", "a.b.c@localhost"])
def test_row_126_a_mailbox_is_a_dot_string_at_a_domain(address: str) -> None:
    assert parse_mail_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "", "ops", "@example.com", "ops@", "a@b@c.example", ".a@b.example", "a..b@c.example", "a@-b.example",
        "a@b..example", "a@b.example\r\nBcc: x@y.example", "a@b.example\n", "a b@c.example", "<a@b.example>",
        "a@b.example,c@d.example", "ü@example.com", "a@[192.0.2.1]", "a" * 65 + "@b.example", "a@" + "b" * 64,
        "a@" + "b." * 126 + "bb",
    ],
)  # fmt: skip
def test_row_126_anything_that_could_be_more_than_one_mailbox_is_none(address: str) -> None:
    with pytest.raises(ValueError, match=r"ops@example\.com is needed"):
        parse_mail_address(address)
