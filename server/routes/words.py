"""The words of the screens: one table, for the first paint here and for the scripts after it."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import orjson

from server.routes.catalogue import MOST, Catalogue, catalogue, known, language

ENGLISH: Final[dict[str, Any]] = orjson.loads(
    (Path(__file__).resolve().parents[2] / "web" / "words.json").read_bytes()
)
UNSPOKEN: Final = re.compile(r"(icons|roles)\..*|setup\.platforms\.\w+\.file")
"""What stands in the table and is no text: icons, colours, addresses."""
PRINTED: Final = ("office", "setup", "insecure", "buyer", "fresh", "shell", "settings", "mails")
"""Words that only templates print; the scripts of a board need not carry them."""


class Words(Mapping[str, Any]):
    """The table, in the language of the page that is being made."""

    def __getitem__(self, name: str) -> Any:
        return table(language.get())[name]

    def __iter__(self) -> Iterator[str]:
        return iter(ENGLISH)

    def __len__(self) -> int:
        return len(ENGLISH)


WORDS: Final[Mapping[str, Any]] = Words()


@lru_cache(maxsize=MOST)
def table(name: str) -> dict[str, Any]:
    """All words in a language that there is."""
    own = catalogue(name)
    return {key: told(words, own, key) for key, words in ENGLISH.items()}


def told(words: Any, own: Catalogue, path: str) -> Any:
    """A text, a list of texts, or a table of them, in a language."""
    if isinstance(words, dict):
        return {key: told(each, own, f"{path}.{key}") for key, each in words.items()}
    if isinstance(words, list):
        return [told(each, own, f"{path}.{place}") for place, each in enumerate(words)]
    return words if UNSPOKEN.fullmatch(path) else own.told(words, path)


@lru_cache(maxsize=MOST)
def spoken(locale: str, *only: str) -> dict[str, Any]:
    """The words that scripts speak where that is the locale: these, or those of a board."""
    whole = table(known(locale))
    return {name: whole[name] for name in only or whole if only or name not in PRINTED}


MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


def say(path: str, /, **values: object) -> str:
    """The words at `a.b` of the table, with the values put in."""
    words: Any = WORDS
    for name in path.split("."):
        words = words[name]
    return str(words).format_map(values)


def counted(path: str, count: int) -> str:
    """The words for one, or for several."""
    one, several = WORDS[path.split(".")[0]][path.split(".")[1]]
    return str(one if count == 1 else several).format(count=count)


def age(milliseconds: int) -> str:
    """A duration as boards show it: 4:32, then 1 h 04, then 2 d."""
    seconds = max(milliseconds, 0) // 1000
    if seconds < HOUR:
        return f"{seconds // MINUTE}:{seconds % MINUTE:02}"
    if seconds < DAY:
        return say("age.hours", hours=seconds // HOUR, minutes=f"{seconds % HOUR // MINUTE:02}")
    return say("age.days", days=seconds // DAY)


def told_at(at: str | None, today: str) -> str:
    """A time, with its date unless that is today."""
    if not at or at[:10] == today:
        return clock(at, today) if at else ""
    return say("moment", day=clock(at, today), time=at[11:16])


def clock(at: str, today: str) -> str:
    """A time of a card: 18:04 today, 21 Nov on any other day."""
    if at[:10] == today:
        return at[11:16]
    return say("day", day=int(at[8:10]), month=WORDS["months"][int(at[5:7]) - 1])
