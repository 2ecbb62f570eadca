"""Accounts: making people known."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, update
from sqlmodel import Session, col, select

from server.clock import now
from server.errors import Invalid
from server.models import Account, AccountLocation, Location, Organization, PasswordReset
from server.people.actors import PEOPLE, Actor, Role
from server.people.passwords import check_new, hashed

INVITED_FOR: Final = timedelta(days=7)
NO_PASSWORD: Final = "none"  # noqa: S105  # the hash of no password: a one-time one was used up


def create(
    session: Session,
    organization_id: int,
    *,
    email: str,
    name: str,
    role: Role,
    password: str,
    locations: Sequence[int] = (),
) -> Account:
    """Make an account; managers and staff need at least one location."""
    if role not in PEOPLE:
        raise Invalid(f"A person's role is one of {', '.join(PEOPLE)}.", field="role")
    kept = hashed(check_new(password))
    return add(session, organization_id, email, name, role, kept, locations)


def add(
    session: Session,
    organization_id: int,
    email: str,
    name: str,
    role: Role,
    password_hash: str,
    locations: Sequence[int] = (),
) -> Account:
    """Make an account whose password is hashed already."""
    address = email.strip().casefold()
    if by_email(session, address):
        raise Invalid(f"There is already an account for {address}.", field="email")
    account = Account(
        organization_id=organization_id,
        email=address,
        name=name,
        role=role.value,
        password_hash=password_hash,
        created_at=now(),
    )
    session.add(account)
    session.flush()
    station(session, account, role, locations)
    return account


def station(session: Session, account: Account, role: Role, locations: Sequence[int]) -> None:
    """Say where somebody works; an admin works everywhere."""
    if role is not Role.ADMIN and not locations:
        raise Invalid(f"Name a location for this {role}.", field="location")
    former = delete(AccountLocation).where(col(AccountLocation.account_id) == account.id)
    session.execute(former)
    for location_id in checked(session, account.organization_id, locations):
        session.add(AccountLocation(account_id=account.id or 0, location_id=location_id))


def by_email(session: Session, email: str) -> Account | None:
    """The account of an address, however it is spelled."""
    same = select(Account).where(Account.email == email.strip().casefold())
    return session.exec(same).first() if email.isprintable() else None


def checked(session: Session, organization_id: int, wanted: Sequence[int]) -> list[int]:
    """Those locations, all of which must be the organization's own."""
    own = select(Location.id).where(
        Location.organization_id == organization_id, col(Location.id).in_(list(wanted))
    )
    found = [location_id for location_id in session.exec(own) if location_id is not None]
    if missing := sorted(set(wanted) - set(found)):
        raise Invalid(f"There is no location {missing[0]}.", field="location")
    return found


def locations_of(session: Session, account: Account) -> frozenset[int] | None:
    """Where the person works; None means everywhere in the organization."""
    return locations_of_all(session, [account])[account.id or 0]


def locations_of_all(
    session: Session, people: Sequence[Account | Row[Any]]
) -> dict[int, frozenset[int] | None]:
    """Where each of these people works, by one query; people of one team share one answer."""
    found: dict[int, set[int]] = {
        person.id or 0: set() for person in people if person.role != Role.ADMIN
    }
    own = select(AccountLocation.account_id, AccountLocation.location_id)
    if found:
        for account, location in session.exec(
            own.where(col(AccountLocation.account_id).in_(list(found)))
        ):
            found[account].add(location)
    teams: dict[frozenset[int], frozenset[int]] = {}
    places: dict[int, frozenset[int] | None] = {person.id or 0: None for person in people}
    for account, theirs in found.items():
        team = frozenset(theirs)
        places[account] = teams.setdefault(team, team)
    return places


def actor(session: Session, account: Account, *, device: str | None = None) -> Actor:
    """The account as somebody who asks."""
    return known_as(account, locations_of(session, account), device=device)


def known_as(
    account: Account | Row[Any], locations: frozenset[int] | None, *, device: str | None = None
) -> Actor:
    """The account as somebody who asks, working at these locations."""
    return Actor(
        role=Role(account.role),
        organization=account.organization_id,
        name=account.name,
        key=f"account:{account.id}",
        locations=locations,
        device=device,
        one_time=account.one_time_until is not None,
    )


def disable(session: Session, account: Account) -> None:
    """Shut an account out; its sockets close within seconds."""
    account.disabled_at = now()
    organization_changed(session, account.organization_id)


def set_password(session: Session, account: Account, password_hash: str) -> None:
    """Give somebody the password they have chosen, in place of any other way in."""
    account.password_hash = password_hash
    account.one_time_until = None
    account.version += 1
    unused = (col(PasswordReset.account_id) == account.id) & col(PasswordReset.used_at).is_(None)
    session.execute(update(PasswordReset).where(unused).values(used_at=now()))
    organization_changed(session, account.organization_id)


def invite_again(session: Session, account: Account, password_hash: str, by: str) -> None:
    """Give somebody a one-time password; whatever they had before opens nothing from now on."""
    account.password_hash = password_hash
    account.one_time_until = now() + INVITED_FOR
    account.invited_by = by
    account.version += 1
    organization_changed(session, account.organization_id)


def by_key(session: Session, key: str) -> Account | None:
    """The account that an actor's key names: account:3."""
    kind, _, ident = key.partition(":")
    return session.get(Account, int(ident)) if kind == "account" and ident.isdecimal() else None


def admins(session: Session, organization_id: int) -> Sequence[Account]:
    """Who can let others in: the admins who have a password and are not shut out."""
    able = select(Account).where(
        Account.organization_id == organization_id,
        Account.role == Role.ADMIN,
        col(Account.disabled_at).is_(None),
        col(Account.one_time_until).is_(None),
    )
    return session.exec(able.order_by(col(Account.id))).all()


def rights_changed(session: Session, account_id: int) -> None:
    """Have every open socket of the account's organization check its rights again."""
    organization_changed(session, session.get_one(Account, account_id).organization_id)


def organization_changed(session: Session, organization_id: int) -> None:
    """Raise the access version, which every process reads with the heads each second."""
    raised = Organization.access_version + 1
    this = update(Organization).where(col(Organization.id) == organization_id)
    session.execute(this.values(access_version=raised))


def first_organization(session: Session) -> int:
    """The organization that was there first: the one that commands are about."""
    found = session.exec(select(Organization.id).order_by(col(Organization.id)).limit(1)).first()
    if found is None:
        raise Invalid("There is no organization yet: run `python3 -m server seed` first.")
    return found


def enrol(
    session: Session,
    *,
    email: str,
    name: str,
    role: str,
    password: str,
    locations: Sequence[int],
) -> None:
    """Make an account in the first organization, as asked for on the command line."""
    if role not in list(PEOPLE):
        raise Invalid(f"A person's role is one of {', '.join(PEOPLE)}.", field="role")
    create(
        session,
        first_organization(session),
        email=email,
        name=name,
        role=Role(role),
        password=password,
        locations=locations,
    )
