"""A mail as it goes out: plain text of ours, marked as sent by a machine."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP


@dataclass(frozen=True, slots=True)
class Letter:
    """`id` is what its Message-ID begins with, so that a repetition is known as one."""

    id: str
    recipient: str
    subject: str
    text: str
    written_at: datetime


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """RFC 5322. The subject is one line whatever was in it; nobody answers such a mail by a machine (RFC 3834, 5)."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = letter.recipient
    message["Subject"] = " ".join("".join(one if one.isprintable() else " " for one in letter.subject).split())
    message["Date"] = letter.written_at
    message["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    text = letter.text.replace("\0", "\ufffd").encode(errors="replace").decode()  # half a surrogate pair is no text
    message.set_content(text, cte="quoted-printable")  # whatever the server can carry, and however long a line
    return message
