"""Passwords and PINs as requests bring them; hashing is slow on purpose, and beside the loop."""

import asyncio

from starlette.requests import Request

from server.messaging.invitations import Office
from server.people import passwords
from server.state import State


async def hashed(chosen: str) -> str:
    """The hash of a new password or PIN, made beside the loop."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(passwords.hashing, passwords.hashed, chosen)


async def matching(kept: str | None, given: str) -> bool:
    """Whether a secret is the one of that hash; where there is none it takes just as long."""
    real = kept is not None and kept.startswith(passwords.ARGON2)
    shown = kept if real and kept is not None else passwords.NOBODY
    loop = asyncio.get_running_loop()
    right = await loop.run_in_executor(passwords.hashing, passwords.matches, shown, given)
    return right and real


def office(request: Request[State]) -> Office:
    """Where our mails lead to, and who signs them."""
    settings = request.state["settings"]
    return Office(settings.url, settings.mail_from)


def address(request: Request[State]) -> str:
    """Where the request comes from."""
    return request.client.host if request.client else ""
