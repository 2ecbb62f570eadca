"""The demo: an organization with five locations, one per flow, an admin and a manager of one."""

import secrets
from dataclasses import dataclass, replace
from typing import Final

from sqlmodel import Session, select

from server.events import open_channel
from server.models import Organization
from server.orders.stages import Flow
from server.people import accounts, sessions
from server.people.actors import Role
from server.people.passwords import hashed, matches
from server.places import upkeep

PASSWORD: Final = "every order heard"  # noqa: S105  # the demo's, and printed
WORD_BYTES: Final = 12
PLACES: Final = (
    ("Bar South", "bar", Flow.ONSITE, 5, ("bar", "grill")),
    ("Harbour Kitchen", "kitchen", Flow.DELIVERY, 15, ("grill", "fryer", "packing")),
    ("Midsummer Festival", "event", Flow.TICKETS, 0, ("box office",)),
    ("Record Store", "shop", Flow.SHIPPING, 60, ("till", "packing")),
    ("Reuse Warehouse", "warehouse", Flow.MARKETPLACE, 60, ("gate",)),
)


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody of the demo who may sign in."""

    email: str
    password: str
    who: str


LOGINS: Final = (
    Login("admin@demo.example", PASSWORD, "Ana, admin: every location"),
    Login("manager@demo.example", PASSWORD, "Ben, manager: Bar South only"),
)


def seed(session: Session) -> bool:
    """Make the demo in an empty database; False, and nothing happens, where somebody is already."""
    if session.exec(select(Organization.id).limit(1)).first() is not None:
        return False
    demo = organization(session, "Demo", currency="EUR", locale="en_IE", timezone="Europe/Dublin")
    places = [
        location(session, demo, name, kind, flow, prep_minutes=minutes, stations=stations)
        for name, kind, flow, minutes, stations in PLACES
    ]
    admin, manager = LOGINS
    accounts.create(
        session, demo, email=admin.email, name="Ana", role=Role.ADMIN, password=PASSWORD
    )
    accounts.create(
        session,
        demo,
        email=manager.email,
        name="Ben",
        role=Role.MANAGER,
        password=PASSWORD,
        locations=places[:1],
    )
    return True


def openings(session: Session, *, private: bool = False) -> list[Login]:
    """The demo's people with the password that opens; without one where it is theirs by now.

    `private`: the password that everybody knows opens nothing any more; the new one is told once.
    """
    chosen = secrets.token_urlsafe(WORD_BYTES)
    found = []
    for login in LOGINS:
        account = accounts.by_email(session, login.email)
        if account is None:
            continue
        known = matches(account.password_hash, PASSWORD)
        if known and private:
            accounts.set_password(session, account, hashed(chosen))
            sessions.end_all(session, account)
        found.append(replace(login, password=(chosen if private else PASSWORD) if known else ""))
    return found


def organization(session: Session, name: str, *, currency: str, locale: str, timezone: str) -> int:
    """Make an organization with its channel; its id."""
    row = Organization(name=name, currency=currency, locale=locale, timezone=timezone)
    session.add(row)
    session.flush()
    assert row.id is not None
    open_channel(session, f"organization:{row.id}", row.id)
    return row.id


def location(
    session: Session,
    organization_id: int,
    name: str,
    kind: str,
    flow: Flow,
    *,
    prep_minutes: int = 10,
    stations: tuple[str, ...] = (),
) -> int:
    """Make a location with its channel and stations; its id."""
    owner = session.get_one(Organization, organization_id)
    own = {
        "name": name,
        "kind": kind,
        "flow": flow.value,
        "timezone": owner.timezone,
        "prep_minutes": prep_minutes,
    }
    return upkeep.opened(session, organization_id, own, stations).id or 0
