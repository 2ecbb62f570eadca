"""Mail servers for tests: a real one that keeps what it gets, and one that speaks by a script."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Final

from aiosmtpd.smtp import SMTP, Envelope, Session

PATIENCE_SECONDS: Final = 10.0


@dataclass
class Inbox:
    """What a real mail server got."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    ends: list[SMTP] = field(default_factory=list)

    def connected(self, **options: Any) -> SMTP:
        """Our end of a connection."""
        self.ends.append(SMTP(self, hostname="inbox", **options))
        return self.ends[-1]

    def hang_up(self) -> None:
        """Close every connection."""
        for end in self.ends:
            if end.transport:
                end.transport.close()

    async def handle_DATA(self, _: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep a mail (aiosmtpd calls this)."""
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.sessions.append(session)
        return "250 Kept"


@asynccontextmanager
async def inbox(*, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[Inbox]:
    """A real mail server; with `tls` it speaks that from the first byte."""
    kept, loop = Inbox(), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: kept.connected(loop=loop, **options), "127.0.0.1", 0, ssl=tls
    )
    kept.port = server.sockets[0].getsockname()[1]
    async with server:
        yield kept


@dataclass
class Script:
    """What a server says to each command, after the usual greeting; None: it hangs up instead."""

    says: Mapping[str, str | None]
    port: int = 0
    heard: list[str] = field(default_factory=list)
    held: set[str] = field(default_factory=set)  # commands whose answer waits for `go_on`
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0

    async def waits(self) -> None:
        """Until a held command was heard."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.waiting.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self.converse(reader, writer)
        finally:
            writer.close()

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        going = await self.say(writer, "greeting", "220 script")
        while going and (line := await reader.readline()):
            command = line[:4].decode().upper().strip()
            self.heard.append(command)
            going = await self.say(
                writer, command, "354 Go ahead" if command == "DATA" else "250 OK"
            )
            if command == "DATA" and going and "DATA" not in self.says:
                await reader.readuntil(b"\r\n.\r\n")
                going = await self.say(writer, "mail", "250 Taken")

    async def say(self, writer: asyncio.StreamWriter, to: str, usual: str) -> bool:
        if to in self.held:
            self.waiting.set()
            await self.go_on.wait()
        words = self.says.get(to, usual)
        if words is not None:
            writer.write(words.encode() + b"\r\n")
        return words is not None


@asynccontextmanager
async def scripted(**says: str | None) -> AsyncIterator[Script]:
    """A mail server that answers a command, the `greeting` or the `mail` like this."""
    script = Script(says)
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    script.port = server.sockets[0].getsockname()[1]
    async with server:
        yield script
