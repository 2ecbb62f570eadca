"""What a row of the resolution screen says: the server's half of web/static/js/cases.js.

It is a row of the board, but for its time, which is that of the flag, and its button.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from server.routes.rows import Card, Scene, millis, view
from server.routes.words import WORDS, age, clock, say

HOUR: Final = 3_600_000
WARN, LATE = 12 * HOUR, 24 * HOUR
PRIORITIES: Final = tuple(WORDS["issue"]["priorities"])
Issue = Mapping[str, Any]


def open_case(card: Card, scene: Scene) -> dict[str, Any]:
    """A flagged order: since when, how urgent, and the way to settle it."""
    waiting = still_open(card)
    oldest = min(waiting, key=opened)
    most = max((one["priority"] for one in waiting), key=PRIORITIES.index)
    old = scene.now - opened(oldest)
    weight = WORDS["issue"]["priorities"][most]
    wrong = oldest["text"] or card["text"]["items"]
    return {
        **view(card, scene),
        "since": oldest["opened_at"],
        "age": say("resolution.since", age=age(old)),
        "level": level(old),
        "goods": say("resolution.goods", priority=weight, text=wrong),
        **button("resolve", oldest["id"], card, scene),
    }


def closed_case(card: Card, scene: Scene) -> dict[str, Any]:
    """An order whose flags are settled: when, with which outcome, and the way back."""
    last = settled(card)
    return {
        **view(card, scene),
        "since": last["settled_at"],
        "age": clock(last["settled_at"], scene.today),
        "level": "over",
        "sum": WORDS["issue"]["outcomes"][last["outcome"]],
        **button("reopen", last["id"], card, scene),
    }


def button(act: str, issue: str, card: Card, scene: Scene) -> dict[str, str]:
    """What may be done about it, for those who may."""
    verb = WORDS["resolution"][act] if "issues.write" in scene.rights else ""
    return {"does": act, "verb": verb, "to": issue, "act": say("act", verb=verb, code=card["code"])}


def still_open(card: Card) -> list[Issue]:
    """The issues that wait."""
    return [one for one in card["issues"] if one["state"] == "open"]


def settled(card: Card) -> Issue:
    """The issue that was resolved last; the card tells it first."""
    return next(one for one in card["issues"] if one["state"] == "resolved")


def opened(issue: Issue) -> int:
    """Since when it waits."""
    return millis(issue["opened_at"])


def level(old: int) -> str:
    """ok, warn from twelve hours, late from a day."""
    return "late" if old >= LATE else "warn" if old >= WARN else "ok"


def parted(cards: Iterable[Card]) -> tuple[list[Card], list[Card]]:
    """Those that wait, the oldest first, and those that were settled."""
    known = list(cards)
    waiting = [card for card in known if card["flagged"]]
    waiting.sort(key=lambda card: min(map(opened, still_open(card))))
    return waiting, [card for card in known if not card["flagged"] and card["issues"]]


def over_a_day(views: Sequence[Mapping[str, Any]]) -> int:
    """How many of the waiting stand above the line of 24 hours."""
    return sum(one["level"] == "late" for one in views)
