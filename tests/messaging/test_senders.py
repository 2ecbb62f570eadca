"""Handing a mail over: after every failure it is known whether the server has the mail."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from server.messaging import senders
from server.messaging.letters import Letter
from server.messaging.senders import Line, NotTaken, Server, Unclear
from tests.mailbag import SENDER
from tests.postbox import inbox, scripted

PEM: Final = Path(__file__).parent / "tls" / "localhost.pem"
TEXT: Final = "2 × Burger\n.\n..and a line that begins with two\n"


def letter(recipient: str = "maria@guests.example") -> Letter:
    at = datetime(2026, 11, 22, 21, 5, tzinfo=UTC)
    return Letter(SENDER, recipient, "Order K724", TEXT, "<1@harbour.example>", at)


@asynccontextmanager
async def line_to(port: int, **more: str) -> AsyncIterator[Line]:
    line = Line(Server("127.0.0.1", port, tls=False, **more))
    yield line
    await line.close()


async def send(line: Line, mail: Letter | None = None) -> None:
    await line.prepare(mail or letter())
    await line.hand_over()


async def test_a_mail_arrives_as_it_was_written() -> None:
    async with inbox() as kept, line_to(kept.port) as line:
        await send(line)

    (mail,) = kept.mails
    assert mail["To"] == "maria@guests.example"
    assert mail.get_content().replace("\r\n", "\n") == TEXT


async def test_many_mails_go_over_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "MAILS_PER_CONNECTION", 3)

    async with inbox() as kept, line_to(kept.port) as line:
        for _ in range(6):
            await send(line)

    assert len({id(session) for session in kept.sessions}) == 2


async def test_a_mail_that_was_named_can_be_forgotten() -> None:
    async with inbox() as kept, line_to(kept.port) as line:
        await line.prepare(letter("nobody@guests.example"))
        await line.forget()
        await send(line)

    assert [mail["To"] for mail in kept.mails] == ["maria@guests.example"]


@pytest.mark.parametrize(
    ("says", "for_good"),
    [
        ({"greeting": None}, False),
        ({"greeting": "554 Not today"}, False),
        ({"EHLO": "421 Too busy"}, False),
        ({"MAIL": "451 Later"}, False),
        ({"MAIL": "550 Not from you"}, True),
        ({"MAIL": "530 Sign in first"}, False),
        ({"MAIL": None}, False),
        ({"RCPT": "450 Later"}, False),
        ({"RCPT": "550 No such user"}, True),
        ({"RCPT": None}, False),
        ({"DATA": "451 Later"}, False),
        ({"DATA": "554 No"}, True),
        ({"DATA": None}, False),
        ({"mail": "452 Full"}, False),
        ({"mail": "554 Spam"}, True),
    ],
    ids=str,
)
async def test_what_was_certainly_not_taken(says: dict[str, str | None], for_good: bool) -> None:
    async with scripted(**says) as script, line_to(script.port) as line:
        with pytest.raises(NotTaken) as no:
            await send(line)

    assert no.value.for_good is for_good
    assert no.value.reason


@pytest.mark.parametrize("answer", [None, "", "nonsense", "199 Well"])
async def test_a_mail_without_an_answer_may_have_arrived(answer: str | None) -> None:
    async with scripted(mail=answer) as script, line_to(script.port) as line:
        with pytest.raises(Unclear):
            await send(line)


async def test_a_mail_that_is_never_answered_may_have_arrived(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(senders, "ANSWER_SECONDS", 0.05)

    async with scripted(mail="250-there is more to come") as script, line_to(script.port) as line:
        with pytest.raises(Unclear):
            await send(line)


async def test_a_server_that_never_speaks_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "PREPARE_SECONDS", 0.05)

    async with scripted(MAIL="250-there is more to come") as script, line_to(script.port) as line:
        with pytest.raises(NotTaken):
            await line.prepare(letter())


async def test_nobody_is_there() -> None:
    async with inbox() as kept:
        pass

    async with line_to(kept.port) as line:
        with pytest.raises(NotTaken) as no:
            await send(line)

    assert "connect" in no.value.reason.lower()


async def test_after_a_refusal_the_connection_serves_the_next_mail() -> None:
    async with scripted(RCPT="550 No such user") as script, line_to(script.port) as line:
        for _ in range(2):
            with pytest.raises(NotTaken):
                await send(line)

    assert script.connections == 1
    assert script.heard == ["EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "RSET", "QUIT"]


async def test_a_connection_dropped_while_idle_is_opened_anew() -> None:
    async with inbox() as kept, line_to(kept.port) as line:
        await send(line)
        kept.hang_up()
        await send(line)

    assert len(kept.mails) == 2


async def test_a_connection_dropped_after_the_addresses_took_no_mail() -> None:
    async with inbox() as kept, line_to(kept.port) as line:
        await line.prepare(letter())
        kept.hang_up()
        with pytest.raises(NotTaken):
            await line.hand_over()
        await line.prepare(letter())
        kept.hang_up()
        await line.forget()
        await send(line)

    assert len(kept.mails) == 1


async def test_an_address_that_the_server_cannot_write_is_refused_for_good() -> None:
    async with inbox(enable_SMTPUTF8=False) as kept, line_to(kept.port) as line:
        with pytest.raises(NotTaken) as no:
            await send(line, letter("jörg@guests.example"))

    assert no.value.for_good


async def test_a_server_that_can_gets_letters_beyond_ascii() -> None:
    async with inbox(enable_SMTPUTF8=True) as kept, line_to(kept.port) as line:
        await send(line, letter("jörg@guests.example"))

    assert [mail["To"] for mail in kept.mails] == ["jörg@guests.example"]


async def test_no_mail_is_what_has_a_line_break_in_its_address() -> None:
    async with inbox() as kept, line_to(kept.port) as line:
        with pytest.raises(NotTaken) as no:
            await send(line, letter("a@b.example\r\nDATA"))

    assert no.value.for_good
    assert not kept.mails
