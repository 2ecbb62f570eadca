"""Everything the screens say, for whoever brings them another language."""

from collections.abc import Iterator
from typing import Any, Final

from server.errors import Refused
from server.messaging import resets
from server.routes.catalogue import catalogue
from server.routes.screens import devices, doorway, login, password
from server.routes.templates import WEB, environment
from server.routes.words import ENGLISH, UNSPOKEN

BESIDE: Final = ("docs.html",)  # the reference of the API, which stays English


def listed(name: str) -> dict[str, str]:
    """Every text in English, with what the language has of it; then what it has by paths."""
    own = catalogue(name).texts
    texts = {text: str(own.get(text, "")) for text in sources()}
    return texts | {path: str(told) for path, told in own.items() if path not in texts}


def sources() -> Iterator[str]:
    """The texts of words.json, of the templates, and of the forms at the door."""
    yield from worded(ENGLISH)
    for file in sorted((WEB / "templates").rglob("*.html")):
        if file.name not in BESIDE:
            found = environment().extract_translations(file.read_text())  # type: ignore[attr-defined]
            yield from (text if isinstance(text, str) else text[0] for _, _, text in found)
    yield from (doorway.STRANGE, login.WRONG, login.RAN_OUT, *login.TOLD.values())
    yield from (password.SENT, resets.SPENT, devices.LET_IN)
    yield from sorted({refused.title for refused in Refused.__subclasses__()})


def worded(words: Any, path: str = "") -> Iterator[str]:
    """The texts of a table."""
    pairs = words.items() if isinstance(words, dict) else enumerate(words)
    for key, each in pairs:
        here = f"{path}.{key}" if path else str(key)
        if not isinstance(each, str):
            yield from worded(each, here)
        elif not UNSPOKEN.fullmatch(here):
            yield each
