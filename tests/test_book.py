"""The book against the tables, after any commands in any order: snapshot + events = snapshot."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from server.errors import Refused
from server.events import Publication, since
from server.models import Channel, History, LedgerEntry, Line, Location, Order
from server.orders import boards, cards, details, intake, lifecycle
from server.orders.boards import ENDED_KEPT, Snapshot
from server.orders.forms import ChangeForm, StatusForm
from server.orders.stages import PLANS, Flow
from server.places import status
from tests.cast import Cast, wish
from tests.hands import Do, Look
from tests.journeys import told
from tests.scene import Scene

Card = dict[str, Any]
STAGES: Final = sorted({stage for plan in PLANS.values() for stage in plan.stages})
CHANGES: Final[list[Card]] = [
    {"instructions": "no ice"},
    {"instructions": None},
    {"destination": "Row 12"},
    {"customer": {"name": "Ännä", "phone": "+358501234567"}},
    {"prep_minutes": 25},
    {"due_at": "2026-12-24T18:00:00Z"},
]
PAYMENTS: Final = [None, {"method": "card", "state": "done"}, {"method": "invoice"}]


@dataclass
class Run:
    """A day at Harbour: what is done one after the other, by whatever is possible."""

    do: Do
    cast: Cast
    ids: list[str] = field(default_factory=list)

    def place(self, flow: Flow, payment: Card | None) -> None:
        by = self.cast.shop
        form = wish(self.cast.bar, flow=flow, payment=payment)
        card = orjson.loads(self.do(intake.place, form, by=by).card)
        self.ids.append(card["id"])

    def advance(self, which: int, to: str) -> None:
        ref, by = self.ids[which % len(self.ids)], self.cast.ana
        version = max(
            orjson.loads(one.thing)["version"] for one in self.do.bell.rung if ref in str(one.thing)
        )
        self.do(lifecycle.advance, ref, to, told(to), by=by, match=version)

    def onward(self, which: int, choice: int) -> None:
        ref = self.ids[which % len(self.ids)]
        (*_, last) = (one.thing for one in self.do.bell.rung if ref in str(one.thing))
        if ahead := orjson.loads(last)["next"]:
            self.advance(which, ahead[choice % len(ahead)]["to"])

    def undo(self, which: int) -> None:
        self.do(lifecycle.undo, self.ids[which % len(self.ids)], by=self.cast.ana)

    def change(self, which: int, fields: Card) -> None:
        ref, form = self.ids[which % len(self.ids)], ChangeForm.model_validate(fields)
        version = sum(ref in str(one.thing) for one in self.do.bell.rung)
        self.do(details.change, ref, form, by=self.cast.ana, match=version)

    def close(self, minutes: int) -> None:
        form = StatusForm(state="busy", minutes=minutes)
        self.do(status.set_status, self.cast.bar, form, by=self.cast.ana)


Step = Callable[[Run], None]

WHICH: Final = st.integers(0, 5)
FLOWS: Final = st.sampled_from(Flow)
STEPS: Final[st.SearchStrategy[Step]] = st.one_of(
    st.builds(lambda f, p: lambda run: run.place(f, p), FLOWS, st.sampled_from(PAYMENTS)),
    st.builds(lambda n, c: lambda run: run.onward(n, c), WHICH, st.integers(0, 3)),
    st.builds(lambda n, c: lambda run: run.onward(n, c), WHICH, st.integers(0, 3)),
    st.builds(lambda n, to: lambda run: run.advance(n, to), WHICH, st.sampled_from(STAGES)),
    st.builds(lambda n: lambda run: run.undo(n), WHICH),
    st.builds(lambda n, c: lambda run: run.change(n, c), WHICH, st.sampled_from(CHANGES)),
    st.builds(lambda m: lambda run: run.close(m), st.integers(1, 9)),
)  # fmt: skip


def put(board: dict[str, Card], things: Sequence[bytes]) -> list[Card]:
    """What every screen does: the newest version of each order wins, then both ends are pruned."""
    for thing in map(orjson.loads, things):
        if thing["version"] > board.get(thing["id"], {"version": 0})["version"]:
            board[thing["id"]] = thing
    shown = sorted(board.values(), key=lambda card: (card["placed_at"], card["id"]))
    ended = sorted(board.values(), key=lambda card: (card["ended_at"] or "", card["id"]))
    kept = [card for card in ended[::-1] if card["ended_at"]][:ENDED_KEPT]
    return [card for card in shown if not card["ended_at"]] + kept


def on(board: Snapshot) -> dict[str, Card]:
    return {card["id"]: card for card in map(orjson.loads, board.orders)}


@pytest.mark.timeout(120)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(STEPS, min_size=6, max_size=24), early=st.integers(0, 20), shuffled=st.randoms()
)
def test_after_any_day_the_book_the_boards_and_the_tables_say_the_same(
    scene: Scene, steps: list[Step], early: int, shuffled: Any
) -> None:
    scene.reset()
    cast, look = scene.cast, Look(scene.database)
    run = Run(Do(scene.database), cast)
    run.place(Flow.ONSITE, None)
    before = look(boards.snapshot, cast.bar)
    for number, step in enumerate(steps):
        try:
            step(run)
        except Refused:
            continue
        if number == early:
            before = look(boards.snapshot, cast.bar)

    after = look(boards.snapshot, cast.bar)
    book = look(since, f"location:{cast.bar}", 0)
    assert [one.offset for one in book] == list(range(1, after.offset + 1))
    assert book == run.do.bell.rung
    check_boards(before, after, book, shuffled)
    check_counts(book, after)
    look(check_tables, cast, book)


def check_boards(before: Snapshot, after: Snapshot, book: list[Publication], shuffled: Any) -> None:
    """A snapshot and the events since, put in any order and some twice, are the next snapshot."""
    things = [one.thing for one in book if one.key == "order" and one.offset > before.offset]
    things += things[:2]
    shuffled.shuffle(things)
    assert put(on(before), things) == [orjson.loads(card) for card in after.orders]


def check_counts(book: list[Publication], after: Snapshot) -> None:
    """The counts in every event are those of all orders at that moment."""
    stages: dict[str, str] = {}
    for one in book:
        if one.key == "order":
            thing = orjson.loads(one.thing)
            stages[thing["id"]] = thing["stage"]
        assert one.counts is not None
        assert orjson.loads(one.counts) == Counter(stages.values())
    assert orjson.loads(after.counts) == Counter(stages.values())


def check_tables(session: Session, cast: Cast, book: list[Publication]) -> None:
    """Every version of every order is one event; the last one is the row, and the row adds up."""
    channel = session.get_one(Channel, f"location:{cast.bar}")
    rows = session.exec(select(Order)).all()
    assert channel.counts == Counter(order.stage for order in rows)
    place = [orjson.loads(one.thing)["version"] for one in book if one.key == "location"]
    assert place == list(range(2, session.get_one(Location, cast.bar).version + 1))
    for order in rows:
        told_of = [one.thing for one in book if order.id in one.thing.decode()]
        lines = session.exec(select(Line).where(Line.order_id == order.id)).all()
        assert [orjson.loads(thing)["version"] for thing in told_of] == [
            *range(1, order.version + 1)
        ]
        assert told_of[-1].decode() == order.card
        assert orjson.loads(order.card) == cards.card(order, lines)
        check_money(session, order, lines)
        check_history(session, order)


def check_money(session: Session, order: Order, lines: Sequence[Line]) -> None:
    """Sums are sums, and what is paid is what the ledger holds."""
    entries = session.exec(select(LedgerEntry).where(LedgerEntry.order_id == order.id)).all()
    paid = sum(one.amount for one in entries if one.state == "done")
    payment = orjson.loads(order.card)["payment"]
    assert order.subtotal == sum(line.quantity * line.unit_price for line in lines)
    assert order.paid == paid == payment["paid"]["amount"]
    if order.kind != "void":
        assert order.total == paid + payment["owed"]["amount"]


def check_history(session: Session, order: Order) -> None:
    """The history is the order's way, step by step, to where it stands."""
    of_it = select(History).where(History.order_id == order.id).order_by(col(History.version))
    stage = None
    for version, entry in enumerate(session.exec(of_it).all(), 1):
        assert (entry.version, entry.from_stage) == (version, stage)
        stage = entry.to_stage or stage
    assert stage == order.stage
