"""A mail as it goes out (row 126)."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

from trunkline.platform.mail.letter import Letter, message_of

AT = datetime(2026, 3, 10, 12, 0, 5, tzinfo=UTC)


def test_row_126_a_mail_has_what_rfc_5322_and_rfc_3834_ask_for() -> None:
    letter = Letter("NO1.3", "ops@example.com", "3 alerts of Zürich", "Grüße\n" + "x" * 1200 + "\n", AT)
    written = bytes(message_of(letter, "trunks@voice.example"))
    assert written.isascii()
    assert max(len(line) for line in written.split(b"\r\n")) <= 998  # RFC 5322, 2.1.1
    read = message_from_bytes(written, policy=default)
    assert (read["From"], read["To"], read["Subject"]) == (
        "trunks@voice.example",
        "ops@example.com",
        "3 alerts of Zürich",
    )
    assert read["Date"].datetime == AT
    assert (read["Message-ID"], read["Auto-Submitted"]) == ("<NO1.3@voice.example>", "auto-generated")
    assert read.get_content().replace("\r\n", "\n") == letter.text


def test_row_126_a_subject_of_several_lines_adds_no_header() -> None:
    letter = Letter("NO1", "ops@example.com", "a\r\nBcc: x@y.example\n\nbody", "t", AT)
    read = message_from_bytes(bytes(message_of(letter, "trunks@voice.example")), policy=default)
    assert read["Subject"] == "a Bcc: x@y.example body"
    assert read["Bcc"] is None


def test_row_126_what_no_mail_can_hold_is_left_out() -> None:
    """Half a surrogate pair, NUL, other control characters (RFC 5322, 2.2): one odd name must not hold up all mail."""
    letter = Letter("NO1", "ops@example.com", "a\0b\x1bc\ud800d", "x\0y\udcffz\n", AT)
    read = message_from_bytes(bytes(message_of(letter, "trunks@voice.example")), policy=default)
    assert read["Subject"] == "a b c d"
    assert read.get_content().strip() == "x\ufffdy?z"
