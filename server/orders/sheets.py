"""Orders as a sheet for spreadsheet programs: CSV (RFC 4180), and nothing in it can calculate.

UTF-8 with a byte order mark, by which spreadsheet programs know the letters; programs that read CSV
call that `utf-8-sig`. A cell that such a program could take for a formula begins with an apostrophe
instead; so does one that begins with an apostrophe itself, so that taking one away from each cell
that has it gives back exactly what was there.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from server.money import precision

BOM: Final = b"\xef\xbb\xbf"
RISKY: Final = frozenset("=+-@\t\r\n'")
UNSEEN: Final = frozenset({"Cf", "Zs", "Zl", "Zp"})  # what a program may skip at the beginning


def safe(text: str) -> str:
    """A cell of text that no spreadsheet program calculates."""
    seen = text.lstrip("".join(letter for letter in text if unicodedata.category(letter) in UNSEEN))
    first = unicodedata.normalize("NFKC", seen[:1])[:1]  # full-width and small forms read alike
    return f"'{text}" if first in RISKY and text else text


def decimal(amount: int, currency: str) -> str:
    """An amount as a plain decimal number."""
    digits = precision(currency)
    return f"{Decimal(amount).scaleb(-digits):.{digits}f}"


def written(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as they stand in the file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
