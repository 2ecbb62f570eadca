"""The names of an order: `ord_…` for machines, a short code for people to call out."""

import re
import secrets
import time
from typing import Final

from sqlmodel import Session, col, select

from server.models import Order

LETTERS: Final = "BCDFGHJKMNPQRSTVWXYZ"  # no vowels: no words; no I, L, O: no mistaken digits
DIGITS: Final = "23456789"
CROCKFORD: Final = "0123456789abcdefghjkmnpqrstvwxyz"
ID: Final = re.compile(r"[a-z]{3}_[0-9a-z]{26}")
TRIES_PER_LENGTH: Final = 3


def new_id(prefix: str = "ord_") -> str:
    """A public id; ids sort by the millisecond they were made in (ULID layout)."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return prefix + "".join(CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))


def new_code(session: Session, organization_id: int) -> str:
    """A code nobody in the organization has: K724; longer only once short ones run out."""
    length = 4
    while True:
        for _ in range(TRIES_PER_LENGTH):
            code = spelled(length)
            if not taken(session, organization_id, code):
                return code
        length += 1


def spelled(length: int) -> str:
    """A letter, then a mixture, then a digit: never a word, a number or an id."""
    middle = (secrets.choice(LETTERS + DIGITS) for _ in range(length - 2))
    return secrets.choice(LETTERS) + "".join(middle) + secrets.choice(DIGITS)


def taken(session: Session, organization_id: int, code: str) -> bool:
    """Whether an order of the organization has that code."""
    same = select(Order.id).where(
        col(Order.organization_id) == organization_id, col(Order.code) == code
    )
    return session.exec(same).first() is not None


def plausible(ref: str) -> bool:
    """Whether a text can be an id or a code at all; anybody may type anything into an address."""
    return ref.isascii() and ref.replace("_", "").isalnum()
