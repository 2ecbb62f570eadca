"""A house that sends mail, for as long as a test needs it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.db import Database
from server.jobs.follow import Follow
from server.jobs.messages import Post
from server.messaging import outbox
from tests.workplace import Workplace, working


@asynccontextmanager
async def posting(database: Database, port: int) -> AsyncIterator[tuple[Workplace, Post]]:
    """A house whose mail goes to that port, and its lanes at work."""
    house = Workplace.over(database, smtp_url=f"smtp://127.0.0.1:{port}" if port else "")
    post = Post(house)
    async with working(post.run):
        yield house, post


async def read(house: Workplace, post: Post) -> None:
    """Read the book, and offer what is due to the lanes."""

    async def told(_: object) -> None:
        post.offer(await house.read(outbox.due, 100))

    await Follow(house, told).turn()


async def settled(house: Workplace) -> bool:
    return not {"queued", "leased", "sending"} & set(await house.states())
