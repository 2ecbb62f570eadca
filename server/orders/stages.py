"""The legal life of an order, as data: five flows, their stages, and the moves between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from server.people.actors import Right


class Kind(StrEnum):
    """What a stage means, whatever it is called."""

    NEW = "new"
    HOLD = "hold"
    WORK = "work"
    READY = "ready"
    OUT = "out"
    DONE = "done"
    VOID = "void"


OPEN: Final = frozenset({Kind.NEW, Kind.HOLD, Kind.WORK, Kind.READY, Kind.OUT})


class Source(StrEnum):
    """Where an order came from."""

    ONLINE_STORE = "online_store"
    REGISTER = "register"
    DOORDASH = "doordash"
    UBER_EATS = "uber_eats"
    GRUBHUB = "grubhub"
    LULA_DIRECT = "lula_direct"
    EVENT_SHOP = "event_shop"
    MARKETPLACE = "marketplace"
    API = "api"


@dataclass(frozen=True, slots=True)
class Stage:
    """A place in a flow. Ages past `warn` and `late` seconds are coloured on the board."""

    key: str
    kind: Kind
    label: str
    warn_seconds: int = 0
    late_seconds: int = 0

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.kind in OPEN


@dataclass(frozen=True, slots=True)
class Move:
    """A legal step. `back` steps and those into `void` must see the order's current version."""

    origin: str
    to: str
    requires: tuple[str, ...] = ()
    back: bool = False

    @property
    def right(self) -> Right:
        """What it takes to make this step."""
        return right_for(self.to)


class Flow(StrEnum):
    """The five ways an order can live."""

    ONSITE = "onsite"
    DELIVERY = "delivery"
    TICKETS = "tickets"
    SHIPPING = "shipping"
    MARKETPLACE = "marketplace"


@dataclass(frozen=True, slots=True)
class Plan:
    """One flow: its stages in order of progress, and its moves, the usual one of a stage first."""

    flow: Flow
    stages: Mapping[str, Stage]
    moves: Mapping[str, Sequence[Move]]

    def moves_from(self, stage: str, trail: Sequence[str]) -> list[Move]:
        """What is legal now; a step back leads only to the stage the order came from."""
        came_from = trail[-1] if trail else None
        return [m for m in self.moves.get(stage, ()) if not m.back or m.to == came_from]

    def move(self, stage: str, to: str, trail: Sequence[str]) -> Move | None:
        """The legal step from one stage to another, if there is one."""
        return next((m for m in self.moves_from(stage, trail) if m.to == to), None)


MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


def ahead(
    origin: str, *targets: str, requires: Mapping[str, tuple[str, ...]] | None = None
) -> list[Move]:
    """Steps forward, the usual one first."""
    return [Move(origin, to, (requires or {}).get(to, ())) for to in targets]


def back(origin: str, *targets: str) -> list[Move]:
    """Steps back, each legal only where the order came that way."""
    return [Move(origin, to, back=True) for to in targets]


def void(origin: str, to: str = "cancelled") -> list[Move]:
    """The end of an order that is not fulfilled; it takes a reason."""
    return [Move(origin, to, ("reason",))]


def right_for(stage: str) -> Right:
    """Ending an order unfulfilled takes more than moving it on."""
    return Right.ORDERS_CANCEL if stage in ("cancelled", "denied") else Right.ORDERS_MOVE


def plan(flow: Flow, stages: Sequence[Stage], *moves: Sequence[Move]) -> Plan:
    """A flow, with its moves sorted by where they start."""
    by_origin: dict[str, list[Move]] = {}
    for move in (move for group in moves for move in group):
        by_origin.setdefault(move.origin, []).append(move)
    return Plan(flow, {stage.key: stage for stage in stages}, by_origin)


