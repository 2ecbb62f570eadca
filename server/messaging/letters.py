"""A mail as bytes (RFC 5322), and the addresses on it."""

import email.policy
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Final

from email_validator import validate_email

from server.orders import qr

SEVEN_BIT: Final = email.policy.SMTP.clone(cte_type="7bit")  # every server can carry it
WIDE: Final = email.policy.SMTPUTF8.clone(cte_type="7bit")  # for names beyond ASCII before the @


@dataclass(frozen=True, slots=True)
class Letter:
    """What is handed to the mail server; `sender` is our MAIL_FROM."""

    sender: str
    recipient: str
    subject: str
    text: str
    message_id: str
    at: datetime
    code: str | None = None  # what the QR code says that goes with it

    @property
    def wide(self) -> bool:
        """Whether only a server with SMTPUTF8 can carry it."""
        return not (local(self.recipient).isascii() and local(address(self.sender)).isascii())

    def __bytes__(self) -> bytes:
        mail = EmailMessage(policy=WIDE if self.wide else SEVEN_BIT)
        ours = address(self.sender)
        mail["From"] = self.sender if self.wide else self.sender.replace(ours, carried(ours))
        mail["To"] = self.recipient if self.wide else carried(self.recipient)
        mail["Subject"] = self.subject
        mail["Date"] = format_datetime(self.at)
        mail["Message-ID"] = self.message_id
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(self.text)
        if self.code:
            mail.add_attachment(
                qr.png(self.code), "image", "png", filename="order.png", disposition="inline"
            )
        return mail.as_bytes()


def message_id(order_id: str, version: int, kind: str, sender: str) -> str:
    """The same for the same mail, also if its row had to be written again from the book."""
    return f"<{order_id}.{version}.{kind.rpartition('.')[2]}@{domain(sender)}>"


def address(sender: str) -> str:
    """The bare address of "Heard <orders@example.org>"."""
    found = parseaddr(sender)[1]
    if "@" not in found:
        raise ValueError("MAIL_FROM is like Heard <orders@example.org>")
    return found


def domain(sender: str) -> str:
    """Whose mail it is, spelled in ASCII."""
    return carried(address(sender)).rpartition("@")[2]


def local(mailbox: str) -> str:
    """What stands before the @."""
    return mailbox.rpartition("@")[0]


def carried(mailbox: str) -> str:
    """An address with its domain spelled as every mail server understands it."""
    name, _, host = mailbox.rpartition("@")
    if host.isascii():
        return mailbox
    found = validate_email(mailbox, check_deliverability=False, test_environment=True)
    return f"{name}@{found.ascii_domain}"  # IDNA 2008: Python's own codec would misspell straße


def masked(mailbox: str) -> str:
    """An address as it may stand in a log."""
    return f"{mailbox[:1]}•••@{mailbox.rpartition('@')[2]}"
