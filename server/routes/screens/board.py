"""`/board`: the orders of one location, printed here once and kept true by the page's scripts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server import auth
from server.errors import NotFound
from server.orders import boards
from server.orders.boards import Snapshot
from server.orders.search import words as keywords
from server.orders.stages import OPEN, PLANS, Flow, Plan
from server.people.actors import Actor, Right
from server.routes.rows import BLANK, Card, Scene, icon, level_of, view
from server.routes.screens.frame import Frame, frame
from server.routes.templates import page
from server.routes.words import WORDS, say
from server.state import State

SORTS: Final = ("placed_at", "-placed_at")
ID_DIGITS: Final = 9


async def board(request: Request[State]) -> Response:
    """Show the board of a location, narrowed as the address says."""
    by = await auth.require(request, Right.ORDERS_READ)
    asked = request.query_params
    framed, snapshot = await request.state["read"](seen, location(asked.get("location")), by=by)
    return await run_in_threadpool(drawn, request, framed, snapshot)


def seen(session: Session, location_id: int | None, *, by: Actor) -> tuple[Frame, Snapshot]:
    """The frame and the board, in one view of the database."""
    framed = frame(session, location_id, by=by)
    return framed, boards.snapshot(session, framed.place["id"])


def location(asked: str | None) -> int | None:
    """The location in the address, if one is named."""
    if not asked:
        return None
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= ID_DIGITS):
        raise NotFound("There is no such location, or you do not work there.")
    return int(asked)


def drawn(request: Request[State], framed: Frame, snapshot: Snapshot) -> Response:
    """The page, with every row that its filter shows."""
    cards = [orjson.loads(card) for card in snapshot.orders]
    counts = orjson.loads(snapshot.counts)
    chosen = narrowing(request.query_params)
    scene, plan = framed.scene, PLANS[Flow(framed.place["flow"])]
    rows = [view(card, scene) for card in in_sequence(cards, chosen) if listed(card, chosen)]
    tallies, summary = tallied(plan, counts, cards), summed(cards, scene)
    shown = {
        "filter": chosen,
        "filtered": chosen["stage"] != "open" or bool(chosen["q"]),
        "strip": list(strip(plan, tallies, framed.place["id"], chosen)),
        "sort": sorting(framed.place["id"], chosen),
        "summary": summary,
        "rows": rows,
        "blank": BLANK,
        "empty": "" if rows else nothing(chosen, counts),
        "data": {
            **framed.data,
            "position": {"epoch": snapshot.epoch, "offset": snapshot.offset},
            "orders": [orjson.Fragment(card) for card in snapshot.orders],
            "counts": orjson.Fragment(snapshot.counts),
            "tallies": tallies,
            "summary": summary,
            "stages": [{"key": s.key, "label": s.label} for s in plan.stages.values()],
            "ends": sorted(stage.key for stage in plan.stages.values() if not stage.open),
        },
    }
    return page(request, "screens/board.html", framed.context | shown)


def narrowing(asked: Mapping[str, str]) -> dict[str, str]:
    """What the address narrows the list to; nonsense is as good as nothing."""
    sort = asked.get("sort", "")
    return {
        "stage": asked.get("stage") or "open",
        "q": asked.get("q", ""),
        "sort": sort if sort in SORTS else SORTS[0],
    }


def in_sequence(cards: Iterable[Card], chosen: Mapping[str, str]) -> list[Card]:
    """By the time of the order."""
    newest_first = chosen["sort"].startswith("-")
    return sorted(cards, key=lambda card: (card["placed_at"], card["id"]), reverse=newest_first)


def listed(card: Card, chosen: Mapping[str, str]) -> bool:
    """Whether the list shows this order: the stage fits, and every word starts one of its own."""
    stage = chosen["stage"]
    fits = stage == "all" or stage == card["stage"] or (stage == "open" and card["kind"] in OPEN)
    if not fits or not chosen["q"]:
        return fits
    customer = card["customer"]
    told = (card["code"], customer["name"], customer["email"], card["destination"])
    own = keywords(" ".join(filter(None, told)))
    asked = keywords(chosen["q"])
    return all(any(known.startswith(word) for known in own) for word in asked)


def tallied(plan: Plan, counts: Mapping[str, int], cards: Sequence[Card]) -> dict[str, int]:
    """How many orders each filter stands for; a board holds every open one, so they are counted."""
    still_open = sum(card["kind"] in OPEN for card in cards)
    stages = {key: counts.get(key, 0) for key in plan.stages}
    return {**stages, "open": still_open, "all": sum(counts.values())}


def strip(
    plan: Plan, tallies: Mapping[str, int], place: int, chosen: Mapping[str, str]
) -> Iterable[dict[str, Any]]:
    """The filters: what is open, each stage of the flow, everything."""
    named: list[tuple[str, str, str | None]] = [("open", WORDS["filters"]["open"], None)]
    for key, stage in plan.stages.items():
        named.append((key, stage.label, icon({"flow": plan.flow.value, "stage": key})))
    for key, label, face in [*named, ("all", WORDS["filters"]["all"], None)]:
        href = address(place, {**chosen, "stage": key})
        yield {"key": key, "label": label, "icon": face, "count": tallies[key], "href": href}


def sorting(place: int, chosen: Mapping[str, str]) -> dict[str, str]:
    """The button that says the present sequence, and leads to the other one."""
    sort = chosen["sort"]
    other = SORTS[1 - SORTS.index(sort)]
    face = "oldest" if sort == SORTS[0] else "newest"
    return {
        "href": address(place, {**chosen, "sort": other}),
        "word": WORDS["sort"][sort],
        "icon": face,
    }


def address(place: int, chosen: Mapping[str, str]) -> str:
    """The address of a list; what is usual is not named."""
    usual = {"stage": "open", "q": "", "sort": SORTS[0]}
    named = {name: value for name, value in chosen.items() if value != usual[name]}
    return "/board?" + urlencode({"location": place, **named})


def summed(cards: Iterable[Card], scene: Scene) -> dict[str, str]:
    """How many are open, and how many of those are late, in words."""
    timers = [card["timer"] for card in cards if card["kind"] in OPEN]
    late = sum(1 for t in timers if t and level_of(t, scene.now) in ("late", "very"))
    return {
        "open": say("summary.open", count=len(timers)),
        "late": say("summary.late", count=late) if late else "",
    }


def nothing(chosen: Mapping[str, str], counts: Mapping[str, int]) -> str:
    """Why the list is empty."""
    narrowed = chosen["stage"] != "open" or chosen["q"]
    return str(WORDS["empty"]["filter" if narrowed else "done" if counts else "none"])


routes = [Route("/board", board, methods=["GET"])]