ONSITE: Final = plan(
    Flow.ONSITE,
    (
        Stage("pending", Kind.NEW, "Pending", 5 * MINUTE, 8 * MINUTE),
        Stage("ready", Kind.READY, "Ready", 10 * MINUTE, 20 * MINUTE),
        Stage("fulfilled", Kind.DONE, "Fulfilled"),
        Stage("resolved", Kind.DONE, "Resolved"),
        Stage("cancelled", Kind.VOID, "Cancelled"),
    ),
    ahead("pending", "ready", "fulfilled") + void("pending"),
    ahead("ready", "fulfilled") + back("ready", "pending") + void("ready"),
    back("fulfilled", "ready", "pending"),
)
DELIVERY: Final = plan(
    Flow.DELIVERY,
    (
        Stage("incoming", Kind.NEW, "New", 1 * MINUTE, 3 * MINUTE),
        Stage("accepted", Kind.WORK, "Accepted", 8 * MINUTE, 12 * MINUTE),
        Stage("bagging", Kind.WORK, "Bagging", 8 * MINUTE, 12 * MINUTE),
        Stage("ready", Kind.READY, "Ready", 10 * MINUTE, 20 * MINUTE),
        Stage("picked_up", Kind.OUT, "Picked up", 45 * MINUTE, 90 * MINUTE),
        Stage("completed", Kind.DONE, "Completed"),
        Stage("cancelled", Kind.VOID, "Cancelled"),
        Stage("denied", Kind.VOID, "Denied"),
    ),
    ahead("incoming", "accepted", requires={"accepted": ("prep_minutes",)})
    + void("incoming", "denied")
    + void("incoming"),
    ahead("accepted", "bagging", "ready") + void("accepted"),
    ahead("bagging", "ready") + back("bagging", "accepted") + void("bagging"),
    ahead("ready", "picked_up") + back("ready", "bagging", "accepted") + void("ready"),
    ahead("picked_up", "completed") + back("picked_up", "ready"),
)
TICKETS: Final = plan(
    Flow.TICKETS,
    (
        Stage("reserved", Kind.HOLD, "Reserved", 22 * HOUR, 24 * HOUR),
        Stage("invoicing", Kind.HOLD, "Invoicing", 7 * DAY, 14 * DAY),
        Stage("paid", Kind.DONE, "Paid"),
        Stage("cancelled", Kind.VOID, "Cancelled"),
        Stage("return_requested", Kind.WORK, "Return requested", 1 * DAY, 2 * DAY),
        Stage("returned", Kind.VOID, "Returned"),
    ),
    ahead("reserved", "paid") + void("reserved"),
    ahead("invoicing", "paid") + void("invoicing"),
    void("paid") + ahead("paid", "return_requested"),
    ahead("cancelled", "return_requested"),
    ahead("return_requested", "returned") + back("return_requested", "paid", "cancelled"),
)
SHIPPING: Final = plan(
    Flow.SHIPPING,
    (
        Stage("awaiting_payment", Kind.HOLD, "Awaiting payment", 1 * DAY, 3 * DAY),
        Stage("paid", Kind.NEW, "Paid", 1 * DAY, 2 * DAY),
        Stage("ready_for_pickup", Kind.READY, "Ready for pickup", 1 * DAY, 3 * DAY),
        Stage("shipped", Kind.OUT, "Shipped", 5 * DAY, 10 * DAY),
        Stage("completed", Kind.DONE, "Completed"),
        Stage("cancelled", Kind.VOID, "Cancelled"),
    ),
    ahead("awaiting_payment", "paid") + void("awaiting_payment"),
    ahead(
        "paid",
        "shipped",
        "ready_for_pickup",
        requires={"shipped": ("courier", "tracking")},
    )
    + void("paid"),
    ahead(
        "ready_for_pickup",
        "completed",
        "shipped",
        requires={"shipped": ("courier", "tracking")},
    )
    + void("ready_for_pickup"),
    ahead("shipped", "completed"),
)
MARKETPLACE: Final = plan(
    Flow.MARKETPLACE,
    (
        Stage("pending", Kind.NEW, "Needs approval", 1 * DAY, 3 * DAY),
        Stage("processing", Kind.WORK, "Processing", 3 * DAY, 7 * DAY),
        Stage("awaiting_pickup", Kind.READY, "Awaiting pickup", 3 * DAY, 7 * DAY),
        Stage("awaiting_delivery", Kind.OUT, "Awaiting delivery", 3 * DAY, 7 * DAY),
        Stage("received", Kind.DONE, "Received"),
        Stage("cancelled", Kind.VOID, "Cancelled"),
    ),
    ahead("pending", "processing") + void("pending"),
    ahead("processing", "awaiting_pickup", "awaiting_delivery")
    + back("processing", "pending")
    + void("processing"),
    ahead("awaiting_pickup", "received") + void("awaiting_pickup"),
    ahead("awaiting_delivery", "received") + void("awaiting_delivery"),
)
PLANS: Final = {p.flow: p for p in (ONSITE, DELIVERY, TICKETS, SHIPPING, MARKETPLACE)}


class Short(StrEnum):
    """A word for a move that callers may use without knowing the flow's own name of the stage."""

    ACCEPT = "accept"
    DENY = "deny"
    CANCEL = "cancel"
    READY = "ready"
    COMPLETE = "complete"


SHORT: Final[Mapping[Flow, Mapping[Short, str]]] = {
    Flow.ONSITE: {
        Short.READY: "ready",
        Short.COMPLETE: "fulfilled",
        Short.CANCEL: "cancelled",
    },
    Flow.DELIVERY: {
        Short.ACCEPT: "accepted",
        Short.DENY: "denied",
        Short.READY: "ready",
        Short.COMPLETE: "completed",
        Short.CANCEL: "cancelled",
    },
    Flow.TICKETS: {
        Short.COMPLETE: "paid",
        Short.CANCEL: "cancelled",
    },
    Flow.SHIPPING: {
        Short.READY: "ready_for_pickup",
        Short.COMPLETE: "completed",
        Short.CANCEL: "cancelled",
    },
    Flow.MARKETPLACE: {
        Short.ACCEPT: "processing",
        Short.READY: "awaiting_pickup",
        Short.COMPLETE: "received",
        Short.CANCEL: "cancelled",
    },
}


def first(flow: Flow, source: Source, *, paid: bool, method: str | None, taken: bool) -> str:
    """The stage an order is placed into. `taken`: handed over at the till, nothing left to do."""
    if flow is Flow.TICKETS:
        return "paid" if paid else "invoicing" if method == "invoice" else "reserved"
    if flow is Flow.SHIPPING:
        if source is Source.REGISTER and paid and taken:
            return "completed"
        return "paid" if paid else "awaiting_payment"
    return next(iter(PLANS[flow].stages))
