"""What an order says in full: the server's half of web/static/js/details.js."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from server.money import shown
from server.orders.stages import PLANS
from server.routes.course import Labels, course
from server.routes.flags import flagging, issues
from server.routes.rows import Card, Scene, millis, named, view
from server.routes.words import WORDS, say
from server.routes.words import told_at as moment

SUMS: Final = ("subtotal", "discount", "service_fee", "tax", "tip", "total")
PAYMENTS: Final = ("paid", "refunded", "owed")
LABELS: Final = {
    flow.value: {key: stage.label for key, stage in plan.stages.items()}
    for flow, plan in PLANS.items()
}
Entry = Mapping[str, Any]


def details(
    card: Card,
    scene: Scene,
    locale: str,
    history: Sequence[Entry] | None = None,
    labels: Labels = LABELS,
) -> dict[str, Any]:
    """Everything the details macro prints."""
    flow = course(card, scene, labels, history)
    return {
        **view(card, scene),
        "flow": flow,
        "undo": undoable(card, scene.now),
        "lines": [line(item, locale) for item in card["lines"]],
        "sums": sums(card, locale),
        "facts": list(facts(card, scene.today)),
        "moves": moves(card, scene, {segment["to"] for segment in flow}),
        "flagging": flagging(card, scene.rights),
        "issues": issues(card, scene.rights, scene.today),
        "past": [
            told(entry, labels[card["flow"]], scene.today) for entry in reversed(history or ())
        ],
    }


def undoable(card: Card, now: int) -> bool:
    """Whether the last move may still be taken back."""
    until = card["moved"] and card["moved"]["undo_until"]
    return bool(until) and millis(until) > now


def moves(card: Card, scene: Scene, taken: Collection[str]) -> list[dict[str, str]]:
    """The steps this person may take that are not segments of the course."""
    found = []
    for step in card["next"]:
        if step["right"] in scene.rights and step["to"] not in taken:
            look = "danger" if step["kind"] == "void" else "plain"
            verb = named(step, scene.prep(card))
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
    yield from fact("surfaces", moment(card.get("surfaces_at"), today))
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


def told(entry: Entry, labels: Mapping[str, str], today: str) -> dict[str, str]:
    """A line of history: what happened, who did it, when."""
    detail = entry["detail"] or {}
    fields = ", ".join(WORDS["fields"].get(name, name) for name in detail.get("fields", ()))
    label = labels.get(entry["to"], "")
    wrong = WORDS["issue"]["types"].get(detail.get("type"), "")
    words = WORDS["history"].get("surfaced" if detail.get("surfaced") else entry["kind"], "")
    what = words.format(label=label, fields=fields, issue=wrong, text=detail.get("text", ""))
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
    if "outcome" in detail:
        yield WORDS["issue"]["outcomes"][detail["outcome"]]
    if "while" in detail:
        yield WORDS["while_paused"]
