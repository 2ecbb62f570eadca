"""What a customer's page says of their order; the server draws it, the page only puts it in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from server.orders.customs import Customs
from server.orders.links import Opened
from server.orders.stages import OPEN, PLANS, Flow, Kind
from server.routes.details import line, sums
from server.routes.rows import icon
from server.routes.words import WORDS, clock, say
from server.routes.words import told_at as moment

Times = Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Bought:
    """An order as its page is drawn: the card, the place, and when each stage was entered."""

    card: Mapping[str, Any]
    place: str
    locale: str
    customs: Customs
    trail: Sequence[str]
    times: Mapping[str, str]  # of a stage: when it was entered, at the place
    today: str

    @classmethod
    def of(cls, opened: Opened, locale: str, times: Mapping[str, str], today: str) -> "Bought":
        """What a link opened."""
        order, card = opened.order, orjson.loads(opened.card)
        return cls(card, opened.place.name, locale, opened.customs, order.trail, times, today)


def view(bought: Bought) -> dict[str, Any]:
    """Everything the page prints."""
    card = bought.card
    return {
        "code": card["code"],
        "label": card["label"],
        "title": say("buyer.title", label=card["label"], code=card["code"]),
        "icon": icon(card),
        "kind": card["kind"],
        "open": card["kind"] in OPEN,
        "sentence": sentence(card, bought.place),
        "promise": promise(card, bought.today),
        "message": card["message"] or "",
        "steps": list(steps(bought)),
        "lines": [line({**item, "note": None}, bought.locale) for item in card["lines"]],
        "sums": sums(card, bought.locale),
        "facts": list(facts(bought)),
    }


def sentence(card: Mapping[str, Any], place: str) -> str:
    """Where the order stands, to whoever waits for it."""
    known = WORDS["buyer"]["sentences"]
    words = known.get(f"{card['flow']}.{card['stage']}") or known[card["stage"]]
    return str(words).format(place=place)


def promise(card: Mapping[str, Any], today: str) -> str:
    """When it will be there, as far as anybody has said so."""
    if card["kind"] not in OPEN or card["kind"] == Kind.READY:
        return ""
    if card["promised_at"]:
        return say("buyer.promised", time=moment(card["promised_at"], today))
    return say("buyer.due", time=moment(card["due_at"], today)) if card["due_at"] else ""


def steps(bought: Bought) -> Iterable[dict[str, Any]]:
    """The way the order came, where it is, and the usual way on."""
    flow, here = bought.card["flow"], bought.card["stage"]
    for stage in [*bought.trail, here, *ahead(flow, here)]:
        at = bought.times.get(stage) if stage in (*bought.trail, here) else None
        yield {
            "label": bought.customs.label(flow, stage),
            "time": clock(at, bought.today) if at else "",
            "here": stage == here,
            "past": stage in bought.trail,
        }


def ahead(flow: str, stage: str) -> list[str]:
    """The usual stages after this one."""
    plan, way = PLANS[Flow(flow)], [stage]
    while plan.stages[way[-1]].open:
        on = [m.to for m in plan.moves.get(way[-1], ()) if not m.back and m.to not in way]
        onward = [to for to in on if plan.stages[to].kind is not Kind.VOID]
        if not onward:
            break
        way.append(onward[0])
    return way[1:]


def facts(bought: Bought) -> Iterable[dict[str, str]]:
    """Where, for whom and when."""
    card, words = bought.card, WORDS["facts"]
    known = {
        "at": bought.place,
        "place": card["text"]["place"],
        "name": card["customer"]["name"] or "",
        "placed": moment(card["placed_at"], bought.today),
        "due": moment(card["due_at"], bought.today),
    }
    yield from ({"term": words[name], "fact": fact} for name, fact in known.items() if fact)
    for parcel in card["packages"]:
        yield {"term": words["parcel"], "fact": f"{parcel['courier']} {parcel['tracking']}"}
