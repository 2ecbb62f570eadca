"""A mail server that writes down what it takes in, and can be told where to die.

It takes a mail in (writes its Message-ID down) before it says so, as real ones do: whoever dies
between the two leaves a mail that arrived and that nobody was told of.
"""

import asyncio
import os
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

POINTS: Final = ("greeting", "mail", "rcpt", "middle", "dot", "answered")
MESSAGE_ID: Final = re.compile(rb"(?im)^message-id:\s*(<[^>]+>)")


@dataclass
class Plan:
    """Die, or stop, at this point, the so-manieth time that it is reached."""

    point: str = ""
    times: int = 1
    by: signal.Signals = signal.SIGKILL

    def reached(self, point: str) -> None:
        if point != self.point:
            return
        self.times -= 1
        if self.times == 0:
            os.kill(os.getpid(), self.by)


class Mailhouse:
    """The server."""

    def __init__(self, log: Path, plan: Plan) -> None:
        self.log = log
        self.plan = plan

    async def run(self, port: int, listening: Callable[[], object]) -> None:
        """Listen until killed."""
        async with await asyncio.start_server(self.serve, "127.0.0.1", port) as server:
            listening()
            await server.serve_forever()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the worker was killed
        finally:
            writer.close()

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.plan.reached("greeting")
        await say(writer, "220 mailhouse")
        while line := await reader.readline():
            command = line[:4].decode().lower()
            self.plan.reached(command)
            if command == "data":
                await self.take(reader, writer)
            elif command == "quit":
                return await say(writer, "221 Bye")
            else:
                await say(writer, "250 OK")
        return None

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await say(writer, "354 Go ahead")
        body = await reader.readexactly(100)
        self.plan.reached("middle")
        body += await reader.readuntil(b"\r\n.\r\n")
        found = MESSAGE_ID.search(body)
        assert found
        self.write_down("taken", found[1].decode())
        self.plan.reached("dot")
        await say(writer, "250 Taken")
        self.write_down("answered", found[1].decode())
        self.plan.reached("answered")

    def write_down(self, what: str, message_id: str) -> None:
        with self.log.open("ab", buffering=0) as log:
            log.write(f"{what} {message_id}\n".encode())


async def say(writer: asyncio.StreamWriter, words: str) -> None:
    writer.write(words.encode() + b"\r\n")
    await writer.drain()


def noted(log: Path, what: str) -> list[str]:
    """The Message-IDs of every mail taken, or answered for, as often as it was."""
    lines = log.read_text().splitlines() if log.exists() else []
    return [line.partition(" ")[2] for line in lines if line.startswith(what)]
