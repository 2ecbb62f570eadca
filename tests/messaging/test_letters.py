"""A mail as bytes: whatever people type, it is one mail to one person."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from server.jobs.messages import mail_server
from server.messaging import letters
from server.messaging.letters import Letter
from server.settings import Settings
from tests.mailbag import SENDER

AT = datetime(2026, 11, 22, 21, 5, tzinfo=UTC)


def letter(recipient: str = "maria@guests.example", subject: str = "Order K724 — Bar") -> Letter:
    return Letter(SENDER, recipient, subject, "2 × Burger\n.\n", "<1@harbour.example>", AT)


def test_a_mail_says_who_what_and_when() -> None:
    mail = message_from_bytes(bytes(letter()), policy=policy.default)

    assert mail["From"] == SENDER
    assert mail["To"] == "maria@guests.example"
    assert mail["Subject"] == "Order K724 — Bar"
    assert mail["Message-ID"] == "<1@harbour.example>"
    assert mail["Date"].datetime == AT
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content() == "2 × Burger\r\n.\r\n"
    assert mail.get_content_type() == "text/plain"


def test_a_qr_code_goes_with_it_as_a_picture() -> None:
    coded = bytes(replace(letter(), code="https://h.example/q/x#K724"))
    mail = message_from_bytes(coded, policy=policy.default)

    _, words, picture = mail.walk()
    assert words.get_content_type() == "text/plain"
    assert picture.get_content_type() == "image/png"
    assert picture.get_content().startswith(b"\x89PNG")
    assert coded.isascii()


def test_a_mail_is_plain_ascii_on_its_way() -> None:
    assert bytes(letter()).isascii()


@pytest.mark.parametrize("field", ["recipient", "subject"])
def test_a_line_break_adds_no_header(field: str) -> None:
    tricky = letter(**{field: "a@b.example\r\nBcc: everybody@guests.example"})

    with pytest.raises(ValueError, match="linefeed"):
        bytes(tricky)


def test_a_domain_is_spelled_as_mail_servers_understand_it() -> None:
    assert letters.carried("jo@straße.example") == "jo@xn--strae-oqa.example"
    assert b"To: jo@xn--strae-oqa.example" in bytes(letter("jo@straße.example"))


def test_letters_beyond_ascii_before_the_at_need_a_server_that_takes_them() -> None:
    wide = letter("jörg@guests.example")

    assert wide.wide
    assert "To: jörg@guests.example".encode() in bytes(wide)
    assert not letter().wide


def test_a_mail_keeps_its_id() -> None:
    first = letters.message_id("ord_1", 3, "order.confirmation", SENDER)

    assert first == letters.message_id("ord_1", 3, "order.confirmation", SENDER)
    assert first == "<ord_1.3.confirmation@harbour.example>"


@pytest.mark.parametrize(
    ("sender", "domain"),
    [
        ("orders@harbour.example", "harbour.example"),
        ("Jörg’s Bar <jo@straße.example>", "xn--strae-oqa.example"),
    ],
)
def test_the_id_is_at_our_own_domain(sender: str, domain: str) -> None:
    assert letters.domain(sender) == domain


def test_the_sender_s_domain_is_spelled_in_ascii_too() -> None:
    mail = replace(letter(), sender="Jörg <jo@straße.example>")

    assert b"<jo@xn--strae-oqa.example>" in bytes(mail)


@pytest.mark.parametrize("sender", ["", "Heard", "x\r\nBcc: a@b.example"])
def test_a_sender_that_no_mail_can_leave_with_is_refused_at_the_start(sender: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        mail_server(Settings(mail_from=sender))


def test_a_log_does_not_say_whose_mail_it_is() -> None:
    assert letters.masked("maria@guests.example") == "m•••@guests.example"
