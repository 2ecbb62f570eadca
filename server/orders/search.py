"""Finding orders by the start of a word, or the end of a telephone number.

Words are folded (case and accents) and kept in a table of our own, so that every database finds
alike and no extension is needed. A telephone number is kept backwards, so that its last digits
are a prefix.
"""

import re
import unicodedata
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, insert, or_
from sqlmodel import Session, col, select

from server.models import Order, SearchToken, table
from server.orders.codes import ID

WORD: Final = re.compile(r"\w+")
PHONE_DIGITS: Final = 4
WHOLE_NUMBER: Final = 7  # digits; fewer are the end of one
WORDS_ASKED: Final = 8
WORDS_KEPT: Final = 40
LETTERS_KEPT: Final = 40
KEEP: Final = insert(table(SearchToken))
LAST: Final = "\U0010ffff"


def folded(text: str) -> str:
    """Text as it is compared: lower case, without accents."""
    spread = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return [word[:LETTERS_KEPT] for word in WORD.findall(folded(text))]


def tokens(order: Order) -> set[str]:
    """Everything this order can be found by."""
    told = (order.code, order.customer_name, order.customer_email, order.destination)
    found = [word for text in told if text for word in words(text)][:WORDS_KEPT]
    if order.customer_phone:
        found.append(backwards(order.customer_phone))
    return set(found)


def backwards(phone: str) -> str:
    """The digits of a number from the last to the first, marked as such."""
    return "#" + "".join(filter(str.isdigit, phone))[::-1]


def index(session: Session, order: Order, *, anew: bool = False) -> None:
    """Keep the words of an order; `anew` after its words have changed."""
    if anew:
        session.execute(delete(SearchToken).where(col(SearchToken.order_id) == order.id))
    rows: list[dict[str, Any]] = [
        {"organization_id": order.organization_id, "token": token, "order_id": order.id}
        for token in tokens(order)
    ]
    session.execute(KEEP, rows)


def matching(organization_id: int, asked: str) -> ColumnElement[bool]:
    """The condition that an order has, for each word, one that starts like it; or has that id."""
    if ID.fullmatch(whole := asked.strip().lower()):
        return col(Order.id) == whole
    conditions = [found(organization_id, word) for word in words(asked)[:WORDS_ASKED]]
    digits = "".join(filter(str.isdigit, asked))
    if len(digits) >= PHONE_DIGITS and not any(map(str.isalpha, asked)):
        reached = or_(*(starting(organization_id, backwards(end)) for end in endings(digits)))
        return or_(reached, and_(*conditions)) if conditions else reached
    return and_(*conditions) if conditions else col(Order.id).is_(None)


def endings(digits: str) -> list[str]:
    """How a number that is spelled so may end: at home it begins with a 0 that E.164 leaves out."""
    national = digits.startswith("0") and len(digits) >= WHOLE_NUMBER
    return [digits, digits.lstrip("0")] if national else [digits]


def found(organization_id: int, word: str) -> ColumnElement[bool]:
    """A word of the order starts like this one, or its telephone number ends so."""
    if word.isdigit() and len(word) >= PHONE_DIGITS:
        return or_(starting(organization_id, word), starting(organization_id, backwards(word)))
    return starting(organization_id, word)


def starting(organization_id: int, prefix: str) -> ColumnElement[bool]:
    """Orders with a token that starts so."""
    having = select(SearchToken.order_id).where(
        SearchToken.organization_id == organization_id,
        col(SearchToken.token) >= prefix,
        col(SearchToken.token) < prefix + LAST,
    )
    return col(Order.id).in_(having)
