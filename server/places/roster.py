"""People as they are answered: how they stand, where they work, when they were last seen."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from server.clock import now
from server.models import Account, Organization, SignIn
from server.orders.cards import zone
from server.people import accounts


def shown(session: Session, account: Account) -> dict[str, Any]:
    """A person as answered."""
    return shown_all(session, [account])[0]


def shown_all(session: Session, people: Sequence[Account]) -> list[dict[str, Any]]:
    """People as answered, by three queries for all."""
    if not people:
        return []
    places = accounts.locations_of_all(session, people)
    house = session.get_one(Organization, people[0].organization_id)
    last = (
        select(SignIn.account_id, func.max(SignIn.used_at))
        .where(col(SignIn.account_id).in_([person.id for person in people]))
        .group_by(col(SignIn.account_id))
    )
    seen: dict[int, datetime] = dict(session.exec(last).all())
    names = {f"account:{one.id}": one.name for one in accounts.admins(session, house.id or 0)}

    def at(moment: datetime | None) -> str | None:
        there = moment and moment.astimezone(zone(house.timezone))
        return there.isoformat(timespec="seconds") if there else None

    return [
        {
            "id": person.id,
            "name": person.name,
            "email": person.email,
            "role": person.role,
            "locations": None if (here := places[person.id or 0]) is None else sorted(here),
            "state": state(person),
            "invited_by": names.get(person.invited_by or ""),
            "invited_until": at(person.one_time_until),
            "seen_at": at(
                max(filter(None, (person.seen_at, seen.get(person.id or 0))), default=None)
            ),
            "pin": person.pin_hash is not None,
            "version": person.version,
        }
        for person in people
    ]


def state(person: Account) -> str:
    """How somebody stands."""
    if person.disabled_at is not None:
        return "disabled"
    if person.one_time_until is None:
        return "active"
    return "invited" if person.one_time_until > now() else "expired"
