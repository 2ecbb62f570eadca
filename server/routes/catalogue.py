"""The languages that the screens speak: English as it is written, others as their files say it."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import orjson

from server.money import parsed
from server.routes.pseudo import NAMED, PSEUDO, pseudo

LOCALES: Final = Path(__file__).resolve().parents[2] / "web" / "locales"
SOURCE: Final = "en"
MOST: Final = 64  # languages that are kept ready
WISHES: Final = 10  # of a browser, that are looked at
LONGEST: Final = 35  # letters of a locale (RFC 5646)

language: Final[ContextVar[str]] = ContextVar("language", default=SOURCE)
"""What is spoken where a page is being made."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Catalogue:
    """One language: its texts by the English ones, or by their paths in words.json."""

    name: str
    texts: Mapping[str, Any]

    @property
    def direction(self) -> str:
        """Which way it is written: ltr or rtl."""
        language = self.name.partition("_")[0]
        return str(parsed(language).text_direction)

    def told(self, source: str, path: str = "") -> str:
        """A text in this language; in English, while it has none that fits."""
        if self.name in PSEUDO:
            return pseudo(source)
        found = self.texts.get(path) or self.texts.get(source)
        return found if found and fits(self.name, source, str(found)) else source

    def counted(self, one: str, several: str, count: int) -> str:
        """The text for one, or for several."""
        return self.told(one if count == 1 else several)


@lru_cache(maxsize=4096)
def fits(name: str, source: str, found: str) -> bool:
    """Whether a translation can be printed: it asks for no value that the English one lacks."""
    values = {name: "" for pair in NAMED.findall(source) for name in pair}
    try:
        _ = found % values if "%(" in source else found.format_map(values)
    except (KeyError, ValueError, TypeError, IndexError) as wrong:
        log.warning("%s.json: “%s” stays English (%r)", name, source, wrong)
        return False
    return True


@contextmanager
def speaking(locale: str) -> Iterator[str]:
    """Make what is made in here in a locale's language, and say which that is."""
    name = known(locale)
    before = language.set(name)
    try:
        yield name
    finally:
        language.reset(before)


@lru_cache(maxsize=MOST)
def catalogue(name: str) -> Catalogue:
    """The texts of a language that there is."""
    file = LOCALES / f"{name}.json"
    return Catalogue(name, orjson.loads(file.read_bytes()) if file.is_file() else {})


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """Every language there is, by its name in small letters."""
    found = (file.stem for file in sorted(LOCALES.glob("*.json")))
    return {name.casefold(): name for name in (SOURCE, *PSEUDO, *found)}


@lru_cache(maxsize=256)
def known(locale: str) -> str:
    """The language for a locale: de_AT itself, or de, or English."""
    return spoken(locale) or SOURCE


def spoken(locale: str) -> str | None:
    """The same, or nothing."""
    name = re.sub(r"[.@].*", "", locale[:LONGEST]).replace("-", "_").casefold()
    while name and name not in names():
        name = name.rpartition("_")[0]
    return names().get(name)


def tag(locale: str) -> str:
    """What a page says of its language: en-IE, or en where the locale's own is not spoken."""
    own, name = locale.replace("_", "-"), known(locale).replace("_", "-")
    return own if own.partition("-")[0] == name.partition("-")[0] else name


def wished(accepted: str) -> str:
    """The language a browser would like best of those there are (Accept-Language)."""
    wishes = [weighed(wish) for wish in accepted.split(",")[:WISHES]]
    wishes.sort(key=lambda wish: -wish[1])
    found = (spoken(locale) for locale, weight in wishes if weight)
    return next(filter(None, found), SOURCE)


def weighed(wish: str) -> tuple[str, float]:
    """One wish, and how much it matters: `de;q=0.8`."""
    locale, _, weight = wish.partition(";")
    asked = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", weight)
    return locale.strip(), float(asked[1]) if asked else 1.0
