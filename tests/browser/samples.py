"""Cards of every stage of every flow, with the names that people really have."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from server.models import Line, Order
from server.orders import cards
from server.orders.stages import OPEN, PLANS, Plan, Stage

NOW: Final = datetime(2026, 11, 22, 19, 5, 3, 123000, UTC)
NAMES: Final = (
    "Maria K.",
    "<script>alert(1)</script>",
    "שרה לוי",
    "Maximiliane Freifrau von und zu Schwarzenberg-Hohenlohe zu Langenburg",
    None,
    "O’Brien & Søn “Fest”",
)
AGES: Final = tuple(
    timedelta(seconds=s) for s in (0, 59, 61, 299, 301, 481, 3599, 3601, 7322, 86399, 86401, 400000)
)


def sample_cards() -> list[dict[str, Any]]:
    """One card for each stage, each in its own circumstances."""
    stages = [(plan, stage) for plan in PLANS.values() for stage in plan.stages.values()]
    return [sample(number, plan, stage) for number, (plan, stage) in enumerate(stages)]


def sample(number: int, plan: Plan, stage: Stage) -> dict[str, Any]:
    entered = NOW - AGES[number % len(AGES)]
    order = Order(
        id=f"ord_{number:026}",
        organization_id=1,
        location_id=7,
        code=f"K{number:03}",
        version=number + 1,
        flow=plan.flow.value,
        card="",
        source=("online_store", "uber_eats", "register")[number % 3],
        stage=stage.key,
        kind=stage.kind.value,
        open=stage.kind in OPEN,
        trail=[key for key in plan.stages if key != stage.key][:1],
        locale="en_IE",
        currency="EUR",
        timezone="Europe/Helsinki",
        customer_name=NAMES[number % len(NAMES)],
        customer_email="maria@guests.example" if number % 2 else None,
        customer_phone="+358401234567" if number % 3 else None,
        destination="Block <C> & D" if number % 4 else None,
        instructions="ring twice\nthen wait" if number % 5 == 0 else None,
        placed_at=entered - timedelta(hours=number),
        entered_at=entered,
        moved_at=entered if number % 2 else None,
        moved_by="Ana" if number % 2 else None,
        moved_reason="out_of_stock" if number % 2 else None,
        moved_from="pending" if number % 2 else None,
        due_at=NOW + timedelta(minutes=number) if number % 7 == 0 else None,
        promised_at=entered + timedelta(minutes=15) if number % 6 == 0 else None,
        ended_at=None if stage.kind in OPEN else entered,
        subtotal=1234567,
        discount=100 if number % 2 else 0,
        total=1234467 if number % 2 else 1234567,
        paid=(0, 500, 1234567)[number % 3],
        refunded=(0, 0, 0, 300, 1234567)[number % 5],
        payment_method="bank_transfer",
        packages=[{"courier": "DHL", "tracking": "JD<01>", "at": NOW.isoformat()}]
        if number % 8 == 0
        else [],
        undo={"until": (NOW + timedelta(seconds=4)).isoformat()} if number % 2 else None,
    )
    whole = cards.card(order, list(lines(order, number)))
    issues = list(sample_issues(number))
    flagged = any(issue["state"] == "open" for issue in issues)
    return whole | {"issues": issues, "flagged": flagged}


def sample_issues(number: int) -> Iterator[dict[str, Any]]:
    """Every fourth order has a problem, some have two; every third had one."""
    opened = (NOW - timedelta(hours=number)).isoformat(timespec="milliseconds")
    for kind in ("full_refund", "other")[: 1 + number % 2] if number % 4 < 2 else ():
        yield {**sample_issue(kind, opened), "lines": [1] if number % 8 else []}
    if number % 3 == 0:
        settled = {"outcome": "replaced", "note": "<b>New</b>\none", "settled_by": "Ben"}
        ended = {"state": "resolved", "settled_at": NOW.isoformat(timespec="milliseconds")}
        yield {**sample_issue("quality_issues", opened), **settled, **ended}


def sample_issue(kind: str, opened: str) -> dict[str, Any]:
    """An issue with a picture and a document."""
    files = [("cup <b>.jpg", "image/jpeg", 183_422), ("Käse.pdf", "application/pdf", 5_200_001)]
    return {
        "id": "iss_00000000000000000000000000",
        "type": kind,
        "priority": "high",
        "text": "Cold <i>\n& late" if kind == "full_refund" else "",
        "lines": [],
        "state": "open",
        "version": 2,
        "opened_at": opened,
        "opened_by": "Ana",
        "outcome": None,
        "note": None,
        "settled_at": None,
        "settled_by": None,
        "attachments": [
            {"id": "a", "name": name, "media_type": media, "size": size, "href": f"/f/{size}"}
            for name, media, size in files
        ],
    }


def lines(order: Order, number: int) -> Iterator[Line]:
    """From one line to five, with choices and notes."""
    for place in range(1, 2 + number % 5):
        extras = [{"name": "No onions", "quantity": 1 + place % 2, "price": 0}] * (place % 3)
        yield Line(
            order_id=order.id,
            number=place,
            name=f"Burger “{place}” <b>",
            quantity=place,
            unit_price=850,
            modifiers=extras,
            note="nuts!" if place == 2 else None,
        )


def sample_history(card: dict[str, Any]) -> list[dict[str, Any]]:
    """A past for a card: placed, corrected, moved, taken back."""
    by = {"name": "Ana", "role": "admin", "device": "Chrome on Linux"}
    at = [
        (NOW - timedelta(hours=h)).isoformat(timespec="milliseconds")
        for h in (30, 3, 2, 1, 1, 1, 1)
    ]
    stage = card["stage"]
    told: list[tuple[str, str | None, dict[str, Any]]] = [
        ("order.placed", stage, {}),
        ("order.changed", None, {"fields": ["customer_name", "due_at"]}),
        ("order.advanced", stage, {"reason": "too_busy", "prep_minutes": 0, "courier": "DHL"}),
        ("order.undone", stage, {}),
        ("order.flagged", None, {"issue": "iss_0", "type": "other", "priority": "low"}),
        ("order.issue_changed", None, {"type": "other", "fields": ["text", "attachments"]}),
        ("order.resolved", stage, {"type": "other", "outcome": "contacted"}),
    ]
    return [
        {"version": n, "kind": kind, "at": when, "by": by, "from": None, "to": to, "detail": detail}
        for n, ((kind, to, detail), when) in enumerate(zip(told, at, strict=True), 1)
    ]
