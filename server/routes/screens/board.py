"""`/board`: the orders of a location or of all; printed once, kept true by the page's scripts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server import auth
from server.errors import NotFound
from server.orders import boards
from server.orders.boards import ENDED_KEPT, Snapshot
from server.orders.stages import OPEN, PLANS, Flow, Plan
from server.people.actors import Actor, Right
from server.routes.catalogue import speaking
from server.routes.packed import packed
from server.routes.rows import BLANK, Card, Scene, level_of, scheduled, view
from server.routes.screens.frame import EVERYWHERE, Frame, everywhere, frame
from server.routes.screens.narrowing import (
    ALL,
    FOLDED,
    USUAL,
    Groups,
    address,
    grouped,
    narrowing,
    sorting,
    strip,
    tallied,
)
from server.routes.templates import page
from server.routes.words import WORDS, say
from server.state import State

ID_DIGITS: Final = 9
ROWS_AT_ONCE: Final = 60  # what fills a large screen; the page makes the others as they are needed
Snapshots = dict[str, Snapshot]


async def board(request: Request[State]) -> Response:
    """Show the board of a location, narrowed as the address says."""
    by = await auth.require(request, Right.ORDERS_READ)
    asked = location(request.query_params.get("location"))
    framed, snapshots = await request.state["read"](seen, asked, by=by)
    with speaking(framed.locale):
        return await run_in_threadpool(drawn, request, framed, snapshots)


def seen(session: Session, asked: int | str | None, *, by: Actor) -> tuple[Frame, Snapshots]:
    """The frame and the boards in it, in one view of the database."""
    if asked == EVERYWHERE:
        framed = everywhere(session, by=by)
    else:
        framed = frame(session, None if asked is None else int(asked), by=by)
    return framed, {p["channel"]: boards.snapshot(session, p["id"]) for p in framed.shown_places}


def location(asked: str | None) -> int | str | None:
    """The location in the address, if one is named; or all of them."""
    if not asked or asked == EVERYWHERE:
        return asked or None
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= ID_DIGITS):
        raise NotFound("There is no such location, or you do not work there.")
    return int(asked)


def drawn(request: Request[State], framed: Frame, snapshots: Snapshots) -> Response:
    """The page, with the rows that its filter shows first."""
    asked, place, scene = request.query_params, framed.place["id"], framed.scene
    cards = held(snapshots.values())
    counts = sum((Counter(orjson.loads(one.counts)) for one in snapshots.values()), Counter[str]())
    plans = [PLANS[Flow(flow)] for flow in dict.fromkeys(p["flow"] for p in framed.shown_places)]
    chosen = narrowing(asked)
    narrowed = any(chosen[name] != usual for name, usual in USUAL.items() if name != "sort")
    groups = grouped(cards, chosen, scene.now)
    tallies, summary = tallied(plans, counts, cards, scene.now), summed(cards, scene)
    figures = {"tallies": tallies, "summary": summary}
    shown = {
        "filter": chosen,
        "filtered": narrowed,
        "customer": whose(cards, chosen["customer"]),
        "undo_customer": address(place, {**chosen, "customer": ""}),
        "strip": list(strip(plans, framed.labels, tallies, place, chosen)),
        "sort": sorting(place, chosen),
        "summary": summary,
        **listed(groups, scene, whole=asked.get("rows") == ALL, narrowed=narrowed),
        "all_rows": f"{address(place, chosen)}&rows={ALL}",
        "blank": BLANK,
        "empty": "" if groups["needs"] or groups["rest"] else nothing(narrowed, counts),
        "data": framed.data | known(framed, plans, snapshots) | figures | packed(cards),
    }
    return page(request, "screens/board.html", framed.context | shown)


def held(snapshots: Iterable[Snapshot]) -> list[Card]:
    """All orders of some boards, and of what has ended the last: as many as one board holds."""
    cards: list[Card] = [orjson.loads(body) for one in snapshots for body in one.orders]
    over = sorted(
        (n for n, card in enumerate(cards) if card["ended_at"]),
        key=lambda n: (cards[n]["ended_at"], cards[n]["id"]),
    )
    gone = {n for n in over[:-ENDED_KEPT] if not cards[n]["flagged"]}
    return [card for n, card in enumerate(cards) if n not in gone]


def listed(groups: Groups, scene: Scene, *, whole: bool, narrowed: bool) -> dict[str, Any]:
    """The rows in sight, with a heading where some need somebody; the folded groups by number."""
    first = [*groups["needs"], *groups["rest"]]
    shown = first if whole else first[:ROWS_AT_ONCE]
    needing = len(groups["needs"])
    rows = [view(card, scene) for card in shown]
    return {
        "needing": rows[:needing],
        "rows": rows[needing:],
        "unprinted": len(first) - len(shown),
        "folds": [
            {
                "name": name,
                "label": WORDS["groups"][name],
                "count": len(groups[name]),
                "open": narrowed or whole,
                "rows": [view(card, scene) for card in groups[name]] if whole else [],
            }
            for name in FOLDED
        ],
    }


def known(framed: Frame, plans: Sequence[Plan], snapshots: Snapshots) -> dict[str, Any]:
    """What the scripts have to know besides the orders: stages, and where each channel stood."""
    at = {channel: {"epoch": one.epoch, "offset": one.offset} for channel, one in snapshots.items()}
    several = framed.place["id"] == EVERYWHERE
    return {
        "positions": at,
        "counted": {channel: orjson.loads(one.counts) for channel, one in snapshots.items()},
        "places": [*framed.places] if several else None,
        **({} if several else {"position": next(iter(at.values()))}),
        "stages": staged(plans, framed),
        "ends": sorted({s.key for p in plans for s in p.stages.values() if not s.open}),
    }


def staged(plans: Sequence[Plan], framed: Frame) -> list[dict[str, str]]:
    """The stages of the flows that are shown, each once, in order of progress."""
    labels: dict[str, str] = {}
    for plan in plans:
        labels = {key: framed.labels[plan.flow.value][key] for key in plan.stages} | labels
    return [{"key": key, "label": label} for key, label in labels.items()]


def whose(cards: Iterable[Card], customer: str) -> str:
    """The name of the customer whose orders are asked for."""
    names = (
        card["customer"]["name"]
        for card in cards
        if customer in (card["customer"]["email"], card["customer"]["name"])
    )
    return next(filter(None, names), customer) if customer else ""


def summed(cards: Iterable[Card], scene: Scene) -> dict[str, str]:
    """How many are open, and how many of those are late, in words."""
    now = [c for c in cards if c["kind"] in OPEN and not scheduled(c, scene.now)]
    late = sum(1 for c in now if c["timer"] and level_of(c["timer"], scene.now) in ("late", "very"))
    return {
        "open": say("summary.open", count=len(now)),
        "late": say("summary.late", count=late) if late else "",
    }


def nothing(narrowed: bool, counts: Mapping[str, int]) -> str:
    """Why the list is empty."""
    return str(WORDS["empty"]["filter" if narrowed else "done" if counts else "none"])


routes = [Route("/board", board, methods=["GET"])]
