"""Two languages nobody speaks, made from the English: they show what a real one would break.

Every text is in ⟦brackets⟧, so one that is not has escaped translation; it is longer by two fifths
and has accents. Both have their names from CLDR; the second is written from right to left.
"""

import re
from typing import Final

PSEUDO: Final = ("en_XA", "ar_XB")
NAMED: Final = re.compile(r"\{(\w*)\}|%\((\w+)\)s")
MARKUP: Final = re.compile(r"(<[^>]*>)")
KEPT: Final = re.compile(r"(\{\w*\}|%\(\w+\)[sd]|%%|&#?\w+;)")
LETTER: Final = re.compile(r"[^\W\d_]")
VOWELS: Final = frozenset("aeiouyAEIOUY")
ACCENTS: Final = str.maketrans(
    "ACDEGHIKLNORSTUWYZacdeghiklnorstuwyz", "ÅÇÐÉĜĤÎĶĻÑÖŔŠŢÛŴÝŽåçðéĝĥîķļñöŕšţûŵýž"
)


def pseudo(text: str) -> str:
    """A text as those languages have it; {places}, %(values)s and <markup> stay as they are."""
    parts = MARKUP.split(text)  # every second one is to be kept, here and below
    return "".join(part if at % 2 else bracketed(part) for at, part in enumerate(parts))


def bracketed(text: str) -> str:
    """A text without markup; where it has no letters, or brackets already, it stays as it is."""
    parts = KEPT.split(text)
    if "⟦" in text or not any(LETTER.search(part) for part in parts[::2]):
        return text
    told = "".join(part if at % 2 else stretched(part) for at, part in enumerate(parts))
    core = told.strip()
    return told.replace(core, f"⟦{core}⟧", 1)


def stretched(text: str) -> str:
    """Vowels are written twice until the text is long enough, and its last letter after that."""
    lacking = -(-len(LETTER.findall(text)) * 2 // 5)  # two fifths, rounded up
    told = []
    for letter in text:
        twice = lacking > 0 and letter in VOWELS
        lacking -= twice
        told.append(letter * (1 + twice))
    found = [at for at, letter in enumerate(told) if LETTER.match(letter)]
    if found:
        told[found[-1]] += told[found[-1]][-1] * lacking
    return "".join(told).translate(ACCENTS)
