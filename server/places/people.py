"""The people of an organization: let in, moved, shut out, and let in again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import Session, col, select

from server.errors import Conflict, NotFound, Stale
from server.events import Kind, record
from server.messaging import invitations
from server.messaging.invitations import Office
from server.models import Account, Organization
from server.people import accounts, changelog, limits, own, sessions
from server.people.actors import Actor, Right, Role, system
from server.people.limits import Gate
from server.people.sessions import Opened
from server.places.entry import InviteForm, PersonForm
from server.places.roster import shown, shown_all

ASK_AGAIN: Final = 3  # mails to the admins about one person in a quarter of an hour


@dataclass(frozen=True, slots=True)
class OneTime:
    """A one-time password: what the mail says, and what is kept."""

    password: str
    hashed: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the people, and the cursor of the next ones."""

    people: list[dict[str, Any]]
    next: str | None


def listed(session: Session, *, by: Actor, cursor: str | None = None, limit: int = 50) -> Page:
    """The people of the organization, in the order in which they came."""
    by.require(Right.PEOPLE_WRITE)
    asked = select(Account).where(Account.organization_id == by.organization)
    if cursor is not None:
        asked = asked.where(col(Account.id) > changelog.before(cursor))
    found = session.exec(asked.order_by(col(Account.id)).limit(limit + 1)).all()
    following = str(found[limit - 1].id) if len(found) > limit else None
    return Page(shown_all(session, found[:limit]), following)


def person(session: Session, person_id: int, *, by: Actor) -> dict[str, Any]:
    """One of them."""
    return shown(session, known(session, person_id, by))


def invite(
    session: Session, form: InviteForm, way_in: OneTime, office: Office, *, by: Actor
) -> dict[str, Any]:
    """Let somebody in: they are mailed a one-time password, good for a week."""
    by.require(Right.PEOPLE_WRITE)
    sessions.require_proof(session, by)
    name = form.name or form.email.partition("@")[0].replace(".", " ").title()
    role = Role(form.role)
    places = () if role is Role.ADMIN else form.locations
    account = accounts.add(session, by.organization, form.email, name, role, way_in.hashed, places)
    accounts.invite_again(session, account, way_in.hashed, by.key)
    account.version = 1
    invitations.invite(session, account, way_in.password, by.name, office)
    note(session, "person.invited", account, by, {"role": role.value, "email": account.email})
    return announced(session, Kind.PERSON_INVITED, account, by)


def invite_again(
    session: Session,
    person_id: int,
    way_in: OneTime,
    office: Office,
    *,
    by: Actor,
    match: int | None = None,
) -> dict[str, Any]:
    """Mail somebody a new one-time password; any way in that they had is worth nothing at once."""
    account = held(session, person_id, by, match)
    if account.disabled_at is not None:
        raise Conflict(f"{account.name} is shut out: let them in again first.")
    if able(account):
        keep_an_admin(session, account)
    accounts.invite_again(session, account, way_in.hashed, by.key)
    sessions.end_all(session, account)
    invitations.invite(session, account, way_in.password, by.name, office)
    note(session, "person.invited", account, by, {"again": True})
    return announced(session, Kind.PERSON_INVITED, account, by)


def change(
    session: Session, person_id: int, form: PersonForm, *, by: Actor, match: int | None = None
) -> dict[str, Any]:
    """Correct somebody's name, or give them another role or other places."""
    account = held(session, person_id, by, match)
    before = facts(session, account)
    role = Role(form.role or account.role)
    if role is not Role.ADMIN and able(account):
        keep_an_admin(session, account)
    account.name, account.role = form.name or account.name, role.value
    restation(session, account, role, form.locations)
    after = facts(session, account)
    changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    if not changed:
        return shown(session, account)
    account.version += 1
    accounts.organization_changed(session, account.organization_id)
    note(session, "person.changed", account, by, changed)
    return announced(session, Kind.PERSON_CHANGED, account, by)


def restation(session: Session, account: Account, role: Role, wanted: Sequence[int] | None) -> None:
    """Where they work from now on; nothing said, it stays."""
    if role is Role.ADMIN:
        accounts.station(session, account, role, ())
    elif wanted is not None or accounts.locations_of(session, account) == frozenset():
        accounts.station(session, account, role, wanted or ())
    session.flush()


def facts(session: Session, account: Account) -> dict[str, Any]:
    """What can be changed about somebody."""
    places = accounts.locations_of(session, account)
    listed = None if places is None else sorted(places)
    return {"name": account.name, "role": account.role, "locations": listed}


