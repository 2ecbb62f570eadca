"""What must hold of the book, and of every board; each complaint begins with its number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from sqlmodel import Session, col, select

from server.events import Audience
from server.models import Channel, Event, Order
from server.orders import boards
from server.orders.cards import project
from tests.flow.truth import fingerprint
from tests.invariants.watcher import Watcher

Cards = dict[str, dict[str, Any]]
Entry = tuple[int, bytes]


def entries(session: Session, name: str) -> list[Entry]:
    """The orders that a channel's book tells of, in its order."""
    rows = select(Event.offset, Event.thing).where(Event.channel == name, Event.key == "order")
    return [(at, thing.encode()) for at, thing in session.exec(rows.order_by(col(Event.offset)))]


def folded(things: Iterable[bytes], audience: Audience, cards: Cards | None = None) -> Cards:
    """The cards after these events, by whoever applies each."""
    cards = dict(cards or {})
    for thing in things:
        card = orjson.loads(project(audience, thing))
        if newer(card, cards.get(card["id"])):
            cards[card["id"]] = card
    return cards


def newer(card: dict[str, Any], known: dict[str, Any] | None) -> bool:
    """The one rule by which boards put cards."""
    return known is None or bool(known["version"] < card["version"])


def of_book(session: Session, name: str) -> list[str]:
    """I1 and I3, from the rows."""
    channel = session.get_one(Channel, name)
    every = select(Event.offset).where(Event.channel == name).order_by(col(Event.offset))
    offsets = list(session.exec(every))
    book = entries(session, name)
    times = Counter((card["id"], card["version"]) for _, t in book for card in [orjson.loads(t)])
    here = Order.location_id == int(name.partition(":")[2])
    stored = {order.id: order for order in session.exec(select(Order).where(here))}
    dense = offsets == list(range(channel.floor + 1, channel.head + 1))
    wrong = [] if dense else [f"I1 {channel.floor}…{channel.head} holds {offsets}"]
    wrong += [f"I3 {one} is in the book {n} times" for one, n in times.items() if n > 1]
    if channel.floor == 0:
        owed = {(id, v) for id, order in stored.items() for v in range(1, order.version + 1)}
        wrong += [f"I3 {one} is not in the book" for one in owed - times.keys()]
        wrong += [f"I3 {one} was never an order's" for one in times.keys() - owed]
    last = folded((thing for _, thing in book), Audience.STAFF)
    cards = {id: orjson.loads(order.card) for id, order in stored.items()}
    wrong += [f"I3 the events of {id} do not add up" for id in last if last[id] != cards.get(id)]
    return wrong


def of_board(board: Watcher, past: Mapping[str, Mapping[int, bytes]]) -> list[str]:
    """I4: its cards are those of its snapshot and of every event after it. I13: twice is once."""
    start, epoch = board.base
    if board.epoch != epoch or start < 0:
        return []
    audience, book = Audience(board.audience), past.get(epoch, {})
    run = [book[at] for at in range(start + 1, board.position + 1) if at in book]
    wrong = []
    if fingerprint(folded(run, audience, board.at_base).values()) != board.hash:
        wrong.append(f"I4 {board.audience} at {board.position} of {epoch} is not its run")
    if fingerprint(folded(run[-3:] + run + run[:1], audience, board.cards).values()) != board.hash:
        wrong.append(f"I13 {board.audience} changes when it hears the same again")
    return wrong


def of_stills(
    stills: Mapping[tuple[int, str], list[bytes]], past: Mapping[str, Mapping[int, bytes]]
) -> list[str]:
    """I7: every snapshot is each earlier one with the events between put on it, for everybody."""
    wrong = []
    for (start, epoch), before in stills.items():
        for (end, other), after in stills.items():
            if epoch != other or start > end:
                continue
            run = [thing for at, thing in sorted(past.get(epoch, {}).items()) if start < at <= end]
            for audience in Audience:
                made = folded(run, audience, folded(before, audience))
                if fingerprint(made.values()) != fingerprint(folded(after, audience).values()):
                    wrong.append(f"I7 {audience} from {start} to {end} of {epoch}")
    return wrong


def shown(session: Session, name: str, audience: Audience) -> tuple[str, int, Cards]:
    """What the database has for an audience."""
    snapshot = boards.of_channel(session, name)
    return snapshot.epoch, snapshot.offset, folded(snapshot.orders, audience)
