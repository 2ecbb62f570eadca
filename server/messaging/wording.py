"""Outside text made safe to print in a mail: one line, no tricks, nothing to click."""

import re
import unicodedata
from typing import Final

LENGTH: Final = 200
SPACES: Final = frozenset({"Cc", "Zl", "Zp"})
UNSEEN: Final = frozenset({"Cf", "Cs", "Co", "Cn"})  # zero-width, right-to-left overrides …
DOMAIN: Final = re.compile(r"(?<=\w)\.(?=[^\W\d_]{2})")


def plain(text: str, length: int = LENGTH) -> str:
    """One line of it, cut to a length, in which no mail program finds a link.

    A customer's name or note reaches whatever address they typed: it must not become somebody's
    advertisement under our sender.
    """
    seen = (character for character in text if unicodedata.category(character) not in UNSEEN)
    spaced = (" " if unicodedata.category(c) in SPACES else c for c in seen)
    line = " ".join("".join(spaced).split())
    unlinked = DOMAIN.sub(". ", line.replace("://", ": // "))
    return unlinked if len(unlinked) <= length else unlinked[: length - 1] + "…"


def paragraph(text: str) -> list[str]:
    """The lines of a longer text, each made plain; empty ones are left out."""
    return [line for line in map(plain, text.splitlines()) if line]
