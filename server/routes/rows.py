"""What a row of the board says: the server's half of web/static/js/view.js, word for word alike.

tests/browser/test_parity.py paints the same cards in a browser and compares.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from server.routes import flags
from server.routes.words import WORDS, age, clock, say

Card = Mapping[str, Any]
Places = Mapping[int, Mapping[str, Any]]

FIELDS: Final = (
    "key href code name goods place sum label icon role owed verb to act more level since "
    "age count item price mods note term fact look what who only pick state at"
).split()
BLANK: Final[dict[str, Any]] = {
    **dict.fromkeys(FIELDS, ""),
    **{"undo": False, "lines": (), "sums": (), "facts": (), "moves": (), "past": ()},
    "flow": (),
    **flags.BLANK,
}
"""What the macros print for the scripts to clone and fill."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a row depends on besides its card: the time, and who is looking."""

    now: int  # milliseconds since 1970
    today: str  # the date at the location
    rights: frozenset[str]
    prep_minutes: int
    places: Places = field(default_factory=dict)  # by id, where a board shows several

    @classmethod
    def at(
        cls,
        now: datetime,
        timezone: str,
        rights: frozenset[str],
        prep_minutes: int,
        places: Places | None = None,
    ) -> "Scene":
        """The scene at a location, now; or at several of them."""
        today = now.astimezone(ZoneInfo(timezone)).date().isoformat()
        return cls(round(now.timestamp() * 1000), today, rights, prep_minutes, places or {})

    def prep(self, card: Card) -> int:
        """How long an order usually takes where it is."""
        place = self.places.get(card["location"])
        return int(place["prep_minutes"]) if place else self.prep_minutes


def view(card: Card, scene: Scene) -> dict[str, Any]:
    """Everything the row macro prints."""
    step = primary(card, scene.rights)
    verb = named(step, scene.prep(card)) if step else ""
    name = card["customer"]["name"] or ""
    return {
        "key": card["id"],
        "href": card["href"],
        "code": card["code"],
        "name": name,
        "only": say("only", name=name) if name else "",
        "pick": say("pick", code=card["code"]),
        "goods": card["text"]["items"],
        "place": where(card, scene),
        "sum": f"{card['text']['total']} · {when(card, scene.today)}",
        "label": card["label"],
        "icon": icon(card),
        "role": WORDS["roles"].get(card["stage"], card["kind"]),
        "owed": owed(card),
        **flags.flag(card),
        "verb": verb,
        "to": step["to"] if step else "",
        "act": say("act", verb=verb, code=card["code"]),
        "more": say("more", code=card["code"]),
        **timed(card, scene),
    }


def timed(card: Card, scene: Scene) -> dict[str, str]:
    """How the order stands against its promise: a level, and the words for it."""
    timer = card["timer"]
    if timer is None:
        ended = card["ended_at"] or card["placed_at"]
        words = clock(ended, scene.today)
        return {"level": "over", "since": ended, "age": words}
    if scheduled(card, scene.now):
        due = clock(card["due_at"], scene.today)
        return {"level": "later", "since": card["due_at"], "age": say("timer.later", time=due)}
    level, late = level_of(timer, scene.now), millis(timer["late_at"])
    spent = {"ok": scene.now - millis(timer["since"]), "warn": late - scene.now}
    lasting = age(spent.get(level, scene.now - late))
    return {
        "level": level,
        "since": timer["since"],
        "age": say(f"timer.{'late' if level == 'very' else level}", age=lasting),
    }


def where(card: Card, scene: Scene) -> str:
    """Where it goes, or where it came from; and at which location, where there are several."""
    to = card["text"]["place"] or WORDS["sources"][card["source"]]
    place = scene.places.get(card["location"])
    return f"{place['name']} · {to}" if place else str(to)


def scheduled(card: Card, now: int) -> bool:
    """Whether the order still waits for its time."""
    until = card.get("surfaces_at")
    return until is not None and millis(until) > now


def needs(card: Card, now: int) -> bool:
    """Whether it calls for somebody: to be accepted, late, or flagged."""
    if card["flagged"]:
        return True
    if card["timer"] is None or scheduled(card, now):
        return False
    asked = card["kind"] == "new" and any(step["kind"] == "work" for step in card["next"])
    return asked or level_of(card["timer"], now) in ("late", "very")


def level_of(timer: Mapping[str, str], now: int) -> str:
    """ok, warn, late, or very late: half as long again as was promised."""
    since, warn, late = (millis(timer[name]) for name in ("since", "warn_at", "late_at"))
    if now < warn:
        return "ok"
    if now < late:
        return "warn"
    return "late" if (now - late) * 2 < late - since else "very"


def primary(card: Card, rights: frozenset[str]) -> Mapping[str, Any] | None:
    """The usual next step, if it leads on and this person may take it."""
    step = card["next"][0] if card["next"] else None
    if step is None or step["back"] or step["kind"] == "void" or step["right"] not in rights:
        return None
    return step  # type: ignore[no-any-return]


def named(step: Mapping[str, Any], prep_minutes: int) -> str:
    """What the button for a step says."""
    if step["back"]:
        return say("back", label=step["label"])
    verb = WORDS["verbs"].get(step["to"])
    return str(verb.format(minutes=prep_minutes) if verb else step["label"])


def icon(card: Card) -> str:
    """The icon of a stage; some stages of one name differ between flows."""
    icons = WORDS["icons"]
    return str(icons.get(f"{card['flow']}.{card['stage']}") or icons.get(card["stage"], "ring"))


def owed(card: Card) -> str:
    """The word about money, where there is something to say."""
    paid, back, due = (card["payment"][name]["amount"] for name in ("paid", "refunded", "owed"))
    if back > 0:
        return str(WORDS["refunded"]["all" if back >= paid else "part"])
    if due > 0 and card["kind"] != "hold":
        return str(WORDS["owed"]["part" if paid > 0 else "none"])
    return ""


def when(card: Card, today: str) -> str:
    """When it was ordered, or for when."""
    wanted = card["due_at"]
    return say("for", time=clock(wanted, today)) if wanted else clock(card["placed_at"], today)


def millis(at: str) -> int:
    """A time of a card in milliseconds since 1970."""
    return round(datetime.fromisoformat(at).timestamp() * 1000)
