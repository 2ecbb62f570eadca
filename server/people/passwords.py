"""Passwords are kept as argon2id hashes; checking one is slow on purpose and runs two at a time."""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.errors import Invalid

SHORTEST: Final = 12
LONGEST: Final = 1024
hasher: Final = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
hashing: Final = ThreadPoolExecutor(2, "argon2")

NOBODY: Final = hasher.hash("nobody has this password")
"""Checked when there is no such account, so that the answer takes as long."""


def check_new(password: str) -> str:
    """A password good enough to be set."""
    if len(password) < SHORTEST:
        raise Invalid(f"A password has at least {SHORTEST} characters.", field="password")
    if len(password) > LONGEST:
        raise Invalid(f"A password has at most {LONGEST} characters.", field="password")
    return password


def hashed(password: str) -> str:
    """The argon2id hash of a password, with its salt and costs."""
    return hasher.hash(password)


def matches(kept: str, password: str) -> bool:
    """Whether the password is the one of that hash."""
    try:
        return hasher.verify(kept, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
