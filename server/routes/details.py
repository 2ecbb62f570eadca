"""What an order says in full: the server's half of web/static/js/details.js."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from server.money import shown
from server.orders.stages import PLANS, Flow
from server.routes.rows import Card, Scene, millis, named, view
from server.routes.words import WORDS, clock, say

SUMS: Final = ("subtotal", "discount", "service_fee", "tax", "tip", "total")
PAYMENTS: Final = ("paid", "refunded", "owed")
Entry = Mapping[str, Any]


def details(
    card: Card, scene: Scene, locale: str, history: Sequence[Entry] | None = None
) -> dict[str, Any]:
    """Everything the details macro prints."""
    return {
        **view(card, scene),
        "undo": undoable(card, scene.now),
        "lines": [line(item, locale) for item in card["lines"]],
        "sums": sums(card, locale),
        "facts": list(facts(card, scene.today)),
        "moves": moves(card, scene),
        "past": [told(entry, card["flow"], scene.today) for entry in reversed(history or ())],
    }


def undoable(card: Card, now: int) -> bool:
    """Whether the last move may still be taken back."""
    until = card["moved"] and card["moved"]["undo_until"]
    return bool(until) and millis(until) > now


def moves(card: Card, scene: Scene) -> list[dict[str, str]]:
    """The steps this person may take, the usual one first."""
    found = []
    for number, step in enumerate(card["next"]):
        if step["right"] in scene.rights:
            usual = number == 0 and not step["back"]
            look = "danger" if step["kind"] == "void" else "primary" if usual else "plain"
            verb = named(step, scene.prep_minutes)
            found.append({"to": step["to"], "verb": verb, "look": f"btn btn--{look}"})
    return found


def line(item: Mapping[str, Any], locale: str) -> dict[str, str]:
    """One line: how many of what, how made, for how much."""
    unit = item["unit_price"]
    extras = [
        f"{extra['quantity']}× {extra['name']}" if extra["quantity"] > 1 else extra["name"]
        for extra in item["modifiers"]
    ]
    return {
        "count": f"{item['quantity']}×",
        "item": item["name"],
        "price": shown(unit["amount"] * item["quantity"], unit["currency"], locale),
        "mods": ", ".join(extras),
        "note": item["note"] or "",
    }


def sums(card: Card, locale: str) -> list[dict[str, str]]:
    """The sums that say something: a subtotal only where it differs from the total."""
    totals, payment = card["totals"], card["payment"]
    plain = totals["subtotal"]["amount"] == totals["total"]["amount"]
    wanted = [(name, totals[name]) for name in SUMS] + [(name, payment[name]) for name in PAYMENTS]
    return [
        {
            "term": WORDS["sums"][name],
            "fact": shown(sum_["amount"], sum_["currency"], locale),
            "href": "",
        }
        for name, sum_ in wanted
        if name == "total" or (sum_["amount"] and not (name == "subtotal" and plain))
    ]


def facts(card: Card, today: str) -> Iterable[dict[str, str]]:
    """Who, where and when, as far as it is known."""
    customer, payment, moved = card["customer"], card["payment"], card["moved"] or {}
    phone, email = customer["phone"] or "", customer["email"] or ""
    yield from fact("phone", phone, f"tel:{phone}")
    yield from fact("email", email, f"mailto:{email}")
    yield from fact("place", card["destination"] or "")
    yield from fact("instructions", card["instructions"] or "")
    yield from fact("placed", moment(card["placed_at"], today))
    yield from fact("due", moment(card["due_at"], today))
    yield from fact("promised", moment(card["promised_at"], today))
    yield from fact("source", WORDS["sources"][card["source"]])
    yield from fact("method", (payment["method"] or "").replace("_", " "))
    if card["kind"] == "void":
        yield from fact("reason", WORDS["reasons"].get(moved.get("reason"), ""))
        yield from fact("message", moved.get("message") or "")
    for parcel in card["packages"]:
        yield from fact("parcel", f"{parcel['courier']} {parcel['tracking']}")


def fact(name: str, text: str, href: str = "") -> Iterable[dict[str, str]]:
    """A term and what is known of it, if anything is."""
    if text:
        yield {"term": WORDS["facts"][name], "fact": text, "href": href}


def told(entry: Entry, flow: str, today: str) -> dict[str, str]:
    """A line of history: what happened, who did it, when."""
    stage = PLANS[Flow(flow)].stages.get(entry["to"])
    detail = entry["detail"] or {}
    fields = ", ".join(WORDS["fields"].get(name, name) for name in detail.get("fields", ()))
    label = stage.label if stage else ""
    what = WORDS["history"].get(entry["kind"], "").format(label=label, fields=fields)
    more = [what, *told_more(detail)]
    by = entry["by"]
    who = [by["name"], by["device"] or "", moment(entry["at"], today)]
    return {"what": " · ".join(more), "who": " · ".join(filter(None, who))}


def told_more(detail: Mapping[str, Any]) -> Iterable[str]:
    """What else a move said."""
    if "reason" in detail:
        yield WORDS["reasons"].get(detail["reason"], detail["reason"])
    if "prep_minutes" in detail:
        yield say("minutes", minutes=detail["prep_minutes"])
    if "courier" in detail:
        yield detail["courier"]


def moment(at: str | None, today: str) -> str:
    """A time, with its date unless that is today."""
    if not at or at[:10] == today:
        return clock(at, today) if at else ""
    return say("moment", day=clock(at, today), time=at[11:16])