def disable(
    session: Session, person_id: int, *, by: Actor, match: int | None = None
) -> dict[str, Any]:
    """Shut somebody out: their sessions and open boards end within seconds."""
    account = held(session, person_id, by, match)
    if account.disabled_at is not None:
        return shown(session, account)
    if able(account):
        keep_an_admin(session, account)
    accounts.disable(session, account)
    sessions.end_all(session, account)
    account.version += 1
    note(session, "person.disabled", account, by)
    return announced(session, Kind.PERSON_CHANGED, account, by)


def enable(
    session: Session, person_id: int, *, by: Actor, match: int | None = None
) -> dict[str, Any]:
    """Let somebody in again, as whom they were."""
    account = held(session, person_id, by, match)
    if account.disabled_at is None:
        return shown(session, account)
    account.disabled_at = None
    account.version += 1
    note(session, "person.enabled", account, by)
    return announced(session, Kind.PERSON_CHANGED, account, by)


def clear_pin(
    session: Session, person_id: int, *, by: Actor, match: int | None = None
) -> dict[str, Any]:
    """Take somebody's PIN away; they set another one themselves."""
    account = held(session, person_id, by, match)
    if account.pin_hash is None:
        return shown(session, account)
    account.pin_hash = None
    account.version += 1
    note(session, "person.pin_cleared", account, by)
    return announced(session, Kind.PERSON_CHANGED, account, by)


def come_in(session: Session, chosen: str, *, by: Actor) -> Opened:
    """Somebody replaces their one-time password: they are here, and the list says so."""
    opened = own.replace_one_time(session, chosen, by=by)
    announced(session, Kind.PERSON_CHANGED, own.account_of(session, opened.actor), opened.actor)
    return opened


def ask_again(session: Session, person_id: int, office: Office) -> None:
    """Somebody's invitation has run out: tell whoever invited them, or the admins."""
    account = session.get(Account, person_id)
    if account is None or account.one_time_until is None or account.disabled_at is not None:
        return
    full, _ = limits.admit(session, [Gate(f"ask:{account.id}", ASK_AGAIN, limits.QUARTER)])
    if full:
        return
    admins = accounts.admins(session, account.organization_id)
    inviter = [one for one in admins if f"account:{one.id}" == account.invited_by]
    for admin in inviter or admins:
        invitations.asked(session, admin, account, office)
    account.version += 1
    asking = accounts.actor(session, account)
    note(session, "person.asked", account, asking)
    announced(session, Kind.PERSON_ASKED, account, system(account.organization_id))


def known(session: Session, person_id: int, by: Actor) -> Account:
    """Somebody of the actor's own organization."""
    by.require(Right.PEOPLE_WRITE)
    account = session.get(Account, person_id)
    if account is None or account.organization_id != by.organization:
        raise NotFound("There is no such person.")
    return account


def held(session: Session, person_id: int, by: Actor, match: int | None) -> Account:
    """The same, to be changed: one admin after another changes people."""
    by.require(Right.PEOPLE_WRITE)
    session.get_one(Organization, by.organization, with_for_update=True)
    account = known(session, person_id, by)
    sessions.require_proof(session, by)
    session.refresh(account)
    if match is not None and match != account.version:
        raise Stale(f"{account.name} has changed since you looked.", field="If-Match")
    return account


def able(account: Account) -> bool:
    """Whether this person can let others in today."""
    return (
        account.role == Role.ADMIN
        and account.disabled_at is None
        and account.one_time_until is None
    )


def keep_an_admin(session: Session, leaving: Account) -> None:
    """Refuse to lose the last one who can let others in."""
    if {admin.id for admin in accounts.admins(session, leaving.organization_id)} <= {leaving.id}:
        raise Conflict(f"{leaving.name} is the last admin: there has to be another one first.")


def note(
    session: Session, kind: str, account: Account, by: Actor, detail: dict[str, Any] | None = None
) -> None:
    """A line of the change log."""
    changelog.note(session, kind, account.name, by=by, detail=detail)


def announced(session: Session, kind: Kind, account: Account, by: Actor) -> dict[str, Any]:
    """Tell the organization's channel that somebody is not as before; what, admins may ask."""
    session.add(account)
    session.flush()
    sign = {"id": account.id, "version": account.version}
    record(
        session,
        kind,
        f"organization:{account.organization_id}",
        sign,
        key="person",
        thing_id=account.id or 0,
        version=account.version,
        by=by,
    )
    return shown(session, account)
