"""Links for tests: those of an order, and everything that can be wrong with one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from itsdangerous import Signer
from sqlalchemy import update
from sqlmodel import Session

from server.clock import now
from server.models import Location, Order, OrderLink, table
from server.orders import links
from server.orders.links import Links, Purpose
from server.settings import Settings
from tests.hands import Do, Look

CHOSEN: Final = Settings(public_url="http://heard.example", secret_key="k" * 32)
LINKS: Final = Links(CHOSEN)
STRANGERS: Final = Links(CHOSEN.model_copy(update={"secret_key": "another" * 6}))
OTHER: Final = {Purpose.PAGE: Purpose.SCAN, Purpose.SCAN: Purpose.PAGE}
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

Card = dict[str, Any]
Spoil = Callable[[Do, Card, OrderLink, Purpose], str]


def link(look: Look, card: Card) -> OrderLink:
    """What the links of an order name."""
    return look(links.of_order, card["id"])


def token(look: Look, card: Card, purpose: Purpose = Purpose.PAGE) -> str:
    """A link that opens, without its address."""
    return LINKS.token(purpose, link(look, card))


def genuine(row: OrderLink, purpose: Purpose) -> str:
    return LINKS.token(purpose, row)


def turned(text: str, at: int, by: int = 1) -> str:
    """One letter is another one."""
    letter = LETTERS[(LETTERS.index(text[at]) + by) % len(LETTERS)]
    return text[:at] + letter + text[at % len(text) + 1 :]


def revoked(do: Do, card: Card, row: OrderLink, purpose: Purpose) -> str:
    """Somebody else was given the order's mail."""
    do(links.revoke, card["id"])
    return genuine(row, purpose)


def after_the_event(do: Do, card: Card, row: OrderLink, purpose: Purpose) -> str:
    """Two days and a minute after it."""
    ended = now() - timedelta(hours=48, minutes=1)
    do(set_, Location, card["location"], ends_at=ended)
    return genuine(row, purpose)


def after_the_order(do: Do, card: Card, row: OrderLink, purpose: Purpose) -> str:
    """A month and a minute after it was handed out."""
    do(set_, Order, card["id"], open=False, ended_at=now() - timedelta(days=30, minutes=1))
    return genuine(row, purpose)


def set_(session: Session, model: type[Any], ident: Any, /, **values: Any) -> None:
    """Change a row behind everybody's back."""
    rows = table(model)
    session.execute(update(rows).where(rows.c.id == ident).values(**values))


def absent(_: Do, __: Card, row: OrderLink, purpose: Purpose) -> str:
    """Signed by us, but no order has ever had it."""
    return genuine(OrderLink(order_id=row.order_id, ref="0" * 32, version=1), purpose)


def of_another_kind(_: Do, __: Card, row: OrderLink, purpose: Purpose) -> str:
    """Our key, signing something that is no link of an order."""
    named = genuine(row, purpose).split(".")[0]
    return Signer(CHOSEN.secret_key, salt="session").sign(named).decode()


BAD: Final[dict[str, Spoil]] = {
    "of another purpose": lambda _, __, row, purpose: genuine(row, OTHER[purpose]),
    "of another kind": of_another_kind,
    "signed by a stranger": lambda _, __, row, purpose: STRANGERS.token(purpose, row),
    "another order named": lambda _, __, row, purpose: turned(genuine(row, purpose), 3),
    "another version named": lambda _, __, row, purpose: turned(genuine(row, purpose), 23),
    "signature edited": lambda _, __, row, purpose: turned(genuine(row, purpose), 40),
    "last letter edited": lambda _, __, row, purpose: turned(genuine(row, purpose), 67),
    "cut off": lambda _, __, row, purpose: genuine(row, purpose)[:-1],
    "longer": lambda _, __, row, purpose: genuine(row, purpose) + "A",
    "without a signature": lambda _, __, row, purpose: genuine(row, purpose).split(".")[0],
    "no link at all": lambda *_: "new",
    "revoked": revoked,
    "after the event": after_the_event,
    "after the order": after_the_order,
    "never given": absent,
}


def rotated(key: str, *former: str) -> Links:
    """Links as they are made with this key, and read with those as well."""
    return Links(CHOSEN.model_copy(update={"secret_key": key, "old_secret_keys": ",".join(former)}))
