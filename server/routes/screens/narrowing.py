"""Which orders a board lists, in which groups: the server's half of web/static/js/filter.js."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from server.orders.search import endings
from server.orders.search import words as keywords
from server.orders.stages import OPEN, Kind, Plan, Stage
from server.routes.rows import Card, icon, needs, scheduled
from server.routes.words import WORDS

SORTS: Final = ("placed_at", "-placed_at")
ALL: Final = "all"
OLD: Final = {"open": ALL}  # what addresses used to say
DIGITS: Final = 4
USUAL: Final = {"stage": ALL, "q": "", "customer": "", "sort": SORTS[0]}
FOLDED: Final = ("scheduled", "ended")
Chosen = Mapping[str, str]
Groups = dict[str, list[Card]]


def narrowing(asked: Mapping[str, str]) -> dict[str, str]:
    """What the address narrows the list to; nonsense is as good as nothing."""
    sort, stage = asked.get("sort", ""), asked.get("stage") or ALL
    return {
        "stage": OLD.get(stage, stage),
        "q": asked.get("q", ""),
        "customer": asked.get("customer", ""),
        "sort": sort if sort in SORTS else SORTS[0],
    }


def grouped(cards: Iterable[Card], chosen: Chosen, now: int) -> Groups:
    """The list: what needs somebody first, what goes on, and folded what waits and what is over."""
    groups: Groups = {"needs": [], "rest": [], **{name: [] for name in FOLDED}}
    for card in in_sequence(cards, chosen):
        if fits(card, chosen, now) and matches(card, chosen):
            groups[group(card, now) if chosen["stage"] == ALL else "rest"].append(card)
    return groups


def group(card: Card, now: int) -> str:
    """Where among all orders one stands."""
    if needs(card, now):
        return "needs"
    if card["kind"] not in OPEN:
        return "ended"
    return "scheduled" if scheduled(card, now) else "rest"


def fits(card: Card, chosen: Chosen, now: int) -> bool:
    """Whether an order is in the chosen filter; what waits for its time is in no stage's."""
    stage = chosen["stage"]
    if stage == ALL:
        return True
    if stage in QUALITIES:
        return QUALITIES[stage](card, now)
    return bool(card["stage"] == stage) and not scheduled(card, now)


QUALITIES: Final = {
    "needs": needs,
    "flagged": lambda card, _: bool(card["flagged"]),
    "scheduled": scheduled,
}


def matches(card: Card, chosen: Chosen) -> bool:
    """Whether it is the customer's, and every word asked for starts one of its own."""
    customer = card["customer"]
    if chosen["customer"] not in ("", customer["email"], customer["name"]):
        return False
    if not chosen["q"]:
        return True
    digits, phone = digits_of(chosen["q"]), digits_of(customer["phone"] or "")
    number = len(digits) >= DIGITS and not any(map(str.isalpha, chosen["q"]))
    if number and any(phone.endswith(end) for end in endings(digits)):
        return True
    told = card["code"], card["id"], customer["name"], customer["email"], card["destination"]
    own = keywords(" ".join(filter(None, told)))
    return all(
        any(known.startswith(word) for known in own)
        or (word.isdigit() and len(word) >= DIGITS and phone.endswith(word))
        for word in keywords(chosen["q"])
    )


def digits_of(text: str) -> str:
    """Only the digits."""
    return "".join(filter(str.isdigit, text))


def in_sequence(cards: Iterable[Card], chosen: Chosen) -> list[Card]:
    """By the time of the order."""
    newest_first = chosen["sort"].startswith("-")
    return sorted(cards, key=lambda card: (card["placed_at"], card["id"]), reverse=newest_first)


def tallied(
    plans: Sequence[Plan], counts: Mapping[str, int], cards: Sequence[Card], now: int
) -> dict[str, int]:
    """How many orders each filter stands for; a board holds every open or flagged one."""
    waiting = [card for card in cards if scheduled(card, now)]
    stages = {key: counts.get(key, 0) for plan in plans for key in plan.stages}
    for card in waiting:
        stages[card["stage"]] -= 1
    return {
        **stages,
        "all": sum(counts.values()),
        "needs": sum(needs(card, now) for card in cards),
        "flagged": sum(bool(card["flagged"]) for card in cards),
        "scheduled": len(waiting),
    }


def strip(
    plans: Sequence[Plan],
    labels: Mapping[str, Mapping[str, str]],
    tallies: Mapping[str, int],
    place: int | str,
    chosen: Chosen,
) -> Iterable[dict[str, Any]]:
    """The filters: what needs somebody, and apart from it everything, then each stage."""
    for key, label, face in named(plans, labels):
        href = address(place, {**chosen, "stage": key})
        yield {"key": key, "label": label, "icon": face, "count": tallies[key], "href": href}


def named(
    plans: Sequence[Plan], labels: Mapping[str, Mapping[str, str]]
) -> Iterable[tuple[str, str, str | None]]:
    """Each filter's key, word and icon; the flagged ones before those that are settled or void."""
    words = WORDS["filters"]
    stages: dict[str, tuple[Stage, str, str]] = {}
    for flow, key, stage in ((p.flow.value, *each) for p in plans for each in p.stages.items()):
        stages.setdefault(key, (stage, labels[flow][key], icon({"flow": flow, "stage": key})))
    late = [key for key, (stage, _, _) in stages.items() if settled(key, stage.kind)]
    yield "needs", words["needs"], "alert"
    yield ALL, words["all"], None
    yield from ((key, *stages[key][1:]) for key in stages if key not in late)
    yield "flagged", words["flagged"], "flag"
    yield from ((key, *stages[key][1:]) for key in late)
    yield "scheduled", words["scheduled"], "bookmark-clock"


def settled(key: str, kind: Kind) -> bool:
    """Whether a stage comes after the trouble."""
    return kind is Kind.VOID or key == "resolved"


def sorting(place: int | str, chosen: Chosen) -> dict[str, str]:
    """The button that says the present sequence, and leads to the other one."""
    sort = chosen["sort"]
    other = SORTS[1 - SORTS.index(sort)]
    face = "oldest" if sort == SORTS[0] else "newest"
    return {
        "href": address(place, {**chosen, "sort": other}),
        "word": WORDS["sort"][sort],
        "icon": face,
    }


def address(place: int | str, chosen: Chosen) -> str:
    """The address of a list; what is usual is not named."""
    named = {name: value for name, value in chosen.items() if value != USUAL[name]}
    return "/board?" + urlencode({"location": place, **named})
