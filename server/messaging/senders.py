"""Handing a mail to the mail server, in steps that each tell what is known when one fails."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Final, NoReturn
from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from server.messaging.letters import Letter, address, carried, domain

COMMAND_SECONDS: Final = 8.0
PREPARE_SECONDS: Final = 20.0  # for all steps before the mail itself: within the lease
ANSWER_SECONDS: Final = 40.0  # for taking the mail: within the time for handing it over
MAILS_PER_CONNECTION: Final = 100
REASON_LENGTH: Final = 300
GO_AHEAD: Final = 354
BYE: Final = 421
ABOUT_US: Final = frozenset({503, 530, 535})  # out of step, not signed in: no fault of the mail
DOT: Final = re.compile(rb"(?m)^\.")
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class NotTaken(Exception):
    """The server has certainly not taken the mail; `for_good`: it never will."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_good = for_good


class Unclear(Exception):
    """The mail went out, but no answer came: it may have arrived."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Server:
    """The mail server that SMTP_URL names."""

    host: str
    port: int
    tls: bool  # from the first byte; otherwise it is used where the server offers it
    user: str | None = None
    password: str = field(default="", repr=False)

    @classmethod
    def at(cls, url: str) -> "Server":
        """smtp://user:password@host:port or smtps://…"""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("SMTP_URL is smtp://user:password@host:port, or smtps://…")
        user = unquote(parts.username) if parts.username else None
        usual = 465 if parts.scheme == "smtps" else 587 if user else 25
        password = unquote(parts.password or "")
        return cls(parts.hostname, parts.port or usual, parts.scheme == "smtps", user, password)


class Line:
    """A connection to the mail server, opened when needed and used for many mails."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.client: SMTP | None = None
        self.carried = 0
        self.body = b""

    async def prepare(self, letter: Letter) -> None:
        """Everything before the mail itself: who writes to whom."""
        try:
            self.body = DOT.sub(b"..", bytes(letter))
            async with asyncio.timeout(PREPARE_SECONDS):
                await self.connect(letter)
                await self.envelope(letter)
        except (SMTPException, OSError) as error:  # a TimeoutError is an OSError
            await self.close()
            raise NotTaken(words(error)) from error
        except ValueError as error:  # no server is asked to carry what is no mail
            await self.close()
            raise NotTaken(words(error), for_good=True) from error

    async def hand_over(self) -> None:
        """The mail itself, and the server's word that it has it."""
        try:
            code, said = await self.open().execute_command(b"DATA")
        except (SMTPException, OSError) as error:
            await self.close()
            raise NotTaken(words(error)) from error  # before its “go ahead” it got nothing
        if code != GO_AHEAD:
            await self.forget()
            refuse(code, said)
        await self.transmit()
        self.carried += 1

    async def forget(self) -> None:
        """Take back whom the mail is for: it is not sent now."""
        try:
            await self.open().rset()
        except (SMTPException, OSError):
            await self.close()

    async def close(self) -> None:
        """Hang up, politely where the server still listens."""
        client, self.client, self.carried = self.client, None, 0
        if client is None:
            return
        try:
            await client.quit(timeout=1)
        except (SMTPException, OSError):
            return  # it has gone already
        finally:
            client.close()

    async def connect(self, letter: Letter) -> None:
        """Open the connection, unless it is open and young enough to be used again."""
        if self.carried >= MAILS_PER_CONNECTION or (self.client and not self.client.is_connected):
            await self.close()
        if self.client:
            return
        server = self.server
        self.client = SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls,
            local_hostname=domain(letter.sender),
            timeout=COMMAND_SECONDS,
        )
        await self.client.connect()
        if server.user:
            if self.client.get_transport_info("sslcontext") is None and server.host not in LOOPBACK:
                raise SMTPException("The mail server offers no TLS to send the password by.")
            await self.client.login(server.user, server.password)
        if self.client.is_ehlo_or_helo_needed:
            await self.client.ehlo()

    async def envelope(self, letter: Letter) -> None:
        """Name sender and recipient; the server may refuse either."""
        try:
            await self.name(letter)
        except SMTPResponseException as error:
            if error.code != BYE:
                await self.forget()
                refuse(error.code, error.message)
            await self.again(letter, error)
        except (SMTPException, OSError) as error:
            await self.again(letter, error)

    async def again(self, letter: Letter, error: Exception) -> None:
        """A connection that was dropped while it was idle is opened anew."""
        if not self.carried:
            raise error
        await self.close()
        await self.connect(letter)
        await self.name(letter)

    async def name(self, letter: Letter) -> None:
        """MAIL and RCPT."""
        client = self.open()
        if letter.wide and not client.supports_extension("smtputf8"):
            reason = "The mail server only takes addresses in ASCII before the @."
            raise NotTaken(reason, for_good=True)
        options, encoding = (["SMTPUTF8"], "utf-8") if letter.wide else ([], "ascii")
        sender = carried(address(letter.sender))
        await client.mail(sender, options=options, encoding=encoding)
        await client.rcpt(carried(letter.recipient), encoding=encoding)

    async def transmit(self) -> None:
        """Send the mail to its end and wait for the answer."""
        protocol = self.open().protocol
        if protocol is None or not protocol.is_connected:
            await self.close()
            raise NotTaken("The mail server hung up.")
        try:
            protocol.write(self.body + b".\r\n")
            code, said = await protocol.read_response(timeout=ANSWER_SECONDS)
        except (SMTPException, OSError) as error:
            await self.close()
            raise Unclear(f"No answer after the mail: {words(error)}") from error
        if code // 100 not in (2, 4, 5):
            await self.close()
            raise Unclear(f"An unknown answer to the mail: {code} {said}"[:REASON_LENGTH])
        if code // 100 != 2:
            refuse(code, said)

    def open(self) -> SMTP:
        """The client of an opened connection."""
        assert self.client, "prepare comes first"
        return self.client


def refuse(code: int, said: str) -> NoReturn:
    """The server's no: for good if it is about this mail, else for now."""
    for_good = code // 100 == 5 and code not in ABOUT_US
    raise NotTaken(f"{code} {' '.join(said.split())}"[:REASON_LENGTH], for_good=for_good)


def words(error: Exception) -> str:
    """What went wrong, in one line."""
    said = str(error)
    if isinstance(error, SMTPResponseException):
        said = f"{error.code} {error.message}"
    return " ".join((said or type(error).__name__).split())[:REASON_LENGTH]
