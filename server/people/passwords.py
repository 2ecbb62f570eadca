"""Passwords are kept as argon2id hashes; checking one is slow on purpose and runs two at a time."""

import re
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.errors import Invalid

ARGON2: Final = "$argon2id$"
SHORTEST: Final = 12
LONGEST: Final = 1024
hasher: Final = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
hashing: Final = ThreadPoolExecutor(2, "argon2")

FEW: Final = 3  # aaaaaaaaaaaa, 121212121212
PLAIN: Final = str.maketrans("013457@$!|", "oleastasil")
TRIMMINGS: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")
RUNS: Final = ("12345678", "87654321", "abcdefgh", "qwertyui", "asdfghjk", "1q2w3e4r", "qazwsxed")
REPEATED: Final = re.compile(r"(.{2,8}?)\1{2,}.?|(.{6,})\2", re.S)  # passpasspass, changemechangeme

NOBODY: Final = hasher.hash("nobody has this password")
"""Checked when there is no such account, so that the answer takes as long."""


def check_new(password: str) -> str:
    """A password good enough to be set."""
    if len(password) < SHORTEST:
        raise Invalid(f"A password has at least {SHORTEST} characters.", field="password")
    if len(password) > LONGEST:
        raise Invalid(f"A password has at most {LONGEST} characters.", field="password")
    if guessable(password):
        words = "That password is among the first that are tried. Take another one."
        raise Invalid(words, field="password")
    return password


def guessable(password: str) -> bool:
    """Whether it is on the list of common long passwords, or one of them with trimmings."""
    small = password.casefold()
    return (
        any(letters(form) in common() for form in (small, TRIMMINGS.sub("", small)))
        or len(set(small)) <= FEW
        or any(run in small for run in RUNS)
        or REPEATED.fullmatch(small) is not None
    )


def letters(text: str) -> str:
    """Its letters, with those that digits and signs stand for."""
    return "".join(character for character in text.translate(PLAIN) if character.isalpha())


@lru_cache(maxsize=1)
def common() -> frozenset[str]:
    """The common passwords, spelled without digits in place of letters."""
    text = Path(__file__).with_name("common.txt").read_text()
    return frozenset(letters(line) for line in text.split())


def hashed(password: str) -> str:
    """The argon2id hash of a password, with its salt and costs."""
    return hasher.hash(password)


def matches(kept: str, password: str) -> bool:
    """Whether the password is the one of that hash."""
    try:
        return hasher.verify(kept, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
