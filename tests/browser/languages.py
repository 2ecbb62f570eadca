"""An organization that speaks another language, and orders of every sort in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlmodel import update

from server.db import Database
from server.models import Organization
from server.settings import Settings
from tests.browser.boards import Card, Shop

LANGUAGES: Final = ("en_XA", "ar_XB")
DATA: Final = (
    *("Heard", "Ana", "Maria K.", "Burger", "Web shop", "Harbour", "Block C", "Cold chips"),
    *("Pending", "Ready", "Fulfilled", "Resolved", "Cancelled", "Denied"),
    *("guest@guests.example", "Later", "card"),
)
"""What people typed, and what this organization calls its stages."""


@contextmanager
def spoken(settings: Settings, organization: int, locale: str) -> Iterator[None]:
    """The organization's locale is another one, for a while."""
    database = Database(settings.database)

    def say(locale: str) -> None:
        asked = update(Organization).where(Organization.id == organization)  # type: ignore[arg-type]
        database.write_now(lambda session: session.execute(asked.values(locale=locale)))

    say(locale)
    try:
        yield
    finally:
        say("en_IE")
        database.close()


async def orders(shop: Shop) -> list[Card]:
    """Orders of several stages; one of them flagged, one for later."""
    cards = [await shop.place(payment=None), *[await shop.place() for _ in range(4)]]
    await shop.move(cards[1], "ready")
    await shop.move(cards[2], "fulfilled")
    flag = {"type": "quality_issues", "priority": "high", "text": "Cold chips"}
    await shop.ask("POST", f"/orders/{cards[3]['id']}/issues", flag)
    return [*cards, await shop.place("Later", due_at="2030-01-01T12:00:00Z", destination=None)]


def codes(cards: list[Card]) -> tuple[str, ...]:
    return tuple(str(card["code"]) for card in cards)
