"""Mails leave by lanes: a few connections to the mail server, each used for one mail after another.

An arq job only names a mail and waits. The lane that carries it belongs to the process: a job that
is cancelled because Redis has gone cannot cut a mail off in the middle.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Final, TypedDict

from server.clock import now
from server.errors import Unsaved
from server.jobs.house import House
from server.jobs.stopping import to_the_end
from server.messaging import outbox
from server.messaging.letters import Letter, masked
from server.messaging.outbox import Held, State, Terms
from server.messaging.senders import Line, NotTaken, Server, Unclear
from server.orders.cards import without_contacts
from server.perform import Command
from server.settings import Settings

LANES: Final = 4
WAITING: Final = 2000  # mails that a process takes in at once; the others wait in the table
IDLE_SECONDS: Final = 5.0  # a connection without a mail is closed
PATIENCE_SECONDS: Final = 25.0  # of a job for its mail; arq would end it after 30
SETTLE_TRIES: Final = 10
SETTLE_PAUSE_SECONDS: Final = 1.0

log = logging.getLogger(__name__)


class Context(TypedDict):
    """What arq hands to a job."""

    post: "Post"


async def send_message(ctx: Context, message_id: int) -> None:
    """Send one mail, if it is still to be sent."""
    await ctx["post"].send(message_id)


class Post:
    """The lanes of one process."""

    def __init__(self, house: House, terms: Terms | None = None) -> None:
        self.perform = house.perform
        self.sender = house.settings.mail_from
        self.server = mail_server(house.settings)
        self.terms = terms or Terms()
        self.queue: asyncio.Queue[int] = asyncio.Queue(WAITING)
        self.taken: dict[int, asyncio.Future[None]] = {}

    def offer(self, message_ids: Iterable[int]) -> None:
        """Have these mails sent; those there is no room for are offered again by the sweep."""
        for message_id in message_ids:
            self.take(message_id)

    async def send(self, message_id: int) -> None:
        """Have a mail sent, and wait until it has been tried."""
        if tried := self.take(message_id):
            await asyncio.wait({tried}, timeout=PATIENCE_SECONDS)

    def take(self, message_id: int) -> asyncio.Future[None] | None:
        """Put a mail in line, if it does not stand there already; None where there is no room."""
        if message_id not in self.taken and not self.queue.full():
            self.taken[message_id] = asyncio.get_running_loop().create_future()
            self.queue.put_nowait(message_id)
        return self.taken.get(message_id)

    def release(self) -> None:
        """Let nobody wait any longer; the mails stay in line."""
        for tried in self.taken.values():
            if not tried.done():
                tried.set_result(None)

    async def run(self) -> None:
        """Carry mails until told to stop."""
        async with asyncio.TaskGroup() as lanes:
            for _ in range(LANES):
                lanes.create_task(self.lane())

    async def lane(self) -> None:
        """One mail after another over one connection."""
        line = Line(self.server) if self.server else None
        try:
            while True:
                await to_the_end(self.attempt(line, await self.next(line)))
        finally:
            if line:
                await line.close()

    async def next(self, line: Line | None) -> int:
        """The next mail; no mail server is kept waiting for it."""
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                return await self.queue.get()
        except TimeoutError:
            if line:
                await line.close()
        return await self.queue.get()

    async def attempt(self, line: Line | None, message_id: int) -> None:
        """Try one mail; whatever goes wrong with it, the lane stays open."""
        try:
            await self.carry(line, message_id)
        except Exception:
            log.exception("Mail %d was left half-way; its lease will lapse", message_id)
            if line:
                await line.close()
        finally:
            if not (tried := self.taken.pop(message_id)).done():
                tried.set_result(None)

    async def carry(self, line: Line | None, message_id: int) -> None:
        """Take a mail in hand, bring it to the mail server and write down how that ended."""
        held = await self.perform(outbox.lease, message_id, self.sender, self.terms)
        if held is None:
            return
        if line is None:
            await self.perform(outbox.settle, held, State.KEPT)
            return
        try:
            if not await self.deliver(line, held):
                return
        except NotTaken as no:
            await self.not_taken(held, no)
        except Unclear as doubt:
            tell(held, f"may have arrived: {doubt.reason}")
            await self.surely(outbox.settle, held, State.UNKNOWN, doubt.reason)
        else:
            await self.surely(outbox.settle, held, State.SENT)

    async def deliver(self, line: Line, held: Held) -> bool:
        """The steps at the mail server; False if the mail left our hands before it was sent."""
        await line.prepare(held.letter)
        if not await self.perform(outbox.start, held, self.terms):
            await line.forget()
            return False
        await line.hand_over()
        return True

    async def not_taken(self, held: Held, no: NotTaken) -> None:
        """Certainly not sent: once more later, or never."""
        tell(held, f"not taken: {no.reason}")
        if no.for_good:
            await self.surely(outbox.settle, held, State.FAILED, no.reason)
        else:
            await self.surely(outbox.put_back, held, no.reason, self.terms)

    async def surely(self, command: Command[..., bool], *args: object) -> None:
        """Write down what became of a mail: nobody else knows, so a database away is awaited."""
        for _ in range(SETTLE_TRIES):
            try:
                await self.perform(command, *args)
            except Unsaved:
                await asyncio.sleep(SETTLE_PAUSE_SECONDS)
            else:
                return
        log.error("The database did not take what became of a mail; it will be listed as unknown")


def mail_server(settings: Settings) -> Server | None:
    """The mail server, if one is set; refuses a URL or a sender that no mail can leave with."""
    bytes(Letter(settings.mail_from, "customer@localhost", "", "", "", now()))
    return Server.at(settings.smtp_url) if settings.smtp_url else None


def tell(held: Held, what: str) -> None:
    """Log what became of a mail without saying whose it is."""
    whom = masked(held.letter.recipient)
    log.warning("Mail %d to %s, try %d, %s", held.id, whom, held.attempts, without_contacts(what))
