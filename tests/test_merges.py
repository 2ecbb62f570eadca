"""Three boards without a connection for half an hour, 200 taps on the same 50 orders (F35).

Each device keeps its taps in their order, as the page does; they are merged as chance has it, some
of them sent twice. Only legal stages come of it, and every tap has exactly one answer.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from server.answers import Answer, encoded
from server.clock import now
from server.models import History, Order, StoredAnswer
from server.orders import boards, lifecycle
from server.orders.changes import Outcome
from server.orders.forms import MoveForm
from server.orders.stages import PLANS, Flow
from server.people.actors import Actor
from server.perform import Once
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import placed
from tests.scene import Scene

REFUSALS: Final = (409, 412)
PLAN: Final = PLANS[Flow.ONSITE]
Card = dict[str, Any]


@dataclass
class Tap:
    """What a page has written down."""

    key: str
    order: str
    to: str
    seen: int
    after: str | None


@dataclass
class Device:
    """A board that has been cut off: the cards as it last saw them, and its queue."""

    by: Actor
    cards: dict[str, Card]
    queue: list[Tap] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)

    def tap(self, chance: Random) -> None:
        """Move some order on, or back, as far as this page knows that it can be."""
        card = chance.choice(list(self.cards.values()))
        before = next((tap for tap in reversed(self.queue) if tap.order == card["id"]), None)
        ways = [step["to"] for step in card["next"] if step["kind"] != "void"]
        if before:
            ways = [move.to for move in PLAN.moves_from(before.to, ())]
            ways = [to for to in ways if PLAN.stages[to].kind != "void"]
        if ways:
            key = f"{self.by.key}-{len(self.queue)}"
            to, after = chance.choice(ways), before.key if before else None
            self.queue.append(Tap(key, card["id"], to, card["version"], after))

    def send(self, do: Do, tap: Tap) -> None:
        """Send a tap; whatever it is answered, a second time it is answered the same."""
        minutes = timedelta(minutes=20)
        form = MoveForm(seen=tap.seen, tapped_at=now() - minutes, after=tap.after)
        once = Once(self.by.key, tap.key, tap.key)
        sending = do.perform.once(
            once, told, lifecycle.advance, tap.order, tap.to, form, by=self.by
        )
        answer = asyncio.run(sending)
        first = self.answers.setdefault(tap.key, answer)
        assert (answer.status, answer.body) == (first.status, first.body)


def told(outcome: Outcome) -> Answer:
    return encoded({"version": outcome.version})


def evening(do: Do, look: Look, cast: Cast, seed: int, orders: int, taps: int) -> int:
    """All of it; how many taps were refused."""
    chance = Random(seed)  # noqa: S311
    refs = [placed(do, cast)["id"] for _ in range(orders)]
    devices = []
    for by in (cast.ana, cast.ben, cast.dan):
        seen = {ref: orjson.loads(look(boards.order, ref, by=by)[0]) for ref in refs}
        devices.append(Device(by, seen))
        move_some(do, refs, chance, cast)  # the next one saw other cards
    for _ in range(taps):
        chance.choice(devices).tap(chance)
    sent = [iter(device.queue) for device in devices]
    left = list(range(len(devices)))
    while left:
        turn = chance.choice(left)
        tap = next(sent[turn], None)
        if tap is None:
            left.remove(turn)
            continue
        for _ in range(chance.choice((1, 1, 1, 2))):
            devices[turn].send(do, tap)
    check(look, devices, refs)
    return sum(a.status >= 400 for device in devices for a in device.answers.values())


def move_some(do: Do, refs: list[str], chance: Random, cast: Cast) -> None:
    """Meanwhile others, who have a connection, go on working."""
    for ref in chance.sample(refs, len(refs) // 4):
        to = chance.choice(("ready", "fulfilled", "cancelled"))
        answer = do.perform.once(
            Once("shop", f"{ref}-{to}-{chance.random()}", ""),
            told,
            lifecycle.advance,
            ref,
            to,
            MoveForm(reason="too_busy", seen=1) if to == "cancelled" else MoveForm(),
            by=cast.shop,
        )
        asyncio.run(answer)


def check(look: Look, devices: list[Device], refs: list[str]) -> None:
    """Every tap has one stored answer, what was refused is what was stored so, all is legal."""
    for device in devices:
        stored = look(answers_to, device.by)
        assert stored == {key: answer.status for key, answer in device.answers.items()}
        assert sorted(stored) == sorted(tap.key for tap in device.queue)
        assert {status for status in stored.values() if status != 200} <= set(REFUSALS)
    for ref in refs:
        legal(look, ref)


def answers_to(session: Session, by: Actor) -> dict[str, int | None]:
    """The stored answers of somebody's requests, by their keys."""
    mine = select(StoredAnswer).where(StoredAnswer.caller == by.key)
    return {row.key: row.status for row in session.exec(mine)}


def legal(look: Look, ref: str) -> None:
    """Whether the history of an order is a walk through its flow."""
    past = select(History).where(History.order_id == ref).order_by(col(History.version))
    history = look(lambda session: list(session.exec(past)))
    assert [entry.version for entry in history] == list(range(1, len(history) + 1))
    stage, trail = "pending", list[str]()
    for entry in history[1:]:
        move = PLAN.move(stage, entry.to_stage or "", trail)
        assert move is not None, (ref, stage, entry.to_stage)
        trail = trail[:-1] if move.back else [*trail, stage]
        stage = move.to
    assert look(lambda session: session.get_one(Order, ref)).stage == stage


@given(st.integers(0, 10_000))
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_three_boards_kept_is_merged_legally_and_answered_once(
    scene: Scene, do: Do, look: Look, cast: Cast, seed: int
) -> None:
    scene.reset()

    evening(do, look, cast, seed, orders=8, taps=50)


def test_two_hundred_taps_on_fifty_orders(
    do: Do, look: Look, cast: Cast, record_property: Callable[[str, object], None]
) -> None:
    refused = evening(do, look, cast, seed=35, orders=50, taps=200)

    record_property("F35 200 taps on 50 orders: refused", refused)
    assert refused > 0
